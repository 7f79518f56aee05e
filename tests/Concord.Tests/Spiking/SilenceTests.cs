using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Spiking;
using Concord.Spiking.Losses;

namespace Concord.Tests.Spiking;

public sealed class SilenceTests
{
    [Fact]
    public void RatesArePulledToTheirTarget()
    {
        var spikes = Spikes(3, [0, 0, 0, 1], [0]);
        var signal = spikes.ValuesOf(null);
        for (var e = 0; e < spikes.Count; e++) signal[e] = 1;
        var loss = new RateRegularizer(0.5, target: 1).Add(spikes, signal);
        Assert.Equal(0.5 * 0.5 * 2 * (1 + 0.25 + 1), loss, 1e-12);          // rates 2, 0.5 and 0
        Kit.Close([0.5, 0.5, 0.5, 1.25, 0.5], signal.ToArray()[..5]);       // a busy neuron's spikes go later, a lazy one's earlier
        Assert.Contains("-1", Assert.Throws<ConcordException>(() => _ = new RateRegularizer(-1, 1)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new RateRegularizer(1, 1).Add(spikes, new Tensor(new(2))));
    }

    [Fact]
    public void WeightsOfSilentNeuronsGrowFasterAndFasterInTheFirstSilentLayerOnly()
    {
        var bump = new WeightBump(mostSilent: 0.3, step: 0.25);
        Tensor[] weights = [new(new(2, 3)), new(new(3, 2))];
        SpikeTrains first = Spikes(3, [0], [1]), second = Spikes(2, [0]);   // a third and a half of the neurons are silent
        Assert.Equal(0, bump.Apply(weights, [first, second]));
        Assert.Equal(0, bump.Apply(weights, [first, second]));
        Assert.Equal([0, 0, 0.75, 0, 0, 0.75], weights[0].ToArray());
        Assert.Equal(1, bump.Apply(weights, [Spikes(3, [0, 1, 2]), second]));
        Assert.Equal([0, 0.25, 0, 0.25, 0, 0.25], weights[1].ToArray());
        Assert.Equal(-1, bump.Apply(weights, [Spikes(3, [0, 1, 2]), Spikes(2, [0, 1])]));
        Assert.Equal(0, bump.Apply(weights, [first, second]));
        Assert.Equal(1, weights[0][2]);                                      // it begins anew after a batch without
        Assert.Throws<ArgumentException>(() => bump.Apply(weights, [second, second]));
        Assert.Contains("1.5", Assert.Throws<ConcordException>(() => _ = new WeightBump(1.5)).Message, StringComparison.Ordinal);
        Assert.Contains("0 was given", Assert.Throws<ConcordException>(() => _ = new WeightBump(0.1, 0)).Message, StringComparison.Ordinal);
    }

    /// <summary>All outputs are silent; two whose classes are in the batch are raised until they fire, the third is left alone.</summary>
    [Fact]
    public void ASilentOutputIsWokenWhereItsClassIsInTheBatch()
    {
        using var kernels = Kit.Single();
        var learner = Kit.Learner("snn:4-5-3,threshold=0.02,tau=0.05,weights=0.2/0.5", "backprop", kernels,
            objective: new(LossKind.SpikeCount));
        var weight = learner.Network.Blocks[1].Layers.OfType<SpikingLinear>().Single().Connection.Weight.Value;
        kernels.Fill(weight, -0.2);
        learner.BreakSilence(0.5);
        learner.Pass.Begin(4);
        learner.Pass.Input.CopyFrom([.. Enumerable.Range(0, 16).Select(i => 0.2 + 0.05 * i)]);
        learner.Pass.Targets.CopyFrom([1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0]);
        learner.Step(0);
        Assert.Equal(0, learner.Pass.SpikesAt(learner.Network.OutputPort).Count);
        Assert.True(learner.Pass.SpikesAt(learner.Network.Ports[0]).Count > 0);
        Assert.All(Enumerable.Range(0, weight.Length), i => Assert.Equal(i % 3 < 2, weight[i] > -0.2f));
        for (var step = 0; step < 20; step++) learner.Step(0);
        Assert.Equal([0, 1], learner.Pass.SpikesAt(learner.Network.OutputPort).NeuronsOfEvents.ToArray().Distinct().Order());
        Assert.All(Enumerable.Range(0, 5), i => Assert.Equal(-0.2f, weight[3 * i + 2]));
    }

    private static SpikeTrains Spikes(int neurons, params int[][] samples)
    {
        var trains = new SpikeTrains(neurons);
        foreach (var sample in samples)
            trains.Append([.. sample.Select((_, i) => 0.1 * i)], sample);
        return trains;
    }
}
