using Concord.Cost;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Layers;

public sealed class MaskedLearningTests
{
    [Theory]
    [InlineData(OptimizerKind.Sgd, 0.9)]
    [InlineData(OptimizerKind.Sgd, 0)]
    [InlineData(OptimizerKind.Adam, 0)]
    public void WhatIsMaskedNeverMovesAndTheRestLearnsAsEver(OptimizerKind kind, double momentum)
    {
        using var kernels = Kit.Double();
        var settings = new OptimizerSettings(kind, 0.1, momentum);
        Learner masked = Kit.Learner("mlp:6-40-30-3,tanh,mask.fc2=0.3", "dfa", kernels, settings),
            whole = Kit.Learner("mlp:6-40-30-3,tanh", "dfa", kernels, settings);
        var start = masked.Network.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value.ToArray());
        Kit.Step(masked, 8);
        Kit.Step(whole, 8);
        foreach (var name in (string[])["fc2.weight", "fc2.bias"])
        {
            var (mask, moved, free) = (Kit.Parameter(masked.Network, name).Mask!.ToArray(),
                Kit.Parameter(masked.Network, name).Value.ToArray(), Kit.Parameter(whole.Network, name).Value.ToArray());
            Assert.All(mask, value => Assert.True(value is 0 or 1));
            Assert.Equal(mask.Select((keep, i) => keep == 1 ? free[i] : start[name][i]), moved);
        }
        Assert.InRange(Kit.Parameter(masked.Network, "fc2.weight").Mask!.ToArray().Average(), 0.26, 0.34);
        Assert.Equal(Kit.Parameter(whole.Network, "fc1.weight").Value.ToArray(),
            Kit.Parameter(masked.Network, "fc1.weight").Value.ToArray());

        for (var step = 1; step < 5; step++) Kit.Step(masked, 8, step);
        var weight = Kit.Parameter(masked.Network, "fc2.weight");
        for (var i = 0; i < weight.Shape.Length; i++)
            if (weight.Mask![i] == 0) Assert.Equal(start["fc2.weight"][i], weight.Value[i]);
    }

    [Fact]
    public void AShareOfOneIsNoMask()
    {
        using var kernels = Kit.Single();
        byte[] Run(string network)
        {
            var learner = Kit.Learner(network, "backprop", kernels, new());
            for (var step = 0; step < 3; step++) Kit.Step(learner, 4, step);
            return Kit.Bytes(learner.Network);
        }
        Assert.Equal(Run("mlp:6-5-4-3,tanh"), Run("mlp:6-5-4-3,tanh,mask.fc2=1:as-released,mask.fc1=1"));
    }

    [Fact]
    public void AsReleasedMasksTheSignalThatLeavesInThePlacesOfTheBatchForEver()
    {
        using var kernels = Kit.Double();
        Learner released = Make("mlp:6-40-30-3,tanh,mask.fc2=0.3:as-released"), masked = Make("mlp:6-40-30-3,tanh,mask.fc2=0.3");
        List<double[]> masks = [];
        for (var step = 0; step < 2; step++)
        {
            double[] narrow = [], whole = [];
            Kit.Step(released, 8, step, rate: 0, beforeStep: seen => narrow = seen.BackwardPass.SignalAt(seen.Network.Ports[0])!.ToArray());
            Kit.Step(masked, 8, step, rate: 0, beforeStep: seen => whole = seen.BackwardPass.SignalAt(seen.Network.Ports[0])!.ToArray());
            masks.Add([.. narrow.Select(value => value == 0 ? 0.0 : 1)]);
            Assert.Equal(whole.Zip(masks[^1], (value, keep) => value * keep), narrow);
        }
        Assert.Equal(masks[0], masks[1]);
        Assert.InRange(masks[0].Average(), 0.2, 0.4);

        Learner Make(string network) => Kit.Learner(network, "fc1=backprop,*=dfa", kernels);
    }

    [Theory]
    [InlineData("backprop")]
    [InlineData("dfa")]
    [InlineData("fc1=backprop,*=dfa")]
    public void RecordedWorkIsCountedWork(string rule)
    {
        using var kernels = Kit.Double();
        foreach (var optimizer in (OptimizerSettings[])[new(), new(Momentum: 0)])
        {
            const string network = "mlp:6-5-4-3,tanh,mask.fc2=0.5:as-released,mask.fc3=0.5";
            var learner = Kit.Learner(network, rule, kernels, optimizer);
            Kit.Fill(learner.Pass, 4);
            kernels.Log = new OperationLog();
            learner.Step(0.1);
            var recorded = StepWork.Of(Kit.Blueprint(network, rule), new(4, Accumulates: learner.Optimizer.Accumulates));
            foreach (var phase in (Phase[])[Phase.Forward, Phase.Error, Phase.WeightGradient])
                Assert.True(recorded.Of(phase) == kernels.Log[phase],
                    $"{phase}: recorded {recorded.Of(phase)}, counted {kernels.Log[phase]}");
            kernels.Log = null;
        }
    }

    [Fact]
    public void AShareThatCannotBeMeantIsRefused()
    {
        foreach (var keep in (double[])[0, -0.1, 1.1, double.NaN])
            Assert.Throws<ConcordException>(
                () => new Network(new(6), new LayerGroup("fc1", new Linear(3, masking: new MaskedLearning(keep)))));
    }
}
