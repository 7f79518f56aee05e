using Concord.Feedback;
using Concord.Networks;

namespace Concord.Rules;

/// <summary>Two factors for each port, dense or sparse.</summary>
internal sealed class LowRankDrawing(DirectOptions options, RuleState state) : DirectDrawing(options, state)
{
    /// <inheritdoc/>
    public override string Instead => $"Use a smaller feedback.rank: {Sources} at most.";

    /// <inheritdoc/>
    public override IReadOnlyList<int[]> AxesOf(Port port) => Options.NonZeros > 0
        ? [[Options.Rank, Options.NonZeros], [Units(port), 1]]
        : [[Sources, Options.Rank], [Options.Rank, Units(port)]];

    /// <inheritdoc/>
    public override Projection Draw(Port port)
    {
        var (deviation, stream) = (Options.Preset.DeviationOfProducts(ExtentOf(port)) * Options.Scale, State.Stream(port.Name));
        var product = Options.NonZeros > 0
            ? LowRankProjection.Sparse(State.Kernels, Sources, Units(port), Options.Rank, Options.NonZeros, Options.Classes, deviation, stream)
            : LowRankProjection.Dense(State.Kernels, Sources, Units(port), Options.Rank, deviation, stream);
        foreach (var factor in product.Factors) State.Keep($"{port.Name}.{factor.Name}", factor.Values, factor.Besides);
        return product;
    }
}
