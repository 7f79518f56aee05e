using Concord.Data.Events;
using Concord.Data.Formats;
using Concord.Numerics;

namespace Concord.Data;

/// <summary>
/// A data set that Concord knows by name, and the places it is looked for: <c>root/name/file</c>. Reading never
/// downloads anything; <see cref="DataFetch"/> does.
/// </summary>
public sealed class DataSource
{
    private readonly Func<string, Dataset> _read;
    private readonly Func<string, IEnumerable<string>> _missing;   // of a folder: the files it lacks

    private DataSource(string name, string description, string expected, Func<string, Dataset> read,
        Func<string, IEnumerable<string>> missing)
    {
        Name = name;
        Description = description;
        Expected = expected;
        _read = read;
        _missing = missing;
    }

    /// <summary>Every data set known by name.</summary>
    public static IReadOnlyList<DataSource> All { get; } = KnownSources();

    /// <summary>The name, which is also that of its folder.</summary>
    public string Name { get; }

    /// <summary>What it is, on one line.</summary>
    public string Description { get; }

    /// <summary>The files expected in its folder, on one line; empty where none is needed.</summary>
    public string Expected { get; }

    /// <summary>Whether <see cref="DataFetch"/> can get it.</summary>
    public bool CanBeFetched => DataFetch.Names.Contains(Name);

    /// <summary>Whether it is generated and needs no file.</summary>
    public bool IsBuiltIn => Expected.Length == 0;

    /// <summary>
    /// The folders that data sets' folders are looked for in: the one given, the environment variable CONCORD_DATA, and the cache
    /// (<c>$XDG_CACHE_HOME/concord</c>, by default <c>~/.cache/concord</c>).
    /// </summary>
    /// <param name="dataRoot">A folder to look in first.</param>
    public static IReadOnlyList<string> Roots(string? dataRoot = null) => Roots(dataRoot, Environment.GetEnvironmentVariable);

    /// <summary>The first folder that has all of this set's files; null if there is none, or if it needs none.</summary>
    /// <param name="dataRoot">A folder to look in first.</param>
    public string? Locate(string? dataRoot = null) => Locate(Roots(dataRoot));

    /// <summary>Whether data of a name or a path have classes; else they have real targets.</summary>
    internal static bool HasClasses(string data) => Named(data) != TeacherStudentSet.Name;

    /// <summary>Reads the data set.</summary>
    /// <param name="dataRoot">A folder to look in first.</param>
    /// <exception cref="ConcordException">Files are missing or damaged.</exception>
    public Dataset Load(string? dataRoot = null) => Load(CheckedRoots(dataRoot));

    /// <summary>Name and description.</summary>
    public override string ToString() => $"{Name}: {Description}";

