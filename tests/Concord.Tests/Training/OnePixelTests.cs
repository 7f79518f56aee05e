using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>
/// A convolution of images of one pixel is a dense layer: whatever takes a weight for a matrix must take its kernel for the same one.
/// </summary>
public sealed class OnePixelTests
{
    private static Network Dense() => new(new(6), new LayerGroup("fc1", new Linear(5), Kit.Of("tanh")),
        new LayerGroup("fc2", new Linear(4), Kit.Of("tanh")), new LayerGroup("fc3", new Linear(3)));

    private static Network Pixels() => new(new(1, 1, 6),
        new LayerGroup("fc1", new Convolution(5, Window.Square(1)), Kit.Of("tanh")), new LayerGroup("fc2",
            new Convolution(4, Window.Square(1)), Kit.Of("tanh")), new LayerGroup("fc3", new Flatten(), new Linear(3)));

    // Kolen-Pollack refuses the constraints: the step would not say what the weight did.
    public static TheoryData<string, string> Cases()
    {
        var data = Kit.Pairs(
            ["backprop", "fa", "fa feedback.rank=2", "usf", "sn", "symmetric-alignment", "activation-alignment", "information-alignment",
                "wm mirror.steps=5"],
            ["sgd", "muon", "unit", "start", "norm"]);
        data.Add("kolen-pollack", "sgd");
        data.Add("kolen-pollack", "muon");
        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AConvolutionOfOnePixelLearnsAsADenseLayer(string rule, string optimizer)
    {
        OptimizerSettings settings = optimizer switch
        {
            "muon" => new(OptimizerKind.Muon, Momentum: 0.9, Nesterov: true),
            "unit" => new(NormalizeIncoming: IncomingNorm.Unit),
            "start" => new(NormalizeIncoming: IncomingNorm.Start),
            "norm" => new(ConstrainWeights: true),
            _ => new(),
        };
        using var kernels = Kit.Double();
        var (dense, pixels) = (new Learner(Kit.Made(Dense(), Kit.Rule(rule)), default, settings, kernels, Kit.Seed),
            new Learner(Kit.Made(Pixels(), Kit.Rule(rule)), default, settings, kernels, Kit.Seed));
        for (var step = 0; step < 4; step++) Kit.Close([Kit.Step(dense, 8, step)], [Kit.Step(pixels, 8, step)], 1e-10, "loss");
        foreach (var parameter in dense.Network.Parameters)
            Kit.Close(parameter.Value.ToArray(), Kit.Parameter(pixels.Network, parameter.Name).Value.ToArray(), 1e-10, parameter.Name);
    }

    [Fact]
    public void AlignmentDoesNotStepFurtherOnLargerImages()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("cnn:2x9x9-c4k3p1-c5k3p1-3,tanh", "activation-alignment", kernels);
        for (var step = 0; step < 30; step++) Assert.True(double.IsFinite(Kit.Step(learner, 8, step, rate: 0.01)));
        foreach (var (_, tensor) in learner.Plan.Feedback) Assert.InRange(tensor.ToArray().Max(Math.Abs), 0, 10);
    }
}
