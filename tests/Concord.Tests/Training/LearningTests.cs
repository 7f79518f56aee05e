using Concord.Data;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Rules;
using Concord.Tests.Data;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>Law 4: every rule learns, above the control whose hidden layers do not, by three standard deviations over five seeds.</summary>
public sealed class LearningTests
{
    private static readonly long[] s_seeds = [0, 1, 2, 3, 4];

    private static readonly RunSettings s_settings = new()
    {
        Model = "mlp:784-128-128-10,tanh", Optimizer = new(LearningRate: 0.01), Schedule = new(ScheduleKind.Cosine), Batch = 32, Epochs = 20, Probe = ProbeKind.Off,
    };

    [Fact]
    public void Every_rule_learns_glyphs() =>
        EveryRuleBeatsTheControl(Dataset.Glyphs(train: 2000, test: 1000).Split(0, RandomStream.FromSeed(0)), s_settings);

    [RealDataFact("mnist-2k")]
    public void Every_rule_learns_a_cut_of_mnist() =>
        EveryRuleBeatsTheControl(Dataset.Load("mnist-2k", RealData.Root).Split(0, RandomStream.FromSeed(0)), s_settings with { Data = "mnist-2k" });

    [RealDataFact("mnist")]
    [Trait("Category", "Long")]
    public void Every_rule_learns_mnist() =>
        EveryRuleBeatsTheControl(Dataset.Load("mnist", RealData.Root).Split(0, RandomStream.FromSeed(0)), s_settings with { Data = "mnist", Model = "mlp:784-256-256-10,tanh", Batch = 128, Epochs = 3 });

    [Fact]
    public void On_glyphs_direct_feedback_lies_between_backprop_and_the_control_each_by_three_deviations()
    {
        using var kernels = Engines.Create("managed", 1);
        var settings = s_settings with { Model = "mlp:784-256-256-10", Optimizer = new(LearningRate: 0.005), Schedule = new(), Batch = 64, Epochs = 3 };
        var outcomes = new Comparison(settings, ["backprop", "dfa", "shallow"], s_seeds).Run(Dataset.Glyphs().Split(1000, RandomStream.FromSeed(0).Split("split")), kernels);
        var accuracy = outcomes.ToDictionary(outcome => outcome.Rule, outcome => outcome.Result!.TestAccuracy);
        Assert.InRange(accuracy["backprop"].Mean, 0.93, 0.98);
        Assert.True(accuracy["backprop"].Mean - accuracy["shallow"].Mean >= 0.08);
        Assert.True(Deviations(accuracy["backprop"], accuracy["dfa"]) > 3, $"{accuracy["backprop"].Mean} {accuracy["dfa"].Mean}");
        Assert.True(Deviations(accuracy["dfa"], accuracy["shallow"]) > 3, $"{accuracy["dfa"].Mean} {accuracy["shallow"].Mean}");
    }

    private static void EveryRuleBeatsTheControl(DataSplit data, RunSettings settings)
    {
        using var kernels = Engines.Create("managed", 1);
        var outcomes = new Comparison(settings, RuleCatalogue.Names, s_seeds).Run(data, kernels);
        var control = outcomes.Single(outcome => outcome.Rule == Comparison.Control).Result!.TestAccuracy;
        Assert.Equal([], outcomes
            .Where(outcome => outcome.Rule != Comparison.Control)
            .Where(outcome => outcome.Result is not { } result || !(Deviations(result.TestAccuracy, control) > Comparison.Margin))
            .Select(outcome => $"{outcome.Rule}: {outcome.Result?.TestAccuracy.Mean:p2} against {control.Mean:p2} ± {control.Std:p2}"));
    }

    private static double Deviations(SeedStatistic above, SeedStatistic below) => (above.Mean - below.Mean) / Math.Sqrt(above.Std * above.Std + below.Std * below.Std);
}
