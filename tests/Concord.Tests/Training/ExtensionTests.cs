using Concord.Data;
using Concord.Interchange;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Optimizers;
using Concord.Tests.Cli;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>
/// A run that is given more epochs is, to the bit, the run that would have had them from the start; what it came to before is kept.
/// </summary>
public sealed class ExtensionTests : IDisposable
{
    private static readonly string[] s_points = ["step", FaultInjection.TemporaryWritten, FaultInjection.BeforeRename,
        FaultInjection.AfterRename, FaultInjection.MiddleOfLine];

    private static readonly RunSettings s_settings = new()
    {
        Data = "here", Model = "mlp:6-10-8-3,dropout=0.3,batchnorm", Rule = "brsf", Optimizer = OptimizerSettings.ByName["adam"],
        Schedule = Schedule.Parse("plateau:0.5:1"), Batch = 16, Epochs = 3, Validation = 20, CheckpointMinutes = 1e-9, Seed = 3,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly DataSplit _data = Data();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("constant")]
    [InlineData("step:2:0.5")]
    [InlineData("step:1:0.5:2")]
    [InlineData("exponential:0.9")]
    [InlineData("plateau:0.5:1")]
    public void ALongerRunIsTheRunThatWasLongFromTheStart(string schedule)
    {
        var settings = s_settings with { Schedule = Schedule.Parse(schedule) };
        Begin("long", settings with { Epochs = 6 });
        Begin("run", settings);
        var (last, best, summary) = (Bytes("run", "last.safetensors"), Bytes("run", "best.safetensors"), Bytes("run", "summary.json"));
        var before = RunFolder.ResultOf(_folder["run"])!;
        Extend("run", 6);
        AssertSameTraining("long", "run");
        Assert.Equal(last, Bytes("run", "last-3.safetensors"));
        Assert.Equal(best, Bytes("run", "best-3.safetensors"));
        Assert.Equal(summary, Bytes("run", "summary-3.json"));

        var result = RunFolder.ResultOf(_folder["run"])!;
        Assert.Equal((6, 2), (result.Settings.Epochs, result.TestLooks));
        Assert.Equal([new Extension(3, before.Test.Accuracy)], result.Extensions);
        Assert.Equal(6, RunFolder.SettingsOf(_folder["run"]).Epochs);
        Assert.Contains("epochs: 6\n", File.ReadAllText(In("run", "experiment.yaml")), StringComparison.Ordinal);

        Extend("run", 7);
        Assert.Equal([3, 6], RunFolder.ResultOf(_folder["run"])!.Extensions.Select(end => end.From));
        Assert.Equal(3, RunFolder.ResultOf(_folder["run"])!.TestLooks);
        Assert.True(File.Exists(In("run", "summary-6.json")) && File.Exists(In("run", "summary-3.json")));
    }

    [Fact]
    public void ARunThatHasNotEndedIsExtendedWithoutALook()
    {
        Begin("long", s_settings with { Epochs = 6 });
        using (var stop = new CancellationTokenSource())
        {
            var left = 9;
            FaultInjection.At = point =>
            {
                if (point == "step" && --left == 0) stop.Cancel();
            };
            Assert.Throws<OperationCanceledException>(() => Begin("run", s_settings, stop.Token));
            FaultInjection.At = null;
        }
        Extend("run", 6);
        AssertSameTraining("long", "run");
        var result = RunFolder.ResultOf(_folder["run"])!;
        Assert.Equal([new Extension(3, null)], result.Extensions);
        Assert.Equal(1, result.TestLooks);
        Assert.False(File.Exists(In("run", "last-3.safetensors")));
    }

