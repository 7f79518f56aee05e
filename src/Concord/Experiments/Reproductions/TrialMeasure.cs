namespace Concord.Experiments;

/// <summary>Something that is predicted or measured in a trial.</summary>
/// <param name="Words">What, in words.</param>
/// <param name="Decimals">Decimals with which it is shown.</param>
/// <param name="Of">Its figure in one trial.</param>
/// <param name="Allowed">How far ours may lie from a published figure of that size.</param>
public sealed record TrialMeasure(
    string Words, int Decimals, Func<TrialRow, double> Of, Func<ReproductionTolerance, double, double> Allowed);
