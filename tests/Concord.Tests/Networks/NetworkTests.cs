using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Tests.Networks;

public sealed class NetworkTests
{
    private const string Text = "mlp:6-5-4-3,tanh,batchnorm-after,dropout=0.2";

    [Theory]
    [InlineData(Placement.BlockEnd, "fc1 fc1.activation fc1.dropout fc1.norm|fc2 fc2.activation fc2.dropout fc2.norm|fc3")]
    [InlineData(Placement.AfterActivation, "fc1 fc1.activation|fc1.dropout fc1.norm fc2 fc2.activation|fc2.dropout fc2.norm fc3")]
    [InlineData(Placement.PreActivation, "fc1|fc1.activation fc1.dropout fc1.norm fc2|fc2.activation fc2.dropout fc2.norm fc3")]
    public void ACutMovesPortsAndNothingElse(Placement placement, string layers)
    {
        using var kernels = Kit.Double();
        var network = Kit.Network(Text);
        network.Initialize(kernels, RandomStream.FromSeed(1));
        var before = Kit.Bytes(network);
        var cut = network.Recut(_ => placement);
        Assert.Equal(layers, string.Join('|', cut.Blocks.Select(block => string.Join(' ', block.Layers.Select(layer => layer.Name)))));
        Assert.Equal(["fc1", "fc2", "fc3"], cut.Blocks.Select(block => block.Name));
        Assert.Equal(network.Parameters, cut.Parameters);
        Assert.Equal(before, Kit.Bytes(cut));
        cut.Initialize(kernels, RandomStream.FromSeed(1));
        Assert.Equal(before, Kit.Bytes(network));
    }

    [Theory]
    [InlineData(Placement.AfterActivation)]
    [InlineData(Placement.PreActivation)]
    public void BackpropagationDoesNotDependOnTheCut(Placement placement)
    {
        using var kernels = Kit.Single();
        var whole = Kit.Learner(Text, "backprop", kernels, new());
        var cut = new Concord.Training.Learner(Kit.Made(Kit.Network(Text).Recut(_ => placement), Kit.Rule("backprop")), default, new(),
            kernels, Kit.Seed);
        for (var step = 0; step < 3; step++)
        {
            Kit.Step(whole, 4, step);
            Kit.Step(cut, 4, step);
        }
        Assert.Equal(Kit.Bytes(whole.Network), Kit.Bytes(cut.Network));
    }

    [Fact]
    public void NamesDecideTheDrawSoOtherLayersDoNot()
    {
        using var kernels = Kit.Double();
        var (plain, crowded) = (Kit.Network("mlp:6-5-4-3,tanh"), Kit.Network("mlp:6-5-4-3,relu,layernorm,dropout=0.3"));
        plain.Initialize(kernels, RandomStream.FromSeed(1));
        crowded.Initialize(kernels, RandomStream.FromSeed(1));
        foreach (var parameter in plain.Parameters)
            Assert.Equal(parameter.Value.ToArray(), Kit.Parameter(crowded, parameter.Name).Value.ToArray());
        Assert.NotEqual(Kit.Parameter(plain, "fc2.weight").Value.ToArray()[..4], Kit.Parameter(plain, "fc3.weight").Value.ToArray()[..4]);
    }

    [Fact]
    public void OwnersAreThePortBelowForWhatReadsTheInputAndThePortAboveForInnerConnections()
    {
        var owners = Kit.Network("residual").Owners.ToDictionary(entry => entry.Key.Weight.Name, entry => entry.Value?.Name);
        Assert.Equal(new Dictionary<string, string?>
        {
            ["fc1.weight"] = null, ["unit1.1.weight"] = "fc1", ["unit1.3.weight"] = "unit1", ["unit2.3.weight"] = "unit1",
            ["unit2.6.weight"] = "unit2", ["fc2.weight"] = "unit2",
        }, owners);
    }

    [Fact]
    public void ANormInFrontOfTheLowestWeightLearns()
    {
        using var kernels = Kit.Double();
        foreach (var rule in (string[])["backprop", "fa", "dfa", "fc1=kolen-pollack,*=dfa"])
        {
            var network = new Network(new(6), new LayerGroup("fc1", new LayerNorm(), new Linear(5), Kit.Of("tanh")),
                new LayerGroup("fc2", new Linear(3)));
            var learner = new Concord.Training.Learner(Kit.Made(network, Kit.Rule(rule)), default, Kit.PlainSgd, kernels, Kit.Seed);
            var gain = network.Parameters[0].Value.ToArray();
            Kit.Step(learner, 4);
            Assert.NotEqual(gain, network.Parameters[0].Value.ToArray());
        }
    }

    [Fact]
    public void NetworksThatCannotBeAreRefused()
    {
        Assert.Throws<ConcordException>(() => new Network(new(6)));
        Assert.Throws<ConcordException>(() => new Network(new(6), new LayerGroup("fc1")));
        Assert.Contains("fc1, fc1", Assert.Throws<ConcordException>(() => new Network(new(6), new LayerGroup("fc1", new Linear(3)),
            new LayerGroup("fc1", new Linear(3)))).Message, StringComparison.Ordinal);
        Assert.Throws<ConcordException>(() => new Network(new(6), new LayerGroup("fc1", new Linear(0))));
        Assert.Contains("equal shapes",
            Assert.Throws<ConcordException>(() => new Network(new(6), new LayerGroup("unit", new Residual(new Linear(5))))).Message,
            StringComparison.Ordinal);
        Assert.Contains("no activation", Assert.Throws<ConcordException>(() => new Network(new(6), new LayerGroup("fc1", new Linear(5)),
            new LayerGroup("fc2", new Linear(3))).Recut(_ => Placement.AfterActivation)).Message, StringComparison.Ordinal);
        var layer = new Linear(3);
        _ = new Network(new(6), new LayerGroup("fc1", layer));
        Assert.Throws<InvalidOperationException>(() => new Network(new(6), new LayerGroup("other", layer)));
        Assert.Throws<InvalidOperationException>(() => layer.Connection.Weight.Value);
    }

    [Fact]
    public void ANetworkPrintsAsATable()
    {
        var lines = Kit.Network("mlp:6-5-3").ToString().Split('\n', StringSplitOptions.TrimEntries);
        Assert.Equal(3, lines.Length);
        Assert.Matches(@"^fc1  linear 6 -> 5, relu +5 +35$", lines[0]);
        Assert.Matches(@"^fc2  linear 5 -> 3 +3 +18$", lines[1]);
        Assert.Matches(@"^parameters +53$", lines[2]);
    }
}
