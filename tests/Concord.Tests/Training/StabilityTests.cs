using Concord.Diagnostics;
using Concord.Experiments;
using Concord.Networks;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>Whether what the kernel predicts of a solution is what a kick shows.</summary>
public sealed class StabilityTests
{
    private static readonly Reproduction s_entry = Reproduction.Find(StabilityRow.Entry);
    private static readonly Objective s_squared = new(LossKind.SquaredError);

    [Fact]
    public void SolutionsAttractOrRepelAsTheKernelSays()
    {
        using var kernels = Kit.Double();
        Check([.. StabilityRow.Of(s_entry.Quick.Experiment.Cells.Where(cell => cell.Settings.Seed == 2), kernels,
            StabilityTable.Kicks with { Steps = 20_000 })]);
    }

    [Fact, Trait("Category", "Long")]
    public void SolutionsAttractOrRepelAsTheKernelSaysInTwentyOfTwenty()
    {
        using var kernels = Kit.Double();
        List<TrialRow> rows = [.. s_entry.Trials(s_entry.Quick, kernels)];
        Assert.Equal(20, rows.Count);
        Check([.. rows.Cast<StabilityRow>()]);
        // the page is what the program measures; to write it again: concord reproduce stability --write-docs
        var page = File.ReadAllText(Path.Combine(Repository.Root, ReproductionPage.Folder, "stability.md"));
        Assert.Contains(ReproductionPage.Part(s_entry, s_entry.Quick, s_entry.Compare(s_entry.Quick, [], rows), null, rows), page,
            StringComparison.Ordinal);
    }

    [Fact]
    public void TheEntryNeedsNoRunAndTakesNoOtherNetwork()
    {
        Assert.False(s_entry.NeedsRuns);
        Assert.All(s_entry.Figures, figure => Assert.True(figure.IsOfTrials));
        Assert.Empty(s_entry.Compare(s_entry.Quick, []));
        const string Text = """
            name: other
            source: Nobody 2026
            origin: measured
            model: mlp:4-3
            rules: {fa: }
            published: [{rule: fa, stability: {predicted: 1}}]
            """;
        Assert.Contains("take 'model' and 'data' out",
            Assert.Throws<ConcordException>(() => Reproduction.Parse(Text, "other.yaml")).Message, StringComparison.Ordinal);
        Assert.Contains("Known: predicted", Assert.Throws<ConcordException>(() => Reproduction.Parse(
            Text.Replace("predicted", "eigenvalue", StringComparison.Ordinal), "other.yaml")).Message, StringComparison.Ordinal);
        Assert.Contains("stands where a quantity is expected", Assert.Throws<ConcordException>(() => Reproduction.Parse(
            $"{Text.Replace("model: mlp:4-3\n", "", StringComparison.Ordinal)}\nclaims: [{{rule: fa, seed: [0, 1], rising: stability "
                + "eigenvalue}]", "other.yaml")).Message, StringComparison.Ordinal);
    }

    /// <summary>At a solution every rule that is made of the error stands still: what it learns vanishes with the error.</summary>
    [Fact]
    public void EverySolutionIsAFixedPointOfEveryRuleThatIsMadeOfTheError()
    {
        using var kernels = Kit.Double();
        var point = InterpolatedNetwork.Train(() => Kit.Network("mlp:6-12-8-3,tanh"), s_squared, kernels, pass => Kit.Fill(pass, 4), 0);
        Assert.True(point.IsSolution, $"{point.Error}");
        foreach (var rule in (string[])["backprop", "fa", "dfa", "usf", "kolen-pollack", "fg-weight"])
        {
            var learner = point.Learner(() => Kit.Rule(rule));
            for (var step = 0; step < 20; step++) learner.Step(0.1);
            Assert.InRange(point.DistanceOf(learner.Network), 0, 1e-11);
        }
        // the targets alone move the hidden layers: no fixed point
        var moving = point.Learner(() => Kit.Rule("drtp"));
        for (var step = 0; step < 20; step++) moving.Step(0.1);
        Assert.True(point.DistanceOf(moving.Network) > 1e-3);
    }

    [Fact]
    public void WithoutAPointWhereTheErrorVanishesThereIsNoTest()
    {
        using var kernels = Kit.Double();
        var point = InterpolatedNetwork.Train(() => Kit.Network("mlp:6-3"), new(), kernels, pass => Kit.Fill(pass, 4), 0, steps: 200);
        var trial = StabilityTrial.Of(point, () => Kit.Rule("dfa"));
        Assert.Null(trial.Kick);
        Assert.Null(trial.Agrees);
        Assert.True(trial.Kernel.Error > 1e-4);
    }

    private static void Check(IReadOnlyList<StabilityRow> rows) => Assert.All(rows, row =>
    {
        var (kernel, kick, what) = (row.Trial.Kernel, row.Trial.Kick!, $"{row.Cell}");
        Assert.True(row.Trial.Point.Error < 1e-12, what);
        Assert.True(row.Trial.Agrees, $"{what}: {kernel.LeastReal} {kick.Exponent}");
        Assert.Equal(kernel.LeastReal > 0 ? Stability.Stable : Stability.Unstable, kernel.Verdict);
        // the fitted rate lies between the leading eigenvalues
        Assert.InRange(kick.Exponent / kernel.LeastReal, 0.4, 1.6);
        if (kernel.LeastReal > 0) Assert.Equal(KickOutcome.Returns, kick.Outcome);
        var start = row.Cell.ValueOf("feedback.start");
        if (start == "opposite") Assert.True(kick is { Outcome: KickOutcome.FindsAnother, Distance: > 0.1 }, what);
        if (start is "copied" or "opposite")
            Assert.Equal(start == "copied" ? 1 : -1, kick.Alignment.Blocks[0].Cosine, 1e-9);
        Assert.Equal(1, kick.Alignment.Blocks[1].Cosine, 1e-12);   // the output layer has its exact gradient
    });
}
