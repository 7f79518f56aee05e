using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Concord.Diagnostics;
using Concord.Interchange;
using Concord.Options;
using Concord.Rules;

namespace Concord.Training;

/// <summary>
/// A line of <c>metrics.jsonl</c> that is an epoch. Here as in the other records of this file, a member's name is that in the JSON, its
/// first letter small: files of earlier runs have these names, so none may be changed.
/// </summary>
internal sealed record EpochLine(
    int Epoch, long Step, double LearningRate, double TrainLoss, double TrainAccuracy, double ValidationLoss, double ValidationAccuracy,
    double Seconds, double SamplesPerSecond, long TransportedWeights, long TransportedIndexBits, long TransportedPayloadBits,
    double FirstLoss, IReadOnlyList<UnansweredClass> Unanswered, IReadOnlyList<DeadUnits> DeadUnits,
    IReadOnlyList<ActivityNorm> ActivityNorms, IReadOnlyList<LayerSpikes>? Spikes, IReadOnlyList<LayerEnergy>? Energy,
    IReadOnlyList<AlignmentRow> Alignment)
{
    public static EpochLine Of(EpochMetrics epoch) => new(
        epoch.Epoch, epoch.Step, epoch.LearningRate, epoch.TrainLoss, epoch.TrainAccuracy, epoch.ValidationLoss, epoch.ValidationAccuracy,
        epoch.Seconds, epoch.SamplesPerSecond, epoch.Transported.Weights, epoch.Transported.IndexBits, epoch.Transported.PayloadBits,
        epoch.FirstLoss, epoch.Unanswered, epoch.DeadUnits, epoch.ActivityNorms,
        epoch.Spikes.Count == 0 ? null : epoch.Spikes, epoch.Energy.Count == 0 ? null : epoch.Energy,
        AlignmentRow.Of(epoch.Alignment));
}

/// <summary>A line that is a probe of a training step.</summary>
internal sealed record ProbeLine(long ProbeStep, IReadOnlyList<AlignmentRow> TrainingAlignment);

/// <summary>
/// Alignment at a port; what was not measured, and has no place in a row of older versions either, is left out. A void cosine is null, and
/// <c>void</c>, <c>localVoid</c> or <c>gateVoid</c> is true; where it is not void, these are left out.
/// </summary>
internal sealed record AlignmentRow(
    string Port, double Cosine, double SampleStd, double AngleDegrees, int ZeroRows, double LocalCosine, double WeightCosine,
    double? WeightAgreement, double SignAgreement, double NormRatio, double? GateCosine, double CosineP5, double CosineP25,
    double CosineMedian, double CosineP75, double CosineP95, double? SignalRank, double? TrueRank, double? TrueNorm,
    double? BatchCosine, bool? Void, bool? LocalVoid, bool? GateVoid, double? FeedbackCosine, double? FeedbackError, double? FeedbackLag,
    double? FeedbackVariance)
{
    public static IReadOnlyList<AlignmentRow> Of(IEnumerable<PortAlignment> ports) => [.. ports.Select(port => new AlignmentRow(
        port.Port, port.Cosine, port.SampleStd, port.AngleDegrees, port.ZeroRows, port.LocalCosine, port.WeightCosine,
        Known(port.WeightAgreement), port.SignAgreement, port.NormRatio, Known(port.GateCosine), port.Quantiles.P5, port.Quantiles.P25,
        port.Quantiles.Median, port.Quantiles.P75, port.Quantiles.P95, Known(port.SignalRank), Known(port.TrueRank),
        Known(port.TrueNorm), Known(port.BatchCosine), Known(port.IsVoid), Known(port.IsLocalVoid), Known(port.IsGateVoid),
        Known(port.FeedbackCosine), Known(port.FeedbackError), Known(port.FeedbackLag), Known(port.FeedbackVariance)))];

    private static bool? Known(bool value) => value ? true : null;

    private static double? Known(double value) => double.IsNaN(value) ? null : value;
}

