using Concord.Cost;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>
/// What is known of estimates from random directions: their means, and how much they vary (after Bacho, Chu 2022-24, of ±1 and of normal
/// directions; P weights, H units, N samples).
/// </summary>
public sealed class ForwardRulesTests
{
    private const int N = 4;

    // |mean - truth|^2 and mean |x - truth|^2, both relative to |truth|^2.
    private static (double Bias, double Variance) Spread(double[] truth, IEnumerable<double[]> draws)
    {
        var (sum, squares, count) = (new double[truth.Length], 0.0, 0);
        foreach (var draw in draws)
        {
            count++;
            for (var i = 0; i < truth.Length; i++)
            {
                sum[i] += draw[i];
                squares += (draw[i] - truth[i]) * (draw[i] - truth[i]);
            }
        }
        var norm = truth.Sum(value => value * value);
        return (sum.Select((value, i) => value / count - truth[i]).Sum(value => value * value) / norm, squares / count / norm);
    }

    private static Learner Resting(string network, string rule, Kernels kernels, long seed = Kit.Seed)
    {
        var learner = Kit.Learner(network, rule, kernels, seed: seed);
        Kit.Fill(learner.Pass, N);
        return learner;
    }

    // Gradients under a rule at each of so many steps, the weights standing still.
    private static IEnumerable<double[]> Gradients(Learner learner, int steps, Func<Learner, GradientKeeper, double[]> read)
    {
        var keeper = new GradientKeeper(learner.Kernels);
        var backward = learner.Plan.BackwardPass(learner.Pass, keeper);
        for (var step = 0; step < steps; step++)
        {
            keeper.Gradients.Clear();
            learner.Pass.Forward(step, training: true);
            learner.Objective.Error(learner.Pass);
            learner.Plan.CreditAssignment.Observe(backward);
            learner.Plan.CreditAssignment.Teach(backward);
            yield return read(learner, keeper);
        }
    }

    private static double[] All(Learner learner, GradientKeeper keeper) =>
        [.. learner.Network.Parameters.SelectMany(parameter => keeper.Gradients[parameter].ToArray())];

    [Theory]
    [InlineData("rademacher", 1, -1)]
    [InlineData("normal", 1, 1)]
    [InlineData("rademacher", 4, -1)]
    public void WeightPerturbationIsUnbiasedAndVariesAsTheWeightsAreMany(string distribution, int directions, int correction)
    {
        using var kernels = Kit.Double();
        const string Network = "mlp:3-5-4-2,tanh";
        var truth = Gradients(Resting(Network, "backprop", kernels), 1, All).Single();
        const int Draws = 20_000;
        var (bias, variance) = Spread(truth, Gradients(Resting(Network,
            $"fg-weight perturbation.distribution={distribution} perturbation.directions={directions}", kernels), Draws / directions, All));
        var expected = (truth.Length + correction) / (double)directions;
        Assert.InRange(variance / expected, 0.9, 1.1);
        Assert.InRange(bias, 0, 3 * expected / (Draws / directions));
    }

    [Theory]
    [InlineData("rademacher", -1)]
    [InlineData("normal", 1)]
    public void ActivityPerturbationIsUnbiasedAndVariesAsTheUnitsAreMany(string distribution, int correction)
    {
        using var kernels = Kit.Double();
        const string Network = "mlp:3-6-2,tanh";
        static double[] Signal(Learner learner, GradientKeeper _)
        {
            // of the first sample alone: each has a direction of its own
            var backward = learner.Plan.BackwardPass(learner.Pass, null);
            learner.Plan.CreditAssignment.Teach(backward);
            return backward.SignalAt(learner.Network.Ports[0])!.ToArray()[..6];
        }
        var truth = Gradients(Resting(Network, "backprop", kernels), 1, Signal).Single();
        var (bias, variance) = Spread(truth,
            Gradients(Resting(Network, $"fg-activity perturbation.distribution={distribution}", kernels), 20_000, Signal));
        Assert.InRange(variance / (6 + correction), 0.9, 1.1);
        Assert.InRange(bias, 0, 3 * (6.0 + correction) / 20_000);
    }

