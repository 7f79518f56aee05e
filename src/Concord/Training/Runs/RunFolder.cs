using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Concord.Data;
using Concord.Interchange;
using Concord.Rules;

namespace Concord.Training;

/// <summary>
/// What a run leaves behind: <c>experiment.yaml</c> (every setting, defaults written out),
/// <c>data.json</c> (where its data lay, and their fingerprint),
/// <c>normalization.safetensors</c> (what the training samples decided about inputs), <c>metrics.jsonl</c> (a line per epoch, and
/// some in between), the same for TensorBoard,
/// <c>last.safetensors</c> and <c>best.safetensors</c>, <c>summary.json</c>; <c>failure.txt</c> where it diverged.
/// One run at a time holds it.
/// </summary>
public sealed class RunFolder : IDisposable
{
    internal const string LastFile = "last.safetensors", MetricsFile = "metrics.jsonl", SummaryFile = "summary.json",
        FailureFile = "failure.txt", BestFile = "best.safetensors";
    private const string NormalizationFile = "normalization.safetensors";
    private static readonly string[] s_kept = [LastFile, BestFile, MetricsFile, SummaryFile, FailureFile, NormalizationFile,
        SettingsFile.Name, RunData.FileName, RunProducts.FileName, SpikeRecord.FileName, FolderLock.FileName];
    private const int LongestName = 120, HashLength = 8, MostNamed = 5, MostFailure = 1 << 16;
    private readonly FolderLock _lock;

    private RunFolder(string path, FolderLock hold) => (Path, _lock) = (path, hold);

    /// <summary>The folder.</summary>
    public string Path { get; }

    internal string LastCheckpoint => In(LastFile);

    /// <summary>The checkpoint of the last epoch of a run, where it lies or will lie.</summary>
    /// <param name="folder">The run's folder.</param>
    public static string LastCheckpointOf(string folder) => System.IO.Path.Combine(folder, LastFile);
    internal string BestCheckpoint => In(BestFile);
    internal string Metrics => In(MetricsFile);
    internal string Summary => In(SummaryFile);
    internal string Events => In(RunEvents.FileName);
    internal string Settings => In(SettingsFile.Name);
    internal string Normalization => NormalizationOf(Path);
    internal static string NormalizationOf(string folder) => System.IO.Path.Combine(folder, NormalizationFile);

    private string In(string file) => System.IO.Path.Combine(Path, file);

