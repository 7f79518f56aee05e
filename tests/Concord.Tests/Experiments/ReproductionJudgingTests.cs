using Concord.Experiments;
using Concord.Training;

namespace Concord.Tests.Experiments;

/// <summary>Figures and claims are judged: what is reproduced, what goes the same way, and what is missed.</summary>
public sealed class ReproductionJudgingTests
{
    // Runs that are known to lie close together, so that one decides.
    private static readonly ReproductionRules s_calm = new(new(),
        new(new(0, 0, 0, 0, 0, 0, 0), new Dictionary<string, ReproductionTolerance>()));

    [Fact]
    public void ReproducedIsWithinTheToleranceOrTwoCombinedStandardErrors()
    {
        // Ours: mean 92, s^2 = 12, s^2/n = 4. Published 97 ± 6 of 4 runs: 36/4 = 9. Two combined errors: 2 sqrt(13) = 7.2.
        var wide = One(Published("dfa", 97, std: 6, runs: 4), 92 - Math.Sqrt(12), 92, 92 + Math.Sqrt(12));
        Assert.Equal((Math.Round(2 * Math.Sqrt(13), 12), ReproductionVerdict.Reproduced), (Math.Round(wide.Allowed, 12), wide.Verdict));
        Assert.Equal(-5, wide.Difference, 12);
        // Without the number of published runs only ours count: 2 s/sqrt(3) = 4 < 5.
        var narrow = One(Published("dfa", 97, std: 6), 92 - Math.Sqrt(12), 92, 92 + Math.Sqrt(12));
        Assert.Equal((4.0, ReproductionVerdict.Missed), (Math.Round(narrow.Allowed, 9), narrow.Verdict));
        // One run of ours has no spread, but it is known that runs lie close together; the tolerance is one point, its edge included.
        Assert.Equal(ReproductionVerdict.Reproduced, One(Published("dfa", 97), 98).Verdict);
        Assert.Equal(ReproductionVerdict.Missed, One(Published("dfa", 97), 98.01).Verdict);
        Assert.Equal(ReproductionVerdict.Missed, One(Published("dfa", 97)).Verdict);
        var cosine = Published("dfa", 0.5) with { Quantity = FigureQuantity.Cosine, Port = "fc1" };
        Assert.Equal(ReproductionVerdict.Reproduced, One(cosine, 0.529).Verdict);
        Assert.Equal(ReproductionVerdict.Missed, One(cosine, 0.531).Verdict);
    }

    [Fact]
    public void DirectionIsTheOrderAgainstTheOthers()
    {
        var (low, middle, near, high) = (Published("drtp", 80), Published("dfa", 90), Published("fa", 90.5), Published("backprop", 98));
        // dfa and fa are closer than the tolerance, and have no order; all others do.
        Assert.Equal([ReproductionVerdict.DirectionOnly, ReproductionVerdict.DirectionOnly, ReproductionVerdict.DirectionOnly,
            ReproductionVerdict.Reproduced],
            Verdicts((low, 75), (middle, 87), (near, 86), (high, 98)));
        // drtp above dfa is against the order for both, and no matter to backprop.
        Assert.Equal([ReproductionVerdict.Missed, ReproductionVerdict.Missed, ReproductionVerdict.DirectionOnly],
            Verdicts((low, 87), (middle, 86), (high, 96)));
        // A published spread decides where there is one: 1.6 and 2 lie 0.4 apart, 2 sqrt(0.1^2 + 0.1^2) = 0.28.
        Assert.Equal([ReproductionVerdict.Missed, ReproductionVerdict.Missed],
            Verdicts((Published("backprop", 1.6, std: 0.1), 6), (Published("dfa", 2, std: 0.1), 5)));
        Assert.Equal([ReproductionVerdict.DirectionOnly, ReproductionVerdict.DirectionOnly],
            Verdicts((Published("backprop", 1.6, std: 0.1), 5), (Published("dfa", 2, std: 0.1), 6)));
    }

    [Fact]
    public void AReasonIsGivenUnlessItIsReproduced()
    {
        var figure = Published("dfa", 97) with { Reason = "another net" };
        string Of(double ours, bool isCut = false) =>
            ReproducedFigure.Judge([(figure, new([ours]), isCut)], s_calm, "few epochs")[0].Reason;
        Assert.Equal(["another net; few epochs", "", "another net; few epochs"], [Of(80), Of(97), Of(97, isCut: true)]);
    }

    [Fact]
    public void CountsComeOutOfTheModelAndMustBeExact()
    {
        const string Counts = """
            name: counts
            source: Nobody 2026
            origin: derived
            batch: 2
            rules: {backprop: , dfa: , sparse-dfa: {feedback.nonZerosPerNeuron: [1, 2]}, pepita: }
            model: mlp:7-5-4-3
            published:
              - {rule: dfa, cost: {forward: 134, error: 54, errorWeights: 27}, saving: {error: 1.185}}
              - {rule: sparse-dfa, feedback.nonZerosPerNeuron: 1, cost: {error: 19}}
              - {rule: backprop, cost: {stepWithInputError: 402}}
              - {rule: pepita, cost: {errorWeights: 21}}
              - {rule: backprop, testAccuracy: unpublished}
            """;
        var entry = Reproduction.Parse(Counts, "counts.yaml");
        Assert.True(entry.NeedsRuns);
        var figures = entry.Compare(entry.Quick, []);
        // 7 x 5 + 5 x 4 + 4 x 3 = 67 forward; DFA 3 x (5 + 4) = 27, backprop 20 + 12 = 32; sparse 9; two samples each, but what a neuron
        // receives is of one. PEPITA brings three errors to the seven elements of the input.
        Assert.Equal([134, 54, 27, 32.0 / 27, 18, 402, 21], figures.Select(figure => figure.Ours!.Mean));
        Assert.Equal([ReproductionVerdict.Reproduced, ReproductionVerdict.Reproduced, ReproductionVerdict.Reproduced,
            ReproductionVerdict.Reproduced, ReproductionVerdict.Missed, ReproductionVerdict.Reproduced, ReproductionVerdict.Reproduced],
            figures.Select(figure => figure.Verdict));   // a count is right or wrong
        Assert.Equal((-1.0, 0.0), (figures[4].Difference, figures[4].Allowed));
        Assert.Contains("| dfa | MACs of the error phase | 54 | 54 | derived | 0 | 0 | reproduced |",
            ReproductionPage.Part(entry, entry.Quick, figures, null), StringComparison.Ordinal);
        Assert.Contains("by the cost model, without a run", ReproductionPage.Part(entry, entry.Quick, figures, null),
            StringComparison.Ordinal);
        Assert.False(Reproduction.Find("crafton-cost").NeedsRuns);
        Assert.All(Reproduction.Find("crafton-cost").Compare(Reproduction.Find("crafton-cost").Quick, []),
            figure => Assert.Equal(ReproductionVerdict.Reproduced, figure.Verdict));
    }

