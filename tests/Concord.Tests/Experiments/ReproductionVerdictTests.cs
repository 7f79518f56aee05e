using Concord.Experiments;
using Concord.Training;

namespace Concord.Tests.Experiments;

/// <summary>Verdicts do not flatter: not by distance, not by a plan that is cut, not by a lucky seed.</summary>
public sealed class ReproductionVerdictTests
{
    private static readonly MeasuredSpread s_calm = Spread(0);

    [Theory]
    [InlineData(15.92, 15.92, ReproductionVerdict.Reproduced)]
    [InlineData(15.92, 16.92, ReproductionVerdict.Reproduced)]
    [InlineData(15.92, 16.93, ReproductionVerdict.DirectionOnly)]
    [InlineData(15.92, 20.92, ReproductionVerdict.DirectionOnly)]
    [InlineData(15.92, 20.93, ReproductionVerdict.Missed)]
    [InlineData(15.92, 47.78, ReproductionVerdict.Missed)]    // +31.86 points
    [InlineData(40.67, 57.91, ReproductionVerdict.Missed)]
    [InlineData(40.67, 35.70, ReproductionVerdict.DirectionOnly)]
    public void ADirectionHasAnEnd(double published, double ours, ReproductionVerdict verdict)
    {
        // The order is held in every case.
        List<(PublishedFigure, SeedStatistic?, bool)> others = [ (Figure("shallow", 90), new SeedStatistic([90]), false),
            (Figure("best", 1), new([1]), false)];
        Assert.Equal(verdict,
            ReproducedFigure.Judge([(Figure("backprop", published), new([ours]), false), .. others], new(new(), s_calm))[0].Verdict);
    }

    [Theory]
    [InlineData(FigureQuantity.Cost, 400, 401)]
    [InlineData(FigureQuantity.Saving, 10, 10.011)]
    [InlineData(FigureQuantity.Transport, 0.01, 0.0101)]
    public void ACountIsRightOrWrong(FigureQuantity quantity, double published, double ours)
    {
        PublishedFigure Count(double value) => Figure("dfa", value) with { Quantity = quantity, Port = quantity == FigureQuantity.Transport
            ? "weights" : "step" };
        List<(PublishedFigure, SeedStatistic?, bool)> pairs = [(Count(published), new SeedStatistic([ours]), false),
            (Count(published / 100), new([published / 100]), false)];
        Assert.Equal([ReproductionVerdict.Missed, ReproductionVerdict.Reproduced],
            ReproducedFigure.Judge(pairs, new(new(), MeasuredSpread.None)).Select(figure => figure.Verdict));
        // It is of no seed and of no length of training.
        Assert.Equal(ReproductionVerdict.Reproduced,
            ReproducedFigure.Judge([(Count(published), new([published]), true)], new(new(), MeasuredSpread.None))[0].Verdict);
    }

    [Theory]
    [InlineData("quick: {epochs: 4}", true)]
    [InlineData("quick: {epochs: 5}", false)]
    [InlineData("quick: {epochs: 6}", false)]
    [InlineData("quick: {train: 299}", true)]
    [InlineData("quick: {train: 300}", false)]
    [InlineData("quick: {train: 0}", false)]        // all there are
    [InlineData("quick: {seeds: 1}", false)]
    [InlineData("quick: {rules: {backprop: {epochs: 1}, dfa: }}", true)]
    public void RunsThatAreCutAreNotJudged(string quick, bool isCut)
    {
        var entry = Reproduction.Parse("""
            name: small
            source: Nobody 2026
            origin: paper
            data: glyphs
            train: 300
            epochs: 5
            rules: {backprop: , dfa: }
            spread: {points: 0.1}
            published:
              - {rule: backprop, testAccuracy: 90}
              - {rule: dfa, transport: {weights: 0}}
            QUICK
            """.Replace("QUICK", quick, StringComparison.Ordinal), "small.yaml");
        Assert.Equal(isCut, entry.IsCut(entry.Quick));
        Assert.False(entry.IsCut(entry.Full));
        var judged = entry.Judge(entry.Quick, entry.Figures.Select(figure => (figure, (SeedStatistic?)new SeedStatistic([figure.Value]))));
        Assert.Equal([isCut ? ReproductionVerdict.CutPlan : ReproductionVerdict.Reproduced, ReproductionVerdict.Reproduced],
            judged.Select(figure => figure.Verdict));
        Assert.Equal(isCut ? "–" : "1.00", ReproductionPage.Allowed(judged[0]));
        Assert.Equal("0.00", ReproductionPage.Difference(judged[0]));
    }

