using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Tests.Spiking;

/// <summary>The circuit's equations against its differential equation, simulated finely, and derivatives against differences.</summary>
public sealed class RcNeuronTests
{
    private static readonly RcNeuron s_neuron = new(Capacitance: 2, Leak: 0.3, Threshold: 0.5, Reset: 0.05);

    public static TheoryData<int> Cases() => [.. Enumerable.Range(0, 12)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void AStepOfAnyLengthIsTheDifferentialEquation(int number)
    {
        var (conductances, voltages, potential) = Draw(number, 5);
        var drive = s_neuron.DriveOf(conductances, voltages);
        foreach (var time in (double[])[1e-3, 0.4, 3])
            Assert.Equal(Solve(conductances, voltages, potential, time),
                RcNeuron.Charge(potential, drive.Target, s_neuron.ConstantOf(drive), time), 1e-11);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AStepSplitInTwoIsTheSame(int number)
    {
        var (conductances, voltages, potential) = Draw(number, 4);
        var drive = s_neuron.DriveOf(conductances, voltages);
        var constant = s_neuron.ConstantOf(drive);
        var half = RcNeuron.Charge(potential, drive.Target, constant, 0.7);
        Assert.Equal(RcNeuron.Charge(potential, drive.Target, constant, 2), RcNeuron.Charge(half, drive.Target, constant, 1.3), 1e-14);

        // with spikes: as many, at the same times
        List<double> whole = [], parts = [];
        double one = 0.05, two = 0.05;
        var strong = new RcDrive(1.4, drive.Conductance);
        var count = s_neuron.Advance(ref one, strong, 9, whole);
        foreach (var (from, length) in new[] { (0.0, 2.5), (2.5, 0.1), (2.6, 6.4) })
        {
            List<double> some = [];
            s_neuron.Advance(ref two, strong, length, some);
            parts.AddRange(some.Select(time => from + time));
        }
        Assert.True(count > 3);
        Assert.Equal(count, whole.Count);
        Kit.Close(whole, parts, 1e-12);
        Assert.Equal(one, two, 1e-12);
    }

    // One input without a leak is a series RC; one conductance to a voltage that is R I is a parallel one.
    [Fact]
    public void MillmanWithOneInputIsASeriesCircuit()
    {
        var neuron = new RcNeuron(3, 0, 0.5);
        var drive = neuron.DriveOf([0.25], [0.8]);
        Assert.Equal((0.8, 12), (drive.Target, neuron.ConstantOf(drive)));
        Assert.Equal(0.8 * (1 - Math.Exp(-1)), RcNeuron.Charge(0, 0.8, 12, 12), 1e-15);
        double conductance = 0.25, current = 0.3, v = 0, h = 1e-4;
        for (var step = 0; step < 20_000; step++) v += h * (current - (v + h / 2 * (current - v * conductance) / 3) * conductance) / 3;
        Assert.Equal(v, RcNeuron.Charge(0, current / conductance, 3 / conductance, 2), 1e-9);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void TheTimeToTheThresholdIsThatOfAFineSimulation(int number)
    {
        var (conductances, voltages, _) = Draw(number, 5);
        for (var i = 0; i < voltages.Length; i++) voltages[i] += 0.8;
        var time = s_neuron.TimeToThreshold(s_neuron.DriveOf(conductances, voltages), s_neuron.Reset);
        Assert.True(double.IsFinite(time) && time > 0);
        Assert.Equal(Crossing(conductances, voltages), time, 1e-9);
    }

    [Fact]
    public void WhatStaysBelowTheThresholdNeverFires()
    {
        Assert.Equal(double.PositiveInfinity, s_neuron.TimeToThreshold(new(0.5, 1), 0));
        var v = 0.0;
        Assert.Equal(0, s_neuron.Advance(ref v, new(0.5, 1), 1e6));
        Assert.Equal(0.5, v);
        Span<double> g = [7.0], u = [7.0];
        Assert.Equal(double.PositiveInfinity, s_neuron.Differentiate([1], [0.5], 0, g, u));
        Assert.Equal((0, 0), (g[0], u[0]));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void DerivativesAreThoseOfDifferences(int number)
    {
        var (conductances, voltages, _) = Draw(number, 6);
        for (var i = 0; i < voltages.Length; i++) voltages[i] += 0.8;
        double[] byConductance = new double[6], byVoltage = new double[6];
        var time = s_neuron.Differentiate(conductances, voltages, s_neuron.Reset, byConductance, byVoltage);
        Assert.Equal(Time(), time);
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(Difference(conductances, i), byConductance[i], 1e-8 * (1 + Math.Abs(byConductance[i])));
            Assert.Equal(Difference(voltages, i), byVoltage[i], 1e-8 * (1 + Math.Abs(byVoltage[i])));
        }

        double Time() => s_neuron.TimeToThreshold(s_neuron.DriveOf(conductances, voltages), s_neuron.Reset);

        double Difference(double[] values, int i)
        {
            const double h = 1e-5;
            var was = values[i];
            values[i] = was + h;
            var above = Time();
            values[i] = was - h;
            var below = Time();
            values[i] = was;
            return (above - below) / (2 * h);
        }
    }

    // The charge that flows into the capacitor, times the supply; half of it at most is there afterwards.
    [Fact]
    public void ASpikeTakesTheChargeThatFillsTheCapacitor()
    {
        Assert.Equal(2 * 0.45 * 1.2, s_neuron.EnergyPerSpike(1.2), 1e-15);
        Assert.Equal(2 * (0.25 - 0.0025) / 2, s_neuron.EnergyOfReset, 1e-15);
        double charge = 0, v = s_neuron.Reset, h = 1e-5;
        while (v < s_neuron.Threshold)
        {
            var current = 0.6 * (1.2 - v);
            charge += h * current;
            v += h * current / s_neuron.Capacitance;
        }
        Assert.Equal(s_neuron.EnergyPerSpike(1.2), charge * 1.2, 1e-4);
    }

    [Theory]
    [InlineData(0, 0.1, 0.5, "capacitance of 0")]
    [InlineData(1, -0.1, 0.5, "a leak of -0.1; it takes one of at least 0")]
    [InlineData(1, 0.1, 0, "a threshold of 0; it takes one above the reset, 0")]
    [InlineData(double.NaN, 0.1, 0.5, "capacitance of NaN")]
    public void CircuitsThatCannotBeAreRefused(double capacitance, double leak, double threshold, string because) => Assert.Contains(
        because, Assert.Throws<ConcordException>(() => new RcNeuron(capacitance, leak, threshold)).Message, StringComparison.Ordinal);

    [Fact]
    public void DrivesThatCannotBeAreRefused()
    {
        var isolated = new RcNeuron(1, 0, 0.5);
        Assert.Contains("Nothing conducts", Refused([0, 0], [1, 1]), StringComparison.Ordinal);
        Assert.Contains("a conductance of -1", Refused([-1, 2], [1, 1]), StringComparison.Ordinal);
        Assert.Contains("2 conductances were given for 1 voltages", Refused([1, 2], [1]), StringComparison.Ordinal);

        string Refused(double[] conductances, double[] voltages) =>
            Assert.Throws<ConcordException>(() => isolated.DriveOf(conductances, voltages)).Message;
    }

    private static (double[] Conductances, double[] Voltages, double Potential) Draw(int number, int inputs)
    {
        var stream = RandomStream.FromSeed(number);
        return ([.. Enumerable.Range(0, inputs).Select(i => 0.1 + stream.Split("g").Uniform((ulong)i))],
            [.. Enumerable.Range(0, inputs).Select(i => stream.Split("V").Uniform((ulong)i))], 0.4 * stream.Uniform(0));
    }

    // C dV/dt = sum g_i (V_i - V) - g_L V, by Runge and Kutta's method of fourth order.
    private static double Slope(double[] conductances, double[] voltages, double v)
    {
        var current = -s_neuron.Leak * v;
        for (var i = 0; i < voltages.Length; i++) current += conductances[i] * (voltages[i] - v);
        return current / s_neuron.Capacitance;
    }

    private static double Next(double[] conductances, double[] voltages, double v, double h)
    {
        double a = Slope(conductances, voltages, v), b = Slope(conductances, voltages, v + h / 2 * a),
            c = Slope(conductances, voltages, v + h / 2 * b), d = Slope(conductances, voltages, v + h * c);
        return v + h / 6 * (a + 2 * b + 2 * c + d);
    }

    private static double Solve(double[] conductances, double[] voltages, double v, double time)
    {
        const int Steps = 4000;
        for (var step = 0; step < Steps; step++) v = Next(conductances, voltages, v, time / Steps);
        return v;
    }

    private static double Crossing(double[] conductances, double[] voltages)
    {
        const double h = 1e-3;
        var (v, time) = (s_neuron.Reset, 0.0);
        for (var next = Next(conductances, voltages, v, h); next < s_neuron.Threshold; next = Next(conductances, voltages, v, h))
            (v, time) = (next, time + h);
        double low = 0, high = h;
        for (var halving = 0; halving < 60; halving++)
        {
            var middle = (low + high) / 2;
            if (Next(conductances, voltages, v, middle) < s_neuron.Threshold) low = middle;
            else high = middle;
        }
        return time + low;
    }
}
