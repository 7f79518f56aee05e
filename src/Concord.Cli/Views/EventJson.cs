using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Concord.Experiments;
using Concord.Interchange;
using Concord.Training;

namespace Concord.Cli.Views;

// What a listening program gets. A member's name is that in the JSON, its first letter small: keys never change their meaning, so no member
// is renamed; new ones may come. What is null is left out, and a number that is not finite is null.

internal sealed record StartEvent(
    string Engine, int Threads, StartData Data, string Model, IReadOnlyList<string> Rules, IReadOnlyList<long> Seeds,
    Dictionary<string, string> Settings);

internal sealed record StartData(
    string Name, int Train, int Validation, int Test, int Classes, string Verdict, IReadOnlyList<int> ClassCounts,
    IReadOnlyList<string> ClassNames, string? Label, IReadOnlyList<string>? Features, IReadOnlyList<string> Notes);

internal sealed record EpochOf(string? Cell, string Rule, long Seed);

internal sealed record PredictionEvent(
    string File, int Sample, string? TrueLabel, IReadOnlyList<float>? Targets, string? Label, IReadOnlyList<float>? Probabilities,
    IReadOnlyList<float>? Outputs);

internal sealed record ErrorEvent(string Message, int ExitCode);

internal sealed record ResultOf(
    string Rule, string Model, string Data, IReadOnlyList<long> Seeds, int Epochs, double LearningRate, Statistic TestAccuracy,
    Statistic ValidationAccuracy, Statistic BestTestAccuracy, Statistic? TestLoss, Statistic? ValidationLoss,
    Statistic? BestTestLoss, int TestLooks, IReadOnlyList<RunMessage> Warnings,
    IReadOnlyList<PortResult> Alignment, Statistic? Growth, double SamplesPerSecond, double SecondsPerEpoch, SampleCost MacsPerSample);

internal sealed record ResultCosts(
    MemoryUse Bytes, IReadOnlyList<TunedRate>? Tuned, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Run);

internal sealed record GroupResult(
    string Label, Dictionary<string, string> Axes, int Failed, double TestHalfWidth95, Statistic BestValidationAccuracy,
    Statistic? DifferenceToBackprop, double? DifferenceHalfWidth95);

internal sealed record Statistic(double Mean, double Std, IReadOnlyList<double>? Values = null)
{
    public static Statistic Of(SeedStatistic statistic) => new(statistic.Mean, statistic.Std, statistic.Values);
}

internal sealed record RunMessage(long Seed, string Message);

internal sealed record PortResult(string Port, Statistic Cosine, double AngleDegrees, int? VoidSeeds);

internal sealed record DepthPart(IReadOnlyList<DepthDetails> Depth)
{
    public static DepthPart Of(RuleResult trained, IReadOnlyList<DepthControl> controls) => new([.. from control in controls
        let utility = control.UtilityOf(trained)
        select new DepthDetails(control.Trained, control.Frozen, control.Result is { } result ? Statistic.Of(result.TestAccuracy) : null,
            utility is null ? null : Statistic.Of(utility), utility?.HalfWidth95, DepthControl.Least,
            utility is null ? null : DepthControl.IsWorth(utility), control.Failure)]);
}

internal sealed record DepthDetails(
    int Trained, IReadOnlyList<string> Frozen, Statistic? TestAccuracy, Statistic? Utility, double? UtilityHalfWidth95, double Least,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] bool? IsAtLeast, string? Message);

internal sealed record TunedRate(double LearningRate, double ValidationAccuracy, double? ValidationLoss);

internal sealed record SweepEvent(
    string Name, string Folder, int Cells, int Finished, int Failed, int Left, int Jobs, double? SecondsLeft);

internal sealed record CellEvent(
    string Cell, string Label, string Rule, long Seed, string State, double TestAccuracy, double? TestLoss, string? Message, string Folder);

internal sealed record ReproductionEvent(string Name, string Description, string Source, int Figures, PlanSize Quick, PlanSize Full);

internal sealed record PlanSize(int Runs, double Minutes);

internal sealed record FigureEvent(
    string Reproduction, string Plan, Dictionary<string, string> Cell, string Quantity, string? Port, double Published,
    double PublishedStd, string Origin, double Ours, double Std, int Seeds, double Difference, double Allowed, string Verdict,
    string Reason);

internal sealed record ClaimEvent(string Reproduction, string Claim, IReadOnlyList<double> Ours, bool Holds, string Verdict);

