using Concord.Diagnostics;
using Concord.Interchange;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Concord.Tests.Rules;

public sealed class PreAlignmentTests
{
    private const int Rows = 12;

    [Fact]
    public void TheTrueGradientBecomesTheRulesSignalOnThatBatchAndStaysCloseOnOthers()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-40-30-5,tanh", "dfa", kernels);
        var drawn = learner.Network.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value.ToArray());
        var pass = new Pass(learner.Network, kernels, default);
        Kit.Fill(pass, Rows);
        PreAlignment.Apply(learner.Plan, learner.Objective, pass);
        foreach (var parameter in learner.Network.Parameters)
        {
            if (parameter.Name is "fc2.weight" or "fc3.weight") Assert.Equal(1, Math.Sqrt(kernels.SumSquares(parameter.Value)), 12);
            else Assert.Equal(drawn[parameter.Name], parameter.Value.ToArray());
        }
        // The output's weight is set by its own error, whose rows sum to zero: e (e^+ e) = e, so on every batch the gradient at fc2 is the
        // signal up to scale.
        Assert.All(Cosines(learner, batch: 0).Concat(Cosines(learner, batch: 5)), cosines => Assert.Equal(1, cosines.Top, 9));
        // What is set is exact for the network as it was; moving the weight moves the activities above it, and so f'.
        Assert.InRange(Cosines(learner, batch: 0).Single().Below, 0.9, 1);
        var plain = Kit.Learner("mlp:6-40-30-5,tanh", "dfa", kernels);
        Assert.InRange(Cosines(plain, batch: 0).Single().Below, -0.5, 0.5);
    }

    [Fact]
    public void InAMapOnlyWhatADirectRuleSpeaksToIsAligned()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-8-7-3,tanh", "fc1=backprop,*=dfa", kernels);
        var drawn = Kit.Parameter(learner.Network, "fc2.weight").Value.ToArray();
        var pass = new Pass(learner.Network, kernels, default);
        Kit.Fill(pass, Rows);
        PreAlignment.Apply(learner.Plan, learner.Objective, pass);
        Assert.Equal(drawn, Kit.Parameter(learner.Network, "fc2.weight").Value.ToArray());
        Assert.Equal(1, kernels.SumSquares(Kit.Parameter(learner.Network, "fc3.weight").Value), 12);
    }

    [Theory]
    [InlineData("backprop", "mlp:6-5-4-3,tanh", "no block receives the output error directly")]
    [InlineData("fa", "mlp:6-5-4-3,tanh", "no block receives the output error directly")]
    [InlineData("dfa", "residual", "does not begin with a single dense layer")]
    public void WhatCannotBeAlignedIsRefused(string rule, string network, string said)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(network, rule, kernels);
        Assert.Contains(said, Assert.Throws<ConcordException>(() => PreAlignment.Check(learner.Plan)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFailureIsAnError()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-5-4-3,tanh", "dfa feedback.scale=0", kernels);
        var pass = new Pass(learner.Network, kernels, default);
        Kit.Fill(pass, Rows);
        Assert.Contains("Pre-alignment failed at fc2",
            Assert.Throws<ConcordException>(() => PreAlignment.Apply(learner.Plan, learner.Objective, pass)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ARunBeginsAlignedAndGoesOnToTheSameBits()
    {
        using var folder = new TemporaryFolder();
        using var kernels = Kit.Single();
        var settings = new RunSettings { Model = "mlp:784-20-16-10,tanh", Rule = "dfa", PreAlign = true, Train = 300, Test = 50,
            Validation = 50, Epochs = 2, Batch = 32 }.Load(out _, out var data);
        var whole = new Trainer(settings, data, kernels);
        whole.Run();
        var plain = new Trainer(settings with { PreAlign = false }, data, kernels);
        plain.Run();
        Assert.NotEqual(Kit.Bytes(plain.Learner.Network), Kit.Bytes(whole.Learner.Network));

        // Broken off before the first step: the checkpoint has the aligned weights, which are not aligned again.
        using (var begun = RunFolder.Create(folder["run"]))
        {
            using var stop = new CancellationTokenSource();
            FaultInjection.At = point =>
            {
                if (point == FaultInjection.AfterRename && RunFolder.IsBegun(folder["run"])) stop.Cancel();
            };
            Assert.Throws<OperationCanceledException>(() => new Trainer(settings, data, kernels, begun).Run(cancellation: stop.Token));
            FaultInjection.At = null;
        }
        using var again = RunFolder.Open(folder["run"]);
        var resumed = new Trainer(RunFolder.SettingsOf(folder["run"]), data, kernels, again);
        Assert.True(resumed.Settings.PreAlign);
        resumed.Restore();
        resumed.Run();
        Assert.Equal(Kit.Bytes(whole.Learner.Network), Kit.Bytes(resumed.Learner.Network));
    }

    private static IEnumerable<(double Below, double Top)> Cosines(Learner learner, long batch)
    {
        var pass = new Pass(learner.Network, learner.Kernels, default);
        Kit.Fill(pass, Rows, batch);
        pass.Forward(0, training: false);
        learner.Objective.Error(pass);
        var backward = learner.Plan.BackwardPass(pass, null);
        learner.Plan.CreditAssignment.Observe(backward);
        learner.Plan.CreditAssignment.Teach(backward);
        var ports = new AlignmentProbe(learner.Plan).Measure(backward);
        yield return (ports[0].Cosine, ports[1].Cosine);
    }
}