    [Fact]
    public void WhatWasNotPublishedIsShownWithoutAVerdict()
    {
        var ours = ReproducedFigure.Judge([(Published("fa", double.NaN), new([80]), false), (Published("dfa", 79), new([80]), false),
            (Published("backprop", 98), new([96]), false)], s_calm);
        Assert.Equal([ReproductionVerdict.Unpublished, ReproductionVerdict.Reproduced, ReproductionVerdict.DirectionOnly],
            ours.Select(figure => figure.Verdict));
        Assert.Equal("Held: 1 of 2 accuracies; 1 in direction only; 1 of ours has no published figure.",
            ReproductionPage.Summary(ours, [], isCut: false));
        Assert.Equal(("–", "–", "–"),
            (ReproductionPage.Published(ours[0].Published), ReproductionPage.Difference(ours[0]), ReproductionPage.Allowed(ours[0])));
    }

    [Theory]
    [InlineData(ClaimKind.Rising, 0, new[] { 1.0, 2, 3 }, true, "rises strictly")]
    [InlineData(ClaimKind.Rising, 0, new[] { 1.0, 2, 2 }, false, "rises strictly")]
    [InlineData(ClaimKind.Rising, 0.5, new[] { 1.0, 2, 2.5 }, true, "rises by at least 0.5")]
    [InlineData(ClaimKind.Rising, 0.5, new[] { 1.0, 2, 2.4 }, false, "rises by at least 0.5")]
    [InlineData(ClaimKind.Rising, -0.5, new[] { 2.0, 1.5, 9 }, true, "falls by at most 0.5")]
    [InlineData(ClaimKind.Rising, -0.5, new[] { 2.0, 1.4 }, false, "falls by at most 0.5")]
    [InlineData(ClaimKind.Falling, 0, new[] { 3.0, 2, 1 }, true, "falls strictly")]
    [InlineData(ClaimKind.Falling, 0, new[] { 3.0, 1, 2 }, false, "falls strictly")]
    [InlineData(ClaimKind.Falling, 0, new[] { 3.0, double.NaN, 1 }, false, "falls strictly")]
    [InlineData(ClaimKind.Falling, 0.5, new[] { 3.0, 2.6 }, false, "falls by at least 0.5")]
    [InlineData(ClaimKind.Falling, -0.5, new[] { 3.0, 3.4 }, true, "rises by at most 0.5")]
    [InlineData(ClaimKind.Unchanged, 0.5, new[] { 1.0, 1.5, 1.25 }, true, "stays within 0.5")]
    [InlineData(ClaimKind.Unchanged, 0.5, new[] { 1.0, 1.25, 1.75 }, false, "stays within 0.5")]
    [InlineData(ClaimKind.Unchanged, 0.5, new[] { 1.0, double.NaN }, false, "stays within 0.5")]
    [InlineData(ClaimKind.AtMost, 2, new[] { 2.0 }, true, "is at most 2")]
    [InlineData(ClaimKind.AtMost, 2, new[] { 1.0, 2.1 }, false, "is at most 2")]
    [InlineData(ClaimKind.AtLeast, -0.5, new[] { -0.5, 3 }, true, "is at least -0.5")]
    [InlineData(ClaimKind.AtLeast, 0.5, new[] { 0.4 }, false, "is at least 0.5")]
    [InlineData(ClaimKind.AtMost, 2, new[] { double.NaN }, false, "is at most 2")]
    public void AClaimHoldsOrNot(ClaimKind kind, double margin, double[] means, bool holds, string said)
    {
        var claim = new ReproductionClaim(kind, margin, [Published("dfa", double.NaN)]);
        Assert.Equal(holds, claim.Holds(means));
        Assert.Contains($" {said}: ", claim.Text, StringComparison.Ordinal);
    }

    private static PublishedFigure Published(string rule, double value, double std = double.NaN, int runs = 0) =>
        new([new("rule", rule)], FigureQuantity.TestAccuracy, "", value, std, runs, FigureOrigin.Paper, "");

    private static ReproducedFigure One(PublishedFigure figure, params double[] ours) =>
        ReproducedFigure.Judge([(figure, new(ours), false)], s_calm)[0];

    private static IEnumerable<ReproductionVerdict> Verdicts(params (PublishedFigure, double)[] pairs) =>
        ReproducedFigure.Judge([.. pairs.Select(pair => (pair.Item1, (SeedStatistic?)new SeedStatistic([pair.Item2]), false))], s_calm)
            .Select(figure => figure.Verdict);
}
