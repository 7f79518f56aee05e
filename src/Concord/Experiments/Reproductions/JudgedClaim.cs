using Concord.Training;

namespace Concord.Experiments;

/// <summary>What was found of a claim.</summary>
public enum ClaimVerdict
{
    /// <summary>It holds.</summary>
    Holds,

    /// <summary>It does not, or a figure is missing.</summary>
    DoesNotHold,

    /// <summary>Ours are of few seeds, and lie so near the edge that chance may decide.</summary>
    FewSeeds,
}

/// <summary>A claim and our figures.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Ours">One for each kind of runs, in the claim's order; null where every run failed, or has no such port.</param>
/// <param name="Verdict">What was found.</param>
public sealed record JudgedClaim(ReproductionClaim Claim, IReadOnlyList<SeedStatistic?> Ours, ClaimVerdict Verdict)
{
    /// <summary>Whether it holds.</summary>
    public bool Holds => Verdict == ClaimVerdict.Holds;

    /// <summary>What was found, in a word or some.</summary>
    public string VerdictName => Verdict switch { ClaimVerdict.Holds => "holds", ClaimVerdict.DoesNotHold => "does not hold",
        _ => "not judged (few seeds)" };
}