internal sealed record BenchEvent(
    string Model, int Batch, int Threads, double CeilingSeconds, double CeilingGflops, double BackpropSeconds, double BackpropGflops,
    double OfCeiling, double ProductRatio, double ManagedSeconds, double ManagedShare, Dictionary<string, double> SamplesPerSecond);

internal sealed record LateStepEvent(
    string Rule, string Optimizer, int Batch, int Threads, double YoungSeconds, double OldSeconds, double Ratio,
    double WithoutDenormalsSeconds);

internal sealed record ProjectionEvent(int Threads, double DenseSeconds, double SparseSeconds, long DenseMacs, long SparseMacs);

internal sealed record SpikeEvent(int Threads, long SynapticEvents, double SpikesPerNeuron, double ForwardSeconds, double ReadSeconds,
    double BackwardSeconds, double UpdateSeconds);

/// <summary>One network in both precisions; seconds.</summary>
internal sealed record PrecisionEvent(string Model, int Batch, int Threads, double SingleStep, double NarrowStep, double SingleCeiling,
    double NarrowCeiling, int Answered, double SingleInference, double NarrowInference);

internal sealed record SpikingNetworkEvent(string Model, int Batch, int Threads, double StepSeconds, double SamplesPerSecond,
    double InferenceSeconds, double InferencesPerSecond);

internal sealed record MemoryEvent(string Rule, int Threads, int Steps, long ManagedBytes, long ProcessBytes);

internal sealed record LoadingEvent(string Data, double Seconds);

internal sealed record ModelEvent(
    string? Name, string? Summary, string? Source, string Model, string Input, int? Classes, long Parameters,
    long ForwardMultiplyAccumulates);

internal sealed record ModelDetails(
    IReadOnlyList<LayerDetails> Layers, IReadOnlyList<WeightDetails> Weights, string Rule, int Batch, IReadOnlyList<PlanDetails> Plan,
    MemoryDetails MemoryWords);

internal sealed record LayerDetails(
    string Block, string Name, string Layer, string Output, long Parameters, long ForwardMultiplyAccumulates);

internal sealed record WeightDetails(string Name, string Shape);

internal sealed record PlanDetails(string Block, string Signal, string Feedback, bool Exact);

internal sealed record MemoryDetails(long Weights, long Activations, long Signals, long Gradients, long Feedback);

internal sealed record FetchEvent(
    string Name, string File, string Stage, long Bytes, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? Total,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Note);

internal sealed record FetchedEvent(string Name, string Where, IReadOnlyList<FetchedFileDetails> Files);

internal sealed record FetchedFileDetails(string File, bool WasPresent, string Sha256, string Verdict, string Note);

internal sealed record DataEvent(
    string Name, string Description, string Expected, bool CanBeFetched,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Where);

internal sealed record VerificationEvent(string Name, string Verdict, string Reason, IReadOnlyList<VerifiedFile> Files);

internal sealed record VerifiedFile(string File, string Sha256, string Verdict, string Note);

internal sealed record SamplesPart(string On, string Data, bool NewData);

internal sealed record EvaluationOf(string Run, string Checkpoint);

internal sealed record EvaluationValues(int Samples, double Accuracy, double Loss, int[][] Confusion);

internal sealed record SimilarityOf(
    string First, string Second, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Control);

internal sealed record SimilarityValues(
    string Which, int Samples, int Batch, IReadOnlyList<LayerSimilarity> Layers, IReadOnlyList<string> SecondLayers,
    IReadOnlyList<double[]> Matrix);

internal sealed record LayerSimilarity(string Layer, double Cka, double OtherSeed, double BeforeTraining);

internal sealed record RobustnessOf(string Run, string Rule, long Seed);

internal sealed record RobustnessValues(string Attack, int? Steps, int Samples, IReadOnlyList<RobustnessRow> Points);

internal sealed record RobustnessRow(double Epsilon, double Accuracy, double Low, double High);

internal sealed record StabilityEvent(
    string Rule, long Seed, int Samples, int Outputs, string Loss, double MeanLoss, double Error, bool IsSolution, string Verdict,
    double LeastReal, double LeastSymmetric, double Largest, IReadOnlyList<double[]> Eigenvalues, bool IsRedrawn,
    WholeAlignment Alignment, KickValues? Kick);

internal sealed record WholeAlignment(double Cosine, double LossRate, IReadOnlyList<BlockCosine> Blocks);