    /// <summary>Makes a folder for a new run and holds it.</summary>
    /// <exception cref="ConcordException">It holds a run already, is held by another, or cannot be written.</exception>
    public static RunFolder Create(string path)
    {
        var folder = Take(path, create: true);
        try
        {
            RefuseRun(path);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a folder that holds a run, whether another is to lie in it or some are to lie below it.</summary>
    /// <exception cref="ConcordException">It holds one.</exception>
    public static void RefuseRun(string path)
    {
        if (IsRun(path)) throw new ConcordException($"The folder '{path}' holds a run already. "
            + $"Continue with it ({NextCommand.Command("resume", System.IO.Path.GetFullPath(path))}), or choose another --out.");
    }

    /// <summary>Holds the folder of a run that was begun.</summary>
    /// <exception cref="ConcordException">There is no run in it, or another holds it.</exception>
    public static RunFolder Open(string path)
    {
        if (!Directory.Exists(path)) throw Missing(path);
        var folder = Take(path, create: false);
        if (File.Exists(folder.LastCheckpoint)) return folder;
        folder.Dispose();
        throw new ConcordException(NoCheckpoint(path));
    }

    /// <summary>The settings that the run in a folder was begun with.</summary>
    /// <param name="path">The run's folder.</param>
    /// <param name="epochs">The epochs that the run is about to be extended to:
    /// an <c>experiment.yaml</c> that has them already is no obstacle.</param>
    /// <exception cref="ConcordException">There is no run in it, or its <c>experiment.yaml</c> was edited,
    /// which would have no effect.</exception>
    public static RunSettings SettingsOf(string path, int? epochs = null)
    {
        if (!Directory.Exists(path)) throw Missing(path);
        var state = Checkpoint.ReadState(CheckpointOf(path));
        RefuseEdits(path, state, epochs);
        var settings = RunSettings.Read(state.Settings);
        if (settings.Model == RunSettings.CodeModel) return settings;
        RunPlugins.Check(path, settings);
        settings = settings with { RuleOptions = MirrorOptions.OfRun(settings.RuleOptions) };
        var options = RuleCatalogue.Read(settings.Rule, settings.RuleOptions);
        // a run may be older than the refusal of what has no effect
        return settings with { RuleOptions = settings.RuleOptions.Where(pair => options.IneffectOf(pair.Key) is null).ToDictionary() };
    }

    private static void RefuseEdits(string path, CheckpointState state, int? epochs)
    {
        var file = System.IO.Path.Combine(path, SettingsFile.Name);
        bool IsMeant(SettingsEdit edit) => edit.Key switch
        {
            // it is written after the checkpoint
            "epochs" => state.Extensions?.Any(extension => edit.Now == Whole(extension.From)) == true
                || (epochs is { } wanted && edit.Now == Whole(wanted)),
            // older versions wrote what a run went on with
            "engine" or "threads" => !File.Exists(System.IO.Path.Combine(path, RunData.FileName)),
            _ => false,
        };
        var edits = SettingsFile.Edits(file, state.Settings).Where(edit => !IsMeant(edit)).ToList();
        if (edits.Count == 0) return;
        var full = System.IO.Path.GetFullPath(path);
        var place = RunData.Read(path)?.Reference;
        List<string> again = ["train", System.IO.Path.GetFullPath(file), .. place is null ? (string[])[] : ["--data", place.Data],
            .. place?.Root is { } root ? (string[])["--data-root", root] : []];
        var longer = edits is [{ Key: "epochs", Now: { } now }]
            && int.TryParse(now, NumberStyles.None, CultureInfo.InvariantCulture, out var more) && more > state.EpochsPlanned
            ? $" To train it for longer: {NextCommand.Command("resume", full, "--epochs", now)}"
            : $" To begin a new run with them: {NextCommand.Command(again)}";
        throw new ConcordException($"'{file}' was edited: {string.Join("; ", edits.Take(5))}{(edits.Count > 5 ? "; ..." : "")}. "
            + $"A run keeps the settings it was begun with, so the edit would have no effect. Put the lines back as they were.{longer}");
    }

    private static string Whole(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>What the finished run in a folder came to; null while it is not finished.</summary>
    /// <exception cref="ConcordException">Its files cannot be read.</exception>
    public static RunResult? ResultOf(string path)
    {
        var summary = System.IO.Path.Combine(path, SummaryFile);
        return File.Exists(summary) ? RunSummary.Open(summary).Result(System.IO.Path.Combine(path, MetricsFile)) : null;
    }

    /// <summary>Writes what TensorBoard is told of a run as a file of its own, from the run's <c>metrics.jsonl</c>.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="file">The file, replaced; null for the folder's own. That takes that no run is at work there.</param>
    /// <returns>Where it is.</returns>
    /// <exception cref="ConcordException">There is no run, its files are damaged, or the file cannot be written.</exception>
    public static string ExportEvents(string folder, string? file)
    {
        var own = System.IO.Path.Combine(folder, RunEvents.FileName);
        using var hold = file is null || FileLinks.AreSame(file, own) ? Open(folder) : null;
        var (path, settings) = (file ?? own, RunSettings.Read(Checkpoint.ReadState(CheckpointOf(folder)).Settings));
        RunLog.Export(path, System.IO.Path.Combine(folder, MetricsFile), settings, ResultOf(folder));
        return path;
    }

    /// <summary>What decided the last bits of a run so far (<see cref="Numerics.Kernels.Arithmetic"/>); null where it is older than that
    /// record.</summary>
    /// <param name="path">The run's folder.</param>
    /// <exception cref="ConcordException">There is no run in it.</exception>
    public static string? ArithmeticOf(string path) => Checkpoint.ReadState(CheckpointOf(path)).Arithmetic;

    /// <summary>Whether a run's folder has the normalisation of its inputs; runs of before it was kept have not.</summary>
    /// <param name="path">The run's folder.</param>
    public static bool HasNormalization(string path) => File.Exists(NormalizationOf(path));

    /// <summary>
    /// Whether two runs are of the same data set, whatever part of it each took: by fingerprint, or,
    /// where one of them is from before it was kept, by the data's name.
    /// </summary>
    /// <param name="one">A run's folder.</param>
    /// <param name="other">A run's folder.</param>
    /// <exception cref="ConcordException">There is no run in one of them.</exception>
    public static bool AreOfOneDataSet(string one, string other)
    {
        var (first, second) = (SettingsOf(one), SettingsOf(other));
        return RunData.Read(one) is { } mine && RunData.Read(other) is { } theirs ? mine.Fingerprint.IsOfSameSet(theirs.Fingerprint)
            : DataReference.AreSame(first.Data, second.Data);
    }

    /// <summary>Whether a folder holds a run that was begun or is over.</summary>
    internal static bool IsRun(string path) => IsBegun(path) || File.Exists(System.IO.Path.Combine(path, SummaryFile));

    /// <summary>Whether a run keeps something under a file's name that is read again: now, or as it may come to.</summary>
    internal static bool Keeps(string name)
    {
        // what is kept of an end that the run went beyond has its epochs in its name
        if (System.IO.Path.GetFileNameWithoutExtension(name).Split('-') is [var plain, var epochs]
            && int.TryParse(epochs, NumberStyles.None, null, out _)) name = plain + System.IO.Path.GetExtension(name);
        return s_kept.Contains(name, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Whether there is something to go on from.</summary>
    internal static bool IsBegun(string path) => File.Exists(System.IO.Path.Combine(path, LastFile));

    /// <summary>Epochs that the begun run in a folder has done.</summary>
    internal static int EpochsDone(string path) => Checkpoint.ReadState(System.IO.Path.Combine(path, LastFile)).Epoch;

    /// <summary>A checkpoint file of a run.</summary>
    /// <param name="path">The run's folder.</param>
    /// <param name="checkpoint"><c>last</c>; <c>best</c>, that of the best validation accuracy; of an extended run the same with the
    /// epochs of an earlier end, such as <c>last-10</c>.</param>
    /// <exception cref="ConcordException">There is none.</exception>
    public static string CheckpointOf(string path, string checkpoint = "last")
    {
        if (!Directory.Exists(path)) throw Missing(path);
        List<string> known = ["last", "best", .. EarlierEnds(path)];
        checkpoint = checkpoint.ToLowerInvariant();
        var file = System.IO.Path.Combine(path, $"{checkpoint}.safetensors");
        if (known.Contains(checkpoint) && File.Exists(file)) return file;
        if (!IsBegun(path)) throw new ConcordException(NoCheckpoint(path));
        throw new ConcordException(checkpoint == "best"
            ? $"The folder '{path}' holds no best checkpoint ({BestFile}): no epoch was validated. Use --checkpoint last."
            : $"There is no checkpoint '{checkpoint}' in '{path}'. {KnownWords.Hint(checkpoint, known)}");
    }

    private static IEnumerable<string> EarlierEnds(string path) => Directory.EnumerateFiles(path, "*.safetensors")
        .Select(file => System.IO.Path.GetFileNameWithoutExtension(file))
        .Where(name => name.Split('-') is ["last" or "best", var epochs] && int.TryParse(epochs, NumberStyles.None, null, out _))
        .Order(StringComparer.Ordinal);

    private static ConcordException Missing(string path) =>
        new($"There is no folder '{path}'. Give the folder of a run, as concord train printed it.");

    private static string NoCheckpoint(string path)
    {
        var below = RunsBelow(path);
        return below.Count == 0
            ? $"The folder '{path}' holds no checkpoint ({LastFile}), so there is nothing to go on from. Begin again with concord train."
            : $"The folder '{path}' is not a run itself, but has runs below it: "
                + $"{string.Join(", ", below.Take(MostNamed))}{(below.Count > MostNamed ? ", ..." : "")}. Give one of them.";
    }

    private static List<string> RunsBelow(string path)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(path, "*", new EnumerationOptions { RecurseSubdirectories = true,
                MaxRecursionDepth = 1, IgnoreInaccessible = true }).Where(IsBegun).Order(StringComparer.Ordinal)];
        }
        catch (IOException)
        {
            return [];   // it is only a hint
        }
    }

    /// <summary>
    /// Makes the next free folder named after a run: <c>runs/mnist-dfa</c>, <c>runs/mnist-dfa-2</c>, ...
    /// Runs that begin at once get one each.
    /// </summary>
    /// <param name="root">The folder that it is to lie in; made if it is missing.</param>
    /// <param name="name">What it is called after.</param>
    /// <exception cref="ConcordException">It cannot be made.</exception>
    public static string MakeFree(string root, string name)
    {
        var plain = NameFor(name);
        FileErrors.MakeFolder(root);
        for (var i = 1; ; i++)
        {
            var path = System.IO.Path.Combine(root, i == 1 ? plain : FormattableString.Invariant($"{plain}-{i}"));
            if (LibC.TryMakeFolder(path)) return path;
            if (System.IO.Path.Exists(path) || new FileInfo(path).LinkTarget is not null) continue;
            FileErrors.MakeFolder(path);   // which says what is wrong
            return path;
        }
    }

    /// <summary>
    /// A folder's name for the name of a run or an experiment: letters and digits of every script stay, and <c>-</c>,
    /// <c>_</c> and <c>.</c>; all else becomes
    /// <c>-</c>. Where signs beyond ASCII are lost, or nothing is left, or the name is long, a hash of the name ends it,
    /// so that two names have two folders.
    /// </summary>
    /// <param name="name">Any text.</param>
    public static string NameFor(string name)
    {
        var plain = new StringBuilder();
        var (bytes, isWhole) = (0, true);
        foreach (var rune in name.EnumerateRunes())
        {
            var stays = Rune.IsLetterOrDigit(rune) || rune.Value is '-' or '.' or '_'
                || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
            isWhole &= stays || rune.IsAscii;
            bytes += stays ? rune.Utf8SequenceLength : 1;
            if (bytes > LongestName) isWhole = false;
            else plain.Append(stays ? rune.ToString() : "-");
        }
        var trimmed = plain.ToString().Trim('-', '.');
        if (isWhole && trimmed.Length > 0) return trimmed;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..HashLength];
        return trimmed.Length == 0 ? $"run-{hash}" : $"{trimmed}-{hash}";
    }

    internal void WriteSettings(IEnumerable<KeyValuePair<string, string>> settings, IEnumerable<string> commands) =>
        SettingsFile.Write(Settings, settings, commands);

    /// <summary>
    /// Keeps what the run came to at an end that it is to go beyond: checkpoints as <c>last-10.safetensors</c>,
    /// the summary as <c>summary-10.json</c>.
    /// </summary>
    /// <remarks>The summary goes last. Without it the run stands at its end, and ends again if it is interrupted here.</remarks>
    internal void KeepEnd(int epochs)
    {
        foreach (var file in (string[])[LastCheckpoint, BestCheckpoint])
            if (File.Exists(file))
                AtomicFile.Write(EndOf(file, epochs), stream =>
                {
                    using var checkpoint = File.OpenRead(file);
                    checkpoint.CopyTo(stream);
                });
        if (File.Exists(Summary)) AtomicFile.Adopt(Summary, EndOf(Summary, epochs));
    }

    /// <summary>Where the summary is kept that an extended run had at an earlier end.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="epochs">The epochs of that end.</param>
    public static string SummaryOf(string folder, int epochs) => EndOf(System.IO.Path.Combine(folder, SummaryFile), epochs);

    internal static string EndOf(string file, int epochs) =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(file)!,
            FormattableString.Invariant($"{System.IO.Path.GetFileNameWithoutExtension(file)}-{epochs}{System.IO.Path.GetExtension(file)}"));

