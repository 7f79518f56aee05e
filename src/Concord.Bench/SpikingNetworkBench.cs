using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Bench;

/// <summary>What a spiking network came to, seconds per batch.</summary>
/// <param name="Model">The network.</param>
/// <param name="Batch">Samples of a batch.</param>
/// <param name="Threads">Threads of the engine.</param>
/// <param name="Step">A training step by the exact gradient, Adam included.</param>
/// <param name="Inference">Encoding and the way up alone.</param>
internal sealed record SpikingNetworkFigures(string Model, int Batch, int Threads, double Step, double Inference);

/// <summary>The network that BATS trains on MNIST, untrained, on samples as bright as those of MNIST (<see cref="SpikeBench"/>).</summary>
internal static class SpikingNetworkBench
{
    private const string Model = "snn:784-800-10";
    private const int Batch = 50, Inputs = 784, Outputs = 10, Active = 148;

    public static SpikingNetworkFigures Run(Kernels kernels, int rounds, double seconds)
    {
        Learner? learner = null;
        Pass? pass = null;
        kernels.Run(() =>
        {
            // so slow that the weights, and with them the number of spikes, stay what they are
            learner = new(Blueprint.Of(Model, "exact"), new Objective(LossKind.SpikeCount),
                OptimizerSettings.ByName["adam"] with { LearningRate = 1e-12 }, kernels, seed: 0);
            pass = new(learner.Network, kernels, default);
            foreach (var each in (Pass[])[learner.Pass, pass]) Fill(kernels, each);
        });
        var times = Interleaved.Measure(
        [
            new("step", count => kernels.Run(() =>
            {
                for (var i = 0; i < count; i++) learner!.Step(1e-12);
            })),
            new("inference", count => kernels.Run(() =>
            {
                for (var i = 0; i < count; i++) pass!.Forward(0, training: false);
            })),
        ], rounds, seconds);
        return new(Model, Batch, kernels.Threads, times["step"], times["inference"]);
    }

    private static void Fill(Kernels kernels, Pass pass)
    {
        pass.Begin(Batch);
        var pixels = new int[Inputs];
        kernels.Fill(pass.Input, 0);
        for (var sample = 0; sample < Batch; sample++)
        {
            for (var i = 0; i < Inputs; i++) pixels[i] = i;
            var draws = RandomStream.FromSeed(1).At(sample);
            draws.Shuffle<int>(pixels);
            for (var i = 0; i < Active; i++)
                pass.Input.Singles[sample * Inputs + pixels[i]] = (1 + draws.Split("value").Below((ulong)i, 255)) / 255f;
        }
        pass.Batch.SetClasses([.. Enumerable.Range(0, Batch).Select(i => i % Outputs)]);
    }
}
