using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Rules;

/// <summary>Local errors: their signals are derivatives of their losses, and what they have of their own behaves as it should.</summary>
public sealed class LocalErrorsTests
{
    private const string Model = "mlp:6-5-4-3,tanh,batchnorm,dropout=0.2", Images = "cnn:2x4x4-c3k3p1-p2-c3k2-4-3,tanh";
    private const int N = 5;

    // The loss of sim by loops, from what the head makes, whose rows have mean 0 and mean square 1, and from the targets as they are.
    private static double Similarity(double[] z, double[] t)
    {
        double[][] a = [.. z.Chunk(z.Length / N)];
        double[][] b = [.. t.Chunk(t.Length / N).Select(row => row.Select(value => value - row.Average()).ToArray())];
        var sum = 0.0;
        for (var i = 0; i < N; i++)
            for (var j = 0; j < N; j++)
                sum += Math.Pow(Dot(a[i], a[j]) / a[i].Length - Dot(b[i], b[j]) / Math.Sqrt(Dot(b[i], b[i]) * Dot(b[j], b[j])), 2);
        return sum / (N * N);

        static double Dot(double[] one, double[] other) => one.Zip(other, (p, q) => p * q).Sum();
    }

    [Theory]
    [InlineData(Model, "local-sim")]
    [InlineData("mlp:6-7-6-3,tanh", "local-sim")]
    [InlineData(Images, "local-sim")]
    [InlineData(Images, "local-sim local.elements=20")]
    public void TheSignalOfSimIsTheDerivativeOfItsLoss(string model, string rule)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner(model, rule, kernels);
        Kit.Step(learner, N, beforeStep: _ =>
        {
            var t = learner.Pass.Targets.ToArray();
            foreach (var port in learner.Network.Ports.SkipLast(1))
            {
                var head = learner.Plan.Networks.Single(network => network.Name == $"sim.{port.Name}").Network;
                var pass = new Pass(head, kernels, default);
                pass.Begin(N);
                double[] x = learner.Pass.At(port).ToArray(), s = learner.BackwardPass.SignalAt(port)!.ToArray();
                Kit.Close(Slopes(x, () =>
                {
                    pass.Input.CopyFrom(x);
                    pass.Forward(0, training: false);
                    return Similarity(pass.Logits.ToArray(), t);
                }), s, 1e-6, port.Name);
                Assert.Contains(s, value => Math.Abs(value) > 1e-3);
            }
        });

