using System.Runtime.Intrinsics;
using Concord.Networks;
using Concord.Numerics;
using Concord.Spiking;
using Concord.Spiking.Walks;

namespace Concord.Tests.Spiking;

/// <summary>
/// What thousands of spikes in a sample cost, counted and not timed: the windows that are prepared, how often neurons are looked at, what
/// each spike takes on the way down, and the bytes that are allocated.
/// </summary>
public sealed class LongSequenceTests
{
    private const int Inputs = 20, Neurons = 100;   // two wide blocks and three registers of doubles, the last of them not full
    private const int Registers = 13;
    private const double Span = 8;                  // synaptic time constants after which the time origin moves

    [Theory]
    [InlineData(10_000, 500, 0)]    // a long sequence: what comes in a time constant stays
    [InlineData(10_000, 5, 0)]      // a dense one
    [InlineData(10_000, 500, 0.4)]
    [InlineData(10_000, 5, 0.01)]
    public void WorkGrowsWithTheNumberOfSpikes(int events, double duration, double refractoryTime)
    {
        var counts = Run(events, duration, refractoryTime);
        var registers = (long)Registers * counts.Windows;
        Assert.True(counts.Spikes > events, $"only {counts.Spikes} spikes");
        Assert.InRange(counts.Windows, events - 10, events + duration / Span + 2);   // a few events share their time
        Assert.InRange(counts.Looks, 1, registers + 2 * counts.Spikes);   // each look ends a window or finds a spike; two where one is held
        Assert.Equal(counts.Spikes, counts.Sensitivities);
        Assert.InRange(counts.Releases, refractoryTime > 0 ? 1 : 0, refractoryTime > 0 ? counts.Spikes : 0);
    }

    /// <summary>Buffers grow by a quarter at least or to twice their length, so what is allocated lies within a factor.</summary>
    [Theory]
    [InlineData(500)]
    [InlineData(5)]
    public void MemoryGrowsWithTheNumberOfSpikes(double durationOfMost)
    {
        Run(1_000, durationOfMost, 0);   // compiles
        var perSpike = new List<double>();
        foreach (var part in (int[])[4, 2, 1])
        {
            var counts = Run(10_000 / part, durationOfMost > 100 ? durationOfMost / part : durationOfMost, 0);
            perSpike.Add(counts.Bytes / (double)(10_000 / part + counts.Spikes));
        }
        Assert.InRange(perSpike[2] / perSpike[0], 0.5, 1.5);
        Assert.True(perSpike[2] < 600, $"{perSpike[2]} bytes a spike");
    }

