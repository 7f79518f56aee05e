namespace Concord.Networks;

/// <summary>How a direction is drawn, anew at every step.</summary>
/// <param name="Kind">From what.</param>
/// <param name="PerSample">
/// Whether each sample has a direction of its own; else all samples of a batch share one. Weights are shared anyway.
/// </param>
/// <param name="ActiveOnly">
/// Whether units whose activity is zero are left out: the derivative of a ReLU, or a dropout, takes away what they would learn, so that
/// directions in them are noise.
/// </param>
public sealed record Perturbation(
    PerturbationKind Kind = PerturbationKind.Rademacher, bool PerSample = true, bool ActiveOnly = false)
{
    /// <summary>What is drawn, for people.</summary>
    public override string ToString() =>
        $"{(Kind == PerturbationKind.Normal ? "normal" : "1 or -1")}{(ActiveOnly ? ", active units" : "")}";
}
