using Concord.Data;
using Concord.Experiments;
using Concord.Networks;
using Concord.Optimizers;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>Runs on data without classes: the loss stands wherever accuracy stands elsewhere, and what takes classes is refused.</summary>
public sealed class RealTargetRunTests : IDisposable
{
    private static readonly Dataset s_data = Dataset.TeacherStudent(360, 80, inputs: 6, hidden: 3, outputs: 2);

    private static readonly RunSettings s_settings = new RunSettings
    {
        Data = "teacher-student", Model = "mlp:6-12-2,tanh", Validation = 60, Batch = 20, Epochs = 3, Rule = "dfa", Engine = "managed",
        Threads = 1, Optimizer = new(LearningRate: 0.1), Objective = new(LossKind.SquaredError),
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AStudentLearnsItsTeacherAndIsScoredByItsLoss()
    {
        var result = Run(s_settings with { Rule = "backprop", Epochs = 60, Optimizer = new(LearningRate: 0.2, Momentum: 0.9) });
        var constant = result.Test.OfConstantAnswer(result.Settings.Objective);
        Assert.Equal(0.5 * s_data.Test.TargetVariance(), constant, 12);
        Assert.InRange(result.Test.Loss, 0, 0.05 * constant);
        Assert.True(result.Test.Score.IsLoss);
        Assert.True(double.IsNaN(result.Test.Accuracy));
        Assert.Empty(result.Test.Confusion);
        Assert.Equal(result.Epochs.MinBy(epoch => epoch.ValidationLoss)!.Epoch, result.BestEpoch!.Epoch);
        Assert.Null(result.Warning);
        var over = new RuleResult([result]);
        Assert.Equal(("loss", 1.0, result.Test.Loss), (over.Test.Word, over.Test.Scale, over.Test.Shown.Mean));
    }

    /// <summary>No constant answer does better than the mean of the targets, and that one costs half their variance.</summary>
    [Fact]
    public void TheBestConstantAnswerIsTheMeanOfTheTargets()
    {
        double Loss(double a, double b) => Enumerable.Range(0, s_data.Test.Count).Average(
            row => 0.5 * (Math.Pow(s_data.Test.Targets(row)[0] - a, 2) + Math.Pow(s_data.Test.Targets(row)[1] - b, 2)));
        double Mean(int k) => Enumerable.Range(0, s_data.Test.Count).Average(row => s_data.Test.Targets(row)[k]);
        var least = 0.5 * s_data.Test.TargetVariance();
        Assert.Equal(least, Loss(Mean(0), Mean(1)), 9);
        foreach (var (da, db) in ((double, double)[])[(0.1, 0), (-0.1, 0), (0, 0.1), (0, -0.1)])
            Assert.True(Loss(Mean(0) + da, Mean(1) + db) > least);
    }

    [Fact]
    public void WhatIsWrittenIsReadBackAndARunGoesOnToTheSameBits()
    {
        var whole = Run(s_settings with { Epochs = 4 }, "whole");
        var short_ = Run(s_settings with { Epochs = 2 }, "part");
        using (var kernels = Kit.Single())
        using (var hold = RunFolder.Open(_folder["part"]))
        {
            var (settings, data) = Split(s_settings with { Epochs = 2 });
            var trainer = new Trainer(settings, data, kernels, hold, restores: true);
            trainer.Restore();
            trainer.Extend(4);
            trainer.Run();
        }
        RunResult read = RunFolder.ResultOf(_folder["part"])!, other = RunFolder.ResultOf(_folder["whole"])!;
        Assert.Equal(whole.Test.Loss, read.Test.Loss);
        Assert.Equal(whole.Test.TargetVariance, read.Test.TargetVariance);
        Assert.Equal(whole.BestTest!.Loss, read.BestTest!.Loss);
        Assert.Equal(whole.BestEpoch!.Epoch, other.BestEpoch!.Epoch);
        Assert.Equal([new Extension(2, null, short_.Test.Loss)], read.Extensions);
        Assert.Equal(2, read.TestLooks);
        Assert.Equal(whole.Epochs.Select(epoch => epoch.ValidationLoss), other.Epochs.Select(epoch => epoch.ValidationLoss));
        var page = File.ReadAllText(Page());
        Assert.Contains("test loss", page, StringComparison.Ordinal);
        Assert.DoesNotContain("accuracy", page, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void RatesAreChosenByValidationLossAndRulesSetAgainstEachOtherByLoss()
    {
        using var kernels = Kit.Single();
        var (settings, data) = Split(s_settings);
        var outcomes = new Comparison(settings, ["backprop", "shallow"], [0, 1]) { RateFactors = [1, 0.001] }.Run(data, kernels);
        Assert.All(outcomes, outcome => Assert.True(outcome.Tuned[0].Validation.Loss < outcome.Tuned[1].Validation.Loss));
        Assert.All(outcomes, outcome => Assert.Equal(0.1, outcome.Result!.Settings.Optimizer.LearningRate));
        var (learned, control) = (outcomes[0].Result!, outcomes[1].Result!);
        Assert.Equal(learned.Test.Loss.Mean - control.Test.Loss.Mean, learned.DifferenceTo(control).Mean, 9);
        Assert.Equal(control.Test.Loss.Mean > learned.Test.Loss.Mean, learned.Test.StandardDeviationsAbove(control.Test) > 0);
        Assert.Contains("have no classes", Refusal(() => new Comparison(settings, ["dfa"], [0]) { Depth = DepthLadder.AllFrozen }
            .Run(data, kernels)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cross-entropy")]
    [InlineData("bce")]
    [InlineData("count")]
    public void ALossOfClassesIsRefused(string loss) => Assert.Contains($"the loss {loss} is one of classes. Give --loss mse",
        Refusal(() => Run(s_settings with { Objective = new(Objective.ByName[loss]) })), StringComparison.Ordinal);

    [Theory]
    [InlineData("drtp")]
    [InlineData("local-pred")]
    [InlineData("local-sim")]
    public void ARuleThatDeliversClassesIsRefused(string rule) => Assert.Contains($"The rule {rule} delivers a sample's class",
        Refusal(() => Run(s_settings with { Rule = rule })), StringComparison.Ordinal);

    [Fact]
    public void WhatTakesRightAnswersIsRefused()
    {
        Run(s_settings with { Epochs = 1 }, "run");
        using var kernels = Kit.Single();
        var network = SavedNetwork.Open(_folder["run"], s_data, kernels);
        var evaluation = network.Evaluate(s_data.Test);
        Assert.Equal(RunFolder.ResultOf(_folder["run"])!.Test.Loss, evaluation.Loss);
        Assert.Contains("no classes", Refusal(() => Robustness.Measure(network, s_data.Test, [0.1], new())), StringComparison.Ordinal);
        Assert.Contains("without classes", Refusal(() => Similarity.Between(network, network, s_data.Test, 50,
            which: ComparedSamples.FirstAloneIsRight)), StringComparison.Ordinal);
        Assert.Equal(1, Similarity.Between(network, network, s_data.Test, 50).Of("fc1"), 5);
    }

    /// <summary>A solution can be asked for: real targets are what the theory is written for.</summary>
    [Fact]
    public void TheKernelTakesThem()
    {
        using var kernels = Kit.Double();
        var (settings, data) = Split(s_settings with { Model = "mlp:6-20-2,tanh", Rule = "fa" });
        var trial = StabilityTrial.Of(settings, data, 4, kernels);
        Assert.True(trial.Point.IsSolution);
        Assert.True(trial.Agrees);
    }

    private RunResult Run(RunSettings settings, string? folder = null)
    {
        using var kernels = Kit.Single();
        (settings, var data) = Split(settings);
        using var hold = folder is null ? null : RunFolder.Create(_folder[folder]);
        return new Trainer(settings, data, kernels, hold).Run();
    }

    private static (RunSettings Settings, DataSplit Data) Split(RunSettings settings) => (settings.Split(s_data, out var data), data);

    private string Page()
    {
        var path = _folder["report.html"];
        Report.Of([_folder["whole"], _folder["part"]]).Write(path);
        return path;
    }

    private static string Refusal(Action act) => Assert.Throws<ConcordException>(act).Message;
}
