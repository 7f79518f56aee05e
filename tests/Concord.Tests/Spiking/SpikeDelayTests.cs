using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Tests.Spiking;

public sealed class SpikeDelayTests
{
    private const double Duration = 4;

    [Fact]
    public void SpikesArriveLaterInTheOrderOfTime()
    {
        var (input, output) = (new SpikeTrains(3, ElementType.Double), new SpikeTrains(3, ElementType.Double));
        input.Append([0, 0, 1, 2], [0, 1, 2, 0]);
        input.Append([], [], allowEmpty: true);
        input.Append([0.5], [1]);
        using var kernels = Kit.Double();
        new SpikeDelay(3).Forward(Delays(kernels, 1.5, 0, 0.25), input, output);
        Assert.Equal([(0, 1), (1.25, 2), (1.5, 0), (3.5, 0)], Events(output, 0));
        Assert.Empty(Events(output, 1));
        Assert.Equal([(0.5, 1)], Events(output, 2));
    }

    /// <summary>Delays of 0 change no bit, and what arrives at them is what would arrive without them.</summary>
    [Fact]
    public void NoDelayIsNoLayer()
    {
        using var kernels = Kit.Single();
        var input = SpikingKit.Trains(kernels, 5, SpikingKit.Events(RandomStream.FromSeed(1), 5, 40, Duration));
        var (delay, output) = (new SpikeDelay(5), new SpikeTrains(5));
        delay.Forward(Delays(kernels, 0, 0, 0, 0, 0), input, output);
        Assert.Equal(SpikingKit.Sample(input, 0), SpikingKit.Sample(output, 0));
        Tensor signal = output.ValuesOf(null), arriving = input.ValuesOf(null);
        for (var e = 0; e < 40; e++) signal[e] = e;
        delay.Backward(signal, arriving, null);
        Assert.Equal(signal.ToArray()[..40], arriving.ToArray()[..40]);
    }

    /// <summary>
    /// Two layers, with delays before each: the derivatives after delays and the times of the input, against central differences. Each
    /// second seed has neurons with a refractory time.
    /// </summary>
    [Fact]
    public void GradientsAreCentralDifferences()
    {
        using var kernels = Kit.Double();
        var (compared, skipped) = (0, 0);
        for (var seed = 0; seed < 150; seed++)
        {
            var stream = RandomStream.FromSeed(500 + seed);
            var neuron = new SpikingNeuron((Membrane)(seed % 3), SynapticTime: 1, Threshold: 0.5, RefractoryTime: seed % 2 * 0.3);
            var net = new Delayed(kernels, neuron, stream);
            net.Forward();
            var order = net.Order();
            net.Backward();
            for (var l = 0; l < 2; l++)
                for (var j = 0; j < net.Delay[l].Length; j++)
                {
                    var (tensor, value, index) = (net.Delay[l], net.Delay[l][j], j);
                    Compare(net.DelayGradient[l][j], by => tensor[index] = value + by, $"delay {l}[{j}], seed {seed}");
                }
            for (var e = 0; e < net.Trains[0].Count; e++)
            {
                var (time, index) = (net.Trains[0].Times[e], e);
                Compare(net.Signals[0]![e], by => net.Trains[0].Times[index] = time + by, $"event {e}, seed {seed}");
            }

            void Compare(double expected, Action<double> set, string what)
            {
                foreach (var step in (double[])[1e-5, 1e-6, 1e-7])
                {
                    var differs = false;
                    var (up, down) = (At(step), At(-step));
                    set(0);
                    if (differs) continue;
                    var difference = (up - down) / (2 * step);
                    var agrees = Math.Abs(difference - expected) <= 1e-4 * Math.Max(Math.Abs(expected), 0.01);
                    if (!agrees && step > 5e-7) continue;
                    Assert.True(agrees, $"{what}: {expected} and {difference}");
                    compared++;
                    return;

                    double At(double by)
                    {
                        set(by);
                        net.Forward();
                        differs |= net.Order() != order;
                        return net.Loss();
                    }
                }
                skipped++;
            }
        }
        Assert.True(compared > 2_000 && skipped < compared / 50, $"{compared} derivatives, {skipped} skipped");
    }

