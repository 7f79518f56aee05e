using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Spiking;
using Concord.Training;

namespace Concord.Tests.Spiking;

/// <summary>Delays of hidden neurons in a network, which learn beside the weights.</summary>
public sealed class SpikeDelayLayerTests
{
    private const string Plain = "snn:6-5-4-3,tau=0.05,threshold=0.02/0.01,weights=-0.3/1,duration=0.3";
    private const string Delayed = $"{Plain},delays=0/0.04";
    private const string Image = "snn:2x6x5-c3k3-p2-7-3,tau=0.05,threshold=0.015,weights=-0.3/1,duration=0.3,delays=0/0.04";
    private const int N = 4;

    private static readonly Objective s_times = new(LossKind.SpikeTrain);

    /// <summary>Of delays and of weights below and above them; perturbations that change who fires, or the order, are left out.</summary>
    [Theory]
    [InlineData(Delayed)]
    [InlineData(Image)]
    public void GradientsAreCentralDifferences(string network)
    {
        using var kernels = Kit.Double();
        var (compared, skipped) = (0, 0);
        for (var seed = 0; seed < 6; seed++)
        {
            var learner = Kit.Learner(network, "backprop", kernels, objective: s_times, seed: seed);
            Fill(learner.Pass);
            var gradients = Gradients(learner);
            var order = Order(learner.Pass);
            foreach (var parameter in learner.Network.Parameters)
                for (var i = 0; i < parameter.Value.Length; i += parameter.Name.EndsWith("weight", StringComparison.Ordinal) ? 7 : 1)
                {
                    var (value, differs) = (parameter.Value[i], false);
                    var numeric = (At(1e-6) - At(-1e-6)) / 2e-6;
                    parameter.Value[i] = value;
                    if (differs || value < 1e-6)
                    {
                        skipped++;
                        continue;
                    }
                    compared++;
                    var exact = gradients[parameter][i];
                    Assert.True(Math.Abs(numeric - exact) <= 2e-4 * Math.Max(Math.Abs(exact), 1),
                        $"{parameter.Name}[{i}]: {exact}, {numeric}");

                    double At(double by)
                    {
                        parameter.Value[i] = value + by;
                        learner.Pass.Forward(0, training: true);
                        differs |= Order(learner.Pass) != order;
                        return N * learner.Objective.Error(learner.Pass);
                    }
                }
        }
        Assert.True(compared > 80 && skipped < compared / 2, $"{compared} compared, {skipped} left out");
    }

    /// <summary>Delays of 0 change no bit of what the weights learn.</summary>
    [Theory]
    [InlineData("backprop")]
    [InlineData("fa")]
    [InlineData("dfa")]
    public void NoDelayIsNoLayer(string rule)
    {
        using var kernels = Kit.Single();
        byte[] Learned(string network)
        {
            var learner = Kit.Learner(network, rule, kernels, objective: new(LossKind.SpikeCount));
            Fill(learner.Pass);
            learner.Step(0.01);
            return [.. learner.Network.Parameters.Where(parameter => parameter.Shape.Rank == 2)
                .SelectMany(parameter => parameter.Value.AsBytes().ToArray())];
        }
        Assert.Equal(Learned(Plain), Learned($"{Plain},delays=0/0"));
    }