    // Per sample, so that batch statistics are left out: through them a sample's estimate sees its own part alone.
    [Theory]
    [InlineData("mlp:3-5-4-2,tanh")]
    [InlineData("mlp:3-5-4-2,relu,dropout=0.2")]
    [InlineData("cnn:2x4x4-c3k3p1-p2-4-3,tanh,layernorm")]
    public void TheMeanOfFdfasEstimatesIsTheMeanDerivative(string network)
    {
        using var kernels = Kit.Double();
        var learner = Resting(network, "fdfa feedback.rate=1", kernels);
        var ports = learner.Network.Ports.Where(port => !port.IsOutput).ToList();
        var outputs = learner.Network.Output.Length;
        var sums = ports.Select(port => new double[outputs * port.Shape.Length]).ToList();
        var truths = ports.Select(port => new double[outputs * port.Shape.Length]).ToList();
        const int Draws = 10_000;
        for (var draw = 0; draw < Draws; draw++)
        {
            learner.Step(0);   // at a rate of 1 the average is the estimate
            for (var i = 0; i < ports.Count; i++)
            {
                var estimate = learner.Plan.Groups[0].Parameters[i].Value;
                for (var j = 0; j < sums[i].Length; j++) sums[i][j] += estimate[j] / Draws;
            }
            if (draw % 100 != 0) continue;   // dropout makes the derivative one of the step
            var truth = new TrueGradient(learner.Pass, lowest: 1);
            for (var k = 0; k < outputs; k++)
            {
                learner.Pass.Error.CopyFrom([.. Enumerable.Range(0, N * outputs).Select(at => at % outputs == k ? 1.0 : 0)]);
                truth.Walk();
                for (var i = 0; i < ports.Count; i++)
                {
                    var (units, signal) = (ports[i].Shape.Length, truth.At(ports[i]));
                    for (var at = 0; at < signal.Length; at++) truths[i][k * units + at % units] += signal[at] / N / (Draws / 100);
                }
            }
        }
        for (var i = 0; i < ports.Count; i++)
        {
            var error = sums[i].Zip(truths[i], (a, b) => (a - b) * (a - b)).Sum() / truths[i].Sum(value => value * value);
            Assert.InRange(error, 0, 0.02);
        }
    }

    [Theory]
    [InlineData("rademacher", 0.1, -1)]
    [InlineData("normal", 0.1, 1)]
    [InlineData("rademacher", 0.5, -1)]
    public void FdfasFeedbackVariesAsItsRateAndItsUnitsSay(string distribution, double rate, int correction)
    {
        using var kernels = Kit.Double();
        const int H = 16;
        var learner = Resting("mlp:3-16-2,tanh", FormattableString.Invariant(
            $"fdfa feedback.rate={rate} perturbation.distribution={distribution}"), kernels);
        var w = Kit.Parameter(learner.Network, "fc2.weight").Value;   // [in, out]
        double[] truth = [.. Enumerable.Range(0, 2 * H).Select(at => w[at % H * 2 + at / H])];
        IEnumerable<double[]> Feedback()
        {
            for (var step = 0; step < 5_000; step++)
            {
                learner.Step(0);
                if (step > 100) yield return learner.Plan.Groups[0].Parameters[0].Value.ToArray();
            }
        }
        var (bias, variance) = Spread(truth, Feedback());
        Assert.InRange(variance / ((H + correction) * rate / ((2 - rate) * N)), 0.9, 1.1);
        Assert.InRange(bias, 0, 0.02);
    }

