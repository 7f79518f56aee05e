using Concord.Interchange;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>
/// What one run folder tells a report. Nothing in it is taken for granted: the run may be unfinished, half written, or of another
/// version. What is missing becomes a note, and the rest is shown.
/// </summary>
internal sealed class RunRecord
{
    private const int MostClasses = 1000;
    private readonly List<string> _notes = [];

    private RunRecord(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The settings by key; if none can be read, the folder's name stands for the rule.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; private set; } = new Dictionary<string, string>();

    /// <summary>Whether they could be read.</summary>
    public bool KnowsSettings { get; private set; }

    /// <summary>The epochs, in order.</summary>
    public IReadOnlyList<EpochMetrics> Epochs { get; private set; } = [];

    /// <summary>How many epochs it has trained.</summary>
    public int EpochsDone => Epochs.Count(epoch => epoch.Epoch > 0);

    /// <summary>Whether the run finished.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>How well it does on the test samples; <see cref="Score.None"/> if unknown.</summary>
    public Score Test { get; private set; } = Score.None;

    /// <summary>The same with the weights of the best epoch on the validation samples.</summary>
    public Score BestTest { get; private set; } = Score.None;

    /// <summary>Counts on the test samples; empty if unknown.</summary>
    public long[][] Confusion { get; private set; } = [];

    /// <summary>The spikes of a sample; null if there are none.</summary>
    public SpikeRecord? Spikes { get; private set; }

    /// <summary>Bytes; null if unknown.</summary>
    public MemoryUse? Memory { get; private set; }

    /// <summary>Multiply-accumulates per sample; null if unknown.</summary>
    public SampleCost? Cost { get; set; }

    /// <summary>Median training time of an epoch.</summary>
    public double SecondsPerEpoch { get; private set; } = double.NaN;

    /// <summary>The engine that ran it; empty if unknown.</summary>
    public string Engine { get; private set; } = "";

    /// <summary>The machine; empty if unknown.</summary>
    public string Machine { get; private set; } = "";

    /// <summary>The program and its version; empty if unknown.</summary>
    public string Program { get; private set; } = "";

    /// <summary>The command line that began it; empty if unknown.</summary>
    public string Command { get; private set; } = "";

    /// <summary>Why it failed; null if it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>What went wrong in it although it finished; null for nothing.</summary>
    public string? Warning { get; private set; }

    /// <summary>Whether a file that is there cannot be read, or is damaged.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>What is missing or odd, a sentence each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>The rule.</summary>
    public string Rule => Settings.GetValueOrDefault("rule", "unknown rule");

    /// <summary>The data set.</summary>
    public string Data
    {
        get => Settings.GetValueOrDefault(ExperimentKeys.Data, "unknown data");
        set => Settings = new Dictionary<string, string>(Settings) { [ExperimentKeys.Data] = value };
    }

    /// <summary>Where they lay when the run was begun; null if unknown.</summary>
    public string? DataPlace { get; private set; }

    /// <summary>The seed; 0 if unknown.</summary>
    public long Seed =>
        long.TryParse(Settings.GetValueOrDefault("seed"), System.Globalization.CultureInfo.InvariantCulture, out var seed) ? seed : 0;

    /// <summary>Whether there is anything of a run in a folder.</summary>
    public static bool IsRun(string folder) =>
        new[] { RunFolder.SummaryFile, RunFolder.MetricsFile, RunFolder.LastFile, SettingsFile.Name }
            .Any(file => File.Exists(System.IO.Path.Combine(folder, file)));

    /// <summary>Reads a folder.</summary>
    public static RunRecord Read(string path)
    {
        var record = new RunRecord(path);
        record.ReadSummary(record.In(RunFolder.SummaryFile));
        if (!record.KnowsSettings) record.ReadCheckpoint(record.In(RunFolder.LastFile));
        record.ReadMetrics(record.In(RunFolder.MetricsFile));
        record.ReadSettingsFile(record.In(SettingsFile.Name));
        record.Heed(() => record.Spikes = SpikeRecord.Read(path));
        record.Heed(() => record.DataPlace = RunData.Read(path)?.Reference?.Data);
        if (double.IsNaN(record.SecondsPerEpoch) && record.Epochs.Count > 0)
            record.SecondsPerEpoch = record.Epochs.Select(epoch => epoch.Seconds).Order().ElementAt(record.Epochs.Count / 2);
        if (!record.KnowsSettings)
        {
            record.Settings = new Dictionary<string, string> { ["rule"] = System.IO.Path.GetFileName(path.TrimEnd('/')) };
            record._notes.Add("Its settings cannot be read, so it stands by itself, under its folder's name.");
        }
        else if (record.ReadFailure() is { } failure) record._notes.Add($"It failed: {failure}");
        else if (!record.IsFinished && !File.Exists(record.In(RunFolder.SummaryFile)))
        {
            var planned = record.Settings.GetValueOrDefault("epochs", "?");
            record._notes.Add(FormattableString.Invariant($"It is not finished: {record.EpochsDone} of {planned} ")
                + $"{(planned == "1" ? "epoch" : "epochs")}. "
                + FormattableString.Invariant($"To go on with it: {NextCommand.Command("resume", System.IO.Path.GetFullPath(path))}"));
        }
        return record;
    }

    private string In(string file) => System.IO.Path.Combine(Path, file);

    private void ReadSummary(string path)
    {
        if (File.Exists(path)) Heed(() =>
        {
            var summary = RunSummary.Open(path);
            var (missing, confusion, extensions, warning) = (summary.Missing, summary.Confusion, summary.Extensions, summary.Warning);
            // All at once: what is damaged in one member leaves the others unknown as well.
            (Settings, Engine, Machine, Program, Test, BestTest, SecondsPerEpoch, Memory, Cost, IsFinished) =
                (summary.Settings.ToDictionary(), summary.Engine, summary.Machine, summary.Program, summary.TestScore,
                    summary.BestTestScore, summary.SecondsPerEpoch, summary.Memory, summary.Cost, true);
            KnowsSettings = Settings.ContainsKey("rule");
            Note(extensions);
            if (confusion.Length <= MostClasses) Confusion = [.. confusion.Select(row => row.Select(count => (long)count).ToArray())];
            else _notes.Add("Its confusion matrix is too large, and left out.");
            Warning = warning;
            if (warning is not null) _notes.Add($"Something went wrong in it: {warning}");
            if (missing.Count > 0)
                _notes.Add($"Its {RunFolder.SummaryFile} is of another version: it has no {string.Join(", ", missing)}.");
        });
    }

    private void ReadCheckpoint(string path)
    {
        if (File.Exists(path)) Heed(() =>
        {
            var state = Checkpoint.ReadState(path);
            Settings = state.Settings.GroupBy(pair => pair.Key).ToDictionary(pairs => pairs.Key, pairs => pairs.Last().Value);
            KnowsSettings = Settings.ContainsKey("rule");
            Note(state.Extensions ?? []);
        });
    }

    private void ReadMetrics(string path)
    {
        if (!File.Exists(path))
        {
            _notes.Add($"It has no {RunFolder.MetricsFile}, so there are no curves.");
            return;
        }
        Heed(() =>
        {
            var lines = JsonLines.Read(path);
            if (lines.TornBytes > 0) _notes.Add($"The last line of its {RunFolder.MetricsFile} is half written and left out.");
            var (known, strange) = (new List<EpochMetrics>(), 0);
            foreach (var line in MetricsReader.Lines(path, lines))
                if (MetricsReader.IsOfThisVersion(line)) known.Add(MetricsReader.Epoch(line));
                else strange++;
            Epochs = [.. known.GroupBy(epoch => epoch.Epoch).Select(same => same.Last()).OrderBy(epoch => epoch.Epoch)];
            if (strange > 0) _notes.Add(
                FormattableString.Invariant($"Of its {RunFolder.MetricsFile}, {strange} lines are of another version and left out."));
        });
    }

    // The resolved settings begin with comments: the command lines that were given. A run goes by its checkpoint, whatever else was written
    // there since.
    private void ReadSettingsFile(string path)
    {
        Heed(() => Command = string.Join("; ", SettingsFile.Commands(path)));
        if (KnowsSettings) Heed(() =>
        {
            var edits = SettingsFile.Edits(path, [.. Settings]).Where(edit => edit.Key is not ("engine" or "threads")).ToList();
            if (edits.Count > 0) _notes.Add($"Its {SettingsFile.Name} was edited, which had no effect: {string.Join("; ", edits)}.");
        });
    }

    private string? ReadFailure()
    {
        Heed(() => Failure = RunFolder.FailureOf(Path));
        return Failure;
    }

    private void Note(IReadOnlyList<Extension> extensions)
    {
        if (extensions.Count == 0) return;
        var ends = extensions.Select(end => FormattableString.Invariant($"{end.From} epochs{(end.Test is { } test
            ? $" (test {NumberFormat.Named(test)})" : " (before it came to that end)")}"));
        var looks = extensions.Count(end => end.Test is not null) + (IsFinished ? 1 : 0);
        _notes.Add($"It was extended from {string.Join(", then from ", ends)}."
            + (looks > 1 ? FormattableString.Invariant($" Its test samples were looked at {looks} times: if a look decided to go on, ")
                + "its figure flatters it." : ""));
    }

    // What one file does not give leaves the others to be shown.
    private void Heed(Action read)
    {
        try
        {
            read();
        }
        catch (ConcordException error)
        {
            IsDamaged = true;
            _notes.Add(error.Message);
        }
    }
}
