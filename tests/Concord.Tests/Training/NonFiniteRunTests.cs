using Concord.Data;
using Concord.Interchange;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Optimizers;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>Whatever of a run is not finite ends it by name, and never takes the place of a good checkpoint.</summary>
public sealed class NonFiniteRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // 120 samples in batches of 24 are 5 steps an epoch; every kind of tensor that a checkpoint has is there.
    private static readonly RunSettings s_settings = new()
    {
        Data = "here", Model = "mlp:6-8-7-3,batchnorm", Rule = "kolen-pollack", Optimizer = OptimizerSettings.ByName["adam"],
        Batch = 24, Epochs = 3, Seed = 3, Engine = "managed", Threads = 1,
    };

    public static TheoryData<string> Kept => ["fc1.weight", "fc3.bias", "fc2.norm.gain", "fc2.norm.running_mean", "feedback.fc2.weight",
        "optimizer.fc1.weight.first", "optimizer.fc3.bias.second"];

    [Theory]
    [MemberData(nameof(Kept))]
    public void WhatIsNotFiniteIsNamedAndTheLastGoodCheckpointStays(string name)
    {
        foreach (var (value, step, validation) in (((double, int, int)[])[(double.NaN, 10, 30), (double.PositiveInfinity, 10, 0),
            (double.NaN, 9, 30)]))
        {
            var path = _folder[FormattableString.Invariant($"{name}-{value}-{step}")];
            var data = Data(validation);
            RunFailure failure;
            using (var kernels = Engines.Create("managed", 1))
            using (var folder = RunFolder.Create(path))
            {
                var trainer = new Trainer(s_settings with { CheckpointMinutes = step == 9 ? 1e-9 : 5 }, data, kernels, folder);
                Spoil(trainer, name, value, step);
                failure = Assert.Throws<RunFailure>(() => trainer.Run());
            }
            FaultInjection.At = null;
            Assert.StartsWith($"The run diverged in epoch 2, at step {step}: ", failure.Message, StringComparison.Ordinal);
            Assert.Contains($"of {name} are not finite", failure.Message, StringComparison.Ordinal);
            Assert.Contains("Try a smaller --learning-rate (it was 0.001), say 0.0001", failure.Message, StringComparison.Ordinal);
            Assert.Contains(FormattableString.Invariant($"The last good checkpoint, of step {(step == 9 ? 8 : 5)}, is kept in {path}."),
                failure.Message, StringComparison.Ordinal);
            Assert.False(File.Exists(Path.Combine(path, "summary.json")));
            Assert.All(Directory.GetFiles(path, "*.safetensors"), file => Assert.True(IsFinite(file), file));

            // It goes on from there, to what it would have come to.
            RunResult again = Run(path, data, resume: true), whole = Run(path + "-whole", data, resume: false);
            Assert.Equal(whole.Test.Loss, again.Test.Loss);
        }
    }

    [Fact]
    public void ARunWithoutAFolderFailsAsWell()
    {
        using var kernels = Engines.Create("managed", 1);
        var trainer = new Trainer(s_settings, Data(0), kernels);
        Spoil(trainer, "feedback.fc3.weight", double.NaN, 15);
        var message = Assert.Throws<RunFailure>(() => trainer.Run()).Message;
        Assert.Contains("1 of the 21 numbers of feedback.fc3.weight are not finite. Try", message, StringComparison.Ordinal);
        Assert.DoesNotContain("checkpoint", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "the test loss is")]
    [InlineData(30, "the validation loss is")]
    public void ALossThatOverflowsOnSomeSampleEndsTheRun(int validation, string says)
    {
        var data = Data(validation);
        var far = new float[validation == 0 ? data.Test.Count : validation, 6];
        far[0, 0] = 1e25f;   // finite, and its square is not
        var labels = new int[far.GetLength(0)];
        Samples Far(Samples part) => new(part.Shape, [.. far.Cast<float>()], labels, part.Classes);
        data = validation == 0 ? data with { Test = Far(data.Test) } : data with { Validation = Far(data.Validation) };
        using var kernels = Engines.Create("managed", 1);
        var settings = s_settings with { Model = "mlp:6-8-3", Rule = "backprop", Objective = new(LossKind.SquaredError),
            Optimizer = new(0, 0.01, 0) };
        Assert.Contains(says, Assert.Throws<RunFailure>(() => new Trainer(settings, data, kernels).Run()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AComparisonSaysSoAndGoesOn()
    {
        using var kernels = Engines.Create("managed", 1);
        // One step an epoch: the loss is looked at before it, so only what is checked afterwards can tell.
        var settings = s_settings with { Batch = 200, Epochs = 1, Optimizer = new(LearningRate: 1e39), Model = "mlp:6-8-3" };
        var outcomes = new Comparison(settings, ["backprop", "dfa"], [0, 1]) { RateFactors = [1, 1e-41] }.Run(Data(30), kernels);
        Assert.All(outcomes, outcome => Assert.True(double.IsNaN(outcome.Tuned[0].Validation.Accuracy)));
        Assert.All(outcomes, outcome => Assert.Null(outcome.Failure));
        outcomes = new Comparison(settings, ["backprop", "dfa"], [0, 1]).Run(Data(0), kernels);
        Assert.All(outcomes, outcome => Assert.Contains("of fc1.weight are not finite", outcome.Failure, StringComparison.Ordinal));
    }

    private static void Spoil(Trainer trainer, string name, double value, int step)
    {
        var tensor = Checkpoint.Tensors(trainer.Learner).Single(entry => entry.Name == name).Tensor;
        FaultInjection.At = point =>
        {
            if (point == "step" && trainer.Learner.Steps == step) tensor[tensor.Length / 2] = value;
        };
    }

    private static bool IsFinite(string path)
    {
        using var file = SafeTensorsFile.Open(path);
        return file.Names.All(name =>
        {
            var tensor = new Tensor(new([.. file.Describe(name).Dimensions.Select(axis => (int)axis)]), ElementType.Single);
            file.Read(name, tensor);
            return tensor.ToArray().All(double.IsFinite);
        });
    }

    private static RunResult Run(string path, DataSplit data, bool resume)
    {
        using var kernels = Engines.Create("managed", 1);
        using var folder = resume ? RunFolder.Open(path) : RunFolder.Create(path);
        var trainer = new Trainer(resume ? RunFolder.SettingsOf(path) : s_settings, data, kernels, folder, restores: resume);
        if (resume) trainer.Restore();
        return trainer.Run();
    }

    private static DataSplit Data(int validation)
    {
        var stream = RandomStream.FromSeed(5);
        return new(Part("train", 120), Part("validation", validation), Part("test", 30));

        Samples Part(string name, int count)
        {
            var uniform = stream.Split(name);
            int[] labels = [.. Enumerable.Range(0, count).Select(n => n % 3)];
            return new(new(6), [.. Enumerable.Range(0, 6 * count)
                .Select(i => (float)(uniform.Uniform((ulong)i) + (i % 6 % 3 == labels[i / 6] ? 0.4 : 0)))], labels, 3);
        }
    }
}
