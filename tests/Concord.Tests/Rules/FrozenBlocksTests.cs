using Concord.Cost;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>
/// Frozen blocks stay as they are to the bit, get no signal and no feedback, and take no work that the cost model does not state.
/// </summary>
public sealed class FrozenBlocksTests
{
    internal const string Images = "cnn:2x6x6-c3k3p1-p2-c4k2-6-5-3,batchnorm,dropout=0.3";

    internal static IReadOnlyList<string> Rules { get; } =
        ["backprop", "fa", "dfa", "sparse-dfa", "usf", "kolen-pollack", "shallow", "conv*=shallow,fc*=dfa", "fc1=dfa,*=fa",
            "local-predsim local.optimizer=adam"];

    internal static IReadOnlyList<string> Patterns { get; } = ["conv1", "conv*", "conv*,fc1", "conv2", "fc1,fc2"];

    public static TheoryData<string, string> Cases => Kit.Pairs(Rules, Patterns);

    [Theory]
    [MemberData(nameof(Cases))]
    public void FrozenBlocksStayAsTheyAreAndTakeTheRecordedWork(string rule, string frozen)
    {
        using var kernels = Kit.Double();
        var network = Kit.Network(Images);
        network.Freeze(BlockPatterns.Parse(frozen));
        var learner = new Learner(Kit.Made(network, Kit.Rule(rule)), default, new(), kernels, Kit.Seed);
        var (still, before) = (Frozen(learner.Network), Kit.Bytes(learner.Network));
        var start = still.Select(tensor => tensor.ToArray()).ToList();
        Kit.Fill(learner.Pass, 4);
        kernels.Log = new OperationLog();
        learner.Step(0.1);
        Assert.Equal(start, still.Select(tensor => tensor.ToArray()));
        Assert.NotEqual(before, Kit.Bytes(learner.Network));
        var cost = StepWork.Of(Kit.Blueprint(Images, rule, frozen), new(4, Accumulates: true, Optimizer: new()));
        foreach (var phase in (Phase[])[Phase.Forward, Phase.Error, Phase.WeightGradient, Phase.Adaptation])
            Assert.Equal((phase, cost.Of(phase)), (phase, kernels.Log[phase]));
    }

    private static List<Tensor> Frozen(Network network) =>
        [.. network.Parameters.Where(parameter => parameter.Frozen).Select(parameter => parameter.Value),
        .. network.Blocks.SelectMany(block => block.Layers)
            .Where(layer => layer.Parameters.Count > 0 && layer.Parameters.All(parameter => parameter.Frozen))
            .SelectMany(layer => layer.Buffers).Select(buffer => buffer.Tensor)];

    [Theory]
    [InlineData("backprop", "conv*", 2)]
    [InlineData("fa", "conv*", 2)]
    [InlineData("dfa", "conv*,fc1", 3)]
    [InlineData("sparse-dfa", "conv1", 1)]
    [InlineData("dfa", "conv2,fc1", 0)]
    public void NoSignalGoesBelowTheLowestBlockThatLearns(string rule, string frozen, int lowest)
    {
        using var kernels = Kit.Double();
        var network = Kit.Network(Images);
        network.Freeze(BlockPatterns.Parse(frozen));
        var learner = new Learner(Kit.Made(network, Kit.Rule(rule)), default, new(), kernels, Kit.Seed);
        Assert.Equal(lowest, learner.Plan.Frozen);
        var cost = StepWork.Of(Kit.Blueprint(Images, rule, frozen), new(4));
        foreach (var block in learner.Network.Blocks.Take(lowest))
        {
            Assert.Equal(default, cost.Of(Phase.Error, block.Name));
            Assert.Equal(default, cost.Of(Phase.WeightGradient, block.Name));
            Assert.Equal("none: frozen", learner.Plan.Rows[block.Index].Signal);
            Assert.DoesNotContain(learner.Plan.Feedback, entry => entry.Name.Contains(block.Name, StringComparison.Ordinal));
            Assert.DoesNotContain(learner.Optimizer.Moments,
                entry => entry.Parameter.Name.StartsWith($"{block.Name}.", StringComparison.Ordinal));
        }
        if (lowest > 0) Assert.False(learner.Plan.WantsInput(learner.Network.Blocks[lowest]));
    }

    [Fact]
    public void TheOthersLearnWhatTheyLearnAboveBlocksThatMerelyGetNoSignal()
    {
        using var kernels = Kit.Double();
        const string plain = "cnn:2x6x6-c3k3p1-p2-c4k2-6-5-3";   // neither norms nor dropout, which freezing switches
        var network = Kit.Network(plain);
        network.Freeze(BlockPatterns.Parse("conv*"));
        Learner frozen = new(Kit.Made(network, Kit.Rule("dfa")), default, Kit.PlainSgd, kernels, Kit.Seed),
            mapped = Kit.Learner(plain, "conv*=shallow,fc*=dfa", kernels);
        for (var step = 0; step < 3; step++)
        {
            Kit.Step(frozen, 4, step);
            Kit.Step(mapped, 4, step);
        }
        Assert.Equal(Kit.Bytes(mapped.Network), Kit.Bytes(frozen.Network));
    }

    [Fact]
    public void AFrozenBlockIsEvaluatedInTrainingAsAfterIt()
    {
        using var kernels = Kit.Double();
        var network = Kit.Network(Images);
        network.Freeze(BlockPatterns.Parse("conv*"));
        network.Initialize(kernels, RandomStream.FromSeed(1));
        var pass = new Pass(network, kernels, RandomStream.FromSeed(2));
        Kit.Fill(pass, 4);
        pass.Forward(0, training: false);
        var evaluated = (Below: pass.At(network.Ports[1]).ToArray(), Above: pass.Logits.ToArray());
        pass.Forward(1, training: true);
        Assert.Equal(evaluated.Below, pass.At(network.Ports[1]).ToArray());
        Assert.NotEqual(evaluated.Above, pass.Logits.ToArray());   // fc1 drops
    }

    [Fact]
    public void PatternsThatNameNothingAndNetworksWithNothingLeftToLearnAreRefused()
    {
        using var kernels = Kit.Double();
        var network = Kit.Network(Images);
        Assert.Contains("'convolution*'",
            Assert.Throws<ConcordException>(() => network.Freeze(BlockPatterns.Parse("conv1,convolution*"))).Message,
            StringComparison.Ordinal);
        Assert.Throws<ConcordException>(() => BlockPatterns.Parse("conv1,,fc1"));
        Assert.Equal(BlockPatterns.Parse("conv*, fc1"), BlockPatterns.Parse("conv*,fc1"));
        Assert.True(BlockPatterns.Parse("none").IsNone);
        network.Freeze(BlockPatterns.Parse("*"));
        Assert.Contains("nothing is left to learn",
            Assert.Throws<ConcordException>(() => new Learner(Kit.Made(network, Kit.Rule("dfa")), default, new(), kernels, 0)).Message,
            StringComparison.Ordinal);
    }
}
