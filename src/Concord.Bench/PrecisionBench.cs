using Concord.Numerics;
using Concord.Training;

namespace Concord.Bench;

/// <summary>One network in single precision and with products in bf16; times in seconds.</summary>
internal sealed record PrecisionFigures(
    string Model, int Batch, int Threads, double SingleStep, double NarrowStep, double SingleCeiling, double NarrowCeiling,
    int Answered, double SingleInference, double NarrowInference);

/// <summary>Backpropagation's step, its products alone and the way up of a larger batch, in both precisions in the same rounds.</summary>
internal static class PrecisionBench
{
    private const int Answered = 256;

    public static PrecisionFigures Run(string model, int batch, Kernels single, Kernels narrow, int rounds, double seconds)
    {
        Learner wide = StepBench.Learner("backprop", model, batch, single);
        Learner half = StepBench.Learner("backprop", model, batch, narrow);
        var times = Interleaved.Measure(
            [
                StepBench.Step("single step", wide), StepBench.Step("narrow step", half),
                StepBench.Ceiling("single ceiling", single, wide.Plan, batch),
                StepBench.Ceiling("narrow ceiling", narrow, half.Plan, batch),
                Inference("single inference", model, single), Inference("narrow inference", model, narrow),
            ], rounds, seconds);
        return new(model, batch, single.Threads, times["single step"], times["narrow step"], times["single ceiling"],
            times["narrow ceiling"], Answered, times["single inference"], times["narrow inference"]);
    }

    private static Contender Inference(string name, string model, Kernels kernels)
    {
        var learner = StepBench.Learner("backprop", model, Answered, kernels);
        return new(name, count => kernels.Run(() =>
        {
            for (var i = 0; i < count; i++) learner.Pass.Forward(0, training: false);
        }));
    }
}