/// <summary>What was moved from weights to feedback; a reduction that has no bound is null.</summary>
internal sealed record TransportPart(
    long Steps, double WeightsPerStep, double IndexBitsPerStep, double BytesPerStep, long BackpropWeightsPerStep, double Reduction,
    double ByteReduction, IReadOnlyList<TransportPart.Row> Connections)
{
    public static TransportPart? Of(TransportMeter? meter) => meter is null ? null : new(
        meter.Steps, meter.WeightsPerStep, meter.IndexBitsPerStep, meter.BytesPerStep, meter.BackpropWeights, meter.Reduction,
        meter.ByteReduction, [.. from one in meter.Connections
                                 select new Row(one.Connection, one.Length, one.Moved.Weights, one.Moved.IndexBits,
                                     one.Moved.PayloadBits)]);

    /// <summary>One connection.</summary>
    public sealed record Row(string Connection, long Length, long Weights, long IndexBits, long PayloadBits);
}

/// <summary>
/// The file <c>summary.json</c>. Version 1 had no <c>schema</c>, and texts for all settings; in version 2 they are numbers, and true or
/// false, where they are that.
/// </summary>
internal sealed record SummaryFile(
    int Schema, Dictionary<string, JsonElement> Settings, string Engine, string Machine, string Program, int Epochs,
    bool? StoppedEarly,
    double TestAccuracy, double TestLoss,
    double ValidationAccuracy, int? BestEpoch, double? BestValidationAccuracy, double? BestTestAccuracy, double? BestTestLoss,
    int? TestLooks, IReadOnlyList<SummaryFile.End>? Extensions,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Warning,
    double SecondsPerEpoch, double SamplesPerSecond, long WeightBytes, long FeedbackBytes, long TrainingBytes, long ActivationBytes,
    SampleCost MacsPerSample, double? TargetVariance, TransportPart? Transport, IReadOnlyList<ActivityNorm>? ActivityNorms,
    IReadOnlyList<LayerSpikes>? Spikes, IReadOnlyList<LayerEnergy>? Energy,
    IReadOnlyList<AlignmentRow> Alignment, int[][] Confusion, int[][]? BestConfusion)
{
    private const int Version = 2;

    public static SummaryFile Of(RunResult result, string engine)
    {
        var (best, epoch) = result is { BestTest: { } chosen, BestEpoch: { } reached } ? (chosen, reached) : (null, null);
        var (memory, isExtended) = (result.Memory, result.Extensions.Count > 0);
        return new(
            Version, result.Settings.Write().ToDictionary(pair => pair.Key, Value), engine, Training.Machine.Description,
            Training.Machine.Program,
            result.Epochs.Count(one => one.Epoch > 0), result.StoppedAfter is null ? null : true, result.Test.Accuracy, result.Test.Loss,
            result.ValidationAccuracy,
            epoch?.Epoch, epoch?.ValidationAccuracy, best?.Accuracy, best?.Loss, isExtended ? result.TestLooks : null,
            isExtended ? [.. result.Extensions.Select(end => new End(end.From, end.TestAccuracy ?? double.NaN, end.TestLoss))] : null,
            result.Warning,
            result.SecondsPerEpoch, result.SamplesPerSecond, memory.Weights, memory.Feedback, memory.Training, memory.Activations,
            result.MacsPerSample, double.IsNaN(result.Test.TargetVariance) ? null : result.Test.TargetVariance,
            TransportPart.Of(result.Transport), result.Epochs.Count > 0 ? result.Epochs[^1].ActivityNorms : null,
            result.Spikes.Count > 0 ? result.Spikes : null, result.Energy.Count > 0 ? result.Energy : null,
            AlignmentRow.Of(result.Alignment), result.Test.Confusion, result.BestTest?.Confusion);
    }

    // The text itself, so that a number is read again as it was written; a word may stand in its place.
    private static JsonElement Value(KeyValuePair<string, string> setting)
    {
        var (key, text) = setting;
        if (SettingsTable.KindOf(key) != ValueKind.Text)
            try
            {
                return CheckedJson.ParseElement(Encoding.UTF8.GetBytes(text)) is
                    { ValueKind: JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False } value ? value : Text(text);
            }
            catch (JsonException)
            {
                // "usual", "off"
            }
        return Text(text);
    }

    private static JsonElement Text(string text) => JsonSerializer.SerializeToElement(text, RunJson.Default.String);

    /// <summary>An end that the run has gone beyond.</summary>
    public sealed record End(int FromEpochs, double TestAccuracy, double? TestLoss);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(FiniteNumber)])]
[JsonSerializable(typeof(EpochLine))]
[JsonSerializable(typeof(ProbeLine))]
[JsonSerializable(typeof(SummaryFile))]
[JsonSerializable(typeof(string))]
internal sealed partial class RunJson : JsonSerializerContext;
