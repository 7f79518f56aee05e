using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Tests.Spiking;

/// <summary>What holds of a refractory time beside exactness, which <see cref="DenseWalkTests"/> looks at.</summary>
public sealed class RefractoryTests
{
    private const double Duration = 40;   // the time origin moves four times
    private const int Inputs = 9, Neurons = 100;

    public static TheoryData<Membrane> Membranes => [.. Enum.GetValues<Membrane>()];

    [Theory, MemberData(nameof(Membranes))]
    public void SpikesOfANeuronAreAtLeastTheTimeApart(Membrane membrane)
    {
        using var kernels = Kit.Double();
        const double time = 0.5;
        var trains = Run(kernels, new(membrane, SynapticTime: 1, Threshold: 0.5, RefractoryTime: time), out _);
        var free = Run(kernels, new(membrane, SynapticTime: 1, Threshold: 0.5), out _);
        Assert.True(trains.Count > 1_000 && trains.Count < free.Count, $"{trains.Count} and {free.Count} spikes");
        Assert.True(Gaps(trains).Min() >= time - 1e-12);
        Assert.True(Gaps(free).Min() < time);
    }

    [Theory, MemberData(nameof(Membranes))]
    public void ATimeBeyondTheEndLeavesFirstSpikes(Membrane membrane)
    {
        using var kernels = Kit.Double();
        var held = Run(kernels, new(membrane, SynapticTime: 1, Threshold: 0.5, RefractoryTime: 2 * Duration), out var layer);
        var first = Run(kernels, new(membrane, SynapticTime: 1, Threshold: 0.5, MostSpikes: 1), out _);
        Assert.Equal(SpikingKit.Sample(first, 0), SpikingKit.Sample(held, 0));
        Assert.Equal(0, layer.CutOff);
        Assert.True(first.Count > 50);
    }

    [Theory, MemberData(nameof(Membranes))]
    public void LongSequencesFollowTheReference(Membrane membrane)
    {
        using var kernels = Kit.Double();
        var neuron = new SpikingNeuron(membrane, SynapticTime: 1, Threshold: 0.5, RefractoryTime: 1.3);
        var found = SpikingKit.Sample(Run(kernels, neuron, out _), 0);
        var expected = SpikingKit.Reference(neuron, Duration).Forward(Input(), Weight());
        Assert.Equal(expected.Select(e => e.Neuron), found.Select(e => e.Neuron));
        for (var i = 0; i < found.Count; i++) Assert.Equal(expected[i].Time, found[i].Time, 1e-8);
    }

    [Fact]
    public void SinglePrecisionFollowsDoublePrecision()
    {
        using var single = Kit.Single();
        using var twice = Kit.Double();
        var neuron = new SpikingNeuron(SynapticTime: 1, Threshold: 0.5, RefractoryTime: 0.3);
        double[][] gradients = new double[2][], times = new double[2][];
        for (var i = 0; i < 2; i++)
        {
            var kernels = i == 0 ? single : twice;
            var stack = new SpikingStack(kernels, 3, [neuron], [Weight()]);
            var input = Input().Where(e => e.Time < 3).ToList();
            stack.Trains[0].Append([.. input.Select(e => e.Time)], [.. input.Select(e => e.Neuron)]);
            stack.Forward();
            stack.Signals[1] = stack.Output.ValuesOf(null);
            kernels.Fill(stack.Signals[1]!, 1);
            stack.Backward();
            (gradients[i], times[i]) = (stack.Gradients[0].ToArray(), stack.Output.Times.ToArray()[..stack.Output.Count]);
        }
        Assert.True(times[1].Length > 100);
        Kit.Close(times[1], times[0], 1e-4);
        Assert.True(Norm(gradients[1].Zip(gradients[0], (a, b) => a - b)) <= 1e-2 * Norm(gradients[1]));

        static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));
    }

    [Fact]
    public void AWarmStepAllocatesNothing()
    {
        using var kernels = Kit.Single();
        var neuron = new SpikingNeuron(SynapticTime: 1, Threshold: 0.5, RefractoryTime: 0.2);
        var stack = new SpikingStack(kernels, Duration, [neuron], [Weight()]);
        var input = Input();
        stack.Trains[0].Append([.. input.Select(e => e.Time)], [.. input.Select(e => e.Neuron)]);
        Step();
        Step();
        Assert.Equal(0, Allocation.Of(Step));

        void Step()
        {
            stack.Forward();
            stack.Signals[1] = stack.Output.ValuesOf(stack.Signals[1]);
            kernels.Fill(stack.Signals[1]!, 0.5);
            stack.Backward();
        }
    }

    [Theory, InlineData(-1), InlineData(double.NaN), InlineData(double.PositiveInfinity)]
    public void AnImpossibleTimeIsRefused(double time) =>
        Assert.Contains("refractory time", Assert.Throws<ConcordException>(() => new SpikingNeuron(RefractoryTime: time).Check()).Message,
            StringComparison.Ordinal);

    private static List<EventReference.Event> Input() => SpikingKit.Events(RandomStream.FromSeed(3), Inputs, 400, Duration);

    private static double[,] Weight() => SpikingKit.Weights(RandomStream.FromSeed(4), Inputs, Neurons, -0.3, 0.7);

    private static SpikeTrains Run(Kernels kernels, SpikingNeuron neuron, out SpikingDense layer)
    {
        (layer, var output) = (new(kernels, Inputs, Neurons, neuron, Duration), new SpikeTrains(Neurons, kernels.ElementType));
        layer.Forward(SpikingKit.Tensor(kernels, Weight()), SpikingKit.Trains(kernels, Inputs, Input()), output);
        return output;
    }

    private static IEnumerable<double> Gaps(SpikeTrains trains) => SpikingKit.Sample(trains, 0).GroupBy(e => e.Neuron)
        .SelectMany(spikes => spikes.Zip(spikes.Skip(1), (one, next) => next.Time - one.Time));
}
