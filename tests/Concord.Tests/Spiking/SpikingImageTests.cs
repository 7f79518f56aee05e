using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Tests.Spiking;

public sealed class SpikingImageTests
{
    private const double Duration = 3;

    private static readonly SpikingNeuron s_neuron = new(SynapticTime: 1, Threshold: 0.5);

    /// <summary>The dense layer has the filter at each place as weights of its own.</summary>
    [Fact]
    public void AConvolutionIsTheDenseLayerThatSharesItsWeights()
    {
        using var kernels = Kit.Double();
        const int height = 5, width = 4, channels = 2, filters = 3, size = 2, places = 4 * 3;
        var convolution = new SpikingConvolution(kernels, new(height, width, channels), filters, size, s_neuron, Duration);
        Assert.Equal(new Shape(4, 3, filters), convolution.Output);
        var filter = SpikingKit.Weights(RandomStream.FromSeed(1), size * size * channels, filters, -0.5, 1.5);
        var whole = new double[height * width * channels, places * filters];
        foreach (var (from, to, row, column) in Shared()) whole[from, to] = filter[row, column];
        var dense = new SpikingDense(kernels, whole.GetLength(0), whole.GetLength(1), s_neuron, Duration);
        const int pixels = height * width * channels;
        var input = SpikingKit.Trains(kernels, pixels,
            Enumerable.Range(0, 4).Select(i => i == 2 ? [] : SpikingKit.Events(RandomStream.FromSeed(i), pixels, 60, Duration)));
        SpikeTrains expected = new(places * filters, ElementType.Double), found = new(places * filters, ElementType.Double);
        Tensor weight = SpikingKit.Tensor(kernels, filter), wholeWeight = SpikingKit.Tensor(kernels, whole);
        dense.Forward(wholeWeight, input, expected);
        convolution.Forward(weight, input, found);
        Assert.True(expected.Count > 300);
        Assert.Equal(expected.Offsets.ToArray(), found.Offsets.ToArray());
        Assert.Equal(expected.NeuronsOfEvents.ToArray(), found.NeuronsOfEvents.ToArray());
        Kit.Close(expected.Times.ToArray()[..expected.Count], found.Times.ToArray()[..found.Count]);

        var signal = found.ValuesOf(null);
        for (var i = 0; i < found.Count; i++) signal[i] = Math.Sin(i);
        Tensor arriving = input.ValuesOf(null), arrivingHere = input.ValuesOf(null), gradient = kernels.Allocate(weight.Shape),
            wholeGradient = kernels.Allocate(wholeWeight.Shape);
        dense.Backward(signal, arriving, wholeWeight, new Accumulator(wholeGradient));
        convolution.Backward(signal, arrivingHere, weight, new Accumulator(gradient));
        Kit.Close(arriving.ToArray()[..input.Count], arrivingHere.ToArray()[..input.Count], 1e-9);
        var sums = new double[gradient.Length];
        foreach (var (from, to, row, column) in Shared()) sums[row * filters + column] += wholeGradient[from * places * filters + to];
        Kit.Close(sums, gradient.ToArray(), 1e-9);

        static IEnumerable<(int From, int To, int Row, int Column)> Shared() =>
            from y in Enumerable.Range(0, 4)
            from x in Enumerable.Range(0, 3)
            from ky in Enumerable.Range(0, size)
            from kx in Enumerable.Range(0, size)
            from c in Enumerable.Range(0, channels)
            from f in Enumerable.Range(0, filters)
            select (((y + ky) * width + x + kx) * channels + c, (y * 3 + x) * filters + f, (ky * size + kx) * channels + c, f);
    }

