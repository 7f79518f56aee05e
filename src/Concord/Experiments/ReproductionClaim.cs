using Concord.Training;

namespace Concord.Experiments;

/// <summary>How a quantity is said to go from one kind of runs to the next.</summary>
public enum ClaimKind
{
    /// <summary>Strictly up.</summary>
    Rising,

    /// <summary>Strictly down.</summary>
    Falling,

    /// <summary>All within a band.</summary>
    Unchanged,
}

/// <summary>Something said of several kinds of runs together, where no figure of each was published: an order, or that nothing changes.</summary>
/// <param name="Kind">What is said.</param>
/// <param name="Within">The width of the band of <see cref="ClaimKind.Unchanged"/>, in the quantity's unit.</param>
/// <param name="Places">Which runs, in order, and the quantity; no values.</param>
public sealed record ReproductionClaim(ClaimKind Kind, double Within, IReadOnlyList<PublishedFigure> Places)
{
    /// <summary>What is said, in words.</summary>
    public string Text
    {
        get
        {
            var values = IsProduct
                ? Places.SelectMany(place => place.Cell).GroupBy(pair => pair.Key).Select(same => $"{same.Key} {string.Join(", ", same.Select(pair => pair.Value).Distinct())}")
                : Places.Select(place => place.Label);
            return $"{Places[0].QuantityName} {Kind switch { ClaimKind.Rising => "rises strictly", ClaimKind.Falling => "falls strictly", _ => FormattableString.Invariant($"stays within {Within}") }}: {string.Join("; ", values)}";
        }
    }

    // Whether the runs are all that the values of their keys make together; else each is told by itself.
    private bool IsProduct => Places.All(place => place.Cell.Select(pair => pair.Key).SequenceEqual(Places[0].Cell.Select(pair => pair.Key)))
        && Places[0].Cell.Select((_, i) => Places.Select(place => place.Cell[i].Value).Distinct().Count()).Aggregate(1, (product, count) => product * count) == Places.Count;

    /// <summary>Whether it holds of means over seeds.</summary>
    /// <param name="means">In order; NaN where there is none, and then it does not hold.</param>
    public bool Holds(IReadOnlyList<double> means) => means.All(double.IsFinite) && (Kind == ClaimKind.Unchanged
        ? means.Max() - means.Min() <= Within
        : means.Zip(means.Skip(1)).All(pair => Kind == ClaimKind.Rising ? pair.First < pair.Second : pair.First > pair.Second));

    /// <summary>Sets it beside runs.</summary>
    /// <param name="groups">The results of a plan's sweep.</param>
    /// <returns>What was found; null if the plan has fewer than two of its kinds of runs.</returns>
    public JudgedClaim? Judge(IReadOnlyList<SweepGroup> groups)
    {
        List<SweepGroup> runs = [.. Places.SelectMany(place => groups.Where(group => place.IsOf(group.Cells[0].Cell))).Distinct()];
        if (runs.Count < 2) return null;
        IReadOnlyList<SeedStatistic?> ours = [.. runs.Select(Places[0].Of)];
        return new(this, ours, Holds([.. ours.Select(one => one?.Mean ?? double.NaN)]));
    }
}

/// <summary>A claim beside our figures.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Ours">One for each kind of runs, in the claim's order; null where every run failed, or has no such port.</param>
/// <param name="Holds">Whether it holds.</param>
public sealed record JudgedClaim(ReproductionClaim Claim, IReadOnlyList<SeedStatistic?> Ours, bool Holds)
{
    /// <summary>What was found, in a word or some.</summary>
    public string VerdictName => Holds ? "holds" : "does not hold";
}