    [Fact]
    public void AnExtensionBrokenOffAnywhereLosesNothingAndGoesOnToTheSameBits()
    {
        Begin("long", s_settings with { Epochs = 6 });
        Begin("run", s_settings);
        Dictionary<string, int> arrivals = s_points.ToDictionary(point => point, _ => 0);
        Copy("run", "whole");
        FaultInjection.At = point =>
        {
            if (arrivals.TryGetValue(point, out var count)) arrivals[point] = count + 1;
        };
        Extend("whole", 6);
        FaultInjection.At = null;
        AssertSameTraining("long", "whole");
        var summary = Bytes("run", "summary.json");
        var kills = 0;
        foreach (var (point, count) in arrivals)
            foreach (var at in (IEnumerable<int>)[1, 3, 4, 5, 6, count / 2])
            {
                if (at > count) continue;
                var name = FormattableString.Invariant($"{point}-{at}");
                if (Directory.Exists(_folder[name])) continue;
                Copy("run", name);
                var left = at;
                FaultInjection.At = here =>
                {
                    if (here == point && --left == 0) throw new Broken();
                };
                Assert.Throws<Broken>(() => Extend(name, 6));
                FaultInjection.At = null;
                // as people go on who know nothing of what was under way, and then as those who give the same command again
                Resume(name);
                if (RunFolder.SettingsOf(_folder[name]).Epochs == 3) Extend(name, 6);
                AssertSameTraining("long", name);
                Assert.Equal(RunFiles.WithoutTimes(summary), RunFiles.WithoutTimes(Bytes(name, "summary-3.json")));
                Assert.Equal([3], RunFolder.ResultOf(_folder[name])!.Extensions.Select(end => end.From));
                Assert.Equal(2, RunFolder.ResultOf(_folder[name])!.TestLooks);
                kills++;
            }
        Assert.True(kills >= 20, $"only {kills}");
    }

    [Theory]
    [InlineData("cosine", 6, "The schedule cosine spreads the learning rate")]
    [InlineData("cosine:1", 6, "The schedule cosine:1 spreads the learning rate")]
    [InlineData("constant", 2, "longer, not shorter")]
    [InlineData("constant", 3, "longer, not shorter")]
    public void WhatWouldBeAnotherRunIsRefused(string schedule, int epochs, string said)
    {
        Begin("run", s_settings with { Schedule = Schedule.Parse(schedule) });
        var before = Directory.GetFiles(_folder["run"]).ToDictionary(path => path, File.ReadAllBytes);
        Assert.Contains(said, Assert.Throws<ConcordException>(() => Extend("run", epochs)).Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(_folder["run"]).ToDictionary(path => path, File.ReadAllBytes));
    }

    // Every schedule says of itself whether it looks at a run's length: this looks whether that is so.
    [Fact]
    public void SchedulesSayWhetherTheyLookAtTheLength()
    {
        foreach (var kind in Enum.GetValues<ScheduleKind>())
        {
            var schedule = new Schedule(kind, Every: 2, Factor: 0.5, First: kind == ScheduleKind.Step ? 1 : 0)
            {
                Milestones = kind == ScheduleKind.Milestones ? Schedule.Parse("milestones:1,3:0.5").Milestones : null,
            };
            var differs = Enumerable.Range(0, 40)
                .Any(i => schedule.FactorAt(i / 8.0, 5, new(0.25, 1, 0)) != schedule.FactorAt(i / 8.0, 50, new(0.25, 1, 0)));
            Assert.Equal(schedule.LooksAtLength, differs);
        }
    }

    public static TheoryData<string, string, string> Edits => new()
    {
        { "epochs: 3", "epochs: 20", "resume" }, { "epochs: 3", "epochs: 2", "concord train" }, { "learningRate: 0.001",
            "learningRate: 0.1", "'learningRate: 0.1' was 'learningRate: 0.001'" },
        { "rule: brsf", "rule: dfa", "'rule: dfa'" }, { "seed: 3", "seed: 4", "'seed: 4'" }, { "checkpointMinutes: 1E-09",
            "checkpointMinutes: 5", "checkpointMinutes" }, { "batch: 16\n", "", "'batch: 16' is missing" },
        { "seed: 3", "seed: 3\nfeedback.scale: 2", "'feedback.scale: 2' is new" }, { "seed: 3", "seed: 3\nsed: 4", "'sed: 4' is new" },
        { "seed: 3", "seed: [3, 4]", "'seed: (a list)'" }, { "epochs: 3", "epochs: many", "'epochs: many'" },
        { "seed: 3", "seed: 3\nseed: 4", "given twice" }, { "seed: 3", "seed: {3", "cannot be read as YAML" }, { "threads: 0", "threads: 4",
            "'threads: 4'" },
    };

