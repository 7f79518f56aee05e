using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>What a rule moved from weights to feedback, where that is neither nothing nor everything.</summary>
internal static class TransportView
{
    public static string? Line(RuleResult result) =>
        result.Transport is { Moved.Weights: > 0 } meter && (meter.Reduction != 1 || meter.ByteReduction != 1)
        ? $"{result.Rule}: moved {Format.Count(meter.WeightsPerStep)} weights per step to its feedback "
            + $"({Format.Bytes((long)Math.Round(meter.BytesPerStep))}{(meter.IndexBitsPerStep == 0 ? ""
                : $" with {Format.Count(meter.IndexBitsPerStep)} bits of indices")}): "
            + (meter.Reduction == 1 ? "as many as backprop, "
                : $"{Format.Number(meter.Reduction, "#,0.#")} times fewer than backprop, ")
            + $"{Format.Number(meter.ByteReduction, "#,0.#")} times fewer bytes."
        : null;
}