    [Fact]
    public void AFigureThatSaysItsEpochsIsOfThese()
    {
        var entry = Reproduction.Parse("""
            name: small
            source: Nobody 2026
            origin: paper
            data: glyphs
            preset: biotorch-mnist
            rules: {backprop: , fa: {model: 'cnn:1x28x28-c4k5-p2-10'}}
            spread: {points: 0.1}
            published:
              - {rule: backprop, epochs: 2, testAccuracy: 90}
              - {rule: backprop, epochs: 3, train: 200, testAccuracy: 91}
              - {rule: fa, epochs: 2, testAccuracy: 90}
            quick: {epochs: [2, 3], train: 200}
            full: {epochs: 2}
            """, "small.yaml");
        // All 2,000 samples are the published ones where a figure does not say them.
        Assert.Equal([ReproductionVerdict.CutPlan, ReproductionVerdict.Reproduced, ReproductionVerdict.CutPlan],
            entry.Judge(entry.Quick, entry.Figures.Select(figure => (figure, (SeedStatistic?)new SeedStatistic([figure.Value]))))
                .Select(figure => figure.Verdict));
        Assert.False(entry.IsCut(entry.Full));
    }

    [Theory]
    [InlineData(1, double.NaN, 0.5, ReproductionVerdict.FewSeeds)]
    [InlineData(2, double.NaN, 0.5, ReproductionVerdict.FewSeeds)]
    [InlineData(3, double.NaN, 0.5, ReproductionVerdict.Reproduced)]
    [InlineData(1, 1.0, 0.5, ReproductionVerdict.Reproduced)]
    [InlineData(1, 1.1, 0.5, ReproductionVerdict.FewSeeds)]
    [InlineData(1, 1.1, 2.0, ReproductionVerdict.FewSeeds)]
    [InlineData(1, 1.1, 5.6, ReproductionVerdict.Missed)]    // more than five spreads
    [InlineData(3, 1.1, 0.5, ReproductionVerdict.Reproduced)]
    [InlineData(1, double.NaN, 5.1, ReproductionVerdict.Missed)]
    public void OneSeedDecidesNothingTighterThanTheSpread(int seeds, double spread, double difference, ReproductionVerdict verdict)
    {
        List<(PublishedFigure, SeedStatistic?, bool)> pairs = [(Figure("dfa", 90),
            new([.. Enumerable.Repeat(90 + difference, seeds)]), false)];
        Assert.Equal(verdict, ReproducedFigure.Judge(pairs, new(new(), Spread(spread)))[0].Verdict);
        // The rule's own spread comes before that of all, and the published one counts as well.
        var own = new MeasuredSpread(Spread(10).All, new Dictionary<string, ReproductionTolerance> { ["dfa"] = Spread(spread).All });
        if (double.IsFinite(spread)) Assert.Equal(verdict, ReproducedFigure.Judge(pairs, new(new(), own))[0].Verdict);
        Assert.Equal(verdict, ReproducedFigure.Judge([(Figure("dfa", 90) with { Std = spread }, pairs[0].Item2, false)],
            new(new(), MeasuredSpread.None))[0].Verdict);
    }

    // Ours is 3 points away, of three seeds; the tolerance is 1.
    [Theory]
    [InlineData(0.1, double.NaN, double.NaN, 1.0, ReproductionVerdict.Missed)]
    [InlineData(5.0, double.NaN, double.NaN, 1.15, ReproductionVerdict.Missed)]     // 2 x 1 / sqrt(3)
    [InlineData(50.0, double.NaN, double.NaN, 1.15, ReproductionVerdict.Missed)]
    [InlineData(5.0, 3.0, double.NaN, 3.46, ReproductionVerdict.Reproduced)]        // the rule is known to be wild
    [InlineData(50.0, 3.0, double.NaN, 3.46, ReproductionVerdict.Reproduced)]
    [InlineData(50.0, double.NaN, 3.0, 3.46, ReproductionVerdict.Reproduced)]       // as published, of an unknown number of runs
    [InlineData(2.0, 3.0, double.NaN, 2.31, ReproductionVerdict.Missed)]
    public void WildRunsAreNoEasierToReproduce(double ours, double measured, double published, double allowed, ReproductionVerdict verdict)
    {
        var judged = ReproducedFigure.Judge([(Figure("dfa", 90) with { Std = published }, SeedStatistic.Of(93, ours, 3), false)],
            new(new(), Spread(measured)))[0];
        Assert.Equal((verdict, allowed), (judged.Verdict, Math.Round(judged.Allowed, 2)));
    }

