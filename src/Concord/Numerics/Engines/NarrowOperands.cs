namespace Concord.Numerics.Engines;

/// <summary>Which products and convolutions read their operands in bf16, where that is the engine's precision.</summary>
internal static class NarrowOperands
{
    /// <summary>
    /// Whether a product belongs to the work of a step, and so is narrow. A matrix times itself never is: such products are part of a
    /// loss or of a measurement. Nor are those of tensors without a role, which belong to preparations.
    /// </summary>
    public static bool Are(Phase phase, Tensor a, Tensor b) =>
        phase is Phase.Forward or Phase.Error or Phase.WeightGradient or Phase.ExtraForward
        && a != b && a.Role != Role.None && b.Role != Role.None;
}