    [Fact]
    public void FeedbackToImagesHasAnElementForEachPositionAndTheEstimateIsOneProduct()
    {
        using var kernels = Kit.Single();
        var learner = Kit.Learner("cnn:1x6x6-c3k3-p2-5-2,relu,batchnorm", "fdfa", kernels);
        Kit.Fill(learner.Pass, N);
        Assert.Equal([new Shape(2, 4 * 4 * 3), new Shape(2, 5)], learner.Plan.Groups[0].Parameters.Select(parameter => parameter.Shape));
        kernels.Log = new();
        learner.Step(0.1);
        var products = kernels.Log.Records.Where(record => record is { Phase: Phase.Adaptation, Operation: "Product" }).ToList();
        Assert.Equal(["fc1", "conv1"], products.Select(record => record.Block));
        Assert.Equal([N * 2L * 5, N * 2L * 48], products.Select(record => record.Work.MultiplyAccumulates));
        var widest = learner.Network.Blocks.SelectMany(block => block.Layers).Max(layer => N * layer.Output.Length);
        var pieces = kernels.Log.Records
            .Where(record => record is { Phase: Phase.ExtraForward or Phase.Adaptation, Operation: not "Product" });
        Assert.All(pieces, piece => Assert.True(piece.Extents.Length <= widest, $"{piece.Operation} {piece.Extents}"));
    }

    [Fact]
    public void GrapesFeedbackTurnsTowardsTheDerivativeAndKeepsItsSize()
    {
        using var kernels = Kit.Double();
        var learner = Resting("mlp:3-16-2,tanh", "grape feedback.rate=0.002 feedback.scale=2", kernels);
        var (w, d) = (Kit.Parameter(learner.Network, "fc2.weight").Value, learner.Plan.Groups[0].Parameters[0].Value);
        double[] truth = [.. Enumerable.Range(0, 32).Select(at => w[at % 16 * 2 + at / 16])];
        static double Norm(double[] x) => Math.Sqrt(x.Sum(value => value * value));
        double Cosine(double[] x) => x.Zip(truth, (a, b) => a * b).Sum() / Norm(x) / Norm(truth);
        var before = d.ToArray();
        for (var step = 0; step < 8_000; step++) learner.Step(0);
        Assert.True(Cosine(before) < 0.5);
        Assert.InRange(Cosine(d.ToArray()), 0.95, 1);
        Assert.InRange(Norm(d.ToArray()) / Norm(before), 1, 1.1);
    }

    // An anchored step is one of backpropagation, by the true gradient: all weights above the lowest port are crossed.
    [Theory]
    [InlineData("mlp:6-5-4-3,tanh")]
    [InlineData("residual")]
    public void AnAnchorIsAStepOfBackpropagationThatIsCountedAsTransport(string network)
    {
        using var kernels = Kit.Double();
        var (anchored, exact) = (Kit.Learner(network, "grape anchor.period=3", kernels), Kit.Learner(network, "backprop", kernels));
        for (var step = 0; step < 3; step++)
        {
            if (step == 2)
                foreach (var (mine, theirs) in anchored.Network.Parameters.Zip(exact.Network.Parameters))
                    theirs.Value.CopyFrom(mine.Value.ToArray());
            Kit.Step(anchored, N, step);
            Kit.Step(exact, N, step);
            if (step < 2) Assert.NotEqual(Kit.Bytes(exact.Network), Kit.Bytes(anchored.Network));
        }
        foreach (var (mine, theirs) in anchored.Network.Parameters.Zip(exact.Network.Parameters))
            Kit.Close(theirs.Value.ToArray(), mine.Value.ToArray(), 1e-12, mine.Name);
        var moved = anchored.Plan.Transport(7).Moved.Weights;
        Assert.Equal(anchored.Network.Owners.Keys.Where(connection => anchored.Network.BlockOf(connection).Index > 0)
            .Sum(connection => 2L * connection.Weight.Shape.Length),
            moved - Kit.Learner(network, "grape", kernels).Plan.Transport(7).Moved.Weights);
        Assert.Equal(0, Allocation.Of(() => anchored.Step(0.01)));
    }

