using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Feedback;

/// <summary>The kinds of feedback to ports of images and across convolutions, each against its definition in plain loops.</summary>
public sealed class ImageFeedbackTests
{
    private const int K = 3, H = 5, W = 4, C = 2, N = 3;
    private static readonly Shape s_image = new(H, W, C);

    // D(k; h, w, c) of each kind, from the elements as they stand in memory.
    private static double ChannelWise(Tensor d, int k, int h, int w, int c) => d[k * C + c];

    private static double Tiled(Tensor b, int k, int h, int w, int c)
    {
        var (size, sum) = (b.Shape[0], 0.0);
        for (var i = 0; i < size; i++)
            for (var j = 0; j < size; j++)
                if (h + i - size / 2 is >= 0 and < H && w + j - size / 2 is >= 0 and < W) sum += b[((i * size + j) * K + k) * C + c];
        return sum;
    }

    private static double Dilated(Tensor b, int dilation, int k, int h, int w, int c) =>
        h % dilation == 0 && w % dilation == 0 ? b[((h / dilation * b.Shape[1] + w / dilation) * C + c) * K + k] : 0;

    public static TheoryData<string> Kinds() =>
        ["channel-wise", "channel-wise sparse", "kernel 1", "kernel 3", "kernel 7", "dilated 1", "dilated 2", "dilated 3", "dilated 9"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EveryKindAppliesItsDefinition(string kind)
    {
        using var kernels = Kit.Double();
        var (projection, element) = Make(kernels, kind);
        Tensor e = Kit.Tensor(kernels, new(N, K), "e"), s = kernels.Allocate(s_image.Batch(N));
        var before = e.ToArray();
        projection.Apply(kernels, new(), e, s);
        var expected = new double[s.Length];
        for (var at = 0; at < expected.Length; at++)
            for (var k = 0; k < K; k++) expected[at] += e[at / s_image.Length * K + k] * element(k, at / (W * C) % H, at / C % W, at % C);
        Kit.Close(expected, s.ToArray(), 1e-13);
        Assert.Equal(before, e.ToArray());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ItsMatrixIsWrittenOutUnitsFirst(string kind)
    {
        using var kernels = Kit.Double();
        var (projection, element) = Make(kernels, kind);
        var matrix = projection.ToMatrix(kernels);
        Assert.Equal(new Shape(H * W * C, K), matrix.Shape);
        Kit.Close([.. Enumerable.Range(0, matrix.Length).Select(at => element(at % K, at / (K * W * C), at / (K * C) % W, at / K % C))],
            matrix.ToArray(), 1e-13);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void HearsAndTakesWhatItSays(string kind)
    {
        using var kernels = Kit.Double();
        var (projection, _) = Make(kernels, kind);
        var matrix = projection.ToMatrix(kernels).ToArray();
        var used = new bool[K];
        projection.MarkUsed(used);
        Assert.Equal(Enumerable.Range(0, K).Select(k => matrix.Where((_, at) => at % K == k).Any(value => value != 0)), used);
        kernels.Log = new();
        projection.Apply(kernels, new(), Kit.Tensor(kernels, new(N, K), "e", Role.Error), kernels.Allocate(s_image.Batch(N), Role.Error));
        Assert.Equal(WorkByHand(kind), kernels.Log[Phase.Forward]);
    }

    private static Work WorkByHand(string kind)
    {
        const int Pixels = H * W, NonZeros = 1;
        var size = int.TryParse(kind.Split(' ')[^1], out var number) ? number : 0;
        // A pixel is multiplied by the number of pixels, then spread as the transposed mean.
        static Work Tiled(int channels) => new(0, new(Errors: 2 * N * channels), new(Errors: N * channels * (1 + Pixels)));
        switch (kind.Split(' ')[0], size)
        {
            case ("channel-wise", _) when kind.EndsWith("sparse", StringComparison.Ordinal):
                return new Work(N * C * NonZeros, new(Feedback: 2 * C * NonZeros, Errors: N * K), new(Errors: N * C)) + Tiled(C);
            case ("channel-wise", _):
                return new Work(N * K * C, new(Feedback: K * C, Errors: N * K), new(Errors: N * C)) + Tiled(C);
            case ("kernel", _):
                var kernel = size * size * K * C;
                return new Work(0, new(Errors: N * K), new(Errors: N * K)) + Tiled(K)
                    + new Work(N * Pixels * kernel, new(Feedback: kernel, Errors: N * K * Pixels), new(Errors: N * Pixels * C));
            default:
                var dilated = ((H - 1) / size + 1) * ((W - 1) / size + 1) * C * K;
                return new(N * dilated, new(Feedback: dilated, Errors: 2 * N * K), new(Errors: N * K + N * Pixels * C));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EverySingleEngineAgreesWithDouble(string kind)
    {
        using var reference = Kit.Double();
        var expected = Applied(reference);
        foreach (var name in (string[])["managed", "auto"])
        {
            using var kernels = Engines.Create(name, 1);
            double[] actual = [];
            kernels.Run(() => actual = Applied(kernels));
            Kit.Close(expected, actual, 1e-5, name);
        }

        double[] Applied(Kernels kernels)
        {
            var s = kernels.Allocate(s_image.Batch(N));
            kernels.Fill(s, double.NaN);   // what no unit receives is zero, not what stood there
            Make(kernels, kind).Projection.Apply(kernels, new(), Kit.Tensor(kernels, new(N, K), "e"), s);
            return s.ToArray();
        }
    }

    /// <summary>
    /// Each kind's signal has the mean square that the exact one's has, for every preset: |e|^2 times the variance of an element.
    /// </summary>
    [Theory]
    [InlineData("channel-wise")]
    [InlineData("kernel")]
    [InlineData("kernel feedback.kernel=5")]
    [InlineData("dilated")]
    [InlineData("dilated feedback.dilation=3")]
    public void SignalsHaveTheVarianceOfTheExactOne(string kind)
    {
        using var kernels = Kit.Double();
        foreach (var preset in FeedbackPreset.ByName.Keys)
        {
            var shared = kind == "channel-wise" ? "preset" : "false";
            double MeanSquare(string projection)
            {
                var sum = 0.0;
                const int Draws = 40;
                for (var seed = 0; seed < Draws; seed++)
                {
                    var plan = new Learner(Kit.Made(Network(32),
                        Kit.Rule($"dfa feedback.preset={preset} feedback.shared={shared} feedback.projection={projection}")), default,
                        Kit.PlainSgd, kernels, seed).Plan;
                    sum += plan.Rule.ProjectionAt(plan.Network.Ports[0])!.ToMatrix(kernels).ToArray().Average(value => value * value);
                }
                return sum / Draws;
            }
            // 10 x 32 channels x 40 draws of elements: 4 deviations at least
            Assert.InRange(MeanSquare(kind) / MeanSquare("exact"), 0.9, 1.1);
        }
    }

    [Theory]
    [InlineData("exact", 10 * 8 * 8 * 4)]
    [InlineData("channel-wise", 10 * 4)]
    [InlineData("kernel", 3 * 3 * 10 * 4)]
    [InlineData("kernel feedback.kernel=5", 5 * 5 * 10 * 4)]
    [InlineData("dilated", 4 * 4 * 10 * 4)]
    [InlineData("dilated feedback.dilation=3", 3 * 3 * 10 * 4)]
    public void FeedbackIsCountedKeptAndPrinted(string kind, int words)
    {
        using var kernels = Kit.Double();
        var plan = new Learner(Kit.Made(Network(4), Kit.Rule($"dfa feedback.projection={kind}")), default, Kit.PlainSgd, kernels, 0).Plan;
        Assert.Equal(words + 10 * 12, plan.FeedbackWords);   // and the dense port's, which has but one kind
        Assert.Equal(words, Kit.Feedback(plan, "conv1").Length);
        Assert.Contains(kind.Split(' ')[0] == "exact" ? "dense 10x256" : kind.Split(' ')[0], plan.ToString(), StringComparison.Ordinal);
        Assert.Contains("dense 10x12", plan.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void APortSharesTheLeadingChannelsOfOneMatrix()
    {
        using var kernels = Kit.Double();
        var plan = new Learner(Kit.Made(Network(4), Kit.Rule("dfa feedback.shared=true feedback.projection=channel-wise")), default,
            Kit.PlainSgd, kernels, 0).Plan;
        Assert.Equal(10 * 12, plan.FeedbackWords);   // 12 units of the dense port are more than 4 channels
        double[] image = plan.Rule.ProjectionAt(plan.Network.Ports[0])!.ToMatrix(kernels).ToArray(),
            dense = plan.Rule.ProjectionAt(plan.Network.Ports[1])!.ToMatrix(kernels).ToArray();
        var gain = Math.Sqrt(12.0 / 256);   // nokland2016's bounds, by the units of each
        for (var pixel = 0; pixel < 64; pixel++)
            Kit.Close([.. dense.Take(40).Select(value => gain * value)], image[(pixel * 40)..(pixel * 40 + 40)], 1e-13);
        plan = new Learner(Kit.Made(Network(4), Kit.Rule("dfa feedback.shared=true")), default, Kit.PlainSgd, kernels, 0).Plan;
        Assert.Equal(10 * 256, plan.FeedbackWords);
    }

    [Fact]
    public void ProjectionsThatAreTheSameGiveTheSameStep()
    {
        using var kernels = Kit.Double();
        Learner Make(string options) => new(Kit.Made(Network(4), Kit.Rule($"dfa {options}")), default, Kit.PlainSgd, kernels, 0);
        Learner exact = Make("feedback.projection=exact"), channels = Make("feedback.projection=channel-wise"),
            kernel = Make("feedback.projection=kernel feedback.kernel=1"), all = Make("feedback.projection=dilated feedback.dilation=1");
        var d = Kit.Feedback(channels.Plan, "conv1").ToArray();   // [K, C], for all pixels
        Kit.Feedback(kernel.Plan, "conv1").CopyFrom(d);
        Kit.Feedback(exact.Plan, "conv1").CopyFrom([.. Enumerable.Range(0, 10 * 256).Select(at => d[at / 256 * 4 + at % 4])]);
        Kit.Feedback(all.Plan, "conv1").CopyFrom([.. Enumerable.Range(0, 10 * 256).Select(at => d[at % 10 * 4 + at / 10 % 4])]);
        foreach (var learner in (Learner[])[exact, channels, kernel, all])
            for (var step = 0; step < 2; step++) Kit.Step(learner, 4, step);
        foreach (var other in (Learner[])[channels, kernel, all])
            foreach (var (expected, actual) in exact.Network.Parameters.Zip(other.Network.Parameters))
                Kit.Close(expected.Value.ToArray(), actual.Value.ToArray(), 1e-12, expected.Name);
    }

    [Fact]
    public void TheExactJacobianOfALinearNetworkOfConvolutionsGivesBackpropagation()
    {
        using var kernels = Kit.Double();
        static Network Linear() =>
            new(new(4, 4, 2), new LayerGroup("conv1", new Convolution(3, Window.Square(3, padding: 1)), Kit.Of("identity")),
            new LayerGroup("conv2", new Convolution(2, Window.Square(2, stride: 2)), Kit.Of("identity")), new LayerGroup("fc",
                new Flatten(), new Linear(3)));
        Learner truth = new(Kit.Made(Linear(), Kit.Rule("backprop")), default, Kit.PlainSgd, kernels, 0),
            direct = new(Kit.Made(Linear(), Kit.Rule("dfa")), default, Kit.PlainSgd, kernels, 0);
        // The rows of each Jacobian are what backpropagation makes of one output's error alone.
        Kit.Fill(truth.Pass, 3);
        truth.Pass.Forward(0, training: true);
        truth.Objective.Error(truth.Pass);
        kernels.OneHot([0, 1, 2], truth.Pass.Error);
        var backward = truth.Plan.BackwardPass(truth.Pass, null);
        truth.Plan.CreditAssignment.Teach(backward);
        foreach (var port in direct.Network.Ports.Where(port => !port.IsOutput))
            Kit.Feedback(direct.Plan, port.Name).CopyFrom(backward.SignalAt(truth.Network.Ports[port.Index])!.ToArray());
        foreach (var learner in (Learner[])[truth, direct]) Kit.Step(learner, 4);
        foreach (var (expected, actual) in truth.Network.Parameters.Zip(direct.Network.Parameters))
            Kit.Close(expected.Value.ToArray(), actual.Value.ToArray(), 1e-12, expected.Name);
    }

    [Fact]
    public void ADenseCarrierThatHoldsTheWrittenOutKernelsIsBackpropagation()
    {
        using var kernels = Kit.Double();
        Learner truth = new(Kit.Blueprint("images", "backprop"), default, Kit.PlainSgd, kernels, 0),
            dense = new(Kit.Blueprint("images", "fa feedback.shape=dense"), default, Kit.PlainSgd, kernels, 0);
        foreach (var connection in dense.Network.Owners.Where(entry => entry.Value is not null).Select(entry => entry.Key))
        {
            var b = Kit.Feedback(dense.Plan, connection.Weight.Name);
            if (connection is not ConvolutionConnection convolution)
            {
                b.CopyFrom(connection.Weight.Value.ToArray());   // a dense weight has feedback of its own shape
                continue;
            }
            Assert.Equal(new Shape(convolution.Output.Length, convolution.Input.Length), b.Shape);
            Tensor one = kernels.Allocate(convolution.Output.Batch(b.Shape.Rows)),
                row = kernels.Allocate(convolution.Input.Batch(b.Shape.Rows));
            kernels.OneHot([.. Enumerable.Range(0, b.Shape.Rows)], one);
            convolution.Transposed(kernels, convolution.Weight.Value, one, row);
            b.CopyFrom(row.ToArray());
        }
        foreach (var learner in (Learner[])[truth, dense]) Kit.Step(learner, 4);
        foreach (var (expected, actual) in truth.Network.Parameters.Zip(dense.Network.Parameters))
            Kit.Close(expected.Value.ToArray(), actual.Value.ToArray(), 1e-12, expected.Name);
    }

    [Fact]
    public void ADenseCarrierHasTheNormOfTheWrittenOutKernels()
    {
        using var kernels = Kit.Double();
        var network = new Network(new(12, 12, 4), new LayerGroup("conv1", new Convolution(6, Window.Square(3)), Kit.Of("tanh")),
            new LayerGroup("conv2", new Convolution(8, Window.Square(3, stride: 2), groups: 2), Kit.Of("tanh")),
            new LayerGroup("fc", new Flatten(), new Linear(3)));
        var plan = new Learner(Kit.Made(network, Kit.Rule("fa feedback.shape=dense")), default, Kit.PlainSgd, kernels, 0).Plan;
        var b = Kit.Feedback(plan, "conv2.weight").ToArray();
        var places = 4 * 4;
        // Each of 8 filters at 4 x 4 places sees 9 x 3 inputs through weights of variance 1 / (3 x 27).
        Assert.Equal(1, b.Sum(value => value * value) / (places * 8 * 27 / (3.0 * 27)), 0.03);
        Assert.Contains("dense 128x600, 76,800 words", plan.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(plan.Feedback, entry => entry.Name == "feedback.conv1.weight");
    }

    [Theory]
    [InlineData("fa feedback.shape=dense", "3,211,264x3,211,264 numbers, 41,248.866", "feedback.shape=kernel")]
    [InlineData("dfa", "1,000x3,211,264 numbers, 12.845 GB", "feedback.projection=channel-wise, kernel or dilated")]
    [InlineData("dfa feedback.shared=true", "1,000x3,211,264 numbers, 12.845 GB", "feedback.projection=channel-wise, kernel or dilated")]
    public void DenseFeedbackThatDoesNotFitIsRefused(string rule, string size, string instead)
    {
        using var kernels = Kit.Single();
        // The first two convolutions of VGG-16.
        Network Large() => new(new(224, 224, 3), new LayerGroup("conv1", new Convolution(64, Window.Square(3, padding: 1)), Kit.Of("relu")),
            new LayerGroup("conv2", new Convolution(64, Window.Square(3, padding: 1)), Kit.Of("relu"), new AveragePool()),
            new LayerGroup("fc", new Flatten(), new Linear(1000)));
        Learner Made(string words) => new(Kit.Made(Large(), Kit.Rule(words)), default, Kit.PlainSgd, kernels, 0);
        var message = Assert.Throws<ConcordException>(() => Made(rule)).Message;
        Assert.Contains(size, message, StringComparison.Ordinal);
        Assert.Contains(instead, message, StringComparison.Ordinal);
        _ = Made(instead.StartsWith("feedback.shape", StringComparison.Ordinal) ? "fa feedback.shape=kernel"
            : "dfa feedback.projection=channel-wise");
    }

    [Fact]
    public void DenseFeedbackThatTheMachineCannotHoldIsRefused()
    {
        using var kernels = Kit.Single();
        TensorMemory.Extent[] two = [new("The dense feedback of conv1", 1000, 500), new("The dense feedback of conv2", 1000, 501)];
        TensorMemory.Check(kernels, two, "Use less.", memory: 4_004_000);
        var message = Assert.Throws<ConcordException>(() => TensorMemory.Check(kernels, two, "Use less.", memory: 4_003_999)).Message;
        Assert.Equal("The dense feedback of conv2 would have 1,000x501 numbers, 0.002 GB, which does not fit: "
            + "all feedback of this kind would take 0.004 GB, and 0.004 GB of memory are available. Use less.", message);
    }

    [Theory]
    [InlineData("dfa feedback.projection=kernel feedback.kernel=40001", "would have 40,001x40,001x")]
    [InlineData("dfa feedback.rank=100000000", "Use a smaller feedback.rank")]
    [InlineData("sparse-dfa feedback.nonZerosPerNeuron=100000000", "The direct feedback of conv")]
    [InlineData("fa feedback.rank=100000000", "A factor of the feedback of unit")]
    [InlineData("wm mirror.batch=100000000", "Use a smaller mirror.batch")]
    [InlineData("activation-alignment alignment.batch=100000000", "Use a smaller alignment.batch")]
    [InlineData("dfa feedback.rank=2 feedback.projection=kernel", "'feedback.rank=0'")]
    [InlineData("dfa feedback.projection=kernel feedback.kernel=4", "an odd number of taps")]
    [InlineData("sparse-dfa feedback.projection=kernel", "use feedback.projection=channel-wise")]
    [InlineData("dfa feedback.projection=dilated feedback.preset=launay2019", "'feedback.shared=false'")]
    [InlineData("fa feedback.shape=dense feedback.start=copied", "it applies only with feedback.start=random")]
    [InlineData("dfa feedback.projection=dilated feedback.dilation=0", "a whole number of at least 1")]
    public void WhatDoesNotGoTogetherIsRefused(string rule, string says)
    {
        using var kernels = Kit.Double();
        Assert.Contains(says, Assert.Throws<ConcordException>(() => Kit.Learner("images", rule, kernels)).Message,
            StringComparison.Ordinal);
    }

    private static (Projection Projection, Func<int, int, int, int, double> Element) Make(Kernels kernels, string kind)
    {
        var words = kind.Split(' ');
        var number = words.Length > 1 && int.TryParse(words[1], out var given) ? given : 0;
        switch (words[0])
        {
            case "channel-wise" when words.Length > 1:
                var sparse = new SparseProjection(kernels, K, C, 1, ClassAssignment.Balanced, 1, RandomStream.FromSeed(1));
                var written = sparse.ToMatrix(kernels);
                return (new ChannelWiseProjection(sparse, K, s_image), (k, _, _, c) => written[c * K + k]);
            case "channel-wise":
                var d = Kit.Tensor(kernels, new(K, C), "d", Role.Feedback);
                return (new ChannelWiseProjection(new DenseProjection(d), K, s_image), (k, h, w, c) => ChannelWise(d, k, h, w, c));
            case "kernel":
                var b = Kit.Tensor(kernels, new(number, number, K, C), "b", Role.Feedback);
                return (new KernelProjection(b, s_image), (k, h, w, c) => Tiled(b, k, h, w, c));
            default:
                var lattice = Kit.Tensor(kernels, new((s_image[0] - 1) / number + 1, (s_image[1] - 1) / number + 1, s_image[2], K),
                    "lattice", Role.Feedback);
                return (new DilatedProjection(lattice, s_image, number), (k, h, w, c) => Dilated(lattice, number, k, h, w, c));
        }
    }

    // A port of images [8, 8, channels], one of 12 units, ten outputs.
    private static Network Network(int channels) =>
        new(new(8, 8, 1), new LayerGroup("conv1", new Convolution(channels, Window.Square(3, padding: 1)), Kit.Of("tanh")),
        new LayerGroup("fc2", new Flatten(), new Linear(12), Kit.Of("tanh")), new LayerGroup("fc3", new Linear(10)));
}
