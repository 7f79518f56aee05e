using Concord.Cost;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Rules;

namespace Concord.Tests.Cost;

/// <summary>What the model says of a step is what the engine counts, and on a small network what a hand counts.</summary>
public sealed class RuleCostTests
{
    private const string Small = "mlp:3-5-4-2,tanh";

    public static TheoryData<string, string> Cases() => Kit.On(Kit.LawfulRules, [.. Kit.Networks]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheModelIsWhatAStepTakesToTheWord(string rule, string network)
    {
        const int Rows = 4;
        rule = Kit.Fitting(rule, network);
        using var kernels = Kit.Double();
        var learner = Kit.Learner(network, rule, kernels);
        Kit.Fill(learner.Pass, Rows);
        learner.Prepare();
        kernels.Log = new OperationLog();
        learner.Step(0.1);

        var cost = RuleCost.Of(Kit.Blueprint(network, rule), Rows);
        var step = StepWork.Of(Kit.Blueprint(network, rule), new(Rows));
        // what is done once in a while has a share in the model of a step
        var rare = step.Over(1, Phase.Adaptation) != step.Of(Phase.Adaptation);
        Work Modelled(Phase phase) => rare && phase == Phase.Adaptation ? step.Over(1, phase) : cost.Of(phase);
        foreach (var phase in Enum.GetValues<Phase>())
            Assert.True(Modelled(phase) == kernels.Log[phase], $"{phase}: modelled {Modelled(phase)}, counted {kernels.Log[phase]}");
        if (!rare) Assert.Equal(cost.Of(StepPart.WholeStep),
            Enum.GetValues<Phase>().Aggregate(default(Work), (sum, phase) => sum + kernels.Log[phase]));

        var batch = Rows * (learner.Network.Input.Length + learner.Network.Output.Length);
        Assert.Equal(learner.Pass.Bytes / sizeof(double), batch + cost.Memory.Activations + cost.Memory.Signals);
        var own = learner.Plan.Groups.SelectMany(group => group.Parameters).Sum(parameter => parameter.Shape.Length);
        Assert.Equal(learner.Optimizer.Bytes / sizeof(double) + own, cost.Memory.Gradients);   // moments are no part of the model
        if (network is not ("residual" or "images") && rule != Kit.ReadmeRule)   // what has a name
        {
            var words = rule.Split(' ');
            var planned = RuleCost.Of(network, words[0], Rows,
                words.Skip(1).Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]));
            Assert.Equal(cost.Breakdown, planned.Breakdown);
            Assert.Equal(cost.ErrorFanIns, planned.ErrorFanIns);
            Assert.Equal(cost.Memory, planned.Memory);
        }
    }

    [Fact]
    public void BackpropagationCostsWhatIsCountedByHand()
    {
        const int N = 7;
        var cost = RuleCost.Of(Small, "backprop", N);
        // fc2 has 5 x 4 weights and 4 biases: its product, its bias, tanh.
        Assert.Equal(new Work(N * 20, new(Weights: 20 + 4, Activations: N * (5 + 4 + 4)), new(Activations: N * (4 + 4 + 4))),
            At(cost, "fc2", Phase.Forward));
        // f' reads activity and signal; the signal crosses fc2's weight to fc1.
        Assert.Equal(new Work(N * 20, new(Weights: 20, Activations: N * 4, Errors: N * (4 + 4)), new(Errors: N * (4 + 5))),
            At(cost, "fc2", Phase.Error));
        Assert.Equal(new Work(N * 20, new(Activations: N * 5, Errors: N * (4 + 4)), new(Gradients: 20 + 4)),
            At(cost, "fc2", Phase.WeightGradient));
        Assert.Equal(new Work(0, new(Weights: 24, Gradients: 24), new(Weights: 24)), At(cost, "fc2", Phase.Update));
        // In fc1 only f' is left of the error phase.
        Assert.Equal(new Work(0, new(Activations: N * 5, Errors: N * 5), new(Errors: N * 5)), At(cost, "fc1", Phase.Error));
        // Logits and targets in, error and losses out, losses summed.
        Assert.Equal(new Work(0, new(Activations: N * 4, Errors: N), new(Errors: N * 3)), At(cost, StepWork.Loss, Phase.Forward));
        Assert.Equal(new Work(N * 15, new(Weights: 15, Errors: N * 5), new(Errors: N * 3)), cost.InputError);
        // Activities of 5, 4 and 2, tanh in place; signals: error, losses, at the ports and, the same memory for both blocks, behind f'.
        Assert.Equal(new MemoryCost(20 + 24 + 10, N * 11, N * (2 + 1 + (5 + 4) + 5), 54, 0), cost.Memory);
    }

    [Theory]
    [InlineData("fa")]
    [InlineData("usf")]
    public void FeedbackAlignmentReadsFeedbackWhereBackpropagationReadsWeights(string rule)
    {
        var (backprop, other) = (RuleCost.Of(Small, "backprop", 7).Of(Phase.Error), RuleCost.Of(Small, rule, 7).Of(Phase.Error));
        Assert.Equal(28, backprop.Read.Weights);
        Assert.Equal(backprop with { Read = backprop.Read with { Weights = 0, Feedback = 28 } }, other);
    }

    [Fact]
    public void DirectFeedbackCostsWhatIsCountedByHand()
    {
        const int N = 7;
        var direct = RuleCost.Of(Small, "dfa", N);
        Assert.Equal(new Work(N * 8, new(Feedback: 8, Activations: N * 4, Errors: N * (2 + 4)), new(Errors: N * (4 + 4))),
            At(direct, "fc2", Phase.Error));
        Assert.Equal(default, At(direct, "fc3", Phase.Error));
        Assert.Equal(default, direct.InputError);
        var sparse = RuleCost.Of(Small, "sparse-dfa", N);
        Assert.Equal(new Work(N * 4, new(Feedback: 2 * 4, Activations: N * 4, Errors: N * (2 + 4)), new(Errors: N * (4 + 4))),
            At(sparse, "fc2", Phase.Error));
        Assert.Equal(18, direct.Memory.Feedback);
        Assert.Equal(2 * 9, sparse.Memory.Feedback);   // an index and a value each
        Assert.Equal(new Work(0, new(Activations: N * 2), new(Errors: N * 2)),
            At(RuleCost.Of(Small, "drtp", N), StepWork.Loss, Phase.Error));
    }

    [Theory]
    [InlineData("backprop", "fc2 4, fc3 2")]
    [InlineData("fa", "fc2 4, fc3 2")]
    [InlineData("dfa", "output 2, output 2")]
    [InlineData("sparse-dfa", "output 1, output 1")]
    [InlineData("drtp", "targets 2, targets 2")]
    [InlineData("shallow", "none 0, none 0")]
    [InlineData("fc1=backprop,*=dfa", "fc2 4, output 2")]
    public void WordsDeliveredToANeuronAreCounted(string rule, string delivered) =>
        Assert.Equal(delivered, string.Join(", ", RuleCost.Of(Small, rule,
            7).ErrorFanIns.Select(fanIn => FormattableString.Invariant($"{fanIn.Source} {fanIn.PerNeuron}"))));

    [Fact]
    public void FrozenBlocksAreEvaluatedAndNothingElse()
    {
        var (all, frozen) = (RuleCost.Of(Small, "backprop", 7), RuleCost.Of(Small, "backprop", 7, freeze: BlockPatterns.Parse("fc1")));
        Assert.Equal(all.Of(Phase.Forward), frozen.Of(Phase.Forward));
        Assert.Equal([(7 * (20 + 8), 7 * 8), (7 * (15 + 20 + 8), 7 * (20 + 8))],
            new[] { Phase.Error, Phase.WeightGradient }
                .Select(phase => (all.Of(phase).MultiplyAccumulates, frozen.Of(phase).MultiplyAccumulates)));
        Assert.DoesNotContain(frozen.Breakdown, entry => entry.Block == "fc1" && entry.Phase != Phase.Forward);
    }

    [Fact]
    public void PartsOfAStepAreApart()
    {
        var cost = RuleCost.Of(Small, "backprop", 1);
        const long F = 15 + 20 + 8, E = 20 + 8, Input = 15;
        long[] expected = [E, E + Input, F + E, F + E + Input, 2 * F + E, 2 * F + E + Input];
        Assert.Equal(expected, Enum.GetValues<StepPart>().SelectMany(
            part => new[] { cost.Of(part).MultiplyAccumulates, cost.Of(part, inputError: true).MultiplyAccumulates }));
    }

    [Fact]
    public void NobodyReadsATensorThatWasOnlyPlanned()
    {
        using var kernels = new PlanningKernels();
        var tensor = kernels.Allocate(new(1 << 15, 1 << 15));
        Assert.Throws<InvalidOperationException>(() => tensor[0]);
        Assert.Throws<InvalidOperationException>(() => tensor.Rows(3).Singles.Length);
        Assert.Throws<InvalidOperationException>(() => tensor.AsBytes().Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(int.MaxValue)]
    public void ABatchFitsATensor(int rows) => Assert.Contains($"{rows}",
        Assert.Throws<ConcordException>(() => RuleCost.Of(Small, "dfa", rows)).Message, StringComparison.Ordinal);

    private static Work At(RuleCost cost, string place, Phase phase) =>
        cost.Breakdown.SingleOrDefault(part => part.Block == place && part.Phase == phase)?.Work ?? default;
}
