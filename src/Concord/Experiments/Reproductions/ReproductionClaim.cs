using Concord.Training;

namespace Concord.Experiments;

/// <summary>
/// Something said of one or several kinds of runs, where no figure of each was published: an order, by how much, that nothing changes, or
/// between which bounds they lie.
/// </summary>
/// <param name="Kind">What is said.</param>
/// <param name="Margin">
/// In the quantity's unit: the width of the band of <see cref="ClaimKind.Unchanged"/>, the number of <see cref="ClaimKind.AtMost"/> and
/// <see cref="ClaimKind.AtLeast"/>, or the least step of the others. Of these, 0 says strictly, and below 0 they may go the other way so
/// far and no further.
/// </param>
/// <param name="Places">Which runs, in order, and the quantity; no values.</param>
public sealed record ReproductionClaim(ClaimKind Kind, double Margin, IReadOnlyList<PublishedFigure> Places)
{
    /// <summary>What is said, in words.</summary>
    public string Text
    {
        get
        {
            var values = IsProduct
                ? Places.SelectMany(place => place.Cell).GroupBy(pair => pair.Key)
                    .Select(same => $"{same.Key} {string.Join(", ", same.Select(pair => pair.Value).Distinct())}")
                : Places.Select(place => place.Label);
            return $"{Places[0].QuantityName} {Relation}: {string.Join("; ", values)}";
        }
    }

    private string Relation => Kind switch
    {
        ClaimKind.Unchanged => FormattableString.Invariant($"stays within {Margin}"),
        ClaimKind.AtMost => FormattableString.Invariant($"is at most {Margin}"),
        ClaimKind.AtLeast => FormattableString.Invariant($"is at least {Margin}"),
        _ => FormattableString.Invariant($"{(Kind == ClaimKind.Rising == Margin >= 0 ? "rises" : "falls")} ")
            + (Margin == 0 ? "strictly" : FormattableString.Invariant($"by at {(Margin > 0 ? "least" : "most")} {Math.Abs(Margin)}")),
    };

    /// <summary>Of how many kinds of runs it is at least.</summary>
    internal int LeastKinds => IsBound ? 1 : 2;

    private bool IsBound => Kind is ClaimKind.AtMost or ClaimKind.AtLeast;

    // Whether the runs are all that the values of their keys make together; else each is told by itself.
    private bool IsProduct =>
        Places.All(place => place.Cell.Select(pair => pair.Key).SequenceEqual(Places[0].Cell.Select(pair => pair.Key)))
        && Places[0].Cell.Select((_, i) => Places.Select(place => place.Cell[i].Value).Distinct().Count())
            .Aggregate(1, (product, count) => product * count) == Places.Count;

    /// <summary>Whether it holds of means over seeds.</summary>
    /// <param name="means">In order; NaN where there is none, and then it does not hold.</param>
    public bool Holds(IReadOnlyList<double> means) => means.All(double.IsFinite) && (Kind == ClaimKind.Unchanged
        ? means.Max() - means.Min() <= Margin
        : IsBound ? Rooms(means).All(room => room >= 0)
        : Steps(means).All(step => Margin == 0 ? step > 0 : step >= Margin));

    // How far each goes the way that is claimed.
    private IEnumerable<double> Steps(IReadOnlyList<double> means) =>
        means.Zip(means.Skip(1)).Select(pair => Kind == ClaimKind.Rising ? pair.Second - pair.First : pair.First - pair.Second);

    // How far each lies within the bound.
    private IEnumerable<double> Rooms(IReadOnlyList<double> means) =>
        means.Select(mean => Kind == ClaimKind.AtMost ? Margin - mean : mean - Margin);

    /// <summary>Compares it with runs.</summary>
    /// <param name="groups">The results of a plan's sweep.</param>
    /// <param name="trials">The trials of a plan.</param>
    /// <param name="rules">How it is judged.</param>
    /// <returns>What was found; null if the plan has fewer than <see cref="LeastKinds"/> of its kinds of runs.</returns>
    internal JudgedClaim? Judge(IReadOnlyList<SweepGroup> groups, IReadOnlyList<TrialRow> trials, ReproductionRules rules)
    {
        IReadOnlyList<SeedStatistic?> ours = Places[0].IsOfTrials
            ? [.. from place in Places
                  from kind in trials.Where(row => place.IsOf(row.Cell)).ToLookup(row => row.Cell.Label)
                  select place.Of(kind)]
            : [.. Places.SelectMany(place => groups.Where(group => place.IsOf(group.Cells[0].Cell))).Distinct().Select(Places[0].Of)];
        return ours.Count < LeastKinds ? null : Judge(ours, rules);
    }

    /// <summary>Judges our figures.</summary>
    /// <param name="ours">In order; null where there is none.</param>
    /// <param name="rules">How they are judged.</param>
    internal JudgedClaim Judge(IReadOnlyList<SeedStatistic?> ours, ReproductionRules rules)
    {
        IReadOnlyList<double> means = [.. ours.Select(one => one is { } known ? Places[0].Shown(known.Mean) : double.NaN)];
        return new(this, ours, means.All(double.IsFinite) && !IsDecided([.. ours.Select(one => one!)], means, rules) ? ClaimVerdict.FewSeeds
            : Holds(means) ? ClaimVerdict.Holds : ClaimVerdict.DoesNotHold);
    }

    // One step that chance does not explain against the claim decides it; to hold, all must be such. Equal to the last digit is no matter
    // of chance.
    private bool IsDecided(IReadOnlyList<SeedStatistic> ours, IReadOnlyList<double> means, ReproductionRules rules)
    {
        if (Kind == ClaimKind.Unchanged)
        {
            var (least, most) = (means.Index().MinBy(mean => mean.Item).Index, means.Index().MaxBy(mean => mean.Item).Index);
            return Margin == 0 || Math.Abs(means[most] - means[least] - Margin) >= rules.Noise(Places, ours[most], ours[least]);
        }
        List<double> steps = [.. IsBound ? Rooms(means) : Steps(means).Select(step => step - Margin)];
        List<double> noise = [.. IsBound ? ours.Select(one => rules.Noise(Places, one))
            : ours.Zip(ours.Skip(1)).Select(pair => rules.Noise(Places, pair.First, pair.Second))];
        return steps.Zip(noise).Any(step => step.First <= -step.Second) || steps.Zip(noise).All(step => step.First >= step.Second);
    }
}