    [Fact]
    public void TwoSeedsFarApartDecideNothingWhateverWasMeasured() =>
        Assert.Equal(ReproductionVerdict.FewSeeds,
            ReproducedFigure.Judge([(Figure("dfa", 90), new([88.5, 91.5]), false)], new(new(), Spread(0.1)))[0].Verdict);

    [Theory]
    [InlineData(ClaimKind.Rising, double.NaN, ClaimVerdict.Holds, 90.0, 95.0)]
    [InlineData(ClaimKind.Rising, double.NaN, ClaimVerdict.FewSeeds, 90.0, 94.0)]
    [InlineData(ClaimKind.Rising, double.NaN, ClaimVerdict.FewSeeds, 94.0, 90.0)]
    [InlineData(ClaimKind.Rising, double.NaN, ClaimVerdict.DoesNotHold, 95.0, 90.0)]
    [InlineData(ClaimKind.Rising, 0.2, ClaimVerdict.Holds, 90.0, 90.6)]          // 2 x 0.2 x sqrt(2) = 0.57
    [InlineData(ClaimKind.Rising, 0.2, ClaimVerdict.FewSeeds, 90.0, 90.5)]
    [InlineData(ClaimKind.Falling, 0.2, ClaimVerdict.Holds, 92.0, 91.0, 90.0)]
    [InlineData(ClaimKind.Falling, 0.2, ClaimVerdict.FewSeeds, 92.0, 91.9, 90.0)]
    [InlineData(ClaimKind.Falling, 0.2, ClaimVerdict.DoesNotHold, 92.0, 91.9, 93.0)]   // one step is enough
    [InlineData(ClaimKind.Unchanged, 0.2, ClaimVerdict.Holds, 90.0, 90.4)]       // within 1
    [InlineData(ClaimKind.Unchanged, 0.2, ClaimVerdict.FewSeeds, 90.0, 90.9)]
    [InlineData(ClaimKind.Unchanged, 0.2, ClaimVerdict.FewSeeds, 90.0, 91.1)]
    [InlineData(ClaimKind.Unchanged, 0.2, ClaimVerdict.DoesNotHold, 90.0, 92.0)]
    [InlineData(ClaimKind.Unchanged, double.NaN, ClaimVerdict.DoesNotHold, 90.0, 97.0)]
    public void AClaimOfOneSeedTakesAMargin(ClaimKind kind, double spread, ClaimVerdict verdict, params double[] ours)
    {
        var claim = new ReproductionClaim(kind, kind == ClaimKind.Unchanged ? 1 : 0,
            [Figure("dfa", double.NaN), Figure("backprop", double.NaN)]);
        Assert.Equal(verdict,
            claim.Judge([.. ours.Select(value => (SeedStatistic?)new SeedStatistic([value]))], new(new(), Spread(spread))).Verdict);
        // Three seeds speak for themselves.
        Assert.Equal(claim.Holds(ours) ? ClaimVerdict.Holds : ClaimVerdict.DoesNotHold,
            claim.Judge([.. ours.Select(value => (SeedStatistic?)SeedStatistic.Of(value, 0.5, 3))], new(new(), Spread(spread))).Verdict);
    }

    [Theory]
    [InlineData(ClaimKind.AtMost, 0.2, ClaimVerdict.Holds, 89.5)]      // 2 x 0.2 = 0.4 under 90
    [InlineData(ClaimKind.AtMost, 0.2, ClaimVerdict.FewSeeds, 89.7)]
    [InlineData(ClaimKind.AtMost, 0.2, ClaimVerdict.DoesNotHold, 90.5)]
    [InlineData(ClaimKind.AtLeast, 0.2, ClaimVerdict.Holds, 90.5, 91.0)]
    [InlineData(ClaimKind.AtLeast, 0.2, ClaimVerdict.FewSeeds, 90.5, 90.1)]
    [InlineData(ClaimKind.AtLeast, 0.2, ClaimVerdict.DoesNotHold, 99.0, 89.0)]   // one is enough
    [InlineData(ClaimKind.AtMost, double.NaN, ClaimVerdict.FewSeeds, 86.0)]      // 5 tolerances of a point
    [InlineData(ClaimKind.AtMost, double.NaN, ClaimVerdict.Holds, 84.0)]
    public void ANumberIsMissedByMoreThanSeedsExplain(ClaimKind kind, double spread, ClaimVerdict verdict, params double[] ours)
    {
        var claim = new ReproductionClaim(kind, 90, [Figure("dfa", double.NaN)]);
        Assert.Equal(verdict,
            claim.Judge([.. ours.Select(value => (SeedStatistic?)new SeedStatistic([value]))], new(new(), Spread(spread))).Verdict);
        // Of three seeds it is their own spread: 0.01 decides each of these, and 30 none.
        Assert.Equal(claim.Holds(ours) ? ClaimVerdict.Holds : ClaimVerdict.DoesNotHold, OfThree(0.01));
        Assert.Equal(ClaimVerdict.FewSeeds, OfThree(30));

        ClaimVerdict OfThree(double std) => claim.Judge([.. ours.Select(value => (SeedStatistic?)SeedStatistic.Of(value, std, 3))],
            new(new(), Spread(spread))).Verdict;
    }

