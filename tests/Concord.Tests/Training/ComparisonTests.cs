using Concord.Data;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>Rules over seeds: figures, order, tuning, failures.</summary>
public sealed class ComparisonTests
{
    [Fact]
    public void SpreadDividesBySeedsLessOne()
    {
        var a = new SeedStatistic([1, 2, 4]);
        Assert.Equal(7 / 3.0, a.Mean, 12);
        Assert.Equal(Math.Sqrt((16 / 9.0 + 1 / 9.0 + 25 / 9.0) / 2), a.Std, 12);
        Assert.True(double.IsNaN(new SeedStatistic([1]).Std));
        Assert.True(double.IsNaN(new SeedStatistic([]).Mean));
        Assert.Equal(2, new SeedStatistic([1, double.NaN, 3]).Mean);
        Assert.Equal((7 / 3.0 - 1) / a.Std, a.StandardDeviationsAbove(new([1, 1, 1])), 12);
        Assert.Equal(double.PositiveInfinity, new SeedStatistic([2, 2]).StandardDeviationsAbove(new([1, 1])));
    }

    [Fact]
    public void RulesStartAlikeAndAreReportedInOrder()
    {
        using var kernels = Engines.Create("managed", 1);
        var outcomes = new Comparison(Settings with { Epochs = 0 }, ["backprop", "dfa", "usf", "shallow"], [0, 1]).Run(Data(), kernels);
        Assert.Equal(["backprop", "dfa", "usf", "shallow"], outcomes.Select(outcome => outcome.Rule));
        // nobody has learned yet
        Assert.All(outcomes, outcome => Assert.Equal(outcomes[0].Result!.TestAccuracy.Values, outcome.Result!.TestAccuracy.Values));
        Assert.All(outcomes, outcome => Assert.Equal([0, 1], outcome.Result!.Seeds));
    }

    [Fact]
    public void TheRateWithTheBestValidationAccuracyIsTaken()
    {
        using var kernels = Engines.Create("managed", 1);
        var seen = new List<ComparisonProgress>();
        var outcome = new Comparison(Settings, ["dfa"], [0, 1])
            { RateFactors = [1e30, 1, 1e-9] }.Run(Data(), kernels, progress: new Listener<ComparisonProgress>(seen.Add)).Single();
        Assert.Equal(3, outcome.Tuned.Count);
        Assert.True(double.IsNaN(outcome.Tuned[0].Validation.Accuracy));   // diverged, and that is no failure of the rule
        var best = outcome.Tuned.Skip(1).MaxBy(tried => tried.Validation.Accuracy);
        Assert.True(outcome.Tuned[1].Validation.Accuracy > outcome.Tuned[2].Validation.Accuracy);
        Assert.All(outcome.Result!.Runs, run => Assert.Equal(best.LearningRate, run.Settings.Optimizer.LearningRate));
        Assert.Equal(5, seen[^1].Runs);
        Assert.Equal(5, seen[^1].Run);
        Assert.NotNull(seen[^1].Finished);
    }

    [Fact]
    public void EachRuleTakesTheOptionsThatItKnows()
    {
        using var kernels = Engines.Create("managed", 1);
        var options = new Dictionary<string, string> { ["feedback.scale"] = "2", ["feedback.init"] = "kaiming-normal" };
        var outcomes = new Comparison(Settings with { Epochs = 0 }, ["backprop", "fa", "sn", "dfa"], [0]) { RuleOptions = options }.Run(
            Data(), kernels).ToDictionary(outcome => outcome.Rule, outcome => outcome.Result!.Runs[0].Settings.RuleOptions);
        Assert.Empty(outcomes["backprop"]);
        Assert.Equal("kaiming-normal", outcomes["fa"]["feedback.init"]);
        Assert.Equal("as-weight", outcomes["sn"]["feedback.init"]);   // where it has no effect
        Assert.Equal("2", outcomes["dfa"]["feedback.scale"]);
        Assert.Contains("Did you mean 'feedback.scale'?", Assert.Throws<ConcordException>(() => new Comparison(Settings, ["dfa"], [0])
            { RuleOptions = new Dictionary<string, string> { ["feedback.scal"] = "2" } }.Run(Data(), kernels)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AllRulesAreCheckedBeforeTheFirstRuns()
    {
        using var kernels = Engines.Create("managed", 1);
        var comparison = new Comparison(Settings, ["backprop", "sltt"], [0]);
        var seen = new List<ComparisonProgress>();
        var refused = Assert.Throws<ConcordException>(() => comparison.Run(Data(), kernels,
            _ => throw new InvalidOperationException("A folder was asked for."), new Listener<ComparisonProgress>(seen.Add)));
        Assert.Contains("The rule sltt learns at each time step", refused.Message, StringComparison.Ordinal);
        Assert.Empty(seen);
        // what the plan alone does not know: a probe of training steps, of which an online rule has none
        var probed = comparison with { Settings = Settings with { Model = "rnn:2x3-4-3,ends=each", ProbeEvery = 2 } };
        Assert.Contains("sltt", Assert.Throws<ConcordException>(() => probed.Run(Data(), kernels,
            _ => throw new InvalidOperationException("A folder was asked for."))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ARuleThatDivergesFailsAlone()
    {
        using var kernels = Engines.Create("managed", 1);
        var outcomes = new Comparison(Settings with { Optimizer = new(LearningRate: 1e30) }, ["backprop", "shallow"],
            [0, 1]).Run(Data(), kernels);
        Assert.StartsWith("seed 0: The run diverged", outcomes[0].Failure, StringComparison.Ordinal);
        var one = new Comparison(Settings with { Optimizer = new(LearningRate: 1e30) }, ["dfa"], [7]).Run(Data(), kernels);
        Assert.StartsWith("The run diverged", one[0].Failure, StringComparison.Ordinal);
        Assert.Null(outcomes[0].Result);
        Assert.Equal(2, outcomes.Count);
    }

    private static RunSettings Settings { get; } = new()
        { Data = "here", Model = "mlp:6-16-8-3", Batch = 8, Epochs = 5, Optimizer = new(LearningRate: 0.05) };

    private static DataSplit Data()
    {
        var stream = RandomStream.FromSeed(5);
        var (inputs, labels) = (new float[150, 6], new int[150]);
        for (var n = 0; n < 150; n++)
        {
            labels[n] = n % 3;
            for (var i = 0; i < 6; i++) inputs[n, i] = (float)(stream.Uniform((ulong)(n * 6 + i)) + (i % 3 == labels[n] ? 1 : 0));
        }
        return Dataset.From(inputs, labels).Split(30, stream.Split("split"));
    }
}