    /// <summary>Records where the run's data lie, and what they are.</summary>
    /// <param name="data">Its data.</param>
    /// <exception cref="ConcordException">The file cannot be written.</exception>
    public void Record(DataSplit data) => RunData.Of(data).Write(In(RunData.FileName));

    /// <summary>Why the run in a folder failed; null if it did not, or may still finish.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <exception cref="ConcordException">The file cannot be read.</exception>
    internal static string? FailureOf(string folder)
    {
        var path = System.IO.Path.Combine(folder, FailureFile);
        return File.Exists(path) ? SmallFile.Text(path, MostFailure, "a failure has a line").Trim() : null;
    }

    /// <summary>Keeps why the run failed; null forgets what was kept before.</summary>
    /// <exception cref="ConcordException">The file cannot be written.</exception>
    internal void WriteFailure(string? message)
    {
        if (message is not null) AtomicFile.Write(In(FailureFile), stream => stream.Write(Encoding.UTF8.GetBytes(message + "\n")));
        else if (File.Exists(In(FailureFile))) FileErrors.Explained("remove", In(FailureFile), () => File.Delete(In(FailureFile)));
    }

    internal void WriteSummary(RunResult result, string engine) =>
        AtomicFile.Write(Summary, stream => RunSummary.Write(stream, result, engine));

    private static RunFolder Take(string path, bool create)
    {
        if (create) FileErrors.MakeFolder(path);
        return new(path, FolderLock.Take(path));
    }

    /// <summary>Lets the folder go.</summary>
    public void Dispose() => _lock.Dispose();
}
