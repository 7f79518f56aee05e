namespace Concord.Experiments;

/// <summary>Standard deviations over seeds, as they were measured; NaN where none was.</summary>
/// <param name="All">The largest of the rules that have none of their own.</param>
/// <param name="ByRule">Those of single rules.</param>
public sealed record MeasuredSpread(ReproductionTolerance All, IReadOnlyDictionary<string, ReproductionTolerance> ByRule)
{
    /// <summary>Nothing was measured.</summary>
    public static MeasuredSpread None { get; } = new(ReproductionTolerance.Unknown, new Dictionary<string, ReproductionTolerance>());

    internal double Of(PublishedFigure figure) => ByRule.GetValueOrDefault(figure.Rule)?.Of(figure) is { } own && double.IsFinite(own) ? own
        : All.Of(figure);
}