    /// <summary>Each of the two late spikes lies in several windows, and is one spike.</summary>
    [Fact]
    public void LateSpikesAreCountedAndNotTheirWindows()
    {
        using var kernels = Kit.Single();
        var convolution = new SpikingConvolution(kernels, new(4, 4, 1), 2, 2, s_neuron, Duration);
        SpikeTrains input = new(16), output = new(18);
        input.Append([0.5, Duration, 3.1], [5, 6, 5]);
        input.Append([4], [10]);
        var weight = kernels.Allocate(new(4, 2));
        kernels.Fill(weight, 2);
        convolution.Forward(weight, input, output);
        Assert.Equal(2, convolution.Late);
        Assert.Equal(2 * 4 * 2, convolution.SynapticOperations);
        Tensor signal = output.ValuesOf(null), arriving = input.ValuesOf(null);
        kernels.Fill(signal, 1);
        kernels.Fill(arriving, 7);
        convolution.Backward(signal, arriving, weight, null);
        Assert.NotEqual(0, arriving[0]);
        Assert.Equal([0, 0], arriving.ToArray()[2..4]);
    }

    [Fact]
    public void APoolMergesTrainsAndSendsDerivativesBackToTheirSpikes()
    {
        var pool = new SpikePool(new(3, 5, 2), 2);
        Assert.Equal(new Shape(1, 2, 2), pool.Output);
        SpikeTrains input = new(30, ElementType.Double), output = new(4, ElementType.Double);
        // Neurons at (y, x, channel): (0,0,1), (1,1,1), (0,4,0) which no window holds, (1,3,0); then (2,0,0), which none holds.
        input.Append([0.1, 0.2, 0.3, 0.4], [1, 13, 8, 16]);
        input.Append([0.5], [20]);
        pool.Forward(input, output);
        Assert.Equal([1, 1, 2], output.NeuronsOfEvents.ToArray());
        Assert.Equal([0, 3, 3], output.Offsets.ToArray());
        Kit.Close([0.1, 0.2, 0.4], output.Times.ToArray()[..3]);
        Tensor signal = output.ValuesOf(null), arriving = input.ValuesOf(null);
        signal.CopyFrom([.. Enumerable.Range(1, signal.Length).Select(i => (double)i)]);
        pool.Backward(signal, arriving);
        Assert.Equal([1, 2, 0, 3, 0], arriving.ToArray()[..5]);
    }

    [Fact]
    public void ConvolutionPoolAndDenseTogetherHaveTheDerivativesOfDifferences()
    {
        using var kernels = Kit.Double();
        var checkedOnes = 0;
        for (var seed = 0; seed < 30; seed++)
        {
            var stream = RandomStream.FromSeed(seed);
            var convolution = new SpikingConvolution(kernels, new(5, 5, 1), 2, 2, s_neuron, Duration);
            var pool = new SpikePool(convolution.Output, 2);
            var dense = new SpikingDense(kernels, pool.Output.Length, 3, s_neuron, Duration);
            var filter = SpikingKit.Tensor(kernels, SpikingKit.Weights(stream.Split("a"), 4, 2, -0.3, 1.5));
            var weight = SpikingKit.Tensor(kernels, SpikingKit.Weights(stream.Split("b"), 8, 3, -0.3, 1));
            var input = SpikingKit.Trains(kernels, 25, SpikingKit.Events(stream, 25, 18, Duration));
            SpikeTrains maps = new(32, ElementType.Double), pooled = new(8, ElementType.Double), output = new(3, ElementType.Double);
            Forward();
            var order = Order();
            Tensor signal = output.ValuesOf(null), below = pooled.ValuesOf(null), map = maps.ValuesOf(null);
            var gradient = kernels.Allocate(new(4, 2));
            for (var i = 0; i < output.Count; i++) signal[i] = output.Times[i];
            dense.Backward(signal, below, weight, null);
            pool.Backward(below, map);
            convolution.Backward(map, null, null, new Accumulator(gradient));
            for (var w = 0; w < filter.Length; w++)
            {
                var (value, expected) = (filter[w], gradient[w]);
                var (up, upOrder) = At(w, value + 1e-6);
                var (down, downOrder) = At(w, value - 1e-6);
                filter[w] = value;
                if (upOrder != order || downOrder != order) continue;
                Assert.Equal((up - down) / 2e-6, expected, 1e-3 * Math.Max(1, Math.Abs(expected)));
                checkedOnes++;
            }

            void Forward()
            {
                convolution.Forward(filter, input, maps);
                pool.Forward(maps, pooled);
                dense.Forward(weight, pooled, output);
            }

            (double Loss, string Order) At(int w, double value)
            {
                filter[w] = value;
                Forward();
                return (Enumerable.Range(0, output.Count).Sum(i => 0.5 * output.Times[i] * output.Times[i]), Order());
            }

            string Order() => string.Join(' ', ((SpikeTrains[])[input, maps, output]).SelectMany((train, l) => SpikingKit.Sample(train, 0)
                .Select(e => (e.Time, Name: $"{l}:{e.Neuron}"))).OrderBy(e => e.Time).Select(e => e.Name));
        }
        Assert.True(checkedOnes > 150, $"{checkedOnes}");
    }

