using Concord.Data;
using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Tests.Spiking;

/// <summary>A layer of resistor-capacitor neurons that learns through the closed form of its first spikes.</summary>
public sealed class RcReadoutTests
{
    private static readonly RcNeuron s_neuron = new(Capacitance: 1, Leak: 0.2, Threshold: 0.1);

    [Fact]
    public void TheGradientIsThatOfDifferences()
    {
        float[] voltages = [0.9f, 0.2f, 0.6f];
        for (var label = 0; label < 4; label++)
        {
            var readout = Drawn();
            readout.Add(voltages, label);
            for (var k = 0; k < 4; k++)
                for (var i = 0; i < 4; i++)
                {
                    double Loss(double step)
                    {
                        var other = Drawn();
                        other.Conductances[k][i] += step;
                        return other.Add(voltages, label);
                    }
                    const double h = 1e-6;
                    Assert.Equal((Loss(h) - Loss(-h)) / (2 * h), readout.Gradient[k * 4 + i], 1e-6);
                }
        }

        RcReadout Drawn() => new(s_neuron, 3, 4, 0.5, RandomStream.FromSeed(2));
    }

    [Fact]
    public void WhatNeverFiresLearnsNothingAndAnswersNothing()
    {
        var readout = new RcReadout(s_neuron, 2, 2, 0.1, RandomStream.FromSeed(0));
        foreach (var conductances in readout.Conductances) ((double[])[1, 1, 0]).CopyTo(conductances, 0);
        Assert.Equal(-1, readout.AnswerTo([0.05f, 0.05f]));
        readout.Add([0.05f, 0.05f], 1);
        Assert.All(readout.Gradient.ToArray(), value => Assert.Equal(0, value));
        Assert.Contains("3 voltages were given", Assert.Throws<ConcordException>(() => readout.AnswerTo([0, 0, 0])).Message,
            StringComparison.Ordinal);
    }

    // The entry rc-postures has the linear readout beside it.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void PosturesAreToldApart(long seed)
    {
        var data = Dataset.Postures(2000, 500);
        var readout = new RcReadout(s_neuron, 6, 5, 0.05, RandomStream.FromSeed(seed));
        int[] order = [.. Enumerable.Range(0, 2000)];
        var losses = new List<double>();
        for (var epoch = 0; epoch < 12; epoch++)
        {
            RandomStream.FromSeed(seed).At(epoch).Shuffle<int>(order);
            losses.Add(order.Chunk(100).Average(batch =>
                readout.Learn([.. batch.Select(n => (data.Train.Singles(n).ToArray(), data.Train.Labels[n]))], 0.01)));
            Assert.All(readout.Conductances, all => Assert.All(all, g => Assert.True(g >= 0)));
        }
        Assert.True(losses[^1] < 0.1 * losses[0], string.Join(" ", losses));
        var right = Enumerable.Range(0, 500).Count(n => readout.AnswerTo(data.Test.Singles(n)) == data.Test.Labels[n]);
        Assert.True(right > 0.95 * 500, $"{right}");
    }
}
