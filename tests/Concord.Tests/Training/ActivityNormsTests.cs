using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>How large activities are, and how much they grow from block to block.</summary>
public sealed class ActivityNormsTests
{
    // relu of (3, 4) and of (0, -5) doubled; three units that see the sum of both: 7 and -5, the latter cut off.
    [Theory]
    [InlineData(ActivationPolicy.Stored)]
    [InlineData(ActivationPolicy.Recomputed)]
    public void NormsAreMeansOverSamplesAndGrowthIsPerRootOfTheUnits(ActivationPolicy activations)
    {
        using var kernels = Kit.Double();
        var network = Kit.Learner("mlp:2-2-3-2,bias=0", "dfa", kernels).Network;
        Kit.Parameter(network, "fc1.weight").Value.CopyFrom([2, 0, 0, 2]);
        Kit.Parameter(network, "fc2.weight").Value.CopyFrom([1, 1, 1, 1, 1, 1]);
        var pass = new Pass(network, kernels, default, activations);
        var norms = new ActivityNorms(network, kernels);
        pass.Evaluated = norms.See;
        for (var round = 0; round < 2; round++)
        {
            norms.Begin();
            Look(3, 4, 0, -5);
            Look(1, 1, 1, 1);   // the first batch alone is looked at
            var (first, second) = ((Norm: 10.0 / 2, 0), (Norm: 14 * Math.Sqrt(3) / 2, 0));
            Assert.Equal(["fc1", "fc2"], norms.Norms.Select(norm => norm.Block));
            Assert.Equal(first.Norm, norms.Norms[0].Norm, 1e-12);
            Assert.Equal(second.Norm, norms.Norms[1].Norm, 1e-12);
            Assert.True(double.IsNaN(norms.Norms[0].Growth));
            Assert.Equal(second.Norm / Math.Sqrt(3) / (first.Norm / Math.Sqrt(2)), norms.Norms[1].Growth, 1e-12);
        }
        norms.Begin();
        Look(0, 0, 0, 0);
        Assert.All(norms.Norms, norm => Assert.True(norm.Norm == 0 && double.IsNaN(norm.Growth)));

        void Look(params double[] x)
        {
            pass.Begin(2);
            pass.Input.CopyFrom(x);
            pass.Forward(0, training: false);
        }
    }

    [Fact]
    public void ARunKeepsThemAndASoundOneStaysUnderFive()
    {
        using var folder = new TemporaryFolder();
        using var kernels = Engines.Create("managed", 1);
        var settings = new RunSettings { Train = 1000, Validation = 200, Test = 100, Model = "mlp:784-32-64-32-10", Batch = 32, Epochs = 2,
            Engine = "managed", Threads = 1 }.Load(out _, out var data);
        RunResult result;
        using (var run = RunFolder.Create(folder["run"])) result = new Trainer(settings, data, kernels, run).Run();
        Assert.All(result.Epochs, epoch => Assert.Equal(["fc1", "fc2", "fc3"], epoch.ActivityNorms.Select(norm => norm.Block)));
        Assert.All(result.Epochs, epoch => Assert.InRange(epoch.Steepest!.Growth, 0.1, 5));
        Assert.Equal(result.Epochs.Select(epoch => string.Join(' ', epoch.ActivityNorms)),
            RunFolder.ResultOf(folder["run"])!.Epochs.Select(epoch => string.Join(' ', epoch.ActivityNorms)));
        Assert.Contains("\"activityNorms\":[{\"block\":\"fc1\",\"norm\":", File.ReadAllText(Path.Combine(folder["run"], "summary.json"))
            .Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal), StringComparison.Ordinal);

        // Lines of versions before have none.
        var metrics = Path.Combine(folder["run"], "metrics.jsonl");
        File.WriteAllText(metrics, File.ReadAllText(metrics).Replace("\"activityNorms\"", "\"unknown\"", StringComparison.Ordinal));
        Assert.All(MetricsReader.Epochs(metrics), epoch => Assert.Null(epoch.Steepest));
    }
}
