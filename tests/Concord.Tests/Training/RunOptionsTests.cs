using Concord.Data;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>
/// Settings of a run that published code needs: order of samples, a last batch that is not full, the rate of biases, samples of the probe.
/// </summary>
public sealed class RunOptionsTests
{
    private static readonly RunSettings s_settings = new()
    {
        Data = "glyphs", Train = 200, Validation = 0, Test = 50, Model = "mlp:784-8-10,init=akrout-normal", Rule = "fa", Batch = 64,
        Epochs = 2, Engine = "managed", Threads = 1, Shuffle = false, DropLast = true, ProbeSamples = 1,
        Optimizer = new(LearningRate: 0.1, Momentum: 0),
    };

    [Fact]
    public void UnshuffledEpochsVisitFullBatchesInTheDataSetsOrder()
    {
        using var kernels = Kit.Single();
        var settings = s_settings.Load(out _, out var data);
        var trainer = new Trainer(settings, data, kernels);
        var result = trainer.Run();
        Assert.Equal([3, 6], result.Epochs.Select(epoch => epoch.Step));   // 200 samples are 3 batches of 64, and 8

        var byHand = new Learner(Kit.Made(ModelDescription.Parse(settings.Model), RuleCatalogue.Create("fa")), settings.Objective,
            settings.Optimizer, kernels, settings.Seed);
        var (normalization, labels, correct) = (Normalization.Fit(data.Train, settings.Normalization), new int[64], 0);
        for (var step = 0; step < 6; step++)
        {
            int[] rows = [.. Enumerable.Range(step % 3 * 64, 64)];
            byHand.Pass.Begin(64);
            data.Train.Load(kernels, rows, normalization, byHand.Pass.Input);
            data.Train.LoadLabels(rows, labels);
            kernels.OneHot(labels, byHand.Pass.Targets);
            byHand.Step(0.1);
            if (step < 3) continue;
            var answers = new int[64];
            kernels.ArgMaxRows(byHand.Pass.Logits, answers);
            correct += answers.Zip(labels).Count(pair => pair.First == pair.Second);
        }
        Assert.Equal(Kit.Bytes(byHand.Network), Kit.Bytes(trainer.Learner.Network));
        Assert.Equal(correct / 192.0, result.Epochs[1].TrainAccuracy, 12);   // of the samples that were visited

        var port = result.Epochs[1].Alignment.Single();
        Assert.True(double.IsNaN(port.SampleStd) && double.IsFinite(port.Cosine));   // one sample has no spread
        Assert.NotEqual(Kit.Bytes(byHand.Network), Kit.Bytes(Trained(settings with { Shuffle = true }, data, kernels)));
        Assert.NotEqual(Kit.Bytes(byHand.Network), Kit.Bytes(Trained(settings with { DropLast = false }, data, kernels)));
    }

    [Theory]
    [InlineData(ProbeKind.Gate | ProbeKind.Rank, "gate+rank")]
    [InlineData(ProbeKind.Rank | ProbeKind.Feedback, "rank+feedback")]
    [InlineData(ProbeKind.Gate | ProbeKind.Rank | ProbeKind.Feedback, "full")]
    [InlineData(ProbeKind.Port | ProbeKind.Gate, "gate")]
    public void KindsOfProbesAreCombined(ProbeKind kinds, string words)
    {
        using var kernels = Kit.Single();
        using var folder = new TemporaryFolder();
        using (var hold = RunFolder.Create(folder["run"]))
        {
            var settings = (s_settings with { Probe = kinds, Epochs = 1 }).Load(out _, out var data);
            var port = new Trainer(settings, data, kernels, hold).Run().Epochs[0].Alignment.Single();
            Assert.Equal(kinds.HasFlag(ProbeKind.Rank), double.IsFinite(port.SignalRank));
            Assert.Equal(kinds.HasFlag(ProbeKind.Gate), double.IsFinite(port.GateCosine));
        }
        Assert.Contains(new("probe", words), RunFolder.SettingsOf(folder["run"]).Write());
        Assert.Equal(kinds, RunFolder.SettingsOf(folder["run"]).Probe);
    }

    [Fact]
    public void AProbeThatIsNoneIsAMistake()
    {
        Assert.Contains("The setting probe was given '2'",
            Assert.Throws<ConcordException>((s_settings with { Probe = (ProbeKind)2 }).Validate).Message, StringComparison.Ordinal);
        Assert.Contains("was given 'off+gate'",
            Assert.Throws<ConcordException>(() => RunSettings.Read([new("probe", "off+gate")], s_settings)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void NoFullBatchIsAMistake()
    {
        using var kernels = Kit.Single();
        var settings = (s_settings with { Batch = 300 }).Load(out _, out var data);
        Assert.Contains("200 training samples do not fill one batch of 300",
            Assert.Throws<ConcordException>(() => new Trainer(settings, data, kernels)).Message, StringComparison.Ordinal);
        Assert.Contains("from 1 to 1000",
            Assert.Throws<ConcordException>(() => (s_settings with { ProbeSamples = 1001 }).Validate()).Message, StringComparison.Ordinal);
        Assert.Contains("The setting biasRate was given '-1'",
            Assert.Throws<ConcordException>(() => new OptimizerSettings(BiasRate: -1).Validate()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OptimizerKind.Sgd, 0)]
    [InlineData(OptimizerKind.Sgd, 0.9)]
    [InlineData(OptimizerKind.Adam, 0)]
    [InlineData(OptimizerKind.RmsProp, 0)]
    public void BiasesAndNothingElseLearnAtTheirOwnRate(OptimizerKind kind, double momentum)
    {
        using var kernels = Kit.Double();
        Dictionary<string, double[]> Moves(double biasRate)
        {
            var learner = Kit.Learner("mlp:6-5-3,layernorm", "kolen-pollack", kernels,
                new(kind, 0.1, momentum, WeightDecay: 0.3, DecoupledDecay: true, BiasRate: biasRate));
            var before = learner.Network.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value.ToArray());
            Kit.Step(learner, 4);
            return learner.Network.Parameters.ToDictionary(parameter => parameter.Name,
                parameter => before[parameter.Name].Zip(parameter.Value.ToArray(), (was, now) => was - now).ToArray());
        }
        var (whole, quarter) = (Moves(1), Moves(0.25));
        foreach (var (name, move) in whole)
            Kit.Close([.. move.Select(value => value * (name.EndsWith(".bias", StringComparison.Ordinal) ? 0.25 : 1))],
                quarter[name], 1e-12, name);
        Assert.Contains(whole["fc1.bias"], value => value != 0);
    }

    [Fact]
    public void AkroutsStartIsNormalWithTheInverseOfBothFansForBiasesAsWell()
    {
        using var kernels = Kit.Double();
        var network = Kit.Learner("mlp:500-1000-3,init=akrout-normal", "backprop", kernels).Network;
        foreach (var name in (string[])["fc1.weight", "fc1.bias"])
        {
            var values = Kit.Parameter(network, name).Value.ToArray();
            Assert.Equal(Math.Sqrt(1 / 1500.0), Math.Sqrt(values.Average(value => value * value)), 0.1 * Math.Sqrt(1 / 1500.0));
        }
        Assert.Equal(Math.Sqrt(1 / 1500.0), Initializer.ByName["akrout-normal"].Deviation(500, 1000));
    }

    private static Network Trained(RunSettings settings, DataSplit data, Kernels kernels)
    {
        var trainer = new Trainer(settings, data, kernels);
        trainer.Run();
        return trainer.Learner.Network;
    }
}
