using Concord.Data;
using Concord.Numerics.Engines;
using Concord.Training;

namespace Concord.Tests.Experiments;

/// <summary>Small finished runs: three rules and two seeds on glyphs.</summary>
public sealed class SampleRuns : IDisposable
{
    public const string Command = "concord compare --rules backprop,dfa,shallow --seeds 2 <b>";
    public static readonly string[] Rules = ["backprop", "dfa", "shallow"];
    private readonly TemporaryFolder _folder = new();

    public SampleRuns()
    {
        Settings = Settings.Load(out var dataset, out var split);
        (Dataset, Split) = (dataset, split);
        foreach (var rule in Rules)
            for (var seed = 0; seed < 2; seed++)
                Train(Settings with { Rule = rule, Seed = seed }, Path.Combine(Root, rule, $"seed-{seed}"));
    }

    public string Root => _folder.Path;

    /// <summary>One of the runs: direct feedback alignment with seed 0.</summary>
    public string Folder => Path.Combine(Root, "dfa", "seed-0");

    public Dataset Dataset { get; }

    public DataSplit Split { get; }

    public RunSettings Settings { get; } = new()
    {
        Data = "glyphs", Train = 200, Validation = 50, Test = 60, Model = "mlp:784-12-12-10", Batch = 20, Epochs = 3, Engine = "managed",
        Threads = 1, Optimizer = new(LearningRate: 0.05),
    };

    public RunResult Train(RunSettings settings, string folder, Action<TrainingProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        using var kernels = new SingleKernels(1);
        using var hold = RunFolder.Create(folder);
        return new Trainer(settings, Split, kernels, hold).Run(progress is null ? null : new Told(progress), Command, cancellation);
    }

    public RunResult Resume(RunSettings settings, string folder)
    {
        using var kernels = new SingleKernels(1);
        using var hold = RunFolder.Open(folder);
        var trainer = new Trainer(settings, Split, kernels, hold);
        trainer.Restore();
        return trainer.Run();
    }

    public void Dispose() => _folder.Dispose();
}