    [Fact]
    public void AnAnchorIsRecordedAsWorkThatIsDoneNowAndThen()
    {
        using var kernels = Kit.Double();
        const string Rule = "grape anchor.period=2";
        var learner = Kit.Learner("mlp:6-5-4-3,tanh", Rule, kernels);
        var recorded = StepWork.Of(Kit.Blueprint("mlp:6-5-4-3,tanh", Rule), new(N));
        kernels.Log = new();
        for (var step = 0; step < 6; step++)
        {
            Kit.Step(learner, N, step);
            foreach (var phase in Enum.GetValues<Phase>().Except([Phase.Update]))
                Assert.Equal(recorded.Over(step + 1, phase), kernels.Log[phase]);
        }
        Assert.Contains(recorded.Recorded, entry => entry is { Period: 2, Phase: Phase.Adaptation } && entry.Work.MultiplyAccumulates > 0);
    }

    [Fact]
    public void AStepOfFdfaTakesHardlyMoreThanOneOfBackpropagation()
    {
        long Of(string rule) => RuleCost.Of("mlp:784-800-800-10", rule, 128).Of(StepPart.WholeStep).MultiplyAccumulates;
        Assert.InRange(Of("fdfa") / (double)Of("backprop"), 1, 1.0106);
    }

    [Theory]
    [InlineData("fdfa feedback.rate=1.5", "would go 1.5 of the way to each estimate, past it")]
    [InlineData("dkp feedback.optimizer=sgd feedback.rate=1.5 feedback.decay=2", "would take 3 times what the rule has learned away")]
    [InlineData("grape feedback.rate=0.5 feedback.decay=2.5", "Give a decay of at most 2, or a smaller rate")]
    [InlineData("fdfa feedback.rate=2.5", "from 2 on it grows without bound")]
    [InlineData("fdfa feedback.optimizer=run", "averages estimates, which no schedule of the weights suits")]
    [InlineData("fdfa feedback.rate=0", "a number above 0")]
    [InlineData("fdfa perturbation.activeOnly=true", "perturbation.activeOnly")]
    [InlineData("fg-weight perturbation.perSample=false", "perturbation.perSample")]
    [InlineData("fg-activity perturbation.directions=0", "a whole number")]
    [InlineData("dkp feedback.rate=0.1", "feedback.optimizer other than run")]
    public void WhatCannotBeMeantIsRefused(string rule, string message) =>
        Assert.Contains(message, Assert.Throws<ConcordException>(() => Kit.Rule(rule)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("fdfa")]
    [InlineData("fg-activity")]
    [InlineData("fg-weight")]
    public void ALayerWithoutATangentAndRecomputedActivationsAreRefusedBeforeTraining(string rule)
    {
        using var kernels = Kit.Double();
        Assert.Contains("(hard-sign) in between has none: there is no differentiable path",
            Assert.Throws<ConcordException>(() => Kit.Learner("mlp:6-5-4-3,hard-sign", rule, kernels)).Message, StringComparison.Ordinal);
        Assert.Contains($"Activations cannot be recomputed under {rule}: its tangents need the activities", Assert.Throws<ConcordException>(
            () => Kit.Learner("mlp:6-5-4-3,tanh", rule, kernels, activations: ActivationPolicy.Recomputed)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void FrozenBlocksGetNoDirections()
    {
        using var kernels = Kit.Double();
        Learner Frozen(string rule, string blocks) =>
            new(Kit.Blueprint("mlp:6-5-4-3,tanh", rule, blocks), default, Kit.PlainSgd, kernels, Kit.Seed);
        Assert.Equal("1 of directions at fc2 (1 or -1)", $"{Frozen("fdfa", "fc1").Plan.Tangents}");
        Assert.Equal("1 of directions in 4 parameters (1 or -1)", $"{Frozen("fg-weight", "fc2").Plan.Tangents}");
        Assert.Null(Frozen("fg-activity", "fc1,fc2").Plan.Tangents);
        Assert.Equal("2 of directions at fc1, fc2 (normal, shared by the samples)", $"{Kit.Learner("mlp:6-5-4-3,tanh",
            "fdfa perturbation.directions=2 perturbation.distribution=normal perturbation.perSample=false", kernels).Plan.Tangents}");
    }
}
