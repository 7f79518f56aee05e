using Concord.Cost;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>
/// Law 6: what a rule does not need is not computed, and what is recorded of a planned step is what a real one takes, word for word,
/// by place and kind.
/// </summary>
public sealed class SavedWorkTests
{
    private static readonly Phase[] s_recorded = [Phase.Forward, Phase.Error, Phase.WeightGradient, Phase.Adaptation, Phase.ExtraForward];

    public static TheoryData<string, string> Cases() => Kit.On(Kit.LawfulRules, [.. Kit.Networks]);

    [Theory]
    [MemberData(nameof(Cases))]
    public void RecordedWorkIsCountedWork(string rule, string network)
    {
        rule = Kit.Fitting(rule, network);
        using var kernels = Kit.Double();
        OptimizerSettings[] optimizers = [new(), new(Momentum: 0), new(OptimizerKind.Adam, Momentum: 0)];
        foreach (var optimizer in optimizers)
            foreach (var loss in Enum.GetValues<LossKind>().Where(loss => !new Objective(loss).IsOfSpikes))
            {
                kernels.Log = null;
                var learner = Kit.Learner(network, rule, kernels, optimizer, new(loss));
                Kit.Fill(learner.Pass, 4);
                learner.Prepare();
                kernels.Log = new OperationLog();
                learner.Step(0.1);
                var recorded = learner.Cost(4);
                Assert.Equal(Lines(recorded.Recorded.Where(entry => entry.Period == 1)), Lines(kernels.Log));
            }
    }

    public static TheoryData<string> All() => Kit.Data(Kit.LawfulRules.Concat(Kit.RareVariants).Distinct());

    [Theory]
    [MemberData(nameof(All))]
    public void RecordingARunsCostLeavesEveryByteOfItsCheckpoint(string rule)
    {
        const string network = "mlp:6-5-4-3,tanh,batchnorm,dropout=0.2";
        using var folder = new TemporaryFolder();
        using var kernels = Kit.Double();
        byte[] Checkpoint(bool records)
        {
            var learner = Kit.Learner(network, Kit.Fitting(rule, network), kernels, new());
            for (var step = 0; step < 5; step++)
            {
                if (records) Assert.True(learner.Cost(4).Of(Phase.Forward).MultiplyAccumulates > 0);
                Kit.Step(learner, 4, step);
            }
            if (records) learner.Cost(4);
            Concord.Training.Checkpoint.Write(folder["checkpoint"], learner,
                new([], 5, 0, default, PlateauState.Start, double.NaN, 0, 0, 0, 0));
            return File.ReadAllBytes(folder["checkpoint"]);
        }
        Assert.Equal(Checkpoint(records: false), Checkpoint(records: true));
    }

    [Fact]
    public void ABlueprintThatGivesTheSameNetworkAgainIsRefusedBeforeAnythingOfItMoves()
    {
        using var kernels = Kit.Double();
        var learner = new Learner(Kit.Made(Kit.Network("mlp:3-2"), Kit.Rule("dfa")), default, Kit.PlainSgd, kernels, Kit.Seed);
        var weights = Kit.Bytes(learner.Network);
        Assert.Contains("Blueprint", Assert.Throws<InvalidOperationException>(() => learner.Cost(4)).Message, StringComparison.Ordinal);
        Assert.Equal(weights, Kit.Bytes(learner.Network));
    }

    private static IEnumerable<string> Lines(OperationLog log) =>
        Lines(log.Records.Where(record => s_recorded.Contains(record.Phase))
            .Select(record => (record.Block, record.Phase, record.Period, record.Work)));

    private static IEnumerable<string> Lines(IEnumerable<(string Block, Phase Phase, int Period, Work Work)> work) =>
        from entry in work
        group entry.Work by (entry.Block, entry.Phase, entry.Period) into done
        let sum = done.Aggregate((a, b) => a + b)
        where sum != default
        orderby done.Key
        select $"{done.Key}: {sum}";

    public static TheoryData<string> Rare() => Kit.Data(Kit.RareVariants.Append(Kit.ReadmeRule));

