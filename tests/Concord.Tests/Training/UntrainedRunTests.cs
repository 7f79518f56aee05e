using System.Text.Json;
using Concord.Data;
using Concord.Diagnostics;
using Concord.Experiments;
using Concord.Interchange;
using Concord.Numerics.Engines;
using Concord.Tests.Cli;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>A run of no epochs looks at the untrained network, with its alignment: the control that papers leave out.</summary>
public sealed class UntrainedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static readonly RunSettings s_settings = new()
    {
        Data = "glyphs", Train = 300, Validation = 100, Test = 60, Model = "mlp:784-12-9-10", Epochs = 0, Engine = "managed", Threads = 1,
    };

    [Theory]
    [InlineData("backprop")]
    [InlineData("fa")]
    [InlineData("dfa")]
    [InlineData("usf")]
    [InlineData("shallow")]
    [InlineData("wm mirror.steps=30 mirror.batch=20")]
    public void ItsAlignmentIsThatBeforeTheFirstStep(string rule)
    {
        using var kernels = Engines.Create("managed", 1);
        var words = rule.Split(' ');
        var settings = (s_settings with { Rule = words[0], RuleOptions = words.Skip(1).Select(word => word.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]) }).Load(out _, out var data);
        RunResult result;
        using (var folder = RunFolder.Create(_folder["run"])) result = new Trainer(settings, data, kernels, folder).Run();

        var fresh = new Trainer(settings, data, kernels).Learner;
        fresh.Prepare();
        Load(new(FittedNormalization.Fit(data, settings.Normalization, settings.ZcaEpsilon), settings.Augment, default),
            data.Validation, fresh);
        fresh.Pass.Forward(0, training: false);
        fresh.Objective.Error(fresh.Pass);
        fresh.Plan.CreditAssignment.Observe(fresh.BackwardPass);
        fresh.Plan.CreditAssignment.Teach(fresh.BackwardPass);
        var expected = new AlignmentProbe(fresh.Plan).Measure(fresh.BackwardPass);

        var untrained = Assert.Single(result.Epochs);
        Assert.Equal((0, 0L), (untrained.Epoch, untrained.Step));
        Assert.Equal(expected.Select(port => port.Cosine), result.Alignment.Select(port => port.Cosine));
        if (words[0] == "backprop") Assert.All(result.Alignment, port => Assert.Equal(1, port.Cosine, 6));
        Assert.InRange(result.ValidationAccuracy, 0, 1);
        Assert.InRange(result.Test.Accuracy, 0, 1);
        Assert.True(double.IsNaN(untrained.TrainLoss));
        Assert.Null(result.BestEpoch);
        Assert.Null(result.BestTest);
        Assert.Null(result.Warning);   // nothing has gone wrong yet

        var read = RunFolder.ResultOf(_folder["run"])!;
        Assert.Equal(result.Test.Loss, read.Test.Loss);
        Assert.Equal(result.Alignment.Select(port => port.Cosine), read.Alignment.Select(port => port.Cosine));
        using var summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder["run"], "summary.json")));
        Assert.Equal(0, summary.RootElement.GetProperty("epochs").GetInt32());
        var page = Report.Of([_folder["run"]]);
        Assert.Empty(page.Notes);
        Assert.Contains("Alignment", page.ToHtml(), StringComparison.Ordinal);
    }

    [Fact]
    public void BrokenOffItComesToTheSame()
    {
        var settings = (s_settings with { Rule = "wm", RuleOptions = new Dictionary<string, string> { ["mirror.steps"] = "5" } }).Load(
            out _, out var data);
        RunResult Run(string name, bool resume)
        {
            using var kernels = Engines.Create("managed", 1);
            using var folder = resume ? RunFolder.Open(_folder[name]) : RunFolder.Create(_folder[name]);
            var trainer = new Trainer(settings, data, kernels, folder, restores: resume);
            if (resume) trainer.Restore();
            return trainer.Run();
        }
        var whole = Run("whole", resume: false);
        foreach (var kill in (string[])[FaultInjection.MiddleOfLine, FaultInjection.AfterRename])
        {
            // the first line; the first checkpoint, behind normalisation, data and settings
            var left = kill == FaultInjection.AfterRename ? 4 : 1;
            FaultInjection.At = point =>
            {
                if (point == kill && --left == 0) throw new Broken();
            };
            Assert.Throws<Broken>(() => Run(kill, resume: false));
            FaultInjection.At = null;
            var resumed = Run(kill, resume: true);
            Assert.Equal(whole.Alignment.Select(port => port.Cosine), resumed.Alignment.Select(port => port.Cosine));
            Assert.Single(RunFolder.ResultOf(_folder[kill])!.Epochs);
        }
    }

    [Fact]
    public void EveryCommandTakesIt()
    {
        using var concord = new ConcordProgram();
        const string Small = "--data csv:table.csv --model mlp:4-6-3 --epochs 0 --validation 12 --engine managed --threads 1";
        var train = concord.Run($"train {Small} --rule dfa --out run");
        Assert.True(train.ExitCode == 0, train.Error);
        Assert.Contains("untrained  validation", train.Out, StringComparison.Ordinal);
        Assert.Contains("alignment fc1 cosine", train.Out, StringComparison.Ordinal);
        Assert.Contains("untrained: no step was taken", train.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("best epoch", train.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", train.Out, StringComparison.Ordinal);
        Assert.Equal(0, concord.Run("evaluate run --on validation").ExitCode);
        Assert.Contains("is finished", concord.Run("resume run").Out, StringComparison.Ordinal);

        var compare = concord.Run($"compare {Small} --seeds 2 --rules dfa,fa --quick");
        Assert.True(compare.ExitCode == 0, compare.Error);
        Assert.Contains("Untrained: no step was taken", compare.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("standard deviations", compare.Out, StringComparison.Ordinal);
        Assert.Contains("nothing is trained", concord.Run($"compare {Small} --tune").Error, StringComparison.Ordinal);

        File.WriteAllText(concord["grid.yaml"], "data: csv:table.csv\nmodel: mlp:4-6-3\nvalidation: 12\nepochs: [0, 1]\nseeds: 2\nengine: "
            + "managed\nrules: {backprop: , dfa: }\n");
        Assert.Contains("8 cells are left", concord.Run("sweep grid.yaml --dry-run").Out, StringComparison.Ordinal);
        var sweep = concord.Run("sweep grid.yaml --json");
        Assert.True(sweep.ExitCode == 0, sweep.Error);
        var untrained = sweep.Events
            .Where(line => line.GetProperty("event").GetString() == "result" && line.GetProperty("epochs").GetInt32() == 0).ToList();
        Assert.Equal(2, untrained.Count);
        // the rules differ in alignment alone
        Assert.Equal(untrained[0].GetProperty("testAccuracy").GetProperty("mean").GetDouble(),
            untrained[1].GetProperty("testAccuracy").GetProperty("mean").GetDouble());
        Assert.All(untrained, result =>
            Assert.Equal(JsonValueKind.Number, result.GetProperty("alignment")[0].GetProperty("cosine").GetProperty("mean").ValueKind));
    }

    private static void Load(BatchLoader loader, Samples samples, Learner learner)
    {
        int[] rows = [.. Enumerable.Range(0, samples.Count)], labels = new int[samples.Count];
        learner.Pass.Begin(samples.Count);
        loader.LoadEvaluation(learner.Kernels, samples, rows, learner.Pass.Batch.Samples);
        learner.Pass.Batch.Arrange();
        samples.LoadLabels(rows, labels);
        learner.Kernels.OneHot(labels, learner.Pass.Targets);
    }

    private sealed class Broken : Exception;
}
