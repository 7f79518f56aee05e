using Concord.Numerics;
using Concord.Spiking;
using Concord.Spiking.Walks;

namespace Concord.Tests.Spiking;

public sealed class DenseWalkTests
{
    private const double Duration = 3;

    public static TheoryData<Membrane> Membranes => [.. Enum.GetValues<Membrane>()];

    public static IEnumerable<object[]> MembranesAndRefractoryTimes =>
        Enum.GetValues<Membrane>().SelectMany(membrane => ((double[])[0, 0.02, 0.4]).Select(time => (object[])[membrane, time]));

    public static IEnumerable<object[]> MembranesAndGrazing =>
        Enum.GetValues<Membrane>().SelectMany(membrane => Enum.GetValues<Grazing>().Select(grazing => (object[])[membrane, grazing]));

    private static SpikingNeuron Neuron(Membrane membrane, double refractoryTime = 0) =>
        new(membrane, SynapticTime: 1, Threshold: 0.5, RefractoryTime: refractoryTime);

    [Theory, MemberData(nameof(MembranesAndRefractoryTimes))]
    public void SpikesAreThoseOfTheReference(Membrane membrane, double refractoryTime)
    {
        using var kernels = Kit.Double();
        var neuron = Neuron(membrane, refractoryTime);
        var spikes = 0;
        for (var seed = 0; seed < 100; seed++)
        {
            var stream = RandomStream.FromSeed(seed);
            var input = SpikingKit.Events(stream, 9, 40, Duration);
            var weight = SpikingKit.Weights(stream.Split("w"), 9, 50, -1, 1.4);
            var expected = SpikingKit.Reference(neuron, Duration).Forward(input, weight);
            var (layer, output) = (new SpikingDense(kernels, 9, 50, neuron, Duration), new SpikeTrains(50, ElementType.Double));
            layer.Forward(SpikingKit.Tensor(kernels, weight), SpikingKit.Trains(kernels, 9, input), output);
            var found = SpikingKit.Sample(output, 0);
            Assert.Equal(expected.Select(e => e.Neuron), found.Select(e => e.Neuron));
            for (var i = 0; i < found.Count; i++) Assert.Equal(expected[i].Time, found[i].Time, 1e-9);
            spikes += found.Count;
        }
        Assert.True(spikes > 5_000, $"only {spikes} spikes");
    }

    [Theory, MemberData(nameof(MembranesAndRefractoryTimes))]
    public void GradientsAreThoseOfTheAdjointState(Membrane membrane, double refractoryTime)
    {
        using var kernels = Kit.Double();
        var neuron = Neuron(membrane, refractoryTime);
        var compared = new int[3];
        for (var seed = 0; seed < 100; seed++)
        {
            var stream = RandomStream.FromSeed(seed);
            double[][,] weights = [SpikingKit.Weights(stream.Split("a"), 8, 6, -0.5, 1.4),
                SpikingKit.Weights(stream.Split("b"), 6, 5, -0.5, 1.4), SpikingKit.Weights(stream.Split("c"), 5, 3, -0.5, 1.4)];
            var input = SpikingKit.Events(stream, 8, 14, Duration);
            var stack = new SpikingStack(kernels, Duration, [neuron, neuron, neuron], weights);
            stack.Trains[0].Append([.. input.Select(e => e.Time)], [.. input.Select(e => e.Neuron)]);
            stack.Forward();
            var reference = SpikingKit.Reference(neuron, Duration);
            List<List<EventReference.Event>> trains = [input];
            foreach (var weight in weights) trains.Add(reference.Forward(trains[^1], weight));
            var signal = trains[^1].Select((_, i) => stream.Split("signal").Uniform((ulong)i) - 0.5).ToArray();
            stack.Signals[^1] = stack.Output.ValuesOf(null);
            for (var i = 0; i < signal.Length; i++) stack.Signals[^1]![i] = signal[i];
            stack.Backward();
            for (var l = 2; l >= 0; l--)
            {
                var (gradient, arriving) = reference.Backward(trains[l], weights[l], trains[l + 1], signal);
                Near(gradient.Cast<double>(), stack.Gradients[l].ToArray(), $"weight {l}, seed {seed}");
                Near(arriving, stack.Signals[l]!.ToArray()[..arriving.Length], $"times {l}, seed {seed}");
                signal = arriving;
                compared[l] += trains[l + 1].Count;
            }
        }
        Assert.All(compared, spikes => Assert.True(spikes > 500, $"only {string.Join(", ", compared)} spikes of the three layers"));

        static void Near(IEnumerable<double> expected, double[] found, string what)
        {
            var values = expected.ToArray();
            var scale = values.Append(1).Max(Math.Abs);
            for (var i = 0; i < values.Length; i++)
                Assert.True(Math.Abs(values[i] - found[i]) <= 1e-9 * scale, $"{what}[{i}]: {values[i]:R} and {found[i]:R}");
        }
    }

