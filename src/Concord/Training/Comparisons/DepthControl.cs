using Concord.Layers;
using Concord.Networks;

namespace Concord.Training;

/// <summary>
/// A rule's runs again with hidden blocks frozen as they were drawn, all else equal: what training these blocks is worth (Hao, Wan, Zhai
/// 2026). Blocks are frozen from below, so that the last ones learn, which have the most direct signal: the best case of every rule.
/// </summary>
/// <param name="Trained">How many of the blocks learn, the last ones.</param>
/// <param name="Frozen">The blocks that do not.</param>
/// <param name="Result">The runs; null if one of them failed.</param>
/// <param name="Failure">Why.</param>
public sealed record DepthControl(int Trained, IReadOnlyList<string> Frozen, RuleResult? Result, string? Failure)
{
    /// <summary>The utility that deep blocks should have at least: 2 points of accuracy, as a share.</summary>
    public const double Least = 0.02;

    /// <summary>Depth utility: test accuracy less that of the control at equal seeds, as a share; null where a control failed.</summary>
    /// <param name="trained">The runs in which all blocks learn.</param>
    public SeedStatistic? UtilityOf(RuleResult trained) => Result is null ? null : trained.DifferenceTo(Result);

    /// <summary>
    /// Whether a utility is at least <see cref="Least"/>: by the 95 % interval of its mean, which must lie on one side as a whole. Null
    /// where it does not, and of one seed.
    /// </summary>
    public static bool? IsWorth(SeedStatistic utility) => utility.Mean - utility.HalfWidth95 >= Least ? true
        : utility.Mean + utility.HalfWidth95 < Least ? false : null;

    /// <summary>
    /// The blocks of a network that are frozen, lowest first: its residual units; where there are none, its hidden blocks. What stands
    /// below the units learns in the control too, as the outputs do, for else a trained embedding would count as depth.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="frozen">Those that are frozen in any case, and so left out.</param>
    /// <exception cref="ConcordException">There is none.</exception>
    public static IReadOnlyList<string> BlocksOf(Network network, BlockPatterns frozen)
    {
        List<Block> hidden = [.. network.Blocks.SkipLast(1).Where(block => block.Parameters.Count > 0 && !frozen.Match(block.Name))];
        List<Block> units = [.. hidden.Where(block => block.Layers.Any(layer => layer is Residual))];
        return (units.Count > 0 ? units : hidden) is { Count: > 0 } blocks ? [.. blocks.Select(block => block.Name)]
            : throw new ConcordException("The depth utility is that of hidden blocks that learn, and the network has none. "
                + "Leave --depth-utility out, or choose a --model with hidden blocks.");
    }
}
