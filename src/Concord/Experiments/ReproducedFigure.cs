using Concord.Training;

namespace Concord.Experiments;

/// <summary>What a reproduction found.</summary>
public enum ReproductionVerdict
{
    /// <summary>Ours differs by no more than is allowed.</summary>
    Reproduced,

    /// <summary>It differs by more, but lies on the same side of every other figure of the quantity as the published one does.</summary>
    DirectionOnly,

    /// <summary>Neither.</summary>
    Missed,

    /// <summary>There is no published figure to compare with.</summary>
    Unpublished,
}

/// <summary>How far a figure may lie from the published one if chance does not explain more.</summary>
/// <param name="Points">Of an accuracy or error, in percentage points.</param>
/// <param name="Cosine">Of a cosine.</param>
/// <param name="Degrees">Of an angle.</param>
/// <param name="Rank">Of an effective rank.</param>
/// <param name="Concordance">Of a share of signs that agree.</param>
/// <param name="Cka">Of a linear CKA.</param>
/// <param name="Ratio">Of a saving or a transport, as a share of it: figures are printed to three places or so. A count must be exact.</param>
public sealed record ReproductionTolerance(double Points = 1, double Cosine = 0.03, double Degrees = 1.5, double Rank = 0.5, double Concordance = 0.03, double Cka = 0.05, double Ratio = 0.001)
{
    internal double Of(PublishedFigure figure) => figure.Quantity switch
    {
        FigureQuantity.Cosine => Cosine,
        FigureQuantity.GateAngle or FigureQuantity.WeightAngle or FigureQuantity.LocalAngle => Degrees,
        FigureQuantity.SignalRank => Rank,
        FigureQuantity.Concordance => Concordance,
        FigureQuantity.Cka or FigureQuantity.CkaWhereWrong => Cka,
        FigureQuantity.Cost => 0,
        FigureQuantity.Saving or FigureQuantity.Transport => Ratio * figure.Value,
        _ => Points,
    };
}

/// <summary>A published figure beside ours.</summary>
/// <param name="Published">The published one.</param>
/// <param name="Ours">Ours over the seeds, in the same unit; null if every run failed, or has no such port.</param>
/// <param name="Allowed">The largest difference that counts as reproduced.</param>
/// <param name="Verdict">What was found.</param>
/// <param name="Reason">Why it may differ; empty if it was reproduced, or nothing is known.</param>
public sealed record ReproducedFigure(PublishedFigure Published, SeedStatistic? Ours, double Allowed, ReproductionVerdict Verdict, string Reason)
{
    private const double StandardErrors = 2;

    /// <summary>Ours less the published one.</summary>
    public double Difference => (Ours?.Mean ?? double.NaN) - Published.Value;

    /// <summary>The verdict in words.</summary>
    public string VerdictName => Verdict switch
    {
        ReproductionVerdict.Reproduced => "reproduced",
        ReproductionVerdict.DirectionOnly => "direction only",
        ReproductionVerdict.Missed => "missed",
        _ => "no figure",
    };

    /// <summary>
    /// Judges figures together. Reproduced is a difference of at most the larger of the tolerance and two combined standard errors,
    /// 2 sqrt(s^2/n + s'^2/n'); a side whose spread or number of runs is unknown adds nothing to them. Two published figures
    /// of the same quantity have an order if they are further apart than two combined standard deviations, or, where those are not
    /// published, than the tolerance.
    /// </summary>
    internal static IReadOnlyList<ReproducedFigure> Judge(IReadOnlyList<(PublishedFigure Published, SeedStatistic? Ours)> pairs, ReproductionTolerance tolerance, string reason = "")
    {
        return [.. pairs.Select(pair =>
        {
            var allowed = Math.Max(tolerance.Of(pair.Published), StandardErrors * Math.Sqrt(SquaredError(pair.Ours) + pair.Published.SquaredError));
            var verdict = double.IsNaN(pair.Published.Value) ? ReproductionVerdict.Unpublished
                : pair.Ours is not { Count: > 0 } ours ? ReproductionVerdict.Missed
                : Math.Abs(ours.Mean - pair.Published.Value) <= allowed ? ReproductionVerdict.Reproduced
                : HoldsOrder(pair.Published, ours) ? ReproductionVerdict.DirectionOnly : ReproductionVerdict.Missed;
            return new ReproducedFigure(pair.Published, pair.Ours, verdict == ReproductionVerdict.Unpublished ? double.NaN : allowed, verdict,
                verdict is ReproductionVerdict.Reproduced or ReproductionVerdict.Unpublished ? "" : pair.Ours is null ? "there is no such figure of ours; the runs failed, have no such port, or nothing to be compared with" : string.Join("; ", new[] { pair.Published.Reason, reason }.Where(text => text.Length > 0)));
        })];

        // At least one other figure must say something, or there is no direction.
        bool HoldsOrder(PublishedFigure published, SeedStatistic ours)
        {
            var others = pairs.Where(other => other.Published != published && other.Published.Quantity == published.Quantity && other.Published.Port == published.Port
                && other.Ours is { Count: > 0 } && AreOrdered(published, other.Published, tolerance)).ToList();
            return others.Count > 0 && others.All(other => Math.Sign(ours.Mean - other.Ours!.Mean) == Math.Sign(published.Value - other.Published.Value));
        }
    }

    private static bool AreOrdered(PublishedFigure a, PublishedFigure b, ReproductionTolerance tolerance)
    {
        var spread = 2 * Math.Sqrt(a.Std * a.Std + b.Std * b.Std);
        return Math.Abs(a.Value - b.Value) > (double.IsFinite(spread) ? spread : tolerance.Of(a));
    }

    private static double SquaredError(SeedStatistic? statistic) => statistic is { Count: > 1 } ? statistic.Std * statistic.Std / statistic.Count : 0;
}