    /// <summary>
    /// A step that changes how many spikes there are, or whether an input comes before or after a spike or a release, measures something
    /// else, and is tried again ten times smaller.
    /// </summary>
    [Theory, InlineData(0), InlineData(0.3)]
    public void GradientsAreCentralDifferences(double refractoryTime)
    {
        using var kernels = Kit.Double();
        var (checkedOnes, skipped) = (0, 0);
        for (var seed = 0; seed < 260; seed++)
        {
            var stream = RandomStream.FromSeed(1_000 + seed);
            var neuron = Neuron((Membrane)(seed % 3), refractoryTime);
            double[][,] weights = [SpikingKit.Weights(stream.Split("a"), 5, 4, -0.5, 1.4),
                SpikingKit.Weights(stream.Split("b"), 4, 3, -0.5, 1.4)];
            var input = SpikingKit.Events(stream, 5, 9, Duration);
            var stack = new SpikingStack(kernels, Duration, [neuron, neuron], weights);
            Load(stack, [.. input.Select(e => e.Time)], [.. input.Select(e => e.Neuron)]);
            stack.Forward();
            var order = Order(stack);
            stack.Signals[^1] = stack.Output.ValuesOf(null);
            for (var i = 0; i < stack.Output.Count; i++) stack.Signals[^1]![i] = Factor(i) * (1 + stack.Output.Times[i]);
            stack.Backward();
            double[][] found = [.. stack.Gradients.Select(gradient => gradient.ToArray())];
            var arriving = stack.Signals[0]!.ToArray();
            for (var l = 0; l < 2; l++)
                for (var w = 0; w < found[l].Length; w++)
                {
                    var (tensor, value) = (stack.Weights[l], stack.Weights[l][w]);
                    Compare(found[l][w], step => tensor[w] = value + step, $"weight {l}[{w}], seed {seed}");
                }
            for (var e = 0; e < input.Count; e++)
                Compare(arriving[e], step => stack.Trains[0].Times[e] = input[e].Time + step, $"event {e}, seed {seed}");

            void Compare(double expected, Action<double> set, string what)
            {
                for (var step = 1e-5; step >= 1e-7; step /= 10)
                {
                    var differs = false;
                    var (up, down) = (At(step), At(-step));
                    set(0);
                    if (differs) continue;
                    var difference = (up - down) / (2 * step);
                    var agrees = Math.Abs(difference - expected) <= 1e-4 * Math.Max(Math.Abs(expected), 0.01);
                    if (!agrees && step > 5e-7) continue;
                    Assert.True(agrees, $"{what}: {expected} and {difference}");
                    checkedOnes++;
                    return;

                    double At(double by)
                    {
                        set(by);
                        stack.Forward();
                        differs |= Order(stack) != order;
                        return Enumerable.Range(0, stack.Output.Count)
                            .Sum(i => Factor(i) * (stack.Output.Times[i] + 0.5 * stack.Output.Times[i] * stack.Output.Times[i]));
                    }
                }
                skipped++;
            }
        }
        Assert.True(checkedOnes > 10_000 && skipped < checkedOnes / 100, $"{checkedOnes} derivatives, {skipped} skipped");

        static double Factor(int i) => i % 2 == 0 ? 1 : -0.7;

        string Order(SpikingStack stack) => string.Join(' ', stack.Trains.SelectMany((train, l) => SpikingKit.Sample(train, 0)
            .SelectMany(e => ((double, string)[])[(e.Time, $"{l}:{e.Neuron}"), (e.Time + refractoryTime, $"{l}:{e.Neuron} released")]))
            .OrderBy(e => e.Item1).Select(e => e.Item2));
    }