    [Fact]
    public void AWarmStepAllocatesNothing()
    {
        using var kernels = Kit.Single(2);
        var convolution = new SpikingConvolution(kernels, new(6, 6, 2), 4, 3, s_neuron, Duration);
        var pool = new SpikePool(convolution.Output, 2);
        var weight = SpikingKit.Tensor(kernels, SpikingKit.Weights(RandomStream.FromSeed(1), 18, 4, -0.5, 1.5));
        var input = SpikingKit.Trains(kernels, 72,
            Enumerable.Range(0, 3).Select(i => SpikingKit.Events(RandomStream.FromSeed(i), 72, 60, Duration)));
        SpikeTrains maps = new(convolution.Output.Length), pooled = new(pool.Output.Length);
        Tensor? signal = null, mapSignal = null, arriving = null;
        var gradient = kernels.Allocate(weight.Shape);
        Step();
        Assert.Equal(0, Allocation.Of(Step));
        Assert.True(pooled.Count > 100);

        void Step()
        {
            convolution.Forward(weight, input, maps);
            pool.Forward(maps, pooled);
            (signal, mapSignal, arriving) = (pooled.ValuesOf(signal), maps.ValuesOf(mapSignal), input.ValuesOf(arriving));
            pool.Backward(signal, mapSignal);
            convolution.Backward(mapSignal, arriving, weight, new Accumulator(gradient));
        }
    }

    [Fact]
    public void StatisticsAndDecisionsAreThoseOfTheSpikes()
    {
        var trains = new SpikeTrains(4);
        trains.Append([0.1, 0.2, 0.3], [2, 1, 1]);
        trains.Append([], [], allowEmpty: true);
        trains.Append([0.3, 0.4], [1, 2]);
        int[] decisions = new int[3], counts = new int[4];
        SpikeDecision.ByCount(trains, decisions, counts);
        Assert.Equal([1, -1, 1], decisions);
        SpikeDecision.ByFirstSpike(trains, decisions);
        Assert.Equal([2, -1, 1], decisions);
        var statistics = new SpikeStatistics(4);
        Assert.Null(statistics.Complaint("fc1"));
        statistics.Add(trains);
        Assert.Equal((3, 5, 1), (statistics.Samples, statistics.Spikes, statistics.SilentSamples));
        Assert.Equal(5 / 12.0, statistics.SpikesPerNeuron, 1e-12);
        Assert.Equal(0.5, statistics.SilentShare);
        Assert.Equal(0.2, statistics.MeanFirstSpike, 1e-7);
        Assert.Null(statistics.Complaint("fc1"));
        statistics.Clear();
        trains.Clear();
        trains.EndSample();
        statistics.Add(trains);
        Assert.StartsWith("fc1 gave no spike in 1 samples", statistics.Complaint("fc1"), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => statistics.Add(new SpikeTrains(3)));
    }

    [Fact]
    public void WindowsThatDoNotFitAreRefused()
    {
        using var kernels = Kit.Double();
        Assert.Contains("4 x 4", Refused(() => _ = new SpikePool(new(3, 5, 2), 4)), StringComparison.Ordinal);
        Assert.Contains("4 x 4", Refused(() => _ = new SpikingConvolution(kernels, new(3, 5, 2), 2, 4, s_neuron, Duration)),
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new SpikePool(new(4, 4, 1), 2).Forward(new SpikeTrains(16), new SpikeTrains(5)));
        Assert.Throws<InvalidOperationException>(() => new SpikePool(new(4, 4, 1), 2).Backward(new Tensor(new(1)), new Tensor(new(1))));

        static string Refused(Action action) => Assert.Throws<ConcordException>(action).Message;
    }
}
