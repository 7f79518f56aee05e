using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Tests.Spiking;

public sealed class MembraneTraceTests
{
    private const double Duration = 6;

    public static IEnumerable<object[]> Neurons =>
        Enum.GetValues<Membrane>().SelectMany(membrane => ((double[])[0, 0.3]).Select(time => (object[])[membrane, time]));

    /// <summary>
    /// The trace of a neuron whose spikes the walk found never passes the threshold, and without the last of the spikes it arrives at the
    /// threshold there by itself.
    /// </summary>
    [Theory, MemberData(nameof(Neurons))]
    public void ItMeetsTheThresholdWhereTheNeuronFires(Membrane membrane, double refractoryTime)
    {
        using var kernels = Kit.Double();
        var neuron = new SpikingNeuron(membrane, SynapticTime: 1, Threshold: 0.5, Reset: 0.4, RefractoryTime: refractoryTime);
        var (fired, seen) = (0, 0);
        for (var seed = 0; seed < 30; seed++)
        {
            var stream = RandomStream.FromSeed(seed);
            var input = SpikingKit.Events(stream, 6, 30, Duration);
            var weight = SpikingKit.Weights(stream.Split("w"), 6, 1, -0.5, 1);
            var output = new SpikeTrains(1, ElementType.Double);
            new SpikingDense(kernels, 6, 1, neuron, Duration).Forward(SpikingKit.Tensor(kernels, weight),
                SpikingKit.Trains(kernels, 6, input), output);
            double[] spikes = [.. SpikingKit.Sample(output, 0).Select(e => e.Time)], times = [.. input.Select(e => e.Time)],
                weights = [.. input.Select(e => weight[e.Neuron, 0])];
            var trace = MembraneTrace.Of(neuron, times, weights, spikes, Duration, 400);
            Assert.Equal(400 + 2 * spikes.Length, trace.Count);
            Assert.All(trace, point => Assert.True(point.Potential <= 0.5 + 1e-9, $"{point}, seed {seed}"));
            for (var i = 1; i < trace.Count; i++) Assert.True(trace[i].Time >= trace[i - 1].Time);
            for (var k = 0; k < spikes.Length; k++)
            {
                var at = trace.Index().First(point => point.Item.Time == spikes[k] && point.Item.Potential == 0.5).Index;
                Assert.Equal((spikes[k], 0.5 - 0.4), trace[at + 1]);
                var last = MembraneTrace.Of(neuron, times, weights, spikes.AsSpan(0, k), spikes[k], 2)[^1];
                Assert.Equal(0.5, last.Potential, 1e-9);
                seen++;
            }
            fired += spikes.Length;
        }
        Assert.True(fired > 30 && seen == fired, $"{fired} spikes");
    }

    [Fact]
    public void OneInputMakesOneHump()
    {
        // tau = 2 tau_s: u = tau w (e^(-t/tau) - e^(-t/tau_s)), which peaks at w tau/4 where t = tau ln 2
        var trace = MembraneTrace.Of(new(SynapticTime: 1, Threshold: 9), [0], [1], [], 4 * Math.Log(2), 3);
        Assert.Equal([0, 0.5, 2 * (0.25 - 0.0625)], trace.Select(point => Math.Round(point.Potential, 12)));
        Assert.Throws<ArgumentException>(() => MembraneTrace.Of(new(), [0], [], [], 1));
        Assert.Throws<ArgumentException>(() => MembraneTrace.Of(new(), [], [], [], 1, 1));
    }
}
