using Concord.Training;

namespace Concord.Experiments;

/// <summary>How figures and claims are judged.</summary>
/// <param name="Tolerance">How far a figure may lie from the published one if chance does not explain more.</param>
/// <param name="Spread">How far runs lie from each other.</param>
internal sealed record ReproductionRules(ReproductionTolerance Tolerance, MeasuredSpread Spread)
{
    /// <summary>How many times what is allowed a figure may differ and still have the published direction.</summary>
    public const double Cap = 5;

    // From three seeds on, runs speak for themselves.
    private const int EnoughSeeds = 3;
    private const double StandardErrors = 2;

    /// <summary>
    /// The largest difference that counts as reproduced: the larger of the tolerance and two combined standard errors, 2 sqrt(s^2/n +
    /// s'^2/n'). A side whose spread or number of runs is unknown adds nothing to them. Ours counts by no more than the larger of the
    /// tolerance and the spread that is known, published or measured: runs that are wilder than that are no easier to reproduce.
    /// </summary>
    public double Allowed(PublishedFigure published, SeedStatistic? ours) =>
        Math.Max(Tolerance.Of(published), StandardErrors
            * Math.Sqrt((ours is { Count: > 1 } ? Square(Bounded(published, ours.Std)) / ours.Count : 0) + published.SquaredError));

    private double Bounded(PublishedFigure published, double std) =>
        Math.Min(std, double.MaxNumber(Tolerance.Of(published), SpreadOf(published)));

    private static double Square(double number) => number * number;

    /// <summary>The standard deviation over seeds, of the published runs or as measured with ours; NaN if neither is known.</summary>
    public double SpreadOf(PublishedFigure figure) => (figure.Std, Spread.Of(figure)) switch
    {
        (double.NaN, var measured) => measured,
        (var published, double.NaN) => published,
        var (published, measured) => Math.Max(published, measured),
    };

    /// <summary>Whether so many seeds decide about so small a difference as the tolerance.</summary>
    public bool CanJudge(PublishedFigure published, SeedStatistic ours) => published.IsDerived || ours.Count >= EnoughSeeds
        || Math.Max(SpreadOf(published), ours.Count > 1 ? ours.Std : 0) <= Tolerance.Of(published);

    /// <summary>
    /// Whether two published figures of the same quantity have an order: if they are further apart than two combined standard deviations,
    /// or, where those are not published, than the tolerance.
    /// </summary>
    public bool AreOrdered(PublishedFigure a, PublishedFigure b)
    {
        var spread = 2 * Math.Sqrt(a.Std * a.Std + b.Std * b.Std);
        return Math.Abs(a.Value - b.Value) > (double.IsFinite(spread) ? spread : Tolerance.Of(a));
    }

    /// <summary>
    /// By how much means must miss the edge of a claim to decide it: nothing from three seeds on; below, two combined standard errors of
    /// the measured spread, or, where that is not known, <see cref="Cap"/> tolerances.
    /// </summary>
    public double Noise(IReadOnlyList<PublishedFigure> places, SeedStatistic a, SeedStatistic b) =>
        places[0].IsDerived || (a.Count >= EnoughSeeds && b.Count >= EnoughSeeds) ? 0 : OfFew(places, 1.0 / a.Count + 1.0 / b.Count);

    /// <summary>
    /// By how much a mean must miss a number to decide a claim: two standard errors, of our own spread from three seeds on, since nothing
    /// that was measured beside it shares its chance; below, of the measured spread, or <see cref="Cap"/> tolerances.
    /// </summary>
    public double Noise(IReadOnlyList<PublishedFigure> places, SeedStatistic ours) => places[0].IsDerived ? 0
        : ours.Count >= EnoughSeeds ? StandardErrors * ours.Std / Math.Sqrt(ours.Count) : OfFew(places, 1.0 / ours.Count);

    private double OfFew(IReadOnlyList<PublishedFigure> places, double shares) => places.All(place => double.IsFinite(Spread.Of(place)))
        ? StandardErrors * places.Max(Spread.Of) * Math.Sqrt(shares) : Cap * Tolerance.Of(places[0]);
}