        static double[] Slopes(double[] x, Func<double> loss) => [.. Enumerable.Range(0, x.Length).Select(i =>
        {
            const double Step = 1e-5;
            var was = x[i];
            x[i] = was + Step;
            var above = loss();
            x[i] = was - Step;
            var below = loss();
            x[i] = was;
            return N * (above - below) / (2 * Step);
        })];
    }

    // What the doubling law rests on holds of pred alone: of sim, a sample's signal is not its own. Means over pairs let the update stay.
    [Theory]
    [InlineData("local-pred local.bio=true", true)]
    [InlineData("local-sim", false)]
    [InlineData("local-predsim", false)]
    public void ASampleHasASignalOfItsOwnUnderPredAlone(string rule, bool isOwn)
    {
        using var kernels = Kit.Double();
        double[] First(int others)
        {
            var learner = Kit.Learner("mlp:6-5-4-3,tanh", rule, kernels);
            double[] first = [];
            Kit.Fill(learner.Pass, N);
            var x = learner.Pass.Input;
            for (var i = 6; i < x.Length; i++) x[i] += others;
            learner.Step(0.1, _ => first = learner.BackwardPass.SignalAt(learner.Network.Ports[0])!.ToArray()[..5]);
            return first;
        }
        Assert.Contains(First(0), value => value != 0);
        Assert.Equal(isOwn, First(0).SequenceEqual(First(1)));
    }

    [Theory]
    [InlineData("local-predsim local.beta=0", "local-pred")]
    [InlineData("local-predsim local.beta=1", "local-sim")]
    [InlineData("local-predsim local.beta=1 local.bio=true", "local-sim local.bio=true")]
    [InlineData("local-predsim local.beta=0 local.bio=true local.projected=9", "local-pred local.bio=true local.projected=9")]
    public void AtItsEndsPredsimIsOneOfTheTwo(string mixed, string one)
    {
        using var kernels = Kit.Single();
        var (a, b) = (Kit.Learner(Model, mixed, kernels), Kit.Learner(Model, one, kernels));
        for (var step = 0; step < 4; step++)
        {
            Kit.Step(a, N, step);
            Kit.Step(b, N, step);
        }
        Assert.Equal(State(a), State(b));
    }

    [Theory]
    [InlineData("local-pred")]
    [InlineData("local-sim")]
    [InlineData("local-predsim")]
    [InlineData("local-predsim local.bio=true local.projected=7")]
    [InlineData("local-pred local.optimizer=sgd local.rate=0.3")]
    public void ProbesChangeNothingAndARunGoesOnToTheSameBits(string rule)
    {
        using var folder = new TemporaryFolder();
        using var kernels = Kit.Single();
        OptimizerSettings adam = new(OptimizerKind.Adam, 0.01, 0);
        Learner Made() => Kit.Learner(Model, rule, kernels, adam);
        var (whole, probed) = (Made(), Made());
        var evaluation = new Pass(probed.Network, kernels, default);
        for (var step = 0; step < 6; step++)
        {
            Kit.Step(whole, step % 2 == 0 ? N : 3, step, 0.01);
            Kit.Step(probed, step % 2 == 0 ? N : 3, step, 0.01, beforeStep: _ =>
            {
                Kit.Fill(evaluation, 7, 50);
                evaluation.Forward(probed.Steps, training: false);
                probed.Objective.Error(evaluation);
                var backward = probed.Plan.BackwardPass(evaluation, null);
                probed.Plan.CreditAssignment.Observe(backward);
                probed.Plan.CreditAssignment.Teach(backward);
            });
            if (step == 2) Checkpoint.Write(folder["half"], whole, new([], 3, 0, default, PlateauState.Start, double.NaN, 0, 0, 0, 0));
        }
        Assert.Equal(State(whole), State(probed));
        var resumed = Made();
        Checkpoint.Read(folder["half"], resumed);
        for (var step = 3; step < 6; step++) Kit.Step(resumed, step % 2 == 0 ? N : 3, step, 0.01);
        Assert.Equal(State(whole), State(resumed));
        Assert.All(whole.Plan.Groups, group => Assert.Equal(6, group.Steps));
    }

    [Fact]
    public void EachBlockHasAGroupOfItsOwnAndABioSimHasNothingToLearn()
    {
        using var kernels = Kit.Double();
        string Groups(string rule) => string.Join("; ", Kit.Learner("mlp:6-5-4-3,tanh", rule, kernels).Plan.Groups
            .Select(group => $"{group.Name} {group.Movement}: {string.Join(' ', group.Parameters.Select(parameter => parameter.Name))}"));
        Assert.Equal("local.fc1 as the weights: pred.fc1.weight pred.fc1.bias sim.fc1.weight; "
            + "local.fc2 as the weights: pred.fc2.weight pred.fc2.bias sim.fc2.weight", Groups("local-predsim"));
        Assert.Equal("local.fc1 sgd, learning rate 0.2: pred.fc1.weight pred.fc1.bias; "
            + "local.fc2 sgd, learning rate 0.2: pred.fc2.weight pred.fc2.bias", Groups("local-pred local.optimizer=sgd local.rate=0.2"));
        Assert.Contains("adam, learning rate 0.001", Groups("local-sim local.optimizer=adam"), StringComparison.Ordinal);
        Assert.Equal("", Groups("local-sim local.bio=true"));
        Assert.Equal("local.fc2", Kit.Learner("mlp:6-5-4-3", "fc2=local-pred,*=shallow", kernels).Plan.Groups.Single().Name);
    }

    [Theory]
    [InlineData("local-pred local.beta=0.5", "local.beta")]
    [InlineData("local-predsim local.beta=1.5", "from 0 to 1")]
    [InlineData("local-sim local.projected=64", "local.bio=true")]
    [InlineData("local-sim local.rate=0.1", "local.optimizer=sgd or adam")]
    [InlineData("local-sim local.optimizer=muon", "run")]
    [InlineData("local-sim local.elements=0", "at least 1")]
    public void OptionsThatCannotBeMeantAreRefused(string rule, string says) =>
        Assert.Contains(says, Assert.Throws<ConcordException>(() => Kit.Rule(rule)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(4, 4, 32, 0, 0)]      // few enough
    [InlineData(4, 4, 31, 2, 0)]      // 2x2 windows leave 8 of 32 elements
    [InlineData(28, 28, 500, 2, 0)]   // 14 x 14 x 2
    [InlineData(7, 7, 40, 2, 1)]      // 4 x 4 x 2, with a border
    [InlineData(7, 7, 31, 4, 2)]
    [InlineData(8, 7, 32, 4, 2)]      // a border on both sides makes 5 x 4 x 2 of 2x2 windows
    [InlineData(7, 7, 1, 0, -1)]      // one pixel is the least there is
    public void LargeImagesArePooledToTheElementsThatAreRead(int height, int width, int elements, int side, int padding)
    {
        var pool = new LocalOptions(1, 0, false, 1, elements, GroupOptimizer.AsTheRuns).PoolOf(new(height, width, 2));
        Assert.Equal(padding < 0 ? "global average pool" : side == 0 ? "" : $"average pool {new Window(side, side, side, padding)}",
            string.Join(' ', pool));
        if (side == 0) return;
        Assert.InRange(new Network(new(height, width, 2), new LayerGroup("pool", pool)).Output.Length, 1, elements);
    }

    private static byte[] State(Learner learner) => [.. Checkpoint.Tensors(learner).SelectMany(entry => entry.Tensor.AsBytes().ToArray())];
}