    /// <summary>
    /// One synapse of each neuron: then a delay is a synapse's, and its gradient is minus the weight's part in EventProp with delays,
    /// w (lambda_V - lambda_I) at the arrival, which the reference's adjoint gives.
    /// </summary>
    [Fact]
    public void TheGradientIsThatOfTheAdjointState()
    {
        using var kernels = Kit.Double();
        var neuron = new SpikingNeuron(SynapticTime: 1, Threshold: 0.5);
        var events = SpikingKit.Events(RandomStream.FromSeed(8), 5, 20, Duration / 2);
        var (weight, sent, arrived, spikes) = (SpikingKit.Weights(RandomStream.FromSeed(9), 5, 4, -0.3, 1.2),
            SpikingKit.Trains(kernels, 5, events), new SpikeTrains(5, ElementType.Double), new SpikeTrains(4, ElementType.Double));
        var (delay, layer) = (new SpikeDelay(5), new SpikingDense(kernels, 5, 4, neuron, Duration));
        delay.Forward(Delays(kernels, 0.1, 0.7, 0.3, 0, 1), sent, arrived);
        layer.Forward(SpikingKit.Tensor(kernels, weight), arrived, spikes);
        Tensor signal = spikes.ValuesOf(null), back = arrived.ValuesOf(null), gradient = kernels.Allocate(new(5));
        kernels.Fill(signal, 1);
        layer.Backward(signal, back, SpikingKit.Tensor(kernels, weight), null);
        delay.Backward(back, null, new Accumulator(gradient));

        var reference = SpikingKit.Reference(neuron, Duration);
        var input = SpikingKit.Sample(arrived, 0);
        var (_, arriving) = reference.Backward(input, weight, reference.Forward(input, weight), [.. Enumerable.Repeat(1.0, spikes.Count)]);
        var expected = new double[5];
        for (var e = 0; e < input.Count; e++) expected[input[e].Neuron] += arriving[e];
        Assert.True(spikes.Count > 5);
        Kit.Close(expected, gradient.ToArray(), 1e-9);
    }

    [Fact]
    public void GradientsAreScaledAndAddedAsAsked()
    {
        using var kernels = Kit.Double();
        var (input, output, delay) = (new SpikeTrains(2, ElementType.Double), new SpikeTrains(2, ElementType.Double), new SpikeDelay(2));
        input.Append([0, 1, 2], [0, 1, 0]);
        delay.Forward(Delays(kernels, 3, 0), input, output);
        var signal = output.ValuesOf(null);
        for (var e = 0; e < 3; e++) signal[e] = e + 1;   // arrives as 1 of neuron 1 at 1, 2 and 3 of neuron 0 at 3 and 5
        var gradient = Delays(kernels, 10, 20);
        delay.Backward(signal, null, new Accumulator(gradient, 2, 0.5));
        Assert.Equal([5 + 2 * 5, 10 + 2 * 1], gradient.ToArray());
    }

    [Fact]
    public void AWarmStepAllocatesNothing()
    {
        using var kernels = Kit.Single();
        var input = SpikingKit.Trains(kernels, 5, SpikingKit.Events(RandomStream.FromSeed(1), 5, 300, Duration));
        var (delay, output, values) = (new SpikeDelay(5), new SpikeTrains(5), Delays(kernels, 1, 0, 2, 0.5, 3));
        delay.Forward(values, input, output);
        Tensor signal = output.ValuesOf(null), arriving = input.ValuesOf(null), gradient = kernels.Allocate(new(5));
        Step();
        Assert.Equal(0, Allocation.Of(Step));

        void Step()
        {
            delay.Forward(values, input, output);
            delay.Backward(signal, arriving, new Accumulator(gradient));
        }
    }