    [Fact]
    public void WhatIsEqualToTheLastDigitTakesNoSeeds() => Assert.Equal(ClaimVerdict.Holds,
        new ReproductionClaim(ClaimKind.Unchanged, 0, [Figure("sham", double.NaN), Figure("backprop", double.NaN)]).Judge(
            (SeedStatistic?[])[new([90]), new([90])], new(new(), MeasuredSpread.None)).Verdict);

    [Fact]
    public void TheSummaryHasClaimsBesideFiguresAndCountsApart()
    {
        PublishedFigure At(FigureQuantity quantity, double value) =>
            Figure("dfa", value) with { Quantity = quantity, Port = quantity == FigureQuantity.Cost ? "step" : "fc1" };
        var figures = ReproducedFigure.Judge(
        [
            (Figure("backprop", 98), new([98.5]), false), (Figure("fa", 97), new([96.5]), false), (Figure("dfa", 90), new([60]), false),
            (At(FigureQuantity.Cosine, 0.5), new([0.51]), false),
            (At(FigureQuantity.WeightAngle, 40), new([50]), false), (At(FigureQuantity.Cka, 0.9), new([0.92]), false),
            (At(FigureQuantity.Cost, 400), new([400]), false), (At(FigureQuantity.Cost, 10), new([11]), false),
            (Figure("usf", 97), new([97]), true), (Figure("sn", double.NaN), new([90]), false),
            (At(FigureQuantity.SignalRank, 4), null, false),
        ], new(new(), s_calm));
        var claim = new ReproductionClaim(ClaimKind.Rising, double.NaN, [Figure("dfa", double.NaN), Figure("fa", double.NaN)]);
        JudgedClaim Of(ClaimVerdict verdict) => new(claim, [], verdict);
        Assert.Equal("Held: 2 of 3 accuracies, 1 of 2 alignments, 1 of 2 representations, 2 of 3 claims of a cut plan, 1 of 2 counts; "
            + "4 missed; 1 not judged for their plan is cut, 1 claim not judged for want of seeds, 1 of ours has no published figure.",
            ReproductionPage.Summary(figures,
                [Of(ClaimVerdict.Holds), Of(ClaimVerdict.Holds), Of(ClaimVerdict.DoesNotHold), Of(ClaimVerdict.FewSeeds)], isCut: true));
        Assert.StartsWith("Held: 2 of 3 accuracies, 1 of 2 claims;",
            ReproductionPage.Summary([.. figures.Where(figure => figure.IsJudged && figure.Published.Family == FigureFamily.Accuracies)],
                [Of(ClaimVerdict.Holds), Of(ClaimVerdict.DoesNotHold)], isCut: false), StringComparison.Ordinal);
        // A cut plan need not have a figure.
        Assert.Equal("Held: 1 of 1 claims of a cut plan.", ReproductionPage.Summary([], [Of(ClaimVerdict.Holds)], isCut: true));
        Assert.Equal("Nothing is judged here; 1 not judged for want of seeds.",
            ReproductionPage.Summary(ReproducedFigure.Judge([(Figure("fa", 97), new([97]), false)], new(new(), MeasuredSpread.None)),
                [], isCut: false));
    }

    private static MeasuredSpread Spread(double points) =>
        new(new(points, points, points, points, points, points, points), new Dictionary<string, ReproductionTolerance>());

    private static PublishedFigure Figure(string rule, double value) =>
        new([new("rule", rule)], FigureQuantity.TestError, "", value, double.NaN, 0, FigureOrigin.Paper, "");
}
