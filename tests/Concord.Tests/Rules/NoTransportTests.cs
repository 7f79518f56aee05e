using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Tests.Rules;

/// <summary>
/// Law 5: after the forward pass every weight above a block is overwritten; what the block learns from rules that read no weights
/// stays identical to the bit, and rules that read only signs survive other magnitudes but not other signs.
/// </summary>
public sealed class NoTransportTests
{
    private static readonly string[] s_direct =
        ["dfa", "sign-dfa", "ternary-dfa", "drtp", "sparse-dfa", "shallow", "local-pred", "local-sim", "local-predsim"];

    // By its definition the target of the highest hidden port crosses the output weight: the law holds of all other weights.
    private static readonly string[] s_throughTheOutputWeight = ["dtp"];
    private const string Directions = "responses to directions", OutputWeight = "the output weight, responses to noise";

    // The last two kinds read weights between steps, never within one.
    public static TheoryData<string, string> Free()
    {
        var rules = Reading("nothing", "updates", "all, between steps", "responses to noise", Directions, OutputWeight);
        var data = Kit.On(rules.Append(Kit.ReadmeRule), [.. Kit.Networks]);
        foreach (var rule in Kit.ImageVariants) data.Add(rule, "images");
        return data;
    }

    public static TheoryData<string, string> OfSigns() =>
        Kit.Pairs(Reading("signs"), ["mlp:6-5-4-3,tanh", "residual", "cnn:2x5x6-c3k3p1-a2-r4s2-gap-4-3,tanh"]);

    public static TheoryData<string> Transporting() => Kit.Data(Reading("all", "signs and norm", OutputWeight));

    private static IEnumerable<string> Reading(params string[] reads) =>
        RuleCatalogue.All.Where(rule => !rule.NeedsTime && reads.Contains(rule.Reads)).Select(rule => rule.Name);

    [Fact]
    public void EveryRuleSaysWhatItReads() =>
        Assert.All(RuleCatalogue.All, rule => Assert.Contains(rule.Reads,
            (string[])["nothing", "updates", "signs", "signs and norm", "all", "all, between steps", "responses to noise",
                Directions, OutputWeight]));

    [Theory]
    [MemberData(nameof(Free))]
    public void WeightsAboveABlockDoNotReachIt(string rule, string network)
    {
        using var kernels = Kit.Single();
        CheckWeightsAboveABlock(kernels, rule, network);
    }

    /// <summary>The same with an engine of the caller's.</summary>
    internal static void CheckWeightsAboveABlock(Kernels kernels, string rule, string network)
    {
        var blocks = Kit.Network(network).Blocks.Count;
        for (var block = 0; block < blocks - 1; block++)
            Assert.Equal(Learned(kernels, rule, network, block, (_, value) => value),
                Learned(kernels, rule, network, block, (i, _) => s_direct.Contains(rule.Split(' ')[0]) ? double.NaN : 3 * Math.Sin(i + 1)));
    }

    [Theory]
    [MemberData(nameof(OfSigns))]
    public void SignRulesReadSignsAlone(string rule, string network)
    {
        using var kernels = Kit.Single();
        var blocks = Kit.Network(network).Blocks.Count;
        for (var block = 0; block < blocks - 1; block++)
        {
            var untouched = Learned(kernels, rule, network, block, (_, value) => value);
            Assert.Equal(untouched, Learned(kernels, rule, network, block, (i, value) => value * (2 + Math.Sin(i))));
            Assert.NotEqual(untouched, Learned(kernels, rule, network, block, (i, value) => i % 2 == 0 ? -value : value));
        }
    }

    [Theory]
    [MemberData(nameof(Transporting))]
    public void RulesThatReadMoreAreSeenToDoSo(string rule)
    {
        using var kernels = Kit.Single();
        Assert.NotEqual(Learned(kernels, rule, "mlp:6-5-4-3,tanh", 0, (_, value) => value),
            Learned(kernels, rule, "mlp:6-5-4-3,tanh", 0, (i, value) => value * (2 + Math.Sin(i)), exempt: false));
    }

    /// <summary>The gradients of one block, with the weights above it changed between the pass and all that teaches.</summary>
    private static byte[] Learned(Kernels kernels, string rule, string network, int block,
        Func<int, double, double> above, bool exempt = true)
    {
        var learner = Kit.Learner(network, rule, kernels);
        Kit.Fill(learner.Pass, 4);
        learner.Pass.Forward(0, training: true);
        learner.Objective.Error(learner.Pass);
        var spared = exempt && s_throughTheOutputWeight.Contains(rule.Split(' ')[0]) ? learner.Network.OutputPort.Below : null;
        foreach (var connection in learner.Network.Blocks.Skip(block + 1).Where(upper => upper != spared).SelectMany(upper => upper.Layers)
            .SelectMany(layer => (Connection[])[.. layer.EnteringConnections, .. layer.InnerConnections]))
        {
            var w = connection.Weight.Value;
            for (var i = 0; i < w.Length; i++) w[i] = above(i, w[i]);
        }
        var kept = new GradientKeeper(kernels);
        var backward = learner.Plan.BackwardPass(learner.Pass, kept);
        learner.Plan.CreditAssignment.Observe(backward);
        learner.Plan.CreditAssignment.Teach(backward);
        var gradients = learner.Network.Blocks[block].Parameters.Where(kept.Gradients.ContainsKey)
            .SelectMany(parameter => kept.Gradients[parameter].AsBytes().ToArray()).ToArray();
        Assert.Equal(rule == "shallow", gradients.Length == 0);
        Assert.All(kept.Gradients.Where(entry => learner.Network.Blocks[block].Parameters.Contains(entry.Key)),
            entry => Assert.All(entry.Value.ToArray(), value => Assert.True(double.IsFinite(value))));
        return gradients;
    }
}
