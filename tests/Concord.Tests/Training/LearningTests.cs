using Concord.Data;
using Concord.Layers;
using Concord.Networks;
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
        Model = "mlp:784-128-128-10,tanh", Optimizer = new(LearningRate: 0.01), Schedule = new(ScheduleKind.Cosine), Batch = 32,
        Epochs = 20, Probe = ProbeKind.Off,
    };

    // Rules whose feedback learns from noise of its own take many times as long as the others; they are among the long ones, one by one.
    private static ILookup<bool, string> ByNoise { get; } = RuleCatalogue.All.Where(rule => !rule.NeedsTime).ToLookup(
        rule => rule.Reads.EndsWith("responses to noise", StringComparison.Ordinal), rule => rule.Name);

    // By its variance fg-activity takes a rate of a third; fg-weight does not learn here at any (docs/rules/fg-weight.md).
    private static readonly string[] s_noisy = ["fg-activity", "fg-weight"];

    // Signs alone, and two passes, take several times as many epochs as the others.
    private static readonly string[] s_slow = ["sign-dfa", "ternary-dfa", "pepita"];

    [Fact]
    public void RulesLearnGlyphs() => Learn(Glyphs(), s_settings with { Epochs = 5 }, [.. ByNoise[false].Except(s_noisy).Except(s_slow)]);

    [Fact]
    public void SlowRulesLearnGlyphs() => Learn(Glyphs(), s_settings, [.. s_slow, Comparison.Control]);

    [Fact]
    public void AForwardGradientOfActivitiesLearnsGlyphsAtASmallerRate() => Learn(Glyphs(),
        s_settings with { Optimizer = new(LearningRate: 0.003), Epochs = 4 }, ["fg-activity", Comparison.Control]);

    public static TheoryData<string> RulesOfNoise() => Kit.Data(ByNoise[true]);

    [Theory]
    [MemberData(nameof(RulesOfNoise))]
    [Trait("Category", "Long")]
    public void RulesThatLearnFromNoiseLearnGlyphs(string rule) => Learn(Glyphs(), s_settings, [rule, Comparison.Control]);

    [RealDataFact("mnist-2k")]
    [Trait("Category", "Long")]
    public void EveryRuleLearnsACutOfMnist() =>
        EveryRuleBeatsTheControl(Dataset.Load("mnist-2k", RealData.Root).Split(0, RandomStream.FromSeed(0)),
            s_settings with { Data = "mnist-2k" });

    [RealDataFact("mnist")]
    [Trait("Category", "Long")]
    public void EveryRuleLearnsMnist() =>
        EveryRuleBeatsTheControl(Dataset.Load("mnist", RealData.Root).Split(0, RandomStream.FromSeed(0)),
            s_settings with { Data = "mnist", Model = "mlp:784-256-256-10,tanh", Batch = 128, Epochs = 3 });

    [Fact]
    public void OnGlyphsDirectFeedbackLiesBetweenBackpropAndTheControlEachByThreeDeviations()
    {
        using var kernels = Engines.Create("managed", 1);
        var settings = s_settings with { Model = "mlp:784-256-256-10", Optimizer = new(LearningRate: 0.005), Schedule = new(),
            Batch = 64, Epochs = 3 };
        var outcomes = new Comparison(settings, ["backprop", "dfa", "shallow"],
            s_seeds).Run(Dataset.Glyphs().Split(1000, RandomStream.FromSeed(0).Split("split")), kernels);
        var accuracy = outcomes.ToDictionary(outcome => outcome.Rule, outcome => outcome.Result!.TestAccuracy);
        Assert.InRange(accuracy["backprop"].Mean, 0.93, 0.98);
        Assert.True(accuracy["backprop"].Mean - accuracy["shallow"].Mean >= 0.08);
        Assert.True(Deviations(accuracy["backprop"], accuracy["dfa"]) > 3, $"{accuracy["backprop"].Mean} {accuracy["dfa"].Mean}");
        Assert.True(Deviations(accuracy["dfa"], accuracy["shallow"]) > 3, $"{accuracy["dfa"].Mean} {accuracy["shallow"].Mean}");
    }

    [Fact]
    [Trait("Category", "Long")]
    public void EveryKindOfFeedbackToConvolutionsLearnsGlyphs()
    {
        using var kernels = Engines.Create("managed", 1);
        var data = Dataset.Glyphs(train: 2000, test: 1000);
        var control = Accuracy("shallow");
        string[] rules = ["fa", "fa feedback.shape=dense", "dfa", "dfa feedback.projection=channel-wise", "dfa feedback.projection=kernel",
            "dfa feedback.projection=dilated"];
        Assert.Equal([], rules.Select(rule => (Rule: rule, Accuracy: Accuracy(rule)))
            .Where(entry => !(Deviations(entry.Accuracy, control) > Comparison.Margin))
            .Select(
                entry => $"{entry.Rule}: {entry.Accuracy.Mean:p2} ± {entry.Accuracy.Std:p2} against {control.Mean:p2} ± {control.Std:p2}"));

        SeedStatistic Accuracy(string rule) => new([.. s_seeds.Select(seed => ImagesLearned(kernels, rule, data, seed))]);
    }

    // A network of three convolutions, taught for some epochs; accuracy on the test samples. Of 32 units that do not learn, an output layer
    // can make little, so the control is far below.
    private static double ImagesLearned(Kernels kernels, string rule, Dataset data, long seed)
    {
        const int Batch = 25, Epochs = 10;
        var network = new Network(new(28, 28, 1), new LayerGroup("conv1", new Convolution(4, Window.Square(5, stride: 2)), Kit.Of("tanh")),
            new LayerGroup("conv2", new Convolution(8, Window.Square(3, stride: 2)), Kit.Of("tanh")),
            new LayerGroup("conv3", new Convolution(8, Window.Square(3, stride: 2)), Kit.Of("tanh")),
            new LayerGroup("fc4", new Flatten(), new Linear(10)));
        var learner = new Learner(Kit.Made(network, Kit.Rule(rule)), default, new(LearningRate: 0.005), kernels, seed);
        var normalization = Normalization.Fit(data.Train);
        void Load(Samples samples, int start)
        {
            int[] rows = [.. Enumerable.Range(start, Batch)];
            learner.Pass.Begin(Batch);
            samples.Load(kernels, rows, normalization, learner.Pass.Input);
            kernels.OneHot([.. rows.Select(row => samples.Labels[row])], learner.Pass.Targets);
        }
        for (var epoch = 0; epoch < Epochs; epoch++)
            for (var start = 0; start < data.Train.Count; start += Batch)
            {
                Load(data.Train, start);
                learner.Step(0.005);
            }
        var (correct, answers) = (0, new int[Batch]);
        for (var start = 0; start < data.Test.Count; start += Batch)
        {
            Load(data.Test, start);
            learner.Pass.Forward(learner.Steps, training: false);
            kernels.ArgMaxRows(learner.Pass.Logits, answers);
            for (var i = 0; i < Batch; i++)
                if (answers[i] == data.Test.Labels[start + i]) correct++;
        }
        return (double)correct / data.Test.Count;
    }

    private static DataSplit Glyphs() => Dataset.Glyphs(train: 2000, test: 1000).Split(0, RandomStream.FromSeed(0));

    private static void EveryRuleBeatsTheControl(DataSplit data, RunSettings settings) =>
        Learn(data, settings, [.. Kit.RuleNames.Except(s_noisy)]);

    private static void Learn(DataSplit data, RunSettings settings, IReadOnlyList<string> rules)
    {
        using var kernels = Engines.Create("managed", 1);
        var outcomes = new Comparison(settings, rules, s_seeds).Run(data, kernels);
        var control = outcomes.Single(outcome => outcome.Rule == Comparison.Control).Result!.TestAccuracy;
        Assert.Equal([], outcomes
            .Where(outcome => outcome.Rule != Comparison.Control)
            .Where(outcome => outcome.Result is not { } result || !(Deviations(result.TestAccuracy, control) > Comparison.Margin))
            .Select(outcome => $"{outcome.Rule}: {outcome.Result?.TestAccuracy.Mean:p2} against {control.Mean:p2} ± {control.Std:p2}"));
    }

    private static double Deviations(SeedStatistic above, SeedStatistic below) =>
        (above.Mean - below.Mean) / Math.Sqrt(above.Std * above.Std + below.Std * below.Std);
}