    /// <summary>Where what can be made again is kept.</summary>
    internal static string Cache(Func<string, string?> variable)
    {
        var cache = variable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(cache)) cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(cache, "concord");
    }

    internal static IReadOnlyList<string> Roots(string? dataRoot, Func<string, string?> variable)
    {
        string?[] roots = [dataRoot, variable("CONCORD_DATA"), Cache(variable)];
        return [.. roots.OfType<string>().Where(root => root.Length > 0).Distinct()];
    }

    internal static IReadOnlyList<string> CheckedRoots(string? dataRoot) => string.IsNullOrEmpty(dataRoot) || Directory.Exists(dataRoot)
        ? Roots(dataRoot)
        : throw new ConcordException($"The data root '{dataRoot}' is not a folder; give the folder that has the data sets' folders in it.");

    /// <summary>Has names that begin with a prefix read by a function of another library's, from now on, in all of the process.</summary>
    /// <param name="prefix">The prefix, as <c>folder:</c>.</param>
    /// <param name="read">Reads what the whole name stands for; given one sample's shape where a trained network takes that.</param>
    public static void Register(string prefix, Func<string, Shape?, Dataset> read) => ForeignData.Register(prefix, read);

    internal static Dataset Load(string name, IReadOnlyList<string> roots)
    {
        if (ForeignData.Read(name) is { } foreign) return foreign;
        name = DataReference.Named(name);
        if (DataReference.IsCsv(name)) return LoadCsv(name);
        if (DataReference.IsEvents(name)) return LoadEvents(name);
        var source = All.FirstOrDefault(source => source.Name == name);
        if (source is not null) return source.Load(roots);
        var own = name.Length > 0 && name.AsSpan().IndexOfAny("/\\:") < 0 && name is not ("." or "..")
            ? Idx(new(name, Classes: null), "") : null;
        if (own?.Locate(roots) is { } folder) return own.Read(folder);
        if (All.FirstOrDefault(known => known.Name == Named(name)) is { } meant) return meant.Load(roots);
        if (KnownWords.CountIn(name, [.. All.Select(known => known.Name)]) is { } count)
            throw new ConcordException(FormattableString.Invariant($"'{name}' names {count} data sets, and one is taken here."));
        throw new ConcordException(
            $"There is no data set '{name}'.{Meant(name, own, roots)} Known are {string.Join(", ", All.Select(known => known.Name))}, "
                + "csv:PATH for a table (csv:PATH#COLUMN where the label is the column of that name), events:PATH for spikes, "
                + $"folder:PATH for a folder of images, and any folder of IDX files "
                + $"({string.Join(", ", new IdxSet("", null).Files)}) in {string.Join(", ", roots)}.");
    }

    /// <summary>
    /// A name as the list has it, whose capitals do not count except where a folder of one's own has them; one that is not on the list as
    /// it is.
    /// </summary>
    internal static string Named(string name) => KnownWords.Meant(name, All.Select(source => source.Name)) ?? name;

    /// <summary>What an unknown name may stand for, as sentences with a blank before them.</summary>
    private static string Meant(string name, DataSource? own, IReadOnlyList<string> roots)
    {
        if (name.Contains('\0', StringComparison.Ordinal)) return "";
        var file = name.StartsWith("csv:", StringComparison.OrdinalIgnoreCase) ? name[4..] : name;
        if (File.Exists(file) || file.Split('#')[0].EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
            return $" For a table write csv:{file}.";
        if (ForeignData.ImagesAt([name, .. roots.Select(root => Path.Combine(root, name))]) is { } images)
            return $" For a folder of images, a class a subfolder, write {images}.";
        if (own is not null && roots.Select(root => Path.Combine(root, name)).FirstOrDefault(Directory.Exists) is { } folder)
            return $" The folder '{folder}' lacks "
                + $"{string.Join(", ", own._missing(folder))}.{SuggestedFiles.Renamings(folder, own._missing(folder))}";
        if (name.Length > 0 && Directory.Exists(name) && Path.GetFullPath(name) is var full
            && Path.GetFileName(full.TrimEnd(Path.DirectorySeparatorChar)) is { Length: > 0 } last)
            return $" For the folder of that path write --data {last} --data-root "
                + $"{Path.GetDirectoryName(full.TrimEnd(Path.DirectorySeparatorChar))}.";
        List<string> names = [.. All.Select(known => known.Name),
            .. roots.Where(Directory.Exists).SelectMany(root => Directory.EnumerateDirectories(root).Select(path => Path.GetFileName(path)))
                .Where(found => Idx(new(found, Classes: null), "").Locate(roots) is not null)];
        return (names.Find(known => SuggestedFiles.AreAlike(known, name)) ?? KnownWords.Nearest(name, names)) is { } near
            ? $" Did you mean '{near}'?" : "";
    }

    private Dataset Load(IReadOnlyList<string> roots) => IsBuiltIn ? _read("") : Read(Locate(roots) ?? throw NotFound(roots));

    private Dataset Read(string folder)
    {
        var data = _read(folder);
        data.Reference = new(Name, Path.GetDirectoryName(Path.GetFullPath(folder)));
        return data;
    }

    private string? Locate(IReadOnlyList<string> roots) =>
        IsBuiltIn ? null : roots.Select(root => Path.Combine(root, Name)).FirstOrDefault(folder => !_missing(folder).Any());

    private static Dataset LoadCsv(string name)
    {
        var (path, label) = DataReference.CsvParts(name);
        if (path.Length == 0) throw new ConcordException(
            $"'{name}' has no path. Write csv:PATH, or {CsvReader.Naming} where the label is the column of that name.");
        return Dataset.FromCsv(path, label);
    }

    private static Dataset LoadEvents(string name)
    {
        var path = name[DataReference.Events.Length..];
        return path.Length > 0 ? Dataset.FromEvents(path)
            : throw new ConcordException($"'{name}' has no path. Write events:PATH, the path of a file of spikes.");
    }

    private ConcordException NotFound(IReadOnlyList<string> roots)
    {
        var folders = roots.Select(root => Path.Combine(root, Name)).Where(Directory.Exists).ToList();
        var hints = string.Concat(folders.Select(folder => SuggestedFiles.Renamings(folder, _missing(folder)))) + Python(roots);
        if (hints.Length == 0) hints = SuggestedFiles.Elsewhere(Name, [.. All.Select(source => source.Name).Where(name => name != Name)],
            roots, folder => [.. _missing(folder)]);
        var looked = roots.Select(root => Path.Combine(root, Name)).Select(folder => Directory.Exists(folder)
            ? $"'{folder}' (lacks {string.Join(", ", _missing(folder))})"
            : $"'{folder}' (no such folder)");
        return new($"The data set '{Name}' was not found.{hints} Looked in {string.Join(", ", looked)}. Expected there: {Expected}. "
            + $"{(CanBeFetched ? $"Get it with {NextCommand.Command("data", "fetch", Name)}, or get the files yourself"
                : "Get the files")} "
            + $"and name the folder above '{Name}' with --data-root or CONCORD_DATA; "
            + $"{string.Join(", ", All.Where(source => source.IsBuiltIn).Select(source => $"'{source.Name}'"))} need no files.");
    }

    /// <summary>A set's version for Python, which is not read here, as a sentence with a blank before it.</summary>
    private string Python(IReadOnlyList<string> roots)
    {
        if (!Name.StartsWith("cifar-", StringComparison.Ordinal)) return "";
        var found = from root in roots
                    from folder in (string[])[Path.Combine(root, Name), root]
                    from version in (string[])[$"{Name}-python.tar.gz", $"{Name}-batches-py", $"{Name}-python"]
                    let path = Path.Combine(folder, version)
                    where Path.Exists(path)
                    select path;
        return found.FirstOrDefault() is { } python ? $" '{python}' is the version for Python; the binary version is needed." : "";
    }

    private static DataSource[] KnownSources()
    {
        string[] digits = OwnData.Numbered(10);
        string[] letters = [.. Enumerable.Range('A', 26).Select(letter => $"{(char)letter}")];
        return
        [
            new("glyphs", "10 drawn signs, 28x28 grey, generated: 9,000 training and 2,000 test samples", "",
                _ => Dataset.Glyphs(), _ => []),
            new(YinYangSet.Name, "points of the yin-yang sign, 4 features, generated: 6,000 and 1,000", "",
                _ => Dataset.YinYang(), _ => []),
            new(PosturesSet.Name, "postures of a dog by an accelerometer, 6 features, made up: 6,000 and 1,000", "",
                _ => Dataset.Postures(), _ => []),
            new(TeacherStudentSet.Name, "Gaussian inputs, 100 features, and 5 real targets that a random network gives, generated: 50,000 "
                + "and 2,000", "", _ => Dataset.TeacherStudent(), _ => []),
            new(SpikeOrderSet.Name, "two patterns of four spikes that differ in the order of two, built in: 100 and 2", "",
                _ => Dataset.SpikeOrder(), _ => []),
            Idx(new("mnist", digits), "handwritten digits, 28x28 grey: 60,000 and 10,000"),
            Idx(new("mnist-2k", digits), "the first 2,000 and 500 samples of MNIST"),
            Idx(new("fashion-mnist", ["T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
                "ankle boot"]), "pictures of clothes, 28x28 grey: 60,000 and 10,000"),
            Idx(new("kmnist", ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]),
                "handwritten Japanese characters, 28x28 grey: 60,000 and 10,000"),
            Idx(Emnist("letters", letters, 1), "handwritten letters, 26 classes, 28x28 grey: 124,800 and 20,800"),
            Idx(Emnist("balanced", [.. digits, .. letters, "a", "b", "d", "e", "f", "g", "h", "n", "q", "r", "t"], 0),
                "handwritten digits and letters, 47 classes, 28x28 grey: 112,800 and 18,800"),
            Cifar(new("cifar-10", CifarFormat.Cifar10, ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship",
                "truck"]), "photographs in 10 classes, 32x32 colour: 50,000 and 10,000"),
            Cifar(new("cifar-100", CifarFormat.Cifar100, OwnData.Numbered(100)),
                "photographs in 100 classes, 32x32 colour: 50,000 and 10,000"),
            new(ShdSet.Name, "spoken digits as spikes of 700 neurons: 8,156 and 2,264",
                $"{string.Join(", ", ShdSet.Files)}, each plain or .gz", ShdSet.Read,
                folder => ShdSet.Files.Where(file => IdxSet.Locate(folder, file) is null)),
        ];
    }

    private static IdxSet Emnist(string part, string[] classes, int firstLabel) =>
        new($"emnist-{part}", classes, $"emnist-{part}-train", $"emnist-{part}-test", firstLabel, Transposed: true);

    private static DataSource Idx(IdxSet set, string description) =>
        new(set.Name, description, $"{string.Join(", ", set.Files)}, each plain or .gz", set.Read,
            folder => set.Files.Where(file => IdxSet.Locate(folder, file) is null));

    private static DataSource Cifar(CifarSet set, string description) =>
        new(set.Name, description, $"{set.Choices[2]}, {set.Choices[1]} or the folder {set.Choices[0]}", set.Read,
            folder => set.Choices.Any(choice => Path.Exists(Path.Combine(folder, choice))) ? []
                : [$"{set.Choices[2]}, {set.Choices[1]} or {set.Choices[0]}/"]);
}
