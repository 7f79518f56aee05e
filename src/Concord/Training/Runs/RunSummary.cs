using System.Text.Json;
using Concord.Interchange;
using Concord.Layers;
using Concord.Options;
using Concord.Rules;

namespace Concord.Training;

/// <summary>
/// The file <c>summary.json</c> of a finished run, read again. It may be damaged or of another version: each member is checked when it is
/// asked for, and what may be missing is null, NaN or empty then.
/// </summary>
internal sealed class RunSummary
{
    internal const int MostBytes = 1 << 28;   // the confusions of a thousand classes take a hundredth of it
    private static readonly string[] s_expected =
        ["settings", "engine", "testAccuracy", "secondsPerEpoch", "weightBytes", "macsPerSample", "confusion"];
    private readonly CheckedJson _json;

    private RunSummary(CheckedJson json) => _json = json;

    /// <summary>The settings by key.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Settings => _json.Has("settings") ? Written : [];

    /// <summary>The engine that ran it.</summary>
    public string Engine => _json.TextIfAny("engine") ?? "";

    /// <summary>The machine.</summary>
    public string Machine => _json.TextIfAny("machine") ?? "";

    /// <summary>The program and its version.</summary>
    public string Program => _json.TextIfAny("program") ?? "";

    /// <summary>What went wrong although it finished.</summary>
    public string? Warning => _json.TextIfAny("warning");

    /// <summary>Share of right answers on the test samples, or the loss where there are no classes.</summary>
    public Score TestScore => ScoreOf("testAccuracy", "testLoss");

    /// <summary>The same with the weights of the best epoch on validation.</summary>
    public Score BestTestScore => ScoreOf("bestTestAccuracy", "bestTestLoss");

    /// <summary>Median training time of an epoch.</summary>
    public double SecondsPerEpoch => _json.NumberIfAny("secondsPerEpoch", 0);

    /// <summary>Counts on the test samples.</summary>
    public int[][] Confusion => _json.Has("confusion") ? _json.Square("confusion") : [];

    /// <summary>What the run held.</summary>
    public MemoryUse? Memory => !_json.Has("weightBytes") ? null
        : new(_json.Whole("weightBytes"), _json.Whole("feedbackBytes"), _json.Whole("trainingBytes"), _json.WholeIfAny("activationBytes"));

    /// <summary>What was computed per sample.</summary>
    public SampleCost? Cost
    {
        get
        {
            if (!_json.Has("macsPerSample")) return null;
            var macs = _json.Object("macsPerSample");
            double Of(string phase) => macs.Number(phase, 0);
            return new(Of("forward"), Of("error"), Of("weightGradient"), Of("adaptation"), Of("extraForward"), Of("probe"));
        }
    }

    /// <summary>The ends that the run has gone beyond.</summary>
    public IReadOnlyList<Extension> Extensions => !_json.Has("extensions") ? []
        : [.. _json.Objects("extensions").Select(extension => Extension.Read(extension, "fromEpochs", "testAccuracy", "testLoss"))];

    /// <summary>Those of its main members that it has not.</summary>
    public IReadOnlyList<string> Missing => [.. _json.Lacks(s_expected)];

    private TransportMeter? Transport => !_json.Has("transport") ? null : new(
        _json.Object("transport").Whole("steps"),
        [.. from one in _json.Object("transport").Objects("connections")
            let moved = new Transport(one.Whole("weights"), one.Whole("indexBits"), one.Whole("payloadBits"))
            select new ConnectionTransport(one.Text("connection"), one.Whole("length"), moved)]);

    /// <summary>Writes the file.</summary>
    public static void Write(Stream stream, RunResult result, string engine)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        JsonSerializer.Serialize(json, SummaryFile.Of(result, engine), RunJson.Default.SummaryFile);
    }

    /// <summary>Opens the file.</summary>
    /// <exception cref="ConcordException">It cannot be read.</exception>
    public static RunSummary Open(string path) => new(CheckedJson.Parse(SmallFile.Bytes(path, MostBytes, "a summary is shorter"), path,
        "Use another copy of it, or remove it and resume the run to have it written again."));

    /// <summary>What the run came to.</summary>
    /// <param name="metrics">The run's <c>metrics.jsonl</c>.</param>
    /// <exception cref="ConcordException">Something is missing or damaged.</exception>
    public RunResult Result(string metrics) => new(
        RunSettings.Read(Written), [.. MetricsReader.Epochs(metrics)], Test("testLoss", "testAccuracy", "confusion"),
        _json.Number("secondsPerEpoch", 0), _json.Number("samplesPerSecond", 0),
        Memory ?? throw _json.Lack("weightBytes"), Cost ?? throw _json.Lack("macsPerSample"))
    {
        BestTest = _json.Has("bestConfusion") ? Test("bestTestLoss", "bestTestAccuracy", "bestConfusion") : null,
        Transport = Transport,
        Extensions = Extensions,
    };

    private IReadOnlyList<KeyValuePair<string, string>> Written =>
        _json.Words("settings", key => SettingsTable.Find(key) is { Kind: ValueKind.Text });

    // An accuracy that is missing is not one that there cannot be.
    private Score ScoreOf(string accuracy, string loss) =>
        _json.Has(accuracy) ? new(_json.Number(accuracy, 0, 1), _json.NumberIfAny(loss)) : Score.None;

    private Evaluation Test(string loss, string accuracy, string confusion) =>
        new(_json.Number(loss), _json.Number(accuracy, 0, 1), _json.Square(confusion))
            { TargetVariance = _json.NumberIfAny("targetVariance") };
}
