using Concord.Feedback;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>The convention table: what each preset draws, shares and scales, and where it injects.</summary>
public sealed class FeedbackPresetTests
{
    private const int Inputs = 7, Wide = 400, Narrow = 300, Outputs = 10;
    private static readonly string s_model = $"mlp:{Inputs}-{Narrow}-{Wide}-{Outputs},tanh,dropout=0.2";

    [Theory]
    [InlineData("nokland2016", false, false)]
    [InlineData("launay2019", true, true)]
    [InlineData("tinydfa", false, true)]
    [InlineData("crafton2019", false, false)]
    [InlineData("frenkel2021", false, false)]
    [InlineData("kaiming", true, false)]
    [InlineData("unit", true, false)]
    public void DenseFeedbackIsDrawnAsTheTableSays(string preset, bool normal, bool shared)
    {
        using var kernels = Kit.Double();
        var plan = Kit.Learner(s_model, $"dfa feedback.preset={preset}", kernels).Plan;
        double[] narrow = Matrix(plan, 0, kernels), wide = Matrix(plan, 1, kernels);
        foreach (var (d, n) in (ReadOnlySpan<(double[], int)>)[(narrow, Narrow), (wide, Wide)])
        {
            var spread = preset switch
            {
                "launay2019" => Math.Sqrt(1.0 / (Outputs * n)),
                "tinydfa" => Math.Sqrt(1.0 / Wide),
                "frenkel2021" => Math.Sqrt(6.0 / n),
                "kaiming" => Math.Sqrt(2.0 / Outputs),
                "unit" => Math.Sqrt(1.0 / Outputs),
                _ => Math.Sqrt(1.0 / n),
            };
            CheckDistribution(d, spread, normal);
        }
        // Leading columns: neuron j of both ports receives the classes in the same proportions, or does not.
        var ratio = preset == "launay2019" ? Math.Sqrt((double)Wide / Narrow) : 1;
        var sameLeading = Enumerable.Range(0, Narrow * Outputs).All(i => Math.Abs(narrow[i] - ratio * wide[i]) < 1e-14);
        Assert.Equal(shared, sameLeading);
        Assert.Equal(shared ? Wide * Outputs : (Wide + Narrow) * Outputs, plan.FeedbackWords);
    }

    [Theory]
    [InlineData("nokland2016", 3)]
    [InlineData("crafton2019", 3)]
    [InlineData("crafton2019", 1)]
    [InlineData("launay2019", 2)]
    [InlineData("frenkel2021", 1)]
    public void SparseFeedbackIsDrawnAsTheTableSays(string preset, int k)
    {
        using var kernels = Kit.Double();
        var plan = Kit.Learner(s_model, $"sparse-dfa feedback.preset={preset} feedback.nonZerosPerNeuron={k}", kernels).Plan;
        var values = Enumerable.Range(0, 2)
            .Select(port => ((SparseProjection)plan.Rule.ProjectionAt(plan.Network.Ports[port])!).Values.ToArray()).ToList();
        foreach (var (d, n) in values.Zip((int[])[Narrow, Wide]))
            CheckDistribution(d, preset switch
            {
                "crafton2019" => Math.Pow(Outputs * k, 0.25) / Math.Sqrt(n),
                "launay2019" => Math.Sqrt(3.0 / (Outputs * n)),
                "frenkel2021" => Math.Sqrt(6.0 / n),
                _ => 1 / Math.Sqrt(n),
            }, normal: false);
        Assert.Equal(2 * k * (Narrow + Wide), plan.FeedbackWords);   // values and indices
    }

