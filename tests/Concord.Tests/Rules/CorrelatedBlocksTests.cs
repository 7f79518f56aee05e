using Concord.Cost;
using Concord.Diagnostics;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>Blocks that learn by correlation, and an input that is changed for a second pass, in the plan and in the cost.</summary>
public sealed class CorrelatedBlocksTests
{
    private const string Model = "mlp:6-5-4-3,tanh";

    private static SecondPassTests.Modulated Modulated() => new SecondPassTests.Modulated();

    private static Learner Learner(LearningRule rule, Kernels kernels, string model = Model) =>
        new(Kit.Made(Kit.Network(model), rule), default, Kit.PlainSgd, kernels, Kit.Seed);

    private static string Refused(LearningRule rule)
    {
        using var kernels = Kit.Double();
        return Assert.Throws<ConcordException>(() => Kit.Step(Learner(rule, kernels), 3)).Message;
    }

    [Fact]
    public void ARuleDeclaresThatItCorrelates() => Assert.Equal(
        "The rule modulated lets the block fc3 learn by correlation without having declared it. Let CorrelatesAt return true for fc3.",
        Refused(new SecondPassTests.Modulated { Declares = false }));

    [Fact]
    public void NoSignalGoesOnFromABlockThatCorrelates() => Assert.StartsWith(
        "No signal reaches the block fc1 under fc1=backprop,*=modulated: the block fc2 above it learns without passing one on. Give fc1",
        Refused(new RuleMap([("fc1", new Backpropagation()), ("*", Modulated())])), StringComparison.Ordinal);

    [Fact]
    public void TheInputIsChangedByOneEntryOfAMap() => Assert.Contains("2 entries of the rule map fc1=modulated,fc2=dfa,*=modulated change",
        Refused(new RuleMap([("fc1", Modulated()), ("fc2", Kit.Rule("dfa")), ("*", Modulated())])), StringComparison.Ordinal);

    [Theory]
    [InlineData("mlp:6-5-4-3,gelu,batchnorm")]
    [InlineData("mlp:6-5-4-3,relu,batchnorm-after")]
    [InlineData("mlp:6-5-4-3,logistic,layernorm")]
    public void NormsDoNotLearnAndNothingIsCrossed(string model)
    {
        using var kernels = Kit.Double();
        var learner = Learner(Modulated(), kernels, model);
        Assert.Equal(["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias"],
            learner.Plan.Learners.Select(parameter => parameter.Name));
        Assert.Empty(learner.Plan.Crossed);
        var before = learner.Network.Parameters.ToDictionary(parameter => parameter, parameter => parameter.Value.ToArray());
        Kit.Step(learner, 4);
        // a difference of batch norms sums to 0
        Assert.All(before.Where(entry => !entry.Key.IsBias || !learner.Plan.Learners.Contains(entry.Key)),
            entry => Assert.Equal(learner.Plan.Learners.Contains(entry.Key), !entry.Value.SequenceEqual(entry.Key.Value.ToArray())));
    }

    [Fact]
    public void ThePlanListsTheInputAndBothPasses()
    {
        using var kernels = Kit.Double();
        Assert.Equal("""
            block  signal from                  feedback tensor   exact
            fc1    its activity in two passes   -                 no
            fc2    its activity in two passes   -                 no
            fc3    the loss of the second pass  -                 no
            input  the output, in one hop       dense 3x6, given  no
            """.ReplaceLineEndings("\n"),
            Learner(Modulated(), kernels).Plan.ToString());
    }

    [Fact]
    public void DeliveriesPartsAndPhasesCountTheInputAndTheSecondPass()
    {
        const int N = 7;
        var cost = RuleCost.Of(new Blueprint(() => Kit.Network(Model), Modulated), N);
        Assert.Equal([new("fc1", "itself", 5, 0), new("fc2", "itself", 4, 0), new("input", "output", 6, 3 * 6)],
            [.. cost.ErrorFanIns, cost.ErrorFanInAtInput!]);
        Assert.Equal(3 * 6, cost.ErrorWeights);
        // Both passes cross each cut; the three errors go to the part with the input, to each of its six elements by a wire.
        Assert.Equal([(0, N * 3, N * 18), (2 * N * 5, 0, 0), (2 * N * 4, 0, 0)],
            cost.Partition(3).Parts.Select(part => ((int)part.Activations, (int)part.Errors, (int)part.ErrorWires)));
        Assert.Equal([(0, 0, 0)], cost.Partition(1).Parts.Select(part => ((int)part.Activations, (int)part.Errors, (int)part.ErrorWires)));
        Work At(string place, Phase phase) =>
            cost.Breakdown.SingleOrDefault(part => part.Block == place && part.Phase == phase)?.Work ?? default;
        Assert.Equal(At("fc2", Phase.Forward), At("fc2", Phase.ExtraForward));
        Assert.Equal(At(StepWork.Loss, Phase.Forward), At(StepWork.Loss, Phase.ExtraForward));
        Assert.Equal(6 * 5 + 5 * 4 + 4 * 3, cost.Of(Phase.ExtraForward).MultiplyAccumulates / N);
        var direct = RuleCost.Of(Model, "dfa", N);
        var text = new CostComparison(Model, [direct, cost], Technology.Default, 3).ToString();
        Assert.Contains("rule       forward  extra forward  error", text, StringComparison.Ordinal);
        Assert.Contains("rule       fc1  fc2  input  all neurons", text, StringComparison.Ordinal);
        Assert.Matches(@"\ndfa +3 +3 +0 +27\n", text);
        Assert.Matches(@"\nmodulated +0 +0 +3 +18\n", text);
        Assert.DoesNotContain("extra forward", new CostComparison(Model, [direct], Technology.Default, 3).ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void AtThePreActivationASignalMeetsNoDerivativeWhereItLearnsWithNone()
    {
        using var kernels = Kit.Double();
        var learner = Learner(Modulated(), kernels);
        Kit.Step(learner, 5, beforeStep: _ =>
        {
            var row = new AlignmentProbe(learner.Plan, gate: true).Measure(learner.BackwardPass)[1];
            var truth = new Plan(learner.Network, new Backpropagation(), kernels, default).BackwardPass(learner.Pass, null, lane: 3);
            var gated = truth.PreActivationSignal(learner.Network.Blocks[1],
                truth.Backward(learner.Network.Blocks[2], learner.Pass.Error)!).ToArray();
            var signal = learner.BackwardPass.SignalAt(learner.Network.Ports[1])!.ToArray();
            var cosines = signal.Chunk(4).Zip(gated.Chunk(4), (a, b) => Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b)));
            Assert.Equal(cosines.Average(), row.GateCosine, 1e-12);
            Assert.NotEqual(row.Cosine, row.GateCosine);
        });

        static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
    }
}
