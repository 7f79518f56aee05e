using Concord.Data;
using Concord.Diagnostics;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>Runs of networks with time steps: they learn, go on to the same bits, and are looked at like others.</summary>
public sealed class TimeRunTests : IDisposable
{
    private static readonly Dataset s_data = Dataset.Glyphs(300, 80);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("rnn:24", "rnn1", "backprop")]
    [InlineData("gru:16,ends=each", "gru1", "backprop")]
    [InlineData("lif:784-40-10,steps=6,input=poisson,surrogate=fast-sigmoid", "fc1", "backprop")]
    [InlineData("lif:784-40-10,steps=6,ends=each,recurrent,surrogate=fast-sigmoid", "fc1", "e-prop")]
    [InlineData("lif:784-40-10,steps=6,recurrent,surrogate=fast-sigmoid,adaptation=0.3", "fc1", "backprop")]
    [InlineData("lif:784-40-10,steps=4,ends=each,input=poisson,readout=linear", "fc1", "fptt")]
    [InlineData("rc:40,steps=6,readout=first-spike", "rc1", "backprop")]
    [InlineData("rc:40,steps=6,ends=each", "rc1", "sltt")]
    [InlineData("rnn:24,ends=each", "rnn1", "dfa", 7)]
    public void ARunLearnsAndGoesOnToTheSameBits(string model, string block, string rule, int? window = null)
    {
        var settings = new RunSettings
        {
            Data = "glyphs", Model = model, Validation = 60, Batch = 20, Epochs = 4, Rule = rule, Engine = "managed", Threads = 1,
            Optimizer = OptimizerSettings.ByName["adam"] with { LearningRate = 0.005 }, Normalization = NormalizationKind.UnitRange,
            Window = window,
        };
        var whole = Run(settings, "whole");
        Assert.Contains("28", whole.Settings.Model.Replace("784", "28", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.True(whole.Epochs[^1].TrainLoss < 0.99 * whole.Epochs[0].FirstLoss, $"{whole.Epochs[^1].TrainLoss}");
        Run(settings with { Epochs = 2 }, "part");
        using var kernels = Kit.Single();
        using (var hold = RunFolder.Open(_folder["part"]))
        {
            var begun = settings.Split(s_data, out var data) with { Epochs = 2 };
            var trainer = new Trainer(begun, data, kernels, hold, restores: true);
            trainer.Restore();
            trainer.Extend(4);
            Assert.Equal(whole.Test.Loss, trainer.Run().Test.Loss);
            var saved = SavedNetwork.Open(_folder["whole"], s_data, kernels);
            Assert.Equal(whole.Test.Loss, saved.Evaluate(s_data.Test).Loss);
            Assert.Equal(1, Similarity.Between(saved, saved, s_data.Test, 50).Of(block), 5);
            Assert.Equal(2, Robustness.Measure(saved, s_data.Test, [0, 0.1], new()).Count);
        }
    }

    [Theory]
    [InlineData("rnn:8")]
    [InlineData("lif:784-8-10,steps=3,ends=each")]
    public void WhatIsNoFigureOfAPortInTimeIsLeftOut(string model)
    {
        var settings = new RunSettings
        {
            Data = "glyphs", Model = model, Validation = 60, Batch = 20, Epochs = 1, Rule = "dfa", Engine = "managed", Threads = 1,
            Probe = ProbeKind.Full,
        };
        Assert.True(double.IsNaN(Run(settings, "full").Epochs[^1].Alignment[0].FeedbackCosine));
        Assert.Contains("Leave out --probe feedback", Assert.Throws<ConcordException>(() =>
            Run(settings with { Probe = ProbeKind.Feedback }, "feedback")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheEnergyOfSpikesIsAddedUpAndKept()
    {
        var settings = new RunSettings
        {
            Data = "glyphs", Model = "rc:784-20-10,steps=6,readout=first-spike,threshold=0.2", Validation = 60, Batch = 20, Epochs = 1,
            Engine = "managed", Threads = 1, Normalization = NormalizationKind.UnitRange,
        };
        var result = Run(settings, "energy");
        Assert.Equal(["rc1", "rc2"], result.Energy.Select(layer => layer.Layer));
        using var kernels = Kit.Single();
        var saved = SavedNetwork.Open(_folder["energy"], s_data, kernels);
        result.Settings.Split(s_data, out var data);
        var (pass, ports) = (saved.Pass, saved.Pass.Network.Ports);
        saved.Load(pass, data.Validation, [.. Enumerable.Range(0, 60)]);
        pass.Forward(0, training: false);
        Assert.Equal(pass.At(ports[0]).ToArray().Sum() / (60 * 20), result.Energy[0].SpikesPerNeuron, 1e-9);
        Assert.InRange(result.Energy[1].SpikesPerNeuron, 0, 1);
        foreach (var (layer, neurons) in result.Energy.Zip((int[])[20, 10]))
            Assert.Equal(layer.SpikesPerNeuron * neurons * 0.2, layer.Energy, 1e-9);
        Assert.Equal(result.Energy, MetricsReader.Epochs(Path.Combine(_folder["energy"], "metrics.jsonl")).Last().Energy);
        Assert.Contains("\"energy\"", File.ReadAllText(Path.Combine(_folder["energy"], "summary.json")), StringComparison.Ordinal);
        Assert.Equal(30 * 0.2, Concord.Cost.RuleCost.Of(settings.Model, "backprop", 20).CircuitEnergy!.Value, 1e-12);
        Assert.Null(Concord.Cost.RuleCost.Of("lif:784-20-10", "backprop", 20).CircuitEnergy);
    }

    [Fact]
    public void AKernelOfALossAtEachStepIsRefused()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("rnn:3x2-4-3,ends=each", "fa", kernels);
        TimeKit.Fill(learner.Pass, 4);
        Assert.Contains("one answer", Assert.Throws<ConcordException>(
            () => FeedbackKernel.Of(learner.Plan, learner.Pass, learner.Objective)).Message, StringComparison.Ordinal);
    }

    private RunResult Run(RunSettings settings, string folder)
    {
        using var kernels = Kit.Single();
        settings = settings.Split(s_data, out var data);
        using var hold = RunFolder.Create(_folder[folder]);
        return new Trainer(settings, data, kernels, hold).Run();
    }
}
