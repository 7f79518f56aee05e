using Concord.Numerics;
using Concord.Spiking;
using Concord.Spiking.Losses;

namespace Concord.Tests.Spiking;

public sealed class SpikingLossTests
{
    [Fact]
    public void EverySpikeGetsWhatItsOutputMisses()
    {
        var output = Trains(3, [(0.1, 0), (0.2, 1), (0.3, 0)], []);
        var signal = output.ValuesOf(null);
        var loss = new SpikeCountLoss([0, 2], 5, 1).Of(output, signal);
        Assert.Equal(0.5 * (9 + 0 + 1) + 0.5 * (1 + 1 + 25), loss, 1e-12);
        Kit.Close([3, 0, 3], signal.ToArray()[..3]);
    }

    [Fact]
    public void FirstSpikesAreComparedBySoftmax()
    {
        var output = Trains(3, [(0.1, 0), (0.102, 1), (0.11, 0)], [(0.1, 0)]);
        var loss = new FirstSpikeLoss([1, 0], 0.004);
        Differences(loss, output, sample: 0);
        var signal = output.ValuesOf(null);
        loss.Of(output, signal);
        Assert.Equal(0, signal[2]);
        Assert.Equal(0, signal[3], 1e-12);
        Assert.Equal(double.PositiveInfinity, new FirstSpikeLoss([2, 2], 0.004).Of(output, signal));
        Assert.True(signal[0] < 0 && signal[1] < 0, "earlier spikes of others go later");
    }

    [Fact]
    public void TimesAreComparedOneByOne()
    {
        var output = Trains(2, [(0.1, 0), (0.2, 1), (0.3, 0), (0.4, 0)]);
        var loss = new SpikeTimeLoss(Trains(2, [(0.15, 0), (0.2, 0), (0.25, 1), (0.5, 1)]));
        Assert.Equal(0.5 * (0.0025 + 0.01 + 0.0025), loss.Of(output, output.ValuesOf(null)), 1e-12);
        Assert.Equal(2, loss.Unmatched);
        Differences(loss, output, 0);
    }

    [Fact]
    public void TheDistanceOfTrainsIsThatOfTheFilteredTrains()
    {
        (double, int)[] first = [(0.1, 0), (0.12, 1), (0.13, 0), (0.3, 0)], second = [(0.11, 0), (0.125, 0), (0.2, 1)];
        var (output, wanted) = (Trains(2, first), Trains(2, second));
        const double tau = 0.05, step = 1e-5;
        var loss = new SpikeTrainDistance(wanted, tau);
        var integral = 0.0;
        for (var neuron = 0; neuron < 2; neuron++)
            for (var t = step / 2; t < 2; t += step)
            {
                var difference = Filtered(first) - Filtered(second);
                integral += step * difference * difference / (2 * tau);

                double Filtered((double Time, int Neuron)[] train) => train.Where(e => e.Neuron == neuron && e.Time <= t)
                    .Sum(e => Math.Exp(-(t - e.Time) / tau));
            }
        Assert.Equal(integral, loss.Of(output, output.ValuesOf(null)), 1e-3 * integral);
        Differences(loss, output, 0);
        Assert.Equal(0, new SpikeTrainDistance(output, tau).Of(output, output.ValuesOf(null)), 1e-12);
    }

    [Fact]
    public void WhatDoesNotFitIsNamed()
    {
        var output = Trains(2, [(0.1, 0)]);
        Assert.Contains("label of sample 0 is 2", Refused(new SpikeCountLoss([2])));
        Assert.Contains("0 labels", Refused(new FirstSpikeLoss([])));
        Assert.Contains("1 samples of 3 neurons", Refused(new SpikeTimeLoss(Trains(3, [(0.1, 0)]))));
        Assert.Contains("0 samples", Refused(new SpikeTrainDistance(Trains(2))));
        Assert.Throws<ArgumentException>(() => new SpikeCountLoss([0]).Of(output, new Tensor(new(0), ElementType.Double)));

        string Refused(SpikingLoss loss) => Assert.Throws<ConcordException>(() => loss.Of(output, output.ValuesOf(null))).Message;
    }

    private static SpikeTrains Trains(int neurons, params (double Time, int Neuron)[][] samples)
    {
        var trains = new SpikeTrains(neurons, ElementType.Double);
        foreach (var sample in samples)
            trains.Append([.. sample.Select(e => e.Time)], [.. sample.Select(e => e.Neuron)], allowEmpty: true);
        return trains;
    }

    private static void Differences(SpikingLoss loss, SpikeTrains output, int sample)
    {
        Tensor signal = output.ValuesOf(null), scratch = output.ValuesOf(null);
        loss.Of(output, signal);
        for (var e = output.Offsets[sample]; e < output.Offsets[sample + 1]; e++)
        {
            var time = output.Times[e];
            output.Times[e] = time + 1e-6;
            var up = loss.Of(output, scratch);
            output.Times[e] = time - 1e-6;
            var down = loss.Of(output, scratch);
            output.Times[e] = time;
            Assert.Equal((up - down) / 2e-6, signal[e], 1e-6 * Math.Max(1, Math.Abs(signal[e])));
        }
    }
}
