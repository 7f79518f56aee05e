using System.Diagnostics;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Training;

namespace Concord.Bench;

/// <summary>What a step takes early and late in a training, in seconds, and late in one in which no input falls silent.</summary>
internal sealed record LateStepFigures(string Rule, string Optimizer, double Young, double Old, double Lively)
{
    /// <summary>How much slower a late step is.</summary>
    public double Ratio => Old / Young;
}

/// <summary>
/// Whether steps keep their speed. Most inputs fall silent early on, as the margins of images are: the moments of their weights fade, and
/// after some 830 steps of 0.9 they would be denormal numbers, at which many processors take a hundred cycles each. Where no
/// input falls silent there are none: that is what a late step would take if they cost nothing.
/// </summary>
internal static class LateStepBench
{
    public const int Young = 200, Old = 2000;
    private const int Window = 100, Silence = 20, Warmth = 100;

    public static LateStepFigures Run(string rule, string optimizer, string model, int batch, Kernels kernels, int rounds)
    {
        Train(StepBench.Learner(rule, model, batch, kernels, OptimizerSettings.ByName[optimizer]), Warmth, silences: true, [], []);
        Thread.Sleep(300);   // the last tier of compilation
        var trainings = Enumerable.Range(0, rounds).Select(_ => Once(rule, optimizer, model, batch, kernels));
        var (young, old, lively) = trainings.OrderBy(times => times.Old / times.Young).ElementAt(rounds / 2);
        return new(rule, optimizer, young, old, lively);
    }

    private static (double Young, double Old, double Lively) Once(string rule, string optimizer, string model, int batch, Kernels kernels)
    {
        List<double> young = [], old = [], lively = [];
        foreach (var silences in (ReadOnlySpan<bool>)[true, false])
            Train(StepBench.Learner(rule, model, batch, kernels, OptimizerSettings.ByName[optimizer]), Old + Window / 2, silences,
                silences ? young : [], silences ? old : lively);
        return (Interleaved.Median(young), Interleaved.Median(old), Interleaved.Median(lively));
    }

    private static void Train(Learner learner, int steps, bool silences, List<double> young, List<double> old)
    {
        var (kernels, batch, classes, inputs) = (learner.Kernels, learner.Pass.Rows, learner.Network.Output.Length,
            learner.Network.Input.Length);
        var labels = new int[batch];
        kernels.Run(() =>
        {
            for (var step = 1; step <= steps; step++)
            {
                if (silences && step == Silence)
                    for (var i = 0; i < learner.Pass.Input.Length; i++)
                        if (i % inputs % 5 != 0) learner.Pass.Input[i] = 0;
                // never learned by heart, so that errors stay what they are
                for (var i = 0; i < batch; i++) labels[i] = (i + step) % classes;
                learner.Pass.Batch.SetClasses(labels);
                var start = Stopwatch.GetTimestamp();
                learner.Step(0.0001);
                var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                if (Math.Abs(step - Young) <= Window / 2) young.Add(seconds);
                if (Math.Abs(step - Old) <= Window / 2) old.Add(seconds);
            }
        });
    }
}