    [Fact]
    public void SinglePrecisionFollowsDoublePrecision()
    {
        using var single = Kit.Single();
        using var twice = Kit.Double();
        var (neuron, weight) = (Neuron(Membrane.TwiceSynaptic), SpikingKit.Weights(RandomStream.FromSeed(1), 12, 100, -0.5, 1));
        var input = SpikingKit.Events(RandomStream.FromSeed(2), 12, 30, Duration);
        double[][] gradients = new double[2][], times = new double[2][];
        for (var i = 0; i < 2; i++)
        {
            var kernels = i == 0 ? single : twice;
            var stack = new SpikingStack(kernels, Duration, [neuron], [weight]);
            Load(stack, [.. input.Select(e => e.Time)], [.. input.Select(e => e.Neuron)]);
            stack.Forward();
            stack.Signals[1] = stack.Output.ValuesOf(null);
            kernels.Fill(stack.Signals[1]!, 1);
            stack.Backward();
            (gradients[i], times[i]) = (stack.Gradients[0].ToArray(), stack.Output.Times.ToArray()[..stack.Output.Count]);
        }
        Assert.True(times[1].Length > 200);
        Kit.Close(times[1], times[0], 2e-5);
        Assert.True(Norm(gradients[1].Zip(gradients[0], (a, b) => a - b)) <= 1e-2 * Norm(gradients[1]));

        static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(value => value * value));
    }

    [Theory, InlineData(2), InlineData(5)]
    public void ThreadsChangeNoBit(int threads)
    {
        using var one = Kit.Single();
        using var several = Kit.Single(threads);
        Assert.Equal(Bits(one), Bits(several));

        static byte[] Bits(Kernels kernels)
        {
            var stack = Batch(kernels);
            stack.Forward();
            stack.Signals[2] = stack.Output.ValuesOf(null);
            kernels.Fill(stack.Signals[2]!, 0.5);
            stack.Backward();
            return [.. stack.Gradients.SelectMany(gradient => gradient.AsBytes().ToArray()),
                .. stack.Signals[0]!.AsBytes()[..(4 * stack.Trains[0].Count)], .. stack.Output.Times.AsBytes()[..(4 * stack.Output.Count)]];
        }
    }

    [Fact]
    public void AWarmStepAllocatesNothing()
    {
        using var kernels = Kit.Single(2);
        var stack = Batch(kernels);
        Step();
        Assert.Equal(0, Allocation.Of(Step));

        void Step()
        {
            stack.Forward();
            stack.Signals[2] = stack.Output.ValuesOf(stack.Signals[2]);
            stack.Backward();
        }
    }

    [Fact]
    public void GradientsAreAddedAsTheAccumulatorSays()
    {
        using var kernels = Kit.Single();
        var stack = Batch(kernels);
        stack.Forward();
        stack.Signals[2] = stack.Output.ValuesOf(null);
        kernels.Fill(stack.Signals[2]!, 0.5);
        stack.Backward();
        for (var l = 0; l < 2; l++)
        {
            var (target, once) = (kernels.Allocate(stack.Weights[l].Shape), stack.Gradients[l].ToArray());
            kernels.Fill(target, 2);
            stack.Layers[l].Backward(stack.Signals[l + 1]!, null, null, new Accumulator(target, 0.5, 3));
            Kit.Close([.. once.Select(value => 6 + 0.5 * value)], target.ToArray(), 1e-4);
        }
    }

    [Fact]
    public void AnotherCarrierChangesOnlyWhatArrivesBelow()
    {
        using var kernels = Kit.Double();
        var stack = Batch(kernels);
        stack.Forward();
        stack.Signals[2] = stack.Output.ValuesOf(null);
        kernels.Fill(stack.Signals[2]!, 0.5);
        stack.Backward();
        var (exact, gradient) = (stack.Signals[1]!.ToArray(), stack.Gradients[1].ToArray());
        var doubled = kernels.Allocate(stack.Weights[1].Shape);
        kernels.Combine(2, stack.Weights[1], 0, doubled);
        stack.Layers[1].Backward(stack.Signals[2]!, stack.Signals[1], doubled, new Accumulator(stack.Gradients[1]));
        Kit.Close([.. exact.Select(value => 2 * value)], stack.Signals[1]!.ToArray(), 1e-14);
        Assert.Equal(gradient, stack.Gradients[1].ToArray());
    }

    [Theory, MemberData(nameof(Membranes))]
    public void LongSequencesStayRightInSinglePrecision(Membrane membrane)
    {
        using var kernels = Kit.Single();
        var (neuron, duration) = (Neuron(membrane), 200.0);
        var input = SpikingKit.Events(RandomStream.FromSeed(3), 4, 500, duration)
            .Select(e => e with { Time = (float)e.Time }).Where(e => e.Time is < 60 or > 120).ToList();
        var weight = SpikingKit.Weights(RandomStream.FromSeed(4), 4, 30, -0.6, 0.8);
        var expected = SpikingKit.Reference(neuron, duration).Forward(input, weight);
        var (output, layer) = (new SpikeTrains(30), new SpikingDense(kernels, 4, 30, neuron, duration));
        layer.Forward(SpikingKit.Tensor(kernels, weight), SpikingKit.Trains(kernels, 4, input), output);
        Assert.True(expected.Count > 500);
        var found = SpikingKit.Sample(output, 0);
        var close = expected.Count(spike => found.Any(e => e.Neuron == spike.Neuron && Math.Abs(e.Time - spike.Time) < 2e-3));
        Assert.True(close >= 0.99 * expected.Count && Math.Abs(output.Count - expected.Count) <= 0.01 * expected.Count,
            $"{close} of {expected.Count}, {output.Count} found");
    }

    [Fact]
    public void TheReferenceAgreesWithSmallSteps()
    {
        var neuron = Neuron(Membrane.TwiceSynaptic);
        var reference = SpikingKit.Reference(neuron, Duration);
        for (var seed = 0; seed < 5; seed++)
        {
            var input = SpikingKit.Events(RandomStream.FromSeed(seed), 9, 25, Duration);
            var weight = SpikingKit.Weights(RandomStream.FromSeed(seed).Split("w"), 9, 1, -1, 1.6);
            var steps = reference.Step(input, neuronOf => weight[neuronOf, 0], 2e-5);
            var found = reference.Forward(input, weight);
            Assert.Equal(steps.Count, found.Count);
            for (var i = 0; i < steps.Count; i++) Assert.Equal(steps[i], found[i].Time, 2e-4);
        }
    }

    [Fact]
    public void ANeuronThatWouldFireMoreThanItMayIsCutOffAndCounted()
    {
        using var kernels = Kit.Double();
        var input = SpikingKit.Events(RandomStream.FromSeed(5), 3, 30, Duration);
        var weight = SpikingKit.Weights(RandomStream.FromSeed(6), 3, 5, 0.5, 1);
        int[] Counts(int most, out long cutOff)
        {
            var output = new SpikeTrains(5, ElementType.Double);
            var layer = new SpikingDense(kernels, 3, 5, Neuron(Membrane.TwiceSynaptic) with { MostSpikes = most }, Duration);
            layer.Forward(SpikingKit.Tensor(kernels, weight), SpikingKit.Trains(kernels, 3, input), output);
            cutOff = layer.CutOff;
            return [.. Enumerable.Range(0, 5).Select(n => SpikingKit.Sample(output, 0).Count(e => e.Neuron == n))];
        }
        var free = Counts(1000, out var none);
        Assert.All(free, count => Assert.True(count > 2));
        Assert.Equal(0, none);
        Assert.Equal([.. free.Select(count => Math.Min(count, 2))], Counts(2, out var cut));
        Assert.Equal(5, cut);
    }

    /// <summary>
    /// A spike moves by minus (change of u) / (slope of u), and this slope alone is what grazing changes. At a spike du/dt = v - theta/tau,
    /// or v without a leak; bounded it is v, the slope without the threshold's part, and clipped it is no less than the limit.
    /// </summary>
    [Theory, MemberData(nameof(MembranesAndGrazing))]
    public void ClippedAndBoundedSlopesAreThoseOfTheClosedForm(Membrane membrane, Grazing grazing)
    {
        using var kernels = Kit.Double();
        var neuron = Neuron(membrane) with { Grazing = grazing, SlopeLimit = 6, Reset = 0.4 };
        var (spikes, small) = (0, 0);
        for (var seed = 0; seed < 20; seed++)
        {
            var stream = RandomStream.FromSeed(seed);
            var (input, weight) = (SpikingKit.Events(stream, 9, 30, Duration), SpikingKit.Weights(stream.Split("w"), 9, 20, -1, 1.4));
            var stack = new SpikingStack(kernels, Duration, [neuron], [weight]);
            Load(stack, [.. input.Select(e => e.Time)], [.. input.Select(e => e.Neuron)]);
            stack.Forward();
            var fired = SpikingKit.Sample(stack.Output, 0);
            double[] signal = [.. fired.Select((_, i) => stream.Split("signal").Uniform((ulong)i) - 0.5)];
            stack.Signals[1] = stack.Output.ValuesOf(null);
            for (var i = 0; i < signal.Length; i++) stack.Signals[1]![i] = signal[i];
            stack.Backward();
            var expected = new SpikeSensitivities(neuron, input, weight, fired).Backward(signal);
            Kit.Close([.. expected.Weight.Cast<double>()], stack.Gradients[0].ToArray(), 1e-9, $"weight, seed {seed}");
            Kit.Close(expected.Input, stack.Signals[0]!.ToArray()[..input.Count], 1e-9, $"times, seed {seed}");
            Assert.Equal(grazing == Grazing.Clipped ? expected.Small : 0, stack.Layers[0].Clipped);
            (spikes, small) = (spikes + fired.Count, small + expected.Small);
        }
        Assert.True(small > 100 && spikes - small > 1000, $"{small} small slopes of {spikes}");
    }

    /// <summary>What nothing else bounds ends in a line that says what to change, and not in a machine without memory.</summary>
    [Theory, InlineData(50, 1_000, true), InlineData(50, 1_000_000, false), InlineData(2_000, 1_000, true)]
    public void AStormIsRefused(int events, long most, bool isRefused)
    {
        using var kernels = Kit.Single(2);
        var neuron = new SpikingNeuron(SynapticTime: 1, Threshold: 1e-3, MostSpikes: int.MaxValue);
        var walk = new DenseWalk<float, QuadraticDynamics<float>>(kernels, 9, 50, neuron, new(neuron), Duration, 1, most);
        var (weight, output) = (kernels.Allocate(new(9, 50)), new SpikeTrains(50));
        kernels.Fill(weight, 0.02);
        var input = SpikingKit.Trains(kernels, 9, SpikingKit.Events(RandomStream.FromSeed(1), 9, events, Duration));
        var refused = Record.Exception(() => walk.Forward(weight, input, output));
        if (!isRefused) Assert.True(refused is null && output.Count > 10_000, $"{output.Count} spikes");
        else
            Assert.Contains(events > most ? "1,000 spikes of a batch come to a layer of 50" : "are fired by a layer of 50 spiking neurons",
                Assert.IsType<ConcordException>(refused).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SmallSlopesAreClippedAndCounted()
    {
        using var kernels = Kit.Double();
        var input = SpikingKit.Events(RandomStream.FromSeed(7), 9, 40, Duration);
        var weight = SpikingKit.Weights(RandomStream.FromSeed(8), 9, 200, -1, 1.4);
        var exact = Gradient(Grazing.Exact, 0.05, out var none);
        Assert.Equal(0, none);
        Assert.Equal(exact, Gradient(Grazing.Clipped, 1e-12, out none));
        Assert.Equal(0, none);
        var clipped = Gradient(Grazing.Clipped, 10, out var some);
        Assert.True(some > 20, $"{some}");
        Assert.True(clipped.Max(Math.Abs) < exact.Max(Math.Abs));
        var bounded = Gradient(Grazing.Bounded, 0.05, out _);
        Assert.True(bounded.Max(Math.Abs) < exact.Max(Math.Abs));

        double[] Gradient(Grazing grazing, double limit, out long count)
        {
            var neuron = Neuron(Membrane.TwiceSynaptic) with { Grazing = grazing, SlopeLimit = limit };
            var stack = new SpikingStack(kernels, Duration, [neuron], [weight]);
            Load(stack, [.. input.Select(e => e.Time)], [.. input.Select(e => e.Neuron)]);
            stack.Forward();
            stack.Signals[1] = stack.Output.ValuesOf(null);
            kernels.Fill(stack.Signals[1]!, 1);
            stack.Backward();
            count = stack.Layers[0].Clipped;
            return stack.Gradients[0].ToArray();
        }
    }

    [Fact]
    public void EventsAfterTheEndHaveNoEffectAndAreCounted()
    {
        using var kernels = Kit.Double();
        var trains = new SpikeTrains(1, ElementType.Double);
        trains.Append([0.5, 3, 3.5], [0, 0, 0]);
        trains.Append([], [], allowEmpty: true);
        trains.Append([4], [0]);
        var layer = new SpikingDense(kernels, 1, 3, Neuron(Membrane.TwiceSynaptic), Duration);
        var (output, weight) = (new SpikeTrains(3, ElementType.Double), kernels.Allocate(new(1, 3)));
        kernels.Fill(weight, 10);
        layer.Forward(weight, trains, output);
        Assert.Equal(2, layer.Late);
        Assert.Equal(6, layer.SynapticOperations);
        Assert.True(output.CountOf(0) > 3);
        Assert.Equal(2, output.EmptySamples);
        Assert.All(SpikingKit.Sample(output, 0), e => Assert.InRange(e.Time, 0.5, 3));
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        using var kernels = Kit.Double();
        var layer = new SpikingDense(kernels, 2, 3, new(), 1);
        SpikeTrains two = new(2, ElementType.Double), three = new(3, ElementType.Double);
        var weight = kernels.Allocate(new(2, 3));
        Assert.Throws<ArgumentException>(() => layer.Forward(weight, three, three));
        Assert.Throws<ArgumentException>(() => layer.Forward(weight, two, new SpikeTrains(3)));
        Assert.Throws<ArgumentException>(() => layer.Forward(kernels.Allocate(new(3, 2)), two, three));
        Assert.Throws<InvalidOperationException>(() => layer.Backward(weight, null, null, null));
        layer.Forward(weight, two, three);
        Assert.Equal(3, three.Neurons);
        Assert.Throws<ArgumentException>(() => layer.Backward(weight, weight, null, null));
        Assert.Contains("-0.13", Refused(() => _ = new SpikingDense(kernels, 2, 3, new(SynapticTime: -0.13), 1)), StringComparison.Ordinal);
        Assert.Contains("0 s was given", Refused(() => _ = new SpikingDense(kernels, 2, 3, new(), 0)), StringComparison.Ordinal);
        Assert.Contains("0 neurons", Refused(() => _ = new SpikingDense(kernels, 2, 0, new(), 1)), StringComparison.Ordinal);

        static string Refused(Action action) => Assert.Throws<ConcordException>(action).Message;
    }

    /// <summary>A batch of six samples, one of them empty, through two layers whose neurons do not fill their registers.</summary>
    private static SpikingStack Batch(Kernels kernels)
    {
        var neuron = Neuron(Membrane.TwiceSynaptic);
        var stream = RandomStream.FromSeed(1);
        var stack = new SpikingStack(kernels, Duration, [neuron, neuron],
            [SpikingKit.Weights(stream.Split("a"), 12, 190, -0.5, 1), SpikingKit.Weights(stream.Split("b"), 190, 7, -0.05, 0.1)]);
        for (var sample = 0; sample < 6; sample++)
        {
            var events = sample == 3 ? [] : SpikingKit.Events(RandomStream.FromSeed(10 + sample), 12, 20, Duration);
            stack.Trains[0].Append([.. events.Select(e => e.Time)], [.. events.Select(e => e.Neuron)], allowEmpty: true);
        }
        return stack;
    }

    private static void Load(SpikingStack stack, double[] times, int[] neurons)
    {
        stack.Trains[0].Clear();
        stack.Trains[0].Append(times, neurons);
    }
}
