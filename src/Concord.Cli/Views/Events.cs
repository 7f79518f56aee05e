using System.Text.Json;
using Concord.Data;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>What several commands tell a listening program.</summary>
internal static class Events
{
    public static void Start(Output output, Kernels kernels, Dataset data, DataSplit split, RunSettings settings, IReadOnlyList<long> seeds,
        IReadOnlyList<string> rules) => output.Event("start", () => new StartEvent(
        kernels.Description, kernels.Threads, new(
            settings.Data, split.Train.Count, split.Validation.Count, split.Test.Count, data.ClassCounts().Count,
            data.Verification.ToString(), [.. data.ClassCounts()], data.Train.HasClasses ? data.Classes : [], data.Columns?.Label,
            data.Columns is { Label: not null } columns ? columns.Features : null, data.Notes(split)),
        settings.Model, rules, seeds, settings.Write().ToDictionary()));

    public static void Epoch(Output output, RunSettings settings, EpochMetrics metrics, string? cell = null) =>
        output.Event("epoch", json =>
        {
            json.WritePart(new EpochOf(cell, settings.Rule, settings.Seed));
            metrics.Write(json);
        });

    /// <summary>Something failed while others go on.</summary>
    public static void Failure(Output output, string message) => output.Event("error", () => new ErrorEvent(message, Application.Failed));

    public static void Result(Output output, RuleResult result, string? run,
        IReadOnlyList<(double LearningRate, Score Validation)>? tuned = null, Action<Utf8JsonWriter>? extra = null) =>
        output.Event("result", json =>
        {
            json.WritePart(new ResultOf(
                result.Rule, result.Settings.Model, result.Settings.Data, result.Seeds, result.Settings.Epochs,
                result.Settings.Optimizer.LearningRate, Statistic.Of(result.TestAccuracy), Statistic.Of(result.ValidationAccuracy),
                Statistic.Of(result.BestTestAccuracy), Loss(result.Test), Loss(result.Validation), Loss(result.BestTest),
                result.Runs.Max(one => one.TestLooks),
                [.. from one in result.Runs where one.Warning is not null select new RunMessage(one.Settings.Seed, one.Warning!)],
                [.. from port in result.Alignment
                    select new PortResult(port.Port, new(port.Cosine.Mean, port.Cosine.Std), port.AngleDegrees,
                        port.Cosine.Void > 0 ? port.Cosine.Void : null)],
                result.Growth.Count > 0 ? Statistic.Of(result.Growth) : null, result.SamplesPerSecond, result.SecondsPerEpoch,
                result.MacsPerSample));
            json.WriteTransport("transport", result.Transport);
            json.WritePart(new ResultCosts(result.Memory,
                tuned is { Count: > 0 } ? [.. tuned.Select(one => new TunedRate(
                    one.LearningRate, one.Validation.Accuracy, one.Validation.IsLoss ? one.Validation.Loss : null))] : null, run));
            extra?.Invoke(json);
        });

    private static Statistic? Loss(SeedScore score) => score.IsLoss ? Statistic.Of(score.Loss) : null;
}
