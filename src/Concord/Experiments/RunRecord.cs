using System.Text.Json;
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
    private static readonly string[] s_expected = ["settings", "engine", "testAccuracy", "secondsPerEpoch", "weightBytes", "macsPerSample", "confusion"];
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

    /// <summary>Whether the run came to its end.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Share of right answers on the test samples; NaN if unknown.</summary>
    public double TestAccuracy { get; private set; } = double.NaN;

    /// <summary>The same with the weights of the best epoch on the validation samples; NaN if unknown.</summary>
    public double BestTestAccuracy { get; private set; } = double.NaN;

    /// <summary>Counts on the test samples; empty if unknown.</summary>
    public long[][] Confusion { get; private set; } = [];

    /// <summary>Bytes; null if unknown.</summary>
    public MemoryUse? Memory { get; private set; }

    /// <summary>Multiply-accumulates a sample; null if unknown.</summary>
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

    /// <summary>What is missing or odd, a sentence each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>The rule.</summary>
    public string Rule => Settings.GetValueOrDefault("rule", "unknown rule");

    /// <summary>The data set.</summary>
    public string Data => Settings.GetValueOrDefault("data", "unknown data");

    /// <summary>The seed; 0 if unknown.</summary>
    public long Seed => long.TryParse(Settings.GetValueOrDefault("seed"), System.Globalization.CultureInfo.InvariantCulture, out var seed) ? seed : 0;

    /// <summary>Whether there is anything of a run in a folder.</summary>
    public static bool IsRun(string folder) =>
        new[] { RunFolder.SummaryFile, RunFolder.MetricsFile, RunFolder.LastFile, RunFolder.SettingsFile }.Any(file => File.Exists(System.IO.Path.Combine(folder, file)));

    /// <summary>Reads a folder.</summary>
    public static RunRecord Read(string path)
    {
        var record = new RunRecord(path);
        record.ReadSummary(record.In(RunFolder.SummaryFile));
        if (!record.KnowsSettings) record.ReadCheckpoint(record.In(RunFolder.LastFile));
        record.ReadMetrics(record.In(RunFolder.MetricsFile));
        record.ReadCommand(record.In(RunFolder.SettingsFile));
        if (double.IsNaN(record.SecondsPerEpoch) && record.Epochs.Count > 0) record.SecondsPerEpoch = record.Epochs.Select(epoch => epoch.Seconds).Order().ElementAt(record.Epochs.Count / 2);
        if (!record.KnowsSettings)
        {
            record.Settings = new Dictionary<string, string> { ["rule"] = System.IO.Path.GetFileName(path.TrimEnd('/')) };
            record._notes.Add("Its settings cannot be read, so it stands by itself, under its folder's name.");
        }
        else if (!record.IsFinished)
        {
            var planned = record.Settings.GetValueOrDefault("epochs", "?");
            record._notes.Add(FormattableString.Invariant($"It is not finished: {record.Epochs.Count} of {planned} epochs. To go on with it: {FollowUp.Command("resume", System.IO.Path.GetFullPath(path))}"));
        }
        return record;
    }

    private string In(string file) => System.IO.Path.Combine(Path, file);

    private void ReadSummary(string path)
    {
        if (!File.Exists(path)) return;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            if (root.TryGetProperty("settings", out var settings))
            {
                Settings = settings.EnumerateObject().GroupBy(entry => entry.Name).ToDictionary(entries => entries.Key, entries => entries.Last().Value.ToString());
                KnowsSettings = Settings.ContainsKey("rule");
            }
            (Engine, Machine, Program) = (Text(root, "engine"), Text(root, "machine"), Text(root, "program"));
            TestAccuracy = Number(root, "testAccuracy");
            BestTestAccuracy = Number(root, "bestTestAccuracy");
            SecondsPerEpoch = Number(root, "secondsPerEpoch");
            if (root.TryGetProperty("weightBytes", out _)) Memory = new((long)Number(root, "weightBytes"), (long)Number(root, "feedbackBytes"), (long)Number(root, "trainingBytes"), root.TryGetProperty("activationBytes", out _) ? (long)Number(root, "activationBytes") : 0);
            if (root.TryGetProperty("macsPerSample", out var macs))
                Cost = new(Number(macs, "forward"), Number(macs, "error"), Number(macs, "weightGradient"), Number(macs, "adaptation"), Number(macs, "extraForward"), Number(macs, "probe"));
            if (root.TryGetProperty("confusion", out var confusion)) ReadConfusion(confusion);
            IsFinished = true;
            var missing = s_expected.Where(key => !root.TryGetProperty(key, out _)).ToList();
            if (missing.Count > 0) _notes.Add($"Its {RunFolder.SummaryFile} is of another version: it has no {string.Join(", ", missing)}.");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            _notes.Add($"Its {RunFolder.SummaryFile} cannot be read: {error.Message.ReplaceLineEndings(" ")}");
        }
    }

    private void ReadConfusion(JsonElement rows)
    {
        var count = rows.GetArrayLength();
        long[][] counts = [.. rows.EnumerateArray().Take(MostClasses).Select(row => row.EnumerateArray().Select(cell => Math.Max(0, cell.GetInt64())).ToArray())];
        if (count <= MostClasses && counts.All(row => row.Length == count)) Confusion = counts;
        else _notes.Add("Its confusion matrix is not square, or too large, and left out.");
    }

    private void ReadCheckpoint(string path)
    {
        if (!File.Exists(path)) return;
        try
        {
            Settings = Checkpoint.ReadState(path).Settings.ToDictionary();
            KnowsSettings = Settings.ContainsKey("rule");
        }
        catch (Exception error) when (error is ConcordException or ArgumentException)
        {
            _notes.Add(error.Message);
        }
    }

    private void ReadMetrics(string path)
    {
        if (!File.Exists(path))
        {
            _notes.Add($"It has no {RunFolder.MetricsFile}, so there are no curves.");
            return;
        }
        try
        {
            var lines = JsonLinesFile.Read(path);
            if (lines.TornBytes > 0) _notes.Add($"The last line of its {RunFolder.MetricsFile} is half written and left out.");
            List<EpochMetrics> epochs = [];
            var strange = 0;
            foreach (var line in lines.Objects)
            {
                if (!line.TryGetProperty("epoch", out var epoch)) continue;
                try
                {
                    epochs.Add(MetricsReader.Epoch(line, epoch));
                }
                catch (Exception error) when (error is KeyNotFoundException or InvalidOperationException or FormatException)
                {
                    strange++;
                }
            }
            Epochs = [.. epochs.GroupBy(epoch => epoch.Epoch).Select(same => same.Last()).OrderBy(epoch => epoch.Epoch)];
            if (strange > 0) _notes.Add(FormattableString.Invariant($"Of its {RunFolder.MetricsFile}, {strange} lines are of another version and left out."));
        }
        catch (ConcordException error)
        {
            _notes.Add(error.Message);
        }
    }

    // The resolved settings begin with a comment, and the command line that was given.
    private void ReadCommand(string path)
    {
        const string Mark = "# concord ";
        try
        {
            if (File.Exists(path)) Command = File.ReadLines(path).Take(3).FirstOrDefault(line => line.StartsWith(Mark, StringComparison.Ordinal))?[2..] ?? "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _notes.Add($"Its {RunFolder.SettingsFile} cannot be read: {error.Message}");
        }
    }

    private static double Number(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN;

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
