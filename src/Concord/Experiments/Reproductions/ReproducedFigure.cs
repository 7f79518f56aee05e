using Concord.Training;

namespace Concord.Experiments;

/// <summary>A published figure and ours.</summary>
/// <param name="Published">The published one.</param>
/// <param name="Ours">Ours over the seeds, in the same unit; null if every run failed, or has no such port.</param>
/// <param name="Allowed">The largest difference that counts as reproduced; NaN where nothing is judged.</param>
/// <param name="Verdict">What was found.</param>
/// <param name="Reason">Why it may differ; empty if it was reproduced, or nothing is known.</param>
public sealed record ReproducedFigure(PublishedFigure Published, SeedStatistic? Ours, double Allowed,
    ReproductionVerdict Verdict, string Reason)
{
    /// <summary>Ours less the published one, both as they are shown.</summary>
    public double Difference => Ours is { } ours ? DifferenceOf(Published, ours) : double.NaN;

    /// <summary>Whether it was compared with the published one.</summary>
    public bool IsJudged => Verdict is ReproductionVerdict.Reproduced or ReproductionVerdict.DirectionOnly or ReproductionVerdict.Missed;

    /// <summary>The verdict in words.</summary>
    public string VerdictName => Verdict switch
    {
        ReproductionVerdict.Reproduced => "reproduced",
        ReproductionVerdict.DirectionOnly => "direction only",
        ReproductionVerdict.Missed => "missed",
        ReproductionVerdict.CutPlan => "not judged (cut plan)",
        ReproductionVerdict.FewSeeds => "not judged (few seeds)",
        _ => "no figure",
    };

    /// <summary>Judges figures together, by <see cref="ReproductionRules"/>.</summary>
    /// <param name="pairs">The published figures, ours, and whether ours are of runs that were cut short.</param>
    /// <param name="rules">How far ours may lie from them.</param>
    /// <param name="reason">Why ours may differ, all of them.</param>
    internal static IReadOnlyList<ReproducedFigure> Judge(IReadOnlyList<(PublishedFigure Published, SeedStatistic? Ours, bool IsCut)> pairs,
        ReproductionRules rules, string reason = "")
    {
        return [.. pairs.Select(pair =>
        {
            var (published, known, isCut) = pair;
            var ours = known is { Count: > 0 } ? known : null;
            var allowed = rules.Allowed(published, ours);
            var verdict = double.IsNaN(published.Value) ? ReproductionVerdict.Unpublished
                : isCut && !published.IsDerived ? ReproductionVerdict.CutPlan
                : ours is null ? ReproductionVerdict.Missed
                : VerdictOf(published, ours, allowed);
            var reasons = string.Join("; ", new[] { published.Reason, reason }.Where(text => text.Length > 0));
            return new ReproducedFigure(published, known, verdict is ReproductionVerdict.Reproduced or ReproductionVerdict.DirectionOnly
                or ReproductionVerdict.Missed ? allowed : double.NaN, verdict,
                verdict is ReproductionVerdict.Reproduced or ReproductionVerdict.Unpublished ? ""
                : verdict == ReproductionVerdict.Missed && known is { Count: 0, Void: > 0 }
                ? "ours is void: the true gradient at that port is too small to be compared with"
                : verdict == ReproductionVerdict.Missed && ours is null
                ? "there is no such figure of ours; the runs failed, have no such port, or nothing to be compared with"
                : reasons);
        })];

        // A difference that no spread explains is a miss whatever the seeds; anything nearer takes three of them, or a spread that is known
        // to be small.
        ReproductionVerdict VerdictOf(PublishedFigure published, SeedStatistic ours, double allowed)
        {
            var difference = Math.Abs(DifferenceOf(published, ours));
            if (IsFurther(difference,
                ReproductionRules.Cap * Math.Max(allowed, rules.SpreadOf(published) is var spread && double.IsFinite(spread) ? spread : 0)))
                return ReproductionVerdict.Missed;
            if (!rules.CanJudge(published, ours)) return ReproductionVerdict.FewSeeds;
            return !IsFurther(difference, allowed) ? ReproductionVerdict.Reproduced
                : published.Family != FigureFamily.Counts && !IsFurther(difference, ReproductionRules.Cap * allowed)
                    && HoldsOrder(published, ours) ? ReproductionVerdict.DirectionOnly
                : ReproductionVerdict.Missed;
        }

        // A count is right or wrong. Of the others, at least one other figure must have a place in the order, or there is no direction.
        bool HoldsOrder(PublishedFigure published, SeedStatistic ours)
        {
            var others = pairs.Where(other =>
                other.Published != published && other.Published.Quantity == published.Quantity && other.Published.Port == published.Port
                && other.Ours is { Count: > 0 } && rules.AreOrdered(published, other.Published)).ToList();
            return others.Count > 0
                && others.All(other => Math.Sign(ours.Mean - other.Ours!.Mean) == Math.Sign(published.Value - other.Published.Value));
        }
    }

    // What a reader of the page can work out is what was judged.
    private static double DifferenceOf(PublishedFigure published, SeedStatistic ours) => published.Shown(ours.Mean) - published.Value;

    // Decimal fractions have no exact binary ones: 97 + 1 against 98.00 is no further than 1.
    private static bool IsFurther(double difference, double bound) => difference > bound + 1e-9;
}