    [Theory]
    [MemberData(nameof(Rare))]
    public void WhatIsDoneOnceInAWhileIsRecordedAsThat(string rule)
    {
        const string network = "mlp:6-5-4-3,tanh";
        foreach (var optimizer in (OptimizerSettings[])[new(), new(Momentum: 0), new(OptimizerKind.Adam, Momentum: 0)])
        {
            using var kernels = Kit.Double();
            var learner = Kit.Learner(network, rule, kernels, optimizer);
            var recorded = StepWork.Of(Kit.Blueprint(network, rule),
                new(4, Accumulates: learner.Optimizer.Accumulates, Optimizer: optimizer));
            learner.Prepare();
            kernels.Log = new OperationLog();
            for (var step = 0; step < 6; step++)
            {
                Kit.Step(learner, 4, step);
                Assert.Equal(recorded.Over(step + 1, Phase.Adaptation), kernels.Log[Phase.Adaptation]);
            }
            Assert.Equal(Lines(recorded.Recorded.SelectMany(entry => Enumerable.Repeat(entry, 6 / entry.Period))), Lines(kernels.Log));
            Assert.True(kernels.Log[Phase.Adaptation].Written.Feedback > 0);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ThePlanKnowsWhichConnectionsAreCrossed(string rule, string network)
    {
        rule = Kit.Fitting(rule, network);
        using var kernels = Kit.Double();
        var learner = Kit.Learner(network, rule, kernels);
        var (plan, pass) = (learner.Plan, learner.Pass);
        Kit.Fill(pass, 4);
        pass.Forward(0, training: true);
        new Objective().Error(pass);
        HashSet<Connection> crossed = [];
        Carrier Noted(Connection connection)
        {
            crossed.Add(connection);
            return plan.CarrierOf(connection);
        }
        var backward = new BackwardPass(pass, Noted, [.. plan.Network.Blocks.Select(plan.WantsInput)], learner.Optimizer);
        plan.CreditAssignment.Observe(backward);
        plan.CreditAssignment.Teach(backward);
        Assert.Equal(crossed.Select(connection => connection.Weight.Name).Order(),
            plan.Crossed.Select(connection => connection.Weight.Name).Order());
    }

    [Fact]
    public void RecordingAgainGivesTheSame()
    {
        foreach (var rule in Kit.RareVariants)
        {
            var blueprint = Kit.Blueprint("mlp:6-5-4-3,tanh", rule);
            Assert.Equal(Lines(StepWork.Of(blueprint, new(4)).Recorded), Lines(StepWork.Of(blueprint, new(4)).Recorded));
        }
    }

    [Fact]
    public void WordsOfWhichNobodySaidWhatTheyAreAreNoCost() =>
        Assert.Contains("Role", Assert.Throws<InvalidOperationException>(
            () => StepWork.Of(new(() => Kit.Network("mlp:6-5-3"), () => new Unsaid()), new(4))).Message, StringComparison.Ordinal);

    private sealed class Unsaid : LearningRule
    {
        public override string Name => "unsaid";

        public override void Adapt(Update update) => update.Kernels.Fill(update.Kernels.Allocate(new(7)), 0);
    }

    [Theory]
    [InlineData("dfa")]
    [InlineData("dfa feedback.preset=launay2019")]
    [InlineData("sign-dfa")]
    [InlineData("ternary-dfa")]
    [InlineData("drtp")]
    [InlineData("sparse-dfa")]
    [InlineData("shallow")]
    public void NoSignalCrossesAWeightBetweenBlocks(string rule)
    {
        var log = Logged(rule, "mlp:17-13-11-7-3");   // every extent tells its layer
        var products = log.Records.Where(record => record is { Operation: "Product", Phase: Phase.Error })
            .Select(record => record.Extents).ToHashSet();
        Assert.Equal(rule is "shallow" or "sparse-dfa" ? [] : [new Shape(4, 13, 3), new Shape(4, 11, 3), new Shape(4, 7, 3)], products);
        Assert.Equal(products.Count, log.Records.Count(record => record is { Operation: "Product", Phase: Phase.Error }));
    }

    [Theory]
    [InlineData("dfa", 3)]
    [InlineData("dfa feedback.preset=launay2019", 3)]
    [InlineData("sign-dfa", 3)]
    [InlineData("ternary-dfa", 3)]
    [InlineData("drtp", 3)]
    [InlineData("sparse-dfa", 0)]
    [InlineData("shallow", 0)]
    public void DirectRulesCrossNoKernelsBetweenBlocks(string rule, int projections)
    {
        var records = Logged(rule,
            "cnn:2x7x6-c3k3p1-p2-c4k2-a2-5-3,batchnorm").Records.Where(record => record.Phase == Phase.Error).ToList();
        Assert.DoesNotContain(records, record => record.Operation == "ConvolveTransposed");
        // fc1's flatten is at its input, where nothing needs a signal
        Assert.DoesNotContain(records, record => record.Operation == "TransposeEach");
        Assert.Equal(projections, records.Count(record => record.Operation == "Product"));
    }

    [Theory]
    [InlineData("backprop", 2)]
    [InlineData("fa", 2)]
    [InlineData("dfa", 1)]   // the second convolution of the unit, inside its block
    [InlineData("conv1=backprop,*=dfa", 2)]
    public void OnlyWhatIsWantedCrossesTheConvolutionsOfAResidualUnit(string rule, int crossed)
    {
        var records = Logged(rule, "cnn:2x5x5-c3k3p1-r3-gap-3").Records;
        Assert.Equal(crossed, records.Count(record => record.Operation == "ConvolveTransposed"));
        Assert.All(records.Where(record => record.Operation == "ConvolveTransposed"), record => Assert.Equal(Phase.Error, record.Phase));
    }

    [Theory]
    [InlineData("backprop")]
    [InlineData("fa")]
    [InlineData("kolen-pollack")]
    public void TheSignalAtTheNetworksInputIsNeverComputed(string rule)
    {
        var products = Logged(rule, "mlp:17-13-11-7-3").Records.Where(record => record is { Operation: "Product", Phase: Phase.Error })
            .Select(record => record.Extents);
        Assert.Equal([new Shape(4, 7, 3), new Shape(4, 11, 7), new Shape(4, 13, 11)], products);
    }

    [Fact]
    public void FrozenBlocksComputeNoGradient()
    {
        using var kernels = Kit.Double();
        static Network Frozen()
        {
            var made = Kit.Network("mlp:17-13-11-3");
            foreach (var parameter in made.Blocks[0].Parameters) parameter.Frozen = true;
            return made;
        }
        var learner = new Learner(Kit.Made(Frozen(), Kit.Rule("dfa")), default, new(), kernels, Kit.Seed);
        Kit.Fill(learner.Pass, 4);
        kernels.Log = new OperationLog();
        learner.Step(0.1);
        Assert.DoesNotContain(kernels.Log.Records,
            record => record.Operation == "Product" && record.Phase == Phase.WeightGradient && record.Extents == new Shape(17, 13, 4));
        Assert.Equal(StepWork.Of(new(Frozen, () => Kit.Rule("dfa")), new(4, Accumulates: true)).Of(Phase.WeightGradient),
            kernels.Log[Phase.WeightGradient]);
    }

    // Multiply-accumulates a sample of the published networks: forward, then error under backprop, DFA and sparse DFA with one non-zero.
    [Theory]
    [InlineData("mlp:784-400-10", 317_600, 4_000, 4_000, 400)]
    [InlineData("mlp:784-1000-1000-10", 1_794_000, 1_010_000, 20_000, 2_000)]
    [InlineData("mlp:3072-800-800-800-10", 3_745_600, 1_288_000, 24_000, 2_400)]
    [InlineData("mlp:3072-1000-1000-1000-10", 5_082_000, 2_010_000, 30_000, 3_000)]
    [InlineData("mlp:3072-1000-1000-1000-100", 5_172_000, 2_100_000, 300_000, 3_000)]
    [InlineData("mlp:9216-4096-4096-1000", 58_621_952, 20_873_216, 8_192_000, 8_192)]
    [InlineData("mlp:25088-4096-4096-1000", 123_633_664, 20_873_216, 8_192_000, 8_192)]
    public void PublishedNetworksTakeWhatTheModelSays(string network, long forward, long backprop, long direct, long sparse)
    {
        long Error(string rule, out StepWork cost)
        {
            cost = StepWork.Of(Kit.Blueprint(network, rule), new(1));
            return cost.Of(Phase.Error).MultiplyAccumulates;
        }
        Assert.Equal(backprop, Error("backprop", out var step));
        Assert.Equal(forward, step.Of(Phase.Forward).MultiplyAccumulates);
        Assert.Equal(forward, step.Of(Phase.WeightGradient).MultiplyAccumulates);
        Assert.Equal(direct, Error("dfa", out _));
        Assert.Equal(sparse, Error("sparse-dfa", out _));
        Assert.Equal(0, Error("shallow", out _));
    }

    private static OperationLog Logged(string rule, string network)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(network, rule, kernels);
        Kit.Fill(learner.Pass, 4);
        kernels.Log = new OperationLog();
        learner.Step(0.1);
        return kernels.Log;
    }
}
