using System.Text.Json;
using Concord.Diagnostics;
using Concord.Interchange;
using Concord.Layers;
using Concord.Rules;

namespace Concord.Training;

/// <summary>How well a network does on some samples.</summary>
/// <param name="Loss">Mean loss a sample.</param>
/// <param name="Accuracy">Share of samples whose largest output is their class, 0 to 1.</param>
/// <param name="Confusion">Counts: row the true class, column the one answered.</param>
public sealed record Evaluation(double Loss, double Accuracy, int[][] Confusion);

/// <summary>A class that was never answered, although there were samples of it.</summary>
/// <param name="Class">Its number.</param>
/// <param name="Samples">How many.</param>
public sealed record UnansweredClass(int Class, int Samples);

/// <summary>One epoch of a run: a line of <c>metrics.jsonl</c>.</summary>
/// <param name="Epoch">From 1; 0 is the untrained network, which a run of no epochs looks at.</param>
/// <param name="Step">Optimizer steps so far.</param>
/// <param name="LearningRate">Of the last step.</param>
/// <param name="TrainLoss">Mean over the epoch's samples, each before the step it took part in.</param>
/// <param name="TrainAccuracy">Likewise.</param>
/// <param name="ValidationLoss">At the end of the epoch; NaN without validation samples.</param>
/// <param name="ValidationAccuracy">Likewise.</param>
/// <param name="Seconds">Training alone: neither validation nor probe.</param>
/// <param name="SamplesPerSecond">Training samples over those seconds.</param>
/// <param name="Alignment">One row a hidden port; empty if the probe is off.</param>
public sealed record EpochMetrics(
    int Epoch, long Step, double LearningRate, double TrainLoss, double TrainAccuracy, double ValidationLoss, double ValidationAccuracy,
    double Seconds, double SamplesPerSecond, IReadOnlyList<PortAlignment> Alignment)
{
    /// <summary>What was moved from weights to feedback since the run began.</summary>
    public Transport Transported { get; init; }

    /// <summary>The mean loss of the epoch's first batch, before its step; NaN if unknown.</summary>
    public double FirstLoss { get; init; } = double.NaN;

    /// <summary>Classes that were never answered, of the validation samples or, where there are none, the first training samples.</summary>
    public IReadOnlyList<UnansweredClass> Unanswered { get; init; } = [];

    /// <summary>Hidden blocks that learn and have units that were 0 on all of these samples.</summary>
    public IReadOnlyList<DeadUnits> DeadUnits { get; init; } = [];

    /// <summary>Writes it as members of an object, under the names that <c>metrics.jsonl</c> has.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("epoch", Epoch);
        json.WriteNumber("step", Step);
        json.WriteFinite("learningRate", LearningRate);
        json.WriteFinite("trainLoss", TrainLoss);
        json.WriteFinite("trainAccuracy", TrainAccuracy);
        json.WriteFinite("validationLoss", ValidationLoss);
        json.WriteFinite("validationAccuracy", ValidationAccuracy);
        json.WriteFinite("seconds", Seconds);
        json.WriteFinite("samplesPerSecond", SamplesPerSecond);
        json.WriteNumber("transportedWeights", Transported.Weights);
        json.WriteNumber("transportedIndexBits", Transported.IndexBits);
        json.WriteNumber("transportedPayloadBits", Transported.PayloadBits);
        json.WriteFinite("firstLoss", FirstLoss);
        json.WriteStartArray("unanswered");
        foreach (var (number, samples) in Unanswered)
        {
            json.WriteStartObject();
            json.WriteNumber("class", number);
            json.WriteNumber("samples", samples);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("deadUnits");
        foreach (var (block, dead, units) in DeadUnits)
        {
            json.WriteStartObject();
            json.WriteString("block", block);
            json.WriteNumber("dead", dead);
            json.WriteNumber("units", units);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteAlignment("alignment", Alignment);
    }
}

/// <summary>How the JSON of metrics is written.</summary>
public static class MetricsJson
{
    /// <summary>A number, or null where there is none (JSON knows no NaN).</summary>
    public static void WriteFinite(this Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }

    /// <summary>What was moved from weights to feedback, as an object; a reduction that has no bound is null.</summary>
    public static void WriteTransport(this Utf8JsonWriter json, string name, TransportMeter? meter)
    {
        if (meter is null) return;
        json.WriteStartObject(name);
        json.WriteNumber("steps", meter.Steps);
        json.WriteFinite("weightsPerStep", meter.WeightsPerStep);
        json.WriteFinite("indexBitsPerStep", meter.IndexBitsPerStep);
        json.WriteFinite("bytesPerStep", meter.BytesPerStep);
        json.WriteNumber("backpropWeightsPerStep", meter.BackpropWeights);
        json.WriteFinite("reduction", meter.Reduction);
        json.WriteFinite("byteReduction", meter.ByteReduction);
        json.WriteStartArray("connections");
        foreach (var connection in meter.Connections)
        {
            json.WriteStartObject();
            json.WriteString("connection", connection.Connection);
            json.WriteNumber("length", connection.Length);
            json.WriteNumber("weights", connection.Moved.Weights);
            json.WriteNumber("indexBits", connection.Moved.IndexBits);
            json.WriteNumber("payloadBits", connection.Moved.PayloadBits);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Takes back what <see cref="WriteTransport"/> wrote; null where there is none.</summary>
    internal static TransportMeter? ReadTransport(CheckedJson parent, string name) => !parent.Has(name) ? null : new(
        parent.Object(name).Whole("steps"),
        [.. parent.Object(name).Objects("connections").Select(connection => new ConnectionTransport(
            connection.Text("connection"), connection.Whole("length"), new(connection.Whole("weights"), connection.Whole("indexBits"), connection.Whole("payloadBits"))))]);

    /// <summary>Alignment as an array of one object a port.</summary>
    public static void WriteAlignment(this Utf8JsonWriter json, string name, IReadOnlyList<PortAlignment> alignment)
    {
        json.WriteStartArray(name);
        foreach (var port in alignment)
        {
            json.WriteStartObject();
            json.WriteString("port", port.Port);
            json.WriteFinite("cosine", port.Cosine);
            json.WriteFinite("sampleStd", port.SampleStd);
            json.WriteFinite("angleDegrees", port.AngleDegrees);
            json.WriteNumber("zeroRows", port.ZeroRows);
            json.WriteFinite("localCosine", port.LocalCosine);
            json.WriteFinite("weightCosine", port.WeightCosine);
            if (!double.IsNaN(port.WeightAgreement)) json.WriteFinite("weightAgreement", port.WeightAgreement);
            json.WriteFinite("signAgreement", port.SignAgreement);
            json.WriteFinite("normRatio", port.NormRatio);
            if (!double.IsNaN(port.GateCosine)) json.WriteFinite("gateCosine", port.GateCosine);
            json.WriteFinite("cosineP5", port.Quantiles.P5);
            json.WriteFinite("cosineP25", port.Quantiles.P25);
            json.WriteFinite("cosineMedian", port.Quantiles.Median);
            json.WriteFinite("cosineP75", port.Quantiles.P75);
            json.WriteFinite("cosineP95", port.Quantiles.P95);
            if (!double.IsNaN(port.SignalRank)) json.WriteFinite("signalRank", port.SignalRank);
            if (!double.IsNaN(port.TrueRank)) json.WriteFinite("trueRank", port.TrueRank);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}

/// <summary>Where a run is, some ten times a second.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Epochs">Of the run.</param>
/// <param name="Fraction">Of the epoch, 0 to 1.</param>
/// <param name="Loss">Mean training loss of the epoch so far.</param>
/// <param name="Accuracy">Training accuracy of the epoch so far.</param>
/// <param name="SamplesPerSecond">Of the epoch so far.</param>
/// <param name="Finished">The epoch's metrics, once it is done.</param>
public sealed record TrainingProgress(int Epoch, int Epochs, double Fraction, double Loss, double Accuracy, double SamplesPerSecond, EpochMetrics? Finished)
{
    /// <summary>What the run is at while it is not training yet; else null.</summary>
    public Preparation? Preparing { get; init; }

    /// <summary>Something that people should know, in one line; null for nothing.</summary>
    public string? Notice { get; init; }
}

/// <summary>What comes before a run's first step and may take long.</summary>
/// <param name="What">What it is, for people.</param>
/// <param name="Share">How much of it is done, 0 to 1.</param>
public sealed record Preparation(string What, double Share);

/// <summary>An end that a run has gone beyond: it was extended.</summary>
/// <param name="From">The epochs that it was to have.</param>
/// <param name="TestAccuracy">Its test accuracy there, a look at the test samples; null where it was extended before it came to that end.</param>
public sealed record Extension(int From, double? TestAccuracy)
{
    /// <summary>Takes back what was written under these keys.</summary>
    internal static Extension Read(CheckedJson json, string from, string testAccuracy) =>
        new(json.Count(from), json.Number(testAccuracy, 0, 1) is var accuracy && double.IsNaN(accuracy) ? null : accuracy);
}

/// <summary>What a run came to.</summary>
/// <param name="Settings">What decided it.</param>
/// <param name="Epochs">Its epochs; of a run of no epochs, the look at the untrained network.</param>
/// <param name="Test">The test samples, scored once, with the last weights.</param>
/// <param name="SecondsPerEpoch">Median of the epochs' training time.</param>
/// <param name="SamplesPerSecond">Training samples over that.</param>
/// <param name="Memory">Bytes of weights, feedback, activations, and of all that training holds.</param>
/// <param name="MacsPerSample">Multiply-accumulates a training sample, a phase at a time.</param>
public sealed record RunResult(
    RunSettings Settings, IReadOnlyList<EpochMetrics> Epochs, Evaluation Test, double SecondsPerEpoch, double SamplesPerSecond, MemoryUse Memory, SampleCost MacsPerSample)
{
    /// <summary>
    /// The test samples, scored once, with the weights of <see cref="BestEpoch"/>: what choosing by validation comes to. Null without
    /// validation samples, and of runs of versions before it was measured.
    /// </summary>
    public Evaluation? BestTest { get; init; }

    /// <summary>What was moved from weights to feedback; null for runs of before this was counted.</summary>
    public TransportMeter? Transport { get; init; }

    /// <summary>The ends that the run has gone beyond, in their order.</summary>
    public IReadOnlyList<Extension> Extensions { get; init; } = [];

    /// <summary>How often the test samples were looked at: once at each end.</summary>
    public int TestLooks => 1 + Extensions.Count(extension => extension.TestAccuracy is not null);

    /// <summary>What went wrong although the run came to its end, and what to try, in one line; null for nothing.</summary>
    public string? Warning => RunWarning.Of(this);

    /// <summary>The last epoch's alignment; empty if there is none.</summary>
    public IReadOnlyList<PortAlignment> Alignment => Epochs.Count == 0 ? [] : Epochs[^1].Alignment;

    /// <summary>Validation accuracy after the last epoch; NaN without validation samples.</summary>
    public double ValidationAccuracy => Epochs.Count == 0 ? double.NaN : Epochs[^1].ValidationAccuracy;

    /// <summary>The first epoch with the highest validation accuracy; null without validation samples.</summary>
    public EpochMetrics? BestEpoch => Epochs.Where(epoch => epoch.Epoch > 0 && double.IsFinite(epoch.ValidationAccuracy)).MaxBy(epoch => epoch.ValidationAccuracy);
}

/// <summary>Bytes.</summary>
/// <param name="Weights">Of all parameters.</param>
/// <param name="Feedback">Of all feedback tensors and what they need besides.</param>
/// <param name="Training">Of parameters, gradients, moments, feedback, activations and signals together: what the run held at its peak.</param>
/// <param name="Activations">Of activities and what else layers keep for the walk down, at their peak; part of the former.</param>
public readonly record struct MemoryUse(long Weights, long Feedback, long Training, long Activations);

/// <summary>Multiply-accumulates a training sample: what a step takes, over its samples.</summary>
/// <param name="Forward">The pass upward.</param>
/// <param name="Error">Carrying signals down.</param>
/// <param name="WeightGradient">Signal times presynaptic activity.</param>
/// <param name="Adaptation">Moving or redrawing feedback.</param>
/// <param name="ExtraForward">Second passes.</param>
/// <param name="Probe">Measuring alignment; never part of a rule's cost.</param>
public readonly record struct SampleCost(double Forward, double Error, double WeightGradient, double Adaptation, double ExtraForward, double Probe)
{
    /// <summary>All phases but the probe.</summary>
    public double Total => Forward + Error + WeightGradient + Adaptation + ExtraForward;

    /// <summary>Writes it as an object.</summary>
    public void Write(string name, Utf8JsonWriter json)
    {
        json.WriteStartObject(name);
        json.WriteFinite("forward", Forward);
        json.WriteFinite("error", Error);
        json.WriteFinite("weightGradient", WeightGradient);
        json.WriteFinite("adaptation", Adaptation);
        json.WriteFinite("extraForward", ExtraForward);
        json.WriteFinite("probe", Probe);
        json.WriteEndObject();
    }
}

/// <summary>A run that failed for no fault of the user's input: exit code 1.</summary>
/// <param name="message">What happened and what to do.</param>
public sealed class RunFailure(string message) : Exception(message);