internal sealed record BlockCosine(string Block, double Cosine);

internal sealed record KickValues(
    double Exponent, string Outcome, double Rise, double Error, double Distance, int Steps, bool Agrees);

internal sealed record PairEvent(string Pair, long Seed, double Rate, IReadOnlyList<PairAlignment> Alignments);


internal sealed record VarianceEvent(
    string Rule, string Of, double Bias, double BiasHalfWidth, double Variance, double VarianceHalfWidth, double Total, double Predicted,
    int Draws);

internal sealed record RasterEvent(
    string Path, string Part, int Sample, int Label, int Answer, IReadOnlyList<RasterEvent.Layer> Layers)
{
    /// <summary>One layer; a first spike that there is not is left out.</summary>
    internal sealed record Layer(string Name, int Neurons, int Spikes, int Silent, double? FirstSpike);
}

internal sealed record ExportEvent(string Path, string Format, IReadOnlyList<string> Notes, IReadOnlyList<string> Lost);

internal sealed record ImportEvent(string Path, string Weights, string Model, IReadOnlyList<string> Notes,
    IReadOnlyList<string> Differences);

internal sealed record ReportEvent(string Path, int Runs, IReadOnlyList<string> Notes, IReadOnlyList<string> LeftOut);

internal sealed record RuleEvent(
    string Name, string Equation, string Paper, string Reads, string Needs, IReadOnlyDictionary<string, string> Options);

internal sealed record DoctorEvent(
    string Engine, string Version, string InstructionSet, int Threads, bool ArithmeticOk, double WorstError, bool DenormalsFlushed,
    Dictionary<string, string> Findings);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(FiniteNumber)])]
[JsonSerializable(typeof(StartEvent))]
[JsonSerializable(typeof(EpochOf))]
[JsonSerializable(typeof(PredictionEvent))]
[JsonSerializable(typeof(ErrorEvent))]
[JsonSerializable(typeof(ResultOf))]
[JsonSerializable(typeof(ResultCosts))]
[JsonSerializable(typeof(GroupResult))]
[JsonSerializable(typeof(DepthPart))]
[JsonSerializable(typeof(SweepEvent))]
[JsonSerializable(typeof(CellEvent))]
[JsonSerializable(typeof(ReproductionEvent))]
[JsonSerializable(typeof(FigureEvent))]
[JsonSerializable(typeof(ClaimEvent))]
[JsonSerializable(typeof(BenchEvent))]
[JsonSerializable(typeof(LateStepEvent))]
[JsonSerializable(typeof(ProjectionEvent))]
[JsonSerializable(typeof(SpikeEvent))]
[JsonSerializable(typeof(SpikingNetworkEvent))]
[JsonSerializable(typeof(PrecisionEvent))]
[JsonSerializable(typeof(MemoryEvent))]
[JsonSerializable(typeof(LoadingEvent))]
[JsonSerializable(typeof(ModelEvent))]
[JsonSerializable(typeof(ModelDetails))]
[JsonSerializable(typeof(FetchEvent))]
[JsonSerializable(typeof(FetchedEvent))]
[JsonSerializable(typeof(DataEvent))]
[JsonSerializable(typeof(VerificationEvent))]
[JsonSerializable(typeof(SamplesPart))]
[JsonSerializable(typeof(EvaluationOf))]
[JsonSerializable(typeof(EvaluationValues))]
[JsonSerializable(typeof(SimilarityOf))]
[JsonSerializable(typeof(SimilarityValues))]
[JsonSerializable(typeof(RobustnessOf))]
[JsonSerializable(typeof(RobustnessValues))]
[JsonSerializable(typeof(StabilityEvent))]
[JsonSerializable(typeof(PairEvent))]
[JsonSerializable(typeof(VarianceEvent))]
[JsonSerializable(typeof(RasterEvent))]
[JsonSerializable(typeof(ExportEvent))]
[JsonSerializable(typeof(ImportEvent))]
[JsonSerializable(typeof(ReportEvent))]
[JsonSerializable(typeof(RuleEvent))]
[JsonSerializable(typeof(DoctorEvent))]
internal sealed partial class EventJson : JsonSerializerContext
{
    public static JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>)Default.GetTypeInfo(typeof(T))!;
}

internal static class EventWriting
{
    /// <summary>Writes the members of a part of an event.</summary>
    public static void WritePart<T>(this Utf8JsonWriter json, T part) => json.WriteMembers(part, EventJson.Of<T>());
}
