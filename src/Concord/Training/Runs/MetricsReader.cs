using Concord.Diagnostics;
using Concord.Interchange;

namespace Concord.Training;

/// <summary>
/// Reads the lines of a run back from its <c>metrics.jsonl</c>. What a line is shows in its members, since those of earlier versions
/// have no type.
/// </summary>
internal static class MetricsReader
{
    /// <summary>When a line was written, in seconds since 1970.</summary>
    public const string TimeKey = "wallTime";

    private const string EpochKey = "epoch", ProbeKey = "probeStep", LossKey = "loss", Otherwise = "Use another copy of it.";
    private static readonly string[] s_expected = ["step", "learningRate", "trainLoss", "trainAccuracy", "validationLoss",
        "validationAccuracy", "seconds", "samplesPerSecond", "alignment"];

    /// <summary>The epochs, first to last.</summary>
    /// <exception cref="ConcordException">The file cannot be read, or a line of it is damaged.</exception>
    public static IEnumerable<EpochMetrics> Epochs(string path) => Lines(path, JsonLines.Read(path)).Select(Epoch);

    /// <summary>The lines that are epochs; the others are training steps, and probes of them.</summary>
    public static IEnumerable<CheckedJson> Lines(string path, JsonLines lines) => Every(path, lines).Where(IsEpoch);

    /// <summary>All lines, of whatever kind.</summary>
    /// <exception cref="ConcordException">The file cannot be read.</exception>
    public static IEnumerable<CheckedJson> Every(string path) => Every(path, JsonLines.Read(path));

    /// <summary>Whether a line is an epoch.</summary>
    public static bool IsEpoch(CheckedJson line) => line.Has(EpochKey);

    /// <summary>When a line was written; null for those of before that was kept.</summary>
    /// <exception cref="ConcordException">It is damaged.</exception>
    public static double? TimeOf(CheckedJson line) => line.NumberIfAny(TimeKey) is var time && double.IsNaN(time) ? null : time;

    /// <summary>A line that is a training step; null for one of another kind.</summary>
    /// <exception cref="ConcordException">It is damaged.</exception>
    public static StepLine? Step(CheckedJson line) => !line.Has(LossKey) ? null
        : new(line.Whole("step"), line.Number(LossKey), line.Number("learningRate", 0), line.Number("samplesPerSecond", 0));

    /// <summary>A line that is a probe of a training step; null for one of another kind.</summary>
    /// <exception cref="ConcordException">It is damaged.</exception>
    public static (long Step, IReadOnlyList<PortAlignment> Rows)? Probe(CheckedJson line) => !line.Has(ProbeKey) ? null
        : (line.Whole(ProbeKey), [.. line.Objects("trainingAlignment").Select(Alignment)]);

    private static IEnumerable<CheckedJson> Every(string path, JsonLines lines) =>
        lines.Objects.Select((line, i) => CheckedJson.Of(line, path, FormattableString.Invariant($"line {i + 1}"), Otherwise));

    /// <summary>Whether a line has all that one of this version has.</summary>
    public static bool IsOfThisVersion(CheckedJson line) => !line.Lacks(s_expected).Any();

    /// <summary>A line that is an epoch.</summary>
    /// <exception cref="ConcordException">It is damaged, or of another version.</exception>
    public static EpochMetrics Epoch(CheckedJson line) => new(
        line.Count(EpochKey, least: 0), line.Whole("step"), line.Number("learningRate", 0), line.Number("trainLoss"),
        line.Number("trainAccuracy", 0, 1),
        line.Number("validationLoss"), line.Number("validationAccuracy", 0, 1), line.Number("seconds", 0),
        line.Number("samplesPerSecond", 0), [.. line.Objects("alignment").Select(Alignment)])
    {
        Transported = new(line.WholeIfAny("transportedWeights"), line.WholeIfAny("transportedIndexBits"),
            line.WholeIfAny("transportedPayloadBits")),
        FirstLoss = line.NumberIfAny("firstLoss"),
        Unanswered = line.Has("unanswered")
            ? [.. line.Objects("unanswered").Select(entry => new UnansweredClass(entry.Count("class"), entry.Count("samples")))] : [],
        DeadUnits = line.Has("deadUnits")
            ? [.. line.Objects("deadUnits").Select(entry => new DeadUnits(entry.Text("block"), entry.Count("dead"), entry.Count("units"))
                { Saturated = entry.Has("saturated") ? entry.Count("saturated") : 0 })]
            : [],
        ActivityNorms = line.Has("activityNorms") ? [.. line.Objects("activityNorms").Select(
            entry => new ActivityNorm(entry.Text("block"), entry.Number("norm", 0), entry.Number("growth", 0)))] : [],
        Spikes = line.Has("spikes") ? [.. line.Objects("spikes").Select(entry => new LayerSpikes(entry.Text("layer"),
            entry.IsTrue("isOutput"), entry.Count("neurons"), entry.Number("spikesPerNeuron", 0), entry.Number("silentShare", 0, 1),
            entry.Number("silentSamples", 0, 1), entry.NumberIfAny("firstSpike", 0), entry.Number("accumulates", 0),
            entry.Number("gradientAccumulates", 0), entry.Number("errorMacs", 0))
            {
                Late = NumberOr0(entry, "late"), ArrivingPerNeuron = NumberOr0(entry, "arrivingPerNeuron"),
                CutOff = NumberOr0(entry, "cutOff"), Clipped = NumberOr0(entry, "clipped"),
            })] : [],
        Energy = line.Has("energy") ? [.. line.Objects("energy").Select(entry => new LayerEnergy(entry.Text("layer"),
            entry.Number("spikesPerNeuron", 0), entry.Number("energy", 0)))] : [],
    };

    private static double NumberOr0(CheckedJson entry, string key) => entry.Has(key) ? entry.Number(key, 0) : 0;

    private static PortAlignment Alignment(CheckedJson port) => new(
        port.Text("port"), Cosine(port, "cosine"), port.NumberIfAny("sampleStd", 0), port.Count("zeroRows"), Cosine(port, "localCosine"),
        Cosine(port, "weightCosine"), port.NumberIfAny("signAgreement", 0, 1), port.NumberIfAny("normRatio", 0), Cosine(port, "gateCosine"),
        new(Cosine(port, "cosineP5"), Cosine(port, "cosineP25"), Cosine(port, "cosineMedian"), Cosine(port, "cosineP75"),
            Cosine(port, "cosineP95")),
        port.NumberIfAny("signalRank", 0), port.NumberIfAny("trueRank", 0))
    {
        WeightAgreement = port.NumberIfAny("weightAgreement"),
        TrueNorm = port.NumberIfAny("trueNorm", 0), BatchCosine = Cosine(port, "batchCosine"),
        IsVoid = port.IsTrue("void"), IsLocalVoid = port.IsTrue("localVoid"), IsGateVoid = port.IsTrue("gateVoid"),
        FeedbackCosine = Cosine(port, "feedbackCosine"), FeedbackError = port.NumberIfAny("feedbackError", 0),
        FeedbackVariance = port.NumberIfAny("feedbackVariance"),
    };

    // Rounding may take one a little beyond 1.
    private static double Cosine(CheckedJson port, string key) => port.NumberIfAny(key, -1.001, 1.001);
}
