using Concord.Numerics;

namespace Concord.Layers;

/// <summary>How far a signal walks back through time.</summary>
/// <param name="Steps">Over how many steps; null for all, 0 for none.</param>
public readonly record struct Truncation(int? Steps)
{
    /// <summary>Over all of them.</summary>
    public static Truncation None => default;

    /// <summary>Over how many it walks where there are so many.</summary>
    internal int Within(int steps) => Math.Min(Steps ?? int.MaxValue, steps - 1);

    /// <summary>The same on a walk down that may be told to take no notice.</summary>
    internal int Within(int steps, BackwardContext context) => context.WalksAllSteps ? steps - 1 : context.StaysInStep ? 0 : Within(steps);

    /// <summary>Whether less than all of so many steps.</summary>
    internal bool Cuts(int steps) => Within(steps) < steps - 1;

    /// <summary>The key that says it in a list of layers, a blank before it; nothing where it walks over all steps.</summary>
    internal string Written => Steps is { } steps ? FormattableString.Invariant($" truncate={steps}") : "";

    /// <summary>What a layer says of it; nothing where it walks over all steps.</summary>
    public override string ToString() => Steps switch
    {
        null => "",
        0 => ", no walk back through time",
        var count => FormattableString.Invariant($", {count} step{(count == 1 ? "" : "s")} back through time"),
    };
}