    [Fact]
    public void WhatIsNoDelayIsRefused()
    {
        using var kernels = Kit.Double();
        var (input, output, delay) = (new SpikeTrains(2, ElementType.Double), new SpikeTrains(2, ElementType.Double), new SpikeDelay(2));
        input.Append([0], [1]);
        foreach (var bad in (double[])[-0.5, double.NaN, double.PositiveInfinity])
            Assert.Contains("The delay of neuron 1", Assert.Throws<ConcordException>(
                () => delay.Forward(Delays(kernels, 0, bad), input, output)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => delay.Forward(Delays(kernels, 0), input, output));
        Assert.Throws<ArgumentException>(() => delay.Forward(Delays(kernels, 0, 0), input, input));
        Assert.Throws<ArgumentException>(() => delay.Forward(Delays(kernels, 0, 0), input, new SpikeTrains(2)));
        Assert.Throws<InvalidOperationException>(() => delay.Backward(output.ValuesOf(null), null, null));
        Assert.Throws<ConcordException>(() => new SpikeDelay(0));
        var values = Delays(kernels, -0.25, 0.5);
        SpikeDelay.Project(values);
        Assert.Equal([0, 0.5], values.ToArray());
    }

    private static Tensor Delays(Kernels kernels, params double[] values)
    {
        var tensor = kernels.Allocate(new(values.Length));
        tensor.CopyFrom(values);
        return tensor;
    }

    private static IEnumerable<(double, int)> Events(SpikeTrains trains, int sample) =>
        SpikingKit.Sample(trains, sample).Select(e => (e.Time, e.Neuron));

    /// <summary>Input, delays, a layer, delays, a layer.</summary>
    private sealed class Delayed
    {
        private readonly Tensor[] _weights;
        private readonly SpikingDense[] _layers;
        private readonly SpikeDelay[] _delays = [new(5), new(4)];
        private readonly double _refractoryTime;

        public Delayed(Kernels kernels, SpikingNeuron neuron, RandomStream stream)
        {
            _weights = [SpikingKit.Tensor(kernels, SpikingKit.Weights(stream.Split("a"), 5, 4, -0.5, 1.4)),
                SpikingKit.Tensor(kernels, SpikingKit.Weights(stream.Split("b"), 4, 3, -0.5, 1.4))];
            _layers = [new(kernels, 5, 4, neuron, Duration), new(kernels, 4, 3, neuron, Duration)];
            _refractoryTime = neuron.RefractoryTime;
            Delay = [Delays(kernels, Draw("c", 5)), Delays(kernels, Draw("d", 4))];
            DelayGradient = [kernels.Allocate(new(5)), kernels.Allocate(new(4))];
            Trains = [SpikingKit.Trains(kernels, 5, SpikingKit.Events(stream, 5, 9, 3)), .. ((int[])[5, 4, 4, 3])
                .Select(neurons => new SpikeTrains(neurons, ElementType.Double))];

            double[] Draw(string name, int count) =>
                [.. Enumerable.Range(0, count).Select(j => 0.05 + 0.6 * stream.Split(name).Uniform((ulong)j))];
        }

        public Tensor[] Delay { get; }

        public Tensor[] DelayGradient { get; }

        /// <summary>What is sent and what arrives, twice, and the output.</summary>
        public SpikeTrains[] Trains { get; }

        public Tensor?[] Signals { get; } = new Tensor?[5];

        public void Forward()
        {
            for (var l = 0; l < 2; l++)
            {
                _delays[l].Forward(Delay[l], Trains[2 * l], Trains[2 * l + 1]);
                _layers[l].Forward(_weights[l], Trains[2 * l + 1], Trains[2 * l + 2]);
            }
        }

        public double Loss() => Enumerable.Range(0, Trains[4].Count)
            .Sum(i => Factor(i) * (Trains[4].Times[i] + 0.5 * Trains[4].Times[i] * Trains[4].Times[i]));

        public void Backward()
        {
            for (var i = 0; i < 5; i++) Signals[i] = Trains[i].ValuesOf(Signals[i]);
            for (var i = 0; i < Trains[4].Count; i++) Signals[4]![i] = Factor(i) * (1 + Trains[4].Times[i]);
            for (var l = 1; l >= 0; l--)
            {
                _layers[l].Backward(Signals[2 * l + 2]!, Signals[2 * l + 1], _weights[l], null);
                _delays[l].Backward(Signals[2 * l + 1]!, Signals[2 * l], new Accumulator(DelayGradient[l]));
            }
        }

        /// <summary>In which order events arrive, neurons fire and are released; what was sent does not count.</summary>
        public string Order() => string.Join(' ', ((int[])[1, 2, 3, 4]).SelectMany(i => SpikingKit.Sample(Trains[i], 0)
            .SelectMany(e => ((double, string)[])[(e.Time, $"{i}:{e.Neuron}"), (e.Time + _refractoryTime, $"{i}:{e.Neuron} released")]))
            .OrderBy(e => e.Item1).Select(e => e.Item2));

        private static double Factor(int i) => i % 2 == 0 ? 1 : -0.7;
    }
}
