namespace Concord.Numerics;

/// <summary>
/// Where a contribution goes: <c>target = beta * target + alpha * contribution</c>. A gradient that is written afresh
/// has beta 0; one that is added to has beta 1; one that goes straight into a momentum buffer has alpha 1/N, beta mu,
/// which saves the gradient's own trip through memory.
/// </summary>
/// <param name="Target">The tensor that receives.</param>
/// <param name="Alpha">Factor of the contribution.</param>
/// <param name="Beta">Factor of what stands there; 0 overwrites, even not-a-number.</param>
public readonly record struct Accumulator(Tensor Target, double Alpha = 1, double Beta = 0);