    /// <summary>Groups are made for samples that have events, and in pauses until nothing more can happen.</summary>
    [Fact]
    public void EmptySamplesAndPausesTakeNoRoom()
    {
        using var kernels = Kit.Single();
        const double duration = 50_000;
        var neuron = new SpikingNeuron(SynapticTime: 1, Threshold: 0.5);
        var layer = new SpikingDense(kernels, 3, 5, neuron, duration);
        SpikeTrains input = new(3), output = new(5);
        for (var sample = 0; sample < 2_000; sample++)
            if (sample % 100 == 0) input.Append([1, 20_000], [0, 2]);
            else input.Append([], [], allowEmpty: true);
        var weight = kernels.Allocate(new(3, 5));
        kernels.Fill(weight, 3);
        var before = GC.GetAllocatedBytesForCurrentThread();
        layer.Forward(weight, input, output);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 1 << 20);
        Assert.True(output.CountOf(100) > 10);
    }

    /// <summary>Pauses of thousands of time constants change no spike: neither before nor after them.</summary>
    [Theory]
    [InlineData(Membrane.TwiceSynaptic, 0)]
    [InlineData(Membrane.EqualToSynaptic, 0)]
    [InlineData(Membrane.NonLeaky, 0)]
    [InlineData(Membrane.TwiceSynaptic, 0.4)]
    [InlineData(Membrane.EqualToSynaptic, 0.4)]
    [InlineData(Membrane.NonLeaky, 0.4)]
    [InlineData(Membrane.TwiceSynaptic, 130)]
    [InlineData(Membrane.NonLeaky, 130)]
    public void PausesChangeNothing(Membrane membrane, double refractoryTime)
    {
        using var kernels = Kit.Double();
        const double duration = 9_000;
        var neuron = new SpikingNeuron(membrane, SynapticTime: 1, Threshold: 0.5, RefractoryTime: refractoryTime);
        List<EventReference.Event> input = [.. new[] { 0, 400, 3_000, 3_150, 6_000 }.SelectMany((start, i) =>
            SpikingKit.Events(RandomStream.FromSeed(i), 9, 20, 3).Select(e => e with { Time = e.Time + start }))];
        var weight = SpikingKit.Weights(RandomStream.FromSeed(8), 9, 30, -0.7, 1.4);
        var (layer, output) = (new SpikingDense(kernels, 9, 30, neuron, duration), new SpikeTrains(30, ElementType.Double));
        layer.Forward(SpikingKit.Tensor(kernels, weight), SpikingKit.Trains(kernels, 9, input), output);
        var (expected, found) = (SpikingKit.Reference(neuron, duration).Forward(input, weight), SpikingKit.Sample(output, 0));
        Assert.True(expected.Count > 50);
        Assert.Equal(expected.Select(e => e.Neuron), found.Select(e => e.Neuron));
        for (var i = 0; i < found.Count; i++) Assert.Equal(expected[i].Time, found[i].Time, 1e-8);
    }

    [Fact]
    public void ASimulationThatIsTooLongForItsTimeConstantsIsRefused()
    {
        using var kernels = Kit.Single();
        foreach (var refused in (Action[])[() => _ = new SpikingDense(kernels, 2, 3, new(SynapticTime: 1e-7), 0.2),
            () => ModelDescription.Parse("snn:784-10,tau=1e-7"),
            () => ModelDescription.Parse("snn:1x8x8-c3k3-10,tau=1e-7")])
        {
            var message = Assert.Throws<ConcordException>(refused).Message;
            Assert.Contains("0.2 s is 2e+06 synaptic time constants of 1E-07 s long", message, StringComparison.Ordinal);
            Assert.Contains("duration=", message, StringComparison.Ordinal);
        }
    }

    private static (long Windows, long Looks, long Sensitivities, long Releases, long Spikes, long Bytes) Run(int events, double duration,
        double refractoryTime)
    {
        using var kernels = Kit.Double();
        var neuron = new SpikingNeuron(SynapticTime: 1, Threshold: 0.5, MostSpikes: int.MaxValue, RefractoryTime: refractoryTime);
        var input = SpikingKit.Trains(kernels, Inputs, SpikingKit.Events(RandomStream.FromSeed(5), Inputs, events, duration));
        var weight = SpikingKit.Tensor(kernels, SpikingKit.Weights(RandomStream.FromSeed(6), Inputs, Neurons, -0.02, 0.08));
        var (carrier, gradient) = (weight, kernels.Allocate(weight.Shape));
        var counter = new Counter();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var output = new SpikeTrains(Neurons, ElementType.Double);
        var walk = new DenseWalk<double, Counted>(kernels, Inputs, Neurons, neuron, new(new(neuron), counter), duration, 1);
        walk.Forward(weight, input, output);
        Tensor signal = output.ValuesOf(null), arriving = input.ValuesOf(null);
        kernels.Fill(signal, 1);
        walk.Backward(carrier, signal, arriving, new Accumulator(gradient));
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.All(gradient.ToArray(), value => Assert.True(double.IsFinite(value)));
        return (counter.Windows, counter.Looks, counter.Sensitivities, counter.Releases, output.Count, bytes);
    }

    private sealed class Counter
    {
        public long Windows, Looks, Sensitivities, Releases;
    }

    /// <summary>The usual neuron, which counts what is asked of it.</summary>
    private readonly struct Counted(QuadraticDynamics<double> inner, Counter counter) : IDynamics<double>
    {
        public double Silent => inner.Silent;

        public void Fill(ref SpikeGroup<double> group, double now, double next, double growthNow, double growthNext)
        {
            counter.Windows++;
            inner.Fill(ref group, now, next, growthNow, growthNext);
        }

        public void Move(ref SpikeGroup<double> group, double distance, double decay) => inner.Move(ref group, distance, decay);

        public Vector512<double> Fire(Vector512<double> a, Vector512<double> b, Vector512<double> last,
            ref readonly SpikeGroup<double> group, out Vector512<double> place, out Vector512<double> slope)
        {
            counter.Looks++;
            return inner.Fire(a, b, last, in group, out place, out slope);
        }

        public Vector512<double> Reset(Vector512<double> b, Vector512<double> place) => inner.Reset(b, place);

        public (double B, double ByA, double ByTime) Release(double a, double place)
        {
            counter.Releases++;
            return inner.Release(a, place);
        }

        public double TimeOf(double place) => inner.TimeOf(place);

        public double PlaceOf(double time) => inner.PlaceOf(time);

        public void ToTimes(Span<double> places) => inner.ToTimes(places);

        public (double ByA, double ByB, double ResetByTime) Sensitivity(double place, double slope, double a, ref long clipped)
        {
            counter.Sensitivities++;
            return inner.Sensitivity(place, slope, a, ref clipped);
        }
    }
}