    [Theory]
    [MemberData(nameof(Edits))]
    public void AnEditThatWouldHaveNoEffectIsRefused(string line, string edited, string said)
    {
        Begin("run", s_settings with { Epochs = 3 });
        var file = In("run", "experiment.yaml");
        var text = File.ReadAllText(file);
        Assert.Contains(line, text, StringComparison.Ordinal);
        File.WriteAllText(file, text.Replace(line, edited, StringComparison.Ordinal));
        var message = Assert.Throws<ConcordException>(() => RunFolder.SettingsOf(_folder["run"])).Message;
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.Contains("experiment.yaml", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("learningRate: 0.001", "learningRate: 1.0e-3")]
    [InlineData("seed: 3", "# the seed\nseed:   '3'   # three")]
    [InlineData("nesterov: false", "nesterov: False")]
    [InlineData("epochs: 3\n", "\n\nepochs: 3\n")]
    public void AnEditThatMeansTheSameIsNone(string line, string edited)
    {
        Begin("run", s_settings);
        var file = In("run", "experiment.yaml");
        Assert.Contains(line, File.ReadAllText(file), StringComparison.Ordinal);
        File.WriteAllText(file, File.ReadAllText(file).Replace(line, edited, StringComparison.Ordinal));
        Assert.Equal(3, RunFolder.SettingsOf(_folder["run"]).Epochs);
        File.Delete(file);
        Assert.Equal(3, RunFolder.SettingsOf(_folder["run"]).Epochs);
    }

    private void Begin(string name, RunSettings settings, CancellationToken cancellation = default)
    {
        using var kernels = Engines.Create("managed", 1);
        using var folder = RunFolder.Create(_folder[name]);
        new Trainer(settings, _data, kernels, folder).Run(command: "concord train", cancellation: cancellation);
    }

    private void Resume(string name) => Restored(name, RunFolder.SettingsOf(_folder[name]), _ => { });

    private void Extend(string name, int epochs) =>
        Restored(name, RunFolder.SettingsOf(_folder[name], epochs), trainer => trainer.Extend(epochs, "concord resume --epochs"));

    private void Restored(string name, RunSettings settings, Action<Trainer> before)
    {
        using var kernels = Engines.Create("managed", 1);
        using var folder = RunFolder.Open(_folder[name]);
        var trainer = new Trainer(settings, _data, kernels, folder, restores: true);
        trainer.Restore();
        before(trainer);
        trainer.Run();
    }

    private void AssertSameTraining(string expected, string actual)
    {
        foreach (var file in (string[])["last.safetensors", "best.safetensors"])
            Assert.Equal(RunFiles.Values(In(expected, file)), RunFiles.Values(In(actual, file)));
        Assert.Equal(RunFiles.WithoutTimes(Bytes(expected, "metrics.jsonl")), RunFiles.WithoutTimes(Bytes(actual, "metrics.jsonl")));
        var (one, other) = (RunFolder.ResultOf(_folder[expected])!, RunFolder.ResultOf(_folder[actual])!);
        Assert.Equal((one.Test.Loss, one.Test.Accuracy, one.BestTest?.Loss), (other.Test.Loss, other.Test.Accuracy, other.BestTest?.Loss));
        Assert.Equal(one.Settings.Write(), other.Settings.Write());
    }

    private void Copy(string from, string to)
    {
        Directory.CreateDirectory(_folder[to]);
        foreach (var file in Directory.GetFiles(_folder[from])) File.Copy(file, In(to, Path.GetFileName(file)));
    }

    private string In(string name, string file) => Path.Combine(_folder[name], file);

    private byte[] Bytes(string name, string file) => File.ReadAllBytes(In(name, file));

    private static DataSplit Data()
    {
        var stream = RandomStream.FromSeed(5);
        var (inputs, labels) = (new float[120, 6], new int[120]);
        for (var n = 0; n < 120; n++)
        {
            labels[n] = n % 3;
            for (var i = 0; i < 6; i++) inputs[n, i] = (float)(stream.Uniform((ulong)(n * 6 + i)) + (i % 3 == labels[n] ? 0.4 : 0));
        }
        return Dataset.From(inputs, labels).Split(20, stream.Split("split"));
    }

    private sealed class Broken : Exception;
}