    [Fact]
    public void OptionsOverruleThePreset()
    {
        using var kernels = Kit.Double();
        double[] Drawn(string options) => Matrix(Kit.Learner(s_model, $"dfa {options}", kernels).Plan, 0, kernels);
        Kit.Close([.. Drawn("feedback.preset=unit").Select(value => 2.5 * value)], Drawn("feedback.preset=unit feedback.scale=2.5"), 1e-13);
        Assert.Equal(Wide * Outputs, Kit.Learner(s_model, "dfa feedback.shared=true", kernels).Plan.FeedbackWords);
        Assert.Equal((Wide + Narrow) * Outputs,
            Kit.Learner(s_model, "dfa feedback.preset=launay2019 feedback.shared=false", kernels).Plan.FeedbackWords);
        Assert.NotEqual(Drawn("feedback.preset=unit"),
            Matrix(Kit.Learner(s_model, "dfa feedback.preset=unit", kernels, seed: 8).Plan, 0, kernels));
    }

    // What hidden and output blocks get, as multiples of the mean-reduced error, for a batch of 4 and 10 outputs.
    [Theory]
    [InlineData("nokland2016", LossKind.SoftmaxCrossEntropy, 1, 1)]
    [InlineData("nokland2016 feedback.asReleased=true", LossKind.SigmoidCrossEntropy, 4, 4)]
    [InlineData("launay2019", LossKind.SoftmaxCrossEntropy, 4, 1)]
    [InlineData("tinydfa", LossKind.SoftmaxCrossEntropy, 1, 1)]
    [InlineData("crafton2019", LossKind.SoftmaxCrossEntropy, 1, 1)]
    [InlineData("frenkel2021", LossKind.SoftmaxCrossEntropy, 4, 1)]
    [InlineData("frenkel2021", LossKind.SigmoidCrossEntropy, 4, 0.1)]
    [InlineData("kaiming", LossKind.SquaredError, 1, 1)]
    [InlineData("unit", LossKind.SoftmaxCrossEntropy, 1, 1)]
    public void ErrorsAreReducedAsTheTableSays(string preset, LossKind loss, double hidden, double output)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(s_model, $"dfa feedback.preset={preset}", kernels, objective: new(loss));
        Kit.Step(learner, 4);
        var e = learner.Pass.Error;
        Kit.Close([.. e.ToArray().Select(value => output * value)],
            learner.BackwardPass.SignalAt(learner.Network.OutputPort)!.ToArray(), 1e-13);
        var projected = kernels.Allocate(new(4, Wide));
        learner.Plan.Rule.ProjectionAt(learner.Network.Ports[1])!.Apply(kernels, new(), e, projected);
        Kit.Close([.. projected.ToArray().Select(value => hidden * value)],
            learner.BackwardPass.SignalAt(learner.Network.Ports[1])!.ToArray(), 1e-13);
    }

    [Fact]
    public void OnlyFrenkelsPresetInjectsBeforeDropout()
    {
        using var kernels = Kit.Double();
        foreach (var preset in FeedbackPreset.ByName.Keys)
        {
            var network = Kit.Learner(s_model, $"dfa feedback.preset={preset}", kernels).Network;
            Assert.Equal(preset == "frenkel2021" ? ["linear", "activation"] : ["linear", "activation", "dropout"],
                network.Blocks[0].Layers.Select(layer => layer.Kind));
        }
        Assert.Equal("nokland2016", Resolved());
    }

    private static string Resolved() => RuleCatalogue.Resolve("dfa").Resolved["feedback.preset"];

    private static double[] Matrix(Plan plan, int port, Kernels kernels) =>
        plan.Rule.ProjectionAt(plan.Network.Ports[port])!.ToMatrix(kernels).ToArray();

    private static void CheckDistribution(double[] d, double spread, bool normal)
    {
        var mean = d.Average();
        var std = Math.Sqrt(d.Average(value => value * value));
        Assert.InRange(mean, -4 * std / Math.Sqrt(d.Length), 4 * std / Math.Sqrt(d.Length));
        Assert.InRange(std / (normal ? spread : spread / Math.Sqrt(3)), 1 - 4 / Math.Sqrt(2 * d.Length), 1 + 4 / Math.Sqrt(2 * d.Length));
        var largest = d.Max(Math.Abs) / spread;
        if (normal) Assert.InRange(largest, 2.5, 6);
        else Assert.InRange(largest, 0.97, 1);
    }
}
