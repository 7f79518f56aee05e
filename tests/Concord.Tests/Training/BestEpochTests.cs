using Concord.Optimizers;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>What choosing by validation comes to on the test samples: scored once, at the end, beside the last epoch.</summary>
public sealed class BestEpochTests
{
    // Norm buffers count as much as weights, Adam's moments and the step must come through; the rate makes late epochs worse.
    private static readonly RunSettings s_settings = new()
    {
        Model = "mlp:784-20-10,batchnorm", Rule = "dfa", Train = 200, Test = 300, Validation = 60, Epochs = 4, Batch = 20,
        Optimizer = OptimizerSettings.ByName["adam"] with { LearningRate = 0.3 }, Engine = "managed", Threads = 1,
    };

    [Fact]
    public void TheBestEpochsWeightsAreScoredAndTheLastOnesStay()
    {
        using var folder = new TemporaryFolder();
        using var kernels = Kit.Single();
        var found = false;
        for (var seed = 0; seed < 20 && !found; seed++)
        {
            var settings = (s_settings with { Seed = seed }).Load(out _, out var data);
            var path = folder[FormattableString.Invariant($"{seed}")];
            RunResult kept;
            Trainer trainer;
            using (var hold = RunFolder.Create(path))
            {
                trainer = new(settings, data, kernels, hold);
                kept = trainer.Run();
            }
            if (kept.BestEpoch!.Epoch == settings.Epochs) continue;
            found = true;
            var bare = new Trainer(settings, data, kernels);
            var unkept = bare.Run();
            Assert.Equal(kept.BestTest!.Accuracy, unkept.BestTest!.Accuracy);
            Assert.Equal(kept.BestTest.Loss, unkept.BestTest.Loss);
            Assert.NotEqual(kept.Test.Loss, kept.BestTest.Loss);
            Assert.Equal(Kit.Bytes(bare.Learner.Network), Kit.Bytes(trainer.Learner.Network));

            var scorer = new Trainer(settings, data, kernels);
            Assert.Equal(kept.BestTest.Loss, scorer.Score(RunFolder.CheckpointOf(path, "best"), data.Test).Loss);
            Assert.Equal(kept.Test.Loss, scorer.Score(RunFolder.CheckpointOf(path), data.Test).Loss);
            Assert.Equal(Kit.Bytes(scorer.Learner.Network), Kit.Bytes(trainer.Learner.Network));

            var read = RunFolder.ResultOf(path)!;
            Assert.Equal((kept.BestTest.Accuracy, kept.BestTest.Loss), (read.BestTest!.Accuracy, read.BestTest.Loss));
            Assert.Equal(kept.BestTest.Confusion, read.BestTest.Confusion);
            Assert.Equal([kept.BestTest.Accuracy], new RuleResult([read]).BestTestAccuracy.Values);
        }
        Assert.True(found, "In no run was another epoch than the last the best one.");
    }

    [Fact]
    public void WhereTheLastEpochIsTheBestItIsScoredOnce()
    {
        using var kernels = Kit.Single();
        var settings = (s_settings with { Epochs = 1 }).Load(out _, out var data);
        var result = new Trainer(settings, data, kernels).Run();
        Assert.Same(result.Test, result.BestTest);
    }

    [Fact]
    public void WithoutValidationNothingIsBest()
    {
        using var folder = new TemporaryFolder();
        using var kernels = Kit.Single();
        var settings = (s_settings with { Validation = 0, Epochs = 1 }).Load(out _, out var data);
        using (var hold = RunFolder.Create(folder["run"])) Assert.Null(new Trainer(settings, data, kernels, hold).Run().BestTest);
        Assert.Null(RunFolder.ResultOf(folder["run"])!.BestTest);
    }
}