    /// <summary>A direct rule's signal is at the delayed spikes: dLoss/dp = tau times the sum over the neuron's spikes.</summary>
    [Fact]
    public void UnderADirectRuleADelayGetsTheSignalOfItsSpikes()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(Delayed, "dfa", kernels, objective: new(LossKind.SpikeCount));
        Fill(learner.Pass);
        var gradients = Gradients(learner);
        foreach (var port in learner.Network.Ports.SkipLast(1))
        {
            var projected = kernels.Allocate(port.Shape.Batch(N));
            learner.Plan.Rule.ProjectionAt(port)!.Apply(kernels, new(), learner.Pass.Error, projected);
            var spikes = learner.Pass.SpikesAt(port);
            var expected = new double[spikes.Neurons];
            for (var n = 0; n < N; n++)
                for (var e = spikes.Offsets[n]; e < spikes.Offsets[n + 1]; e++)
                    expected[spikes.NeuronsOfEvents[e]] -= 0.05 * projected[n * spikes.Neurons + spikes.NeuronsOfEvents[e]];
            Kit.Close(expected, gradients[port.Below.Layers.OfType<SpikeDelayLayer>().Single().Delay].ToArray(), 1e-9, port.Name);
        }
    }

    [Fact]
    public void NoStepTakesADelayBelowZeroAndNoneMovesWhereABlockDoesNotLearn()
    {
        const string network = $"{Plain},delays=0/0.005";
        using var kernels = Kit.Single();
        Tensor[] After(string rule)
        {
            var learner = Kit.Learner(network, rule, kernels, new(OptimizerKind.Adam, 0.01, 0), s_times);
            for (var step = 0; step < 60; step++)
            {
                Fill(learner.Pass, step);
                learner.Step(0.02);
            }
            return [.. learner.Network.Parameters.Where(parameter => parameter.IsNonNegative).Select(parameter => parameter.Value)];
        }
        var start = Kit.Learner(network, "shallow", kernels, objective: s_times).Network.Parameters
            .Where(parameter => parameter.IsNonNegative).SelectMany(parameter => parameter.Value.ToArray()).ToArray();
        Assert.All(start, value => Assert.InRange(value, 0, 0.005 / 0.05));
        Assert.Equal(start, After("shallow").SelectMany(delay => delay.ToArray()));
        double[] learned = [.. After("backprop").SelectMany(delay => delay.ToArray())];
        Assert.All(learned, value => Assert.True(value >= 0));
        Assert.Contains(0, learned);
        Assert.Contains(learned, value => value > 0);
    }

    // Of one hidden layer they begin above its delays.
    [Fact]
    public void TangentsDoNotPassDelays()
    {
        using var kernels = Kit.Double();
        Assert.Contains("fc2.delay", Assert.Throws<ConcordException>(() => Kit.Learner(Delayed, "sfdfa", kernels,
            objective: new(LossKind.SpikeCount))).Message, StringComparison.Ordinal);
        var one = Kit.Learner("snn:6-5-3,tau=0.05,threshold=0.02,delays=0/0.01", "sfdfa", kernels, objective: new(LossKind.SpikeCount));
        Fill(one.Pass);
        one.Step(0.01);
    }

    [Fact]
    public void ARasterHasNoSpikesThatArriveAfterTheEnd()
    {
        using var kernels = Kit.Double();
        var pass = Kit.Learner($"{Plain},delays=0.2/0.2", "backprop", kernels, objective: s_times).Pass;
        Fill(pass);
        pass.Forward(0, training: false);
        var layers = SpikeRecord.Of(pass, "test", 0, 0, 1)!.Layers;
        Assert.Equal(["input", "fc1", "fc1 delayed", "fc2", "fc2 delayed", "fc3"], layers.Select(layer => layer.Name));
        Assert.All(layers, layer => Assert.All(layer.Times, time => Assert.InRange(time, 0, 0.3)));
        Assert.InRange(layers[2].Times.Count, 1, layers[1].Times.Count - 1);
    }

    [Theory]
    [InlineData("snn:6-3,delays=0/0.01", "hidden neurons")]
    [InlineData("snn:6-5-3,delays=-0.1/0.01", "delays")]
    [InlineData("snn:6-5-3,delays=0.02/0.01", "LOW/HIGH")]
    public void DelaysThatCannotBeMeantAreRefused(string model, string because) =>
        Assert.Contains(because, Assert.Throws<ConcordException>(() => ModelDescription.Parse(model)).Message, StringComparison.Ordinal);

    private static Dictionary<Parameter, Tensor> Gradients(Learner learner)
    {
        learner.Pass.Forward(0, training: true);
        learner.Objective.Error(learner.Pass);
        var kept = new GradientKeeper(learner.Kernels);
        var backward = learner.Plan.BackwardPass(learner.Pass, kept);
        learner.Plan.CreditAssignment.Observe(backward);
        learner.Plan.CreditAssignment.Teach(backward);
        return kept.Gradients;
    }

    // Who fires in what order at each port, and after the neurons: for a delayed spike may overtake another.
    private static string Order(Pass pass) => string.Join(';', pass.Network.Blocks.SelectMany(block => block.Layers)
        .Select(pass.SpikesOf).OfType<SpikeTrains>().Select(trains =>
            $"{string.Join(',', trains.Offsets.ToArray())}:{string.Join(',', trains.NeuronsOfEvents.ToArray())}"));

    private static void Fill(Pass pass, long batch = 0)
    {
        pass.Begin(N);
        var stream = RandomStream.FromSeed(3000 + batch);
        var inputs = pass.Network.Input.Length;
        pass.Input.CopyFrom([.. Enumerable.Range(0, N * inputs).Select(i => stream.Uniform((ulong)i))]);
        pass.Targets.CopyFrom([.. Enumerable.Range(0, N * 3).Select(i => i % 3 == i / 3 % 3 ? 1.0 : 0)]);
    }
}
