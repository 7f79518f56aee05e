namespace Concord.Data;

/// <summary>Finds what a user may have meant where the files of a data set are not where they are looked for.</summary>
internal static class SuggestedFiles
{
    private const int Deepest = 3, MostFolders = 1000, MostFiles = 1000;

    /// <summary>Whether two names are one but for capitals and what separates words: FashionMNIST and fashion-mnist.</summary>
    public static bool AreAlike(string one, string other) => Letters(one).Equals(Letters(other), StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// What to call the files in a folder whose names are nearly those wanted, as a sentence with a blank before it;
    /// empty where there are none.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="wanted">The names looked for.</param>
    public static string Renamings(string folder, IEnumerable<string> wanted)
    {
        var pairs = NearlyNamed(folder, wanted);
        return pairs.Count == 0 ? ""
            : $" Rename {string.Join(", ", pairs.Select(pair => $"'{pair.Found}' to {pair.Wanted}"))} in '{folder}'.";
    }

    /// <summary>
    /// Where else all files of a set lie, and how to have them found, as a sentence with a blank before it; empty where they do not.
    /// </summary>
    /// <param name="name">The set.</param>
    /// <param name="others">Names of other sets, whose folders are not meant.</param>
    /// <param name="roots">The folders that were searched.</param>
    /// <param name="missing">Of a folder: the files that it lacks.</param>
    public static string Elsewhere(string name, IReadOnlyCollection<string> others, IReadOnlyList<string> roots,
        Func<string, IReadOnlyList<string>> missing)
    {
        foreach (var root in roots)
        {
            var full = Path.GetFullPath(root);
            var fitting = Folders(full).Where(folder => Fits(folder, missing))
                .Select(folder => (Folder: folder, Words: Words(folder, full))).ToList();
            // the last word of the path that is a set's name says which it is
            var named = fitting.Select(entry => (entry.Folder,
                Set: entry.Words.LastOrDefault(word => AreAlike(word, name) || others.Any(other => AreAlike(word, other))))).ToList();
            var found = named.Find(entry => entry.Set is not null && AreAlike(entry.Set, name)).Folder
                ?? named.Find(entry => entry.Set is null).Folder;
            if (found is null) continue;
            if (found == full && Path.GetFileName(full) == name)
                return $" Its files lie in '{found}' itself: give the folder above, --data-root {Path.GetDirectoryName(full)}.";
            var rename = Renamings(found, missing(found));
            return $" Such files lie in '{found}'. If they are the set, link them: ln -s {found} {Path.Combine(full, name)}.{rename}";
        }
        return "";
    }

    private static bool Fits(string folder, Func<string, IReadOnlyList<string>> missing)
    {
        var lacks = missing(folder);
        return lacks.Count == 0 || NearlyNamed(folder, lacks).Count == lacks.Count;
    }

    private static List<(string Found, string Wanted)> NearlyNamed(string folder, IEnumerable<string> wanted)
    {
        var names = Names(folder);
        List<(string, string)> pairs = [];
        foreach (var want in wanted)
            if (names.Find(name => Plain(name) == Plain(want)) is { } near)
                pairs.Add((near, near.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? $"{want}.gz" : want));
        return pairs;
    }

    private static readonly string[] s_endings = ["-bin", "-ubyte", "-idx3", "-idx1", "-idx"];

    /// <summary>A file's name without packing, capitals and the words for its format, all others joined by hyphens.</summary>
    private static string Plain(string name)
    {
        var plain = name.ToLowerInvariant().Replace('.', '-').Replace('_', '-').Replace(' ', '-');
        if (plain.EndsWith("-gz", StringComparison.Ordinal)) plain = plain[..^3];
        foreach (var ending in s_endings)
            if (plain.EndsWith(ending, StringComparison.Ordinal)) plain = plain[..^ending.Length];
        return plain.StartsWith("test-", StringComparison.Ordinal) ? $"t10k-{plain[5..]}" : plain;
    }

    private static string Letters(string name) => string.Concat(name.Where(char.IsLetterOrDigit));

    private static IEnumerable<string> Words(string folder, string root) =>
        [Path.GetFileName(root), .. Path.GetRelativePath(root, folder).Split(Path.DirectorySeparatorChar)];

    private static List<string> Names(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder).Take(MostFiles).Select(Path.GetFileName).OfType<string>()
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>A folder and those in it, the nearest first.</summary>
    private static List<string> Folders(string root)
    {
        List<string> folders = Directory.Exists(root) ? [root] : [];
        for (var (at, depth, level) = (0, 0, 1); at < folders.Count && folders.Count < MostFolders && depth < Deepest; at++)
        {
            try
            {
                folders.AddRange(Directory.EnumerateDirectories(folders[at]).Where(folder => !Path.GetFileName(folder).StartsWith('.'))
                    .Order(StringComparer.Ordinal).Take(MostFolders - folders.Count));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // what may not be listed is not looked into
            }
            if (at + 1 < level) continue;
            (depth, level) = (depth + 1, folders.Count);
        }
        return folders;
    }
}
