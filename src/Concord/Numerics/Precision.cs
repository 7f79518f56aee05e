namespace Concord.Numerics;

/// <summary>What numbers the operands of products and convolutions are rounded to. Everything else has the engine's element type.</summary>
public enum Precision
{
    /// <summary>They are not rounded: singles, or doubles on the engine that checks.</summary>
    Full,

    /// <summary>
    /// bf16: 8 bits of precision in the range of a single. Weights themselves, sums, gradients, moments, norms, losses, the learning of
    /// feedback and probes stay in single precision.
    /// </summary>
    Bfloat16,
}
