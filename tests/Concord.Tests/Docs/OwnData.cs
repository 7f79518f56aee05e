using Concord.Data;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Training;

namespace Concord.Tests.Docs;

/// <summary>The README's own-data example, run by <see cref="ReadmeTests"/>.</summary>
internal static class OwnData
{
    public static double Run(float[,] inputs, int[] labels)
    {
        // README: begin
        // float[,] inputs: one row per sample; int[] labels: 0, 1, 2, ...
        var data = Dataset.From(inputs, labels).Split(validation: 100, RandomStream.FromSeed(0));
        var settings = new RunSettings { Model = "mlp:8-64-64-3,tanh", Rule = "dfa", Batch = 32, Epochs = 20 };
        using var kernels = Engines.Create();
        var result = new Trainer(settings, data, kernels).Run();
        Console.WriteLine($"{result.Test.Accuracy:P1} of the test samples are right.");
        // README: end
        return result.Test.Accuracy;
    }
}
