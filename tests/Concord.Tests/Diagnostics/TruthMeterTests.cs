using Concord.Diagnostics;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Tests.Diagnostics;

/// <summary>The readings together: a stream that grows makes the gradient behind a layer norm vanish, and both are seen.</summary>
public sealed class TruthMeterTests
{
    // A layer norm's output does not change with the size of what it reads, so its derivative goes with one over it.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheGradientFallsAsTheStreamGrowsBehindALayerNormAlone(bool norm)
    {
        using var kernels = Kit.Double();
        double At(double scale)
        {
            var network = new Network(new(6), new LayerGroup("fc1", new Linear(8)),
                new LayerGroup("fc2", norm ? [new LayerNorm(), new Linear(3)] : [new Linear(3)]));
            var learner = new Learner(Kit.Made(network, Kit.Rule("backprop")), default, Kit.PlainSgd, kernels, Kit.Seed);
            foreach (var parameter in network.Blocks[0].Parameters)
                for (var i = 0; i < parameter.Shape.Length; i++) parameter.Value[i] *= scale;
            return Look(learner).Alignment[0].TrueNorm;
        }
        var once = At(1);
        foreach (var scale in (double[])[1e3, 1e6])
            if (norm) Assert.Equal(once / scale, At(scale), 1e-3 * once / scale);
            else Assert.InRange(At(scale), 0.01 * once, 100 * once);
    }

    [Theory]
    [InlineData("backprop")]
    [InlineData("dfa")]
    [InlineData("fa-stream")]
    public void ARescaledStreamIsVoidAndGrowsAndASoundOneIsNeither(string rule)
    {
        using var kernels = Kit.Single();
        var (alignment, norms) = Probed(kernels, rule, 1);
        Assert.All(alignment, row => Assert.False(row.IsVoid));
        Assert.All(norms.Skip(1), norm => Assert.InRange(norm.Growth, 0.2, 5));
        if (rule == "backprop") Assert.All(alignment, row => Assert.Equal(1, row.Cosine, 5));

        (alignment, norms) = Probed(kernels, rule, 1e8);
        Assert.True(alignment[^1].IsVoid);
        Assert.True(double.IsNaN(alignment[^1].Cosine));
        Assert.True(norms[^1].Growth > ActivityNorm.MostGrowth);
    }

    [Fact]
    public void SamplesOfSpikesHaveNoDirectionInCommonAndAreProbedWithoutIt()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("snn:6-5-3,tau=0.05,threshold=0.02/0.01,weights=-0.3/1,duration=0.3", "fa", kernels,
            objective: new(LossKind.SpikeCount));
        Kit.Fill(learner.Pass, 8);
        for (var i = 0; i < learner.Pass.Input.Length; i++) learner.Pass.Input[i] = Math.Abs(Math.Sin(i));
        var row = Look(learner, TrainingBatches.Of(100, 4))[0];
        Assert.True(double.IsFinite(row.Cosine) && double.IsNaN(row.BatchCosine));
    }

    [Fact]
    public void DirectionsOfTheGradientAreComparedBetweenWholeBatches()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-5-4-3,tanh", "dfa", kernels);
        IReadOnlyList<PortAlignment> Measure(int rows, int copies, int batch)
        {
            Kit.Fill(learner.Pass, rows, copies: copies);
            return Look(learner, TrainingBatches.Of(100, batch));
        }
        Assert.All(Measure(4, 3, 4), row => Assert.Equal(1, row.BatchCosine, 1e-12));   // the same batch three times
        Assert.All(Measure(7, 1, 4), row => Assert.True(double.IsNaN(row.BatchCosine)));   // a batch and a part of one

        var measured = Measure(13, 1, 4);   // three batches, and a sample that is left out
        var truth = new TrueGradient(learner.Pass, 1);
        truth.Walk();
        for (var port = 0; port < 2; port++)
        {
            var (gradient, units) = (truth.At(learner.Network.Ports[port]).ToArray(), learner.Network.Ports[port].Shape.Length);
            double[][] means = [.. Enumerable.Range(0, 3).Select(batch => Enumerable.Range(0, units)
                .Select(unit => Enumerable.Range(4 * batch, 4).Average(n => gradient[n * units + unit])).ToArray())];
            double Cosine(int a, int b) => means[a].Zip(means[b], (x, y) => x * y).Sum()
                / Math.Sqrt(means[a].Sum(x => x * x) * means[b].Sum(y => y * y));
            Assert.Equal((Cosine(0, 1) + Cosine(0, 2) + Cosine(1, 2)) / 3, measured[port].BatchCosine, 1e-12);
        }
    }

    [Fact]
    public void AModelStringIsThatNetwork()
    {
        var network = ModelDescription.Parse("resmlp:6-5x2-3,tanh");
        Assert.Equal(["fc1: linear 6 -> 5", "unit1: residual (layer norm, linear 5 -> 5, tanh, linear 5 -> 5)",
            "unit2: residual (layer norm, linear 5 -> 5, tanh, linear 5 -> 5)", "fc2: layer norm, linear 5 -> 3"],
            network.Blocks.Select(block => block.ToString()));
        Assert.Equal(["fc1.weight", "unit1.1.gain", "unit1.2.weight", "fc2.norm.gain", "fc2.weight"],
            new[] { 0, 2, 4, 14, 16 }.Select(i => network.Parameters[i].Name));
    }

    [Theory]
    [InlineData("resmlp:6-5", "2 parts")]
    [InlineData("resmlp:6-5x2-3x2", "repeats")]
    [InlineData("resmlp:6-5x2-3,batchnorm", "names a norm")]
    [InlineData("resmlp:6-5x2-3,no-bias", "no-bias")]
    [InlineData("resmlp:6-5x2-3,mask.fc3=0.5", "fc3")]
    public void AMistakeInItIsNamed(string model, string said) =>
        Assert.Contains(said, Assert.Throws<ConcordException>(() => ModelDescription.Parse(model)).Message, StringComparison.Ordinal);

    // The last unit's branch ends in a weight that makes its output, and so the stream, as large as is wanted.
    private static (IReadOnlyList<PortAlignment> Alignment, IReadOnlyList<ActivityNorm> Norms) Probed(Kernels kernels, string rule,
        double scale)
    {
        var learner = Kit.Learner("resmlp:6-8x2-3,tanh", rule, kernels);
        foreach (var name in (string[])["unit2.4.weight", "unit2.4.bias"])
        {
            var value = Kit.Parameter(learner.Network, name).Value;
            for (var i = 0; i < value.Length; i++) value[i] *= scale;
        }
        return Look(learner);
    }

    private static (IReadOnlyList<PortAlignment> Alignment, IReadOnlyList<ActivityNorm> Norms) Look(Learner learner)
    {
        Kit.Fill(learner.Pass, 6);
        var norms = new ActivityNorms(learner.Network, learner.Kernels);
        norms.Begin();
        learner.Pass.Evaluated = norms.See;
        var alignment = Look(learner, null);
        return (alignment, norms.Norms);
    }

    private static IReadOnlyList<PortAlignment> Look(Learner learner, TrainingBatches? batches)
    {
        learner.Pass.Forward(0, training: false);
        learner.Objective.Error(learner.Pass);
        learner.Plan.CreditAssignment.Observe(learner.BackwardPass);
        learner.Plan.CreditAssignment.Teach(learner.BackwardPass);
        return new AlignmentProbe(learner.Plan, batches: batches).Measure(learner.BackwardPass);
    }
}
