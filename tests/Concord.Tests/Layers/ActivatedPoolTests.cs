using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Tests.Layers;

/// <summary>
/// A port between an activation and its pool keeps the two apart; without one they are carried out as one step,
/// and nothing else may differ.
/// </summary>
public sealed class ActivatedPoolTests
{
    private static readonly string[] s_windows = ["2,2,0", "3,2,1", "2,1,0", "2,3,0"];

    public static TheoryData<string, string> Cases() => Kit.Pairs([.. ActivationLayer.ByName.Keys], s_windows);

    private static Network Make(string activation, string window)
    {
        var numbers = window.Split(',').Select(int.Parse).ToArray();
        return new(new(8, 8, 2),
            new LayerGroup("conv1", new Convolution(5, Window.Square(3, padding: 1)), Kit.Of(activation),
                new MaxPool(Window.Square(numbers[0], numbers[1], numbers[2]))),
            new LayerGroup("fc1", new Flatten(), new Linear(3)));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void LearnsWhatTheTwoLearnApart(string activation, string window)
    {
        using var kernels = Kit.Double();
        var together = new Learner(Kit.Made(Make(activation, window), Kit.Rule("backprop")), default, Kit.PlainSgd, kernels, Kit.Seed);
        var apart = new Learner(Kit.Made(Make(activation, window).Recut(_ => Placement.AfterActivation), Kit.Rule("backprop")), default,
            Kit.PlainSgd, kernels, Kit.Seed);
        for (var step = 0; step < 3; step++)
        {
            Kit.Close([Kit.Step(apart, 4, step)], [Kit.Step(together, 4, step)], 1e-12, "loss");
            Kit.Close(apart.Pass.Logits.ToArray(), together.Pass.Logits.ToArray(), 1e-12, "logits");
        }
        foreach (var parameter in apart.Network.Parameters)
            Kit.Close(parameter.Value.ToArray(), Kit.Parameter(together.Network, parameter.Name).Value.ToArray(), 1e-12, parameter.Name);
    }

    [Theory]
    [InlineData("relu", true)]
    [InlineData("gelu", false)]   // it falls before it rises
    public void DoesNotKeepTheImagesBeforeThePool(string activation, bool merged)
    {
        using var kernels = Kit.Single();
        var pass = new Pass(Make(activation, "2,2,0"), kernels, RandomStream.FromSeed(0));
        Kit.Fill(pass, 4);
        pass.Network.Initialize(kernels, RandomStream.FromSeed(1));
        pass.Forward(0, training: true);
        const long images = 4 * 8 * 8 * 5 * sizeof(float), pooled = images / 4, logits = 4 * 3 * sizeof(float);
        // pooled images, places, flattened; for gelu what it was taken of as well
        Assert.Equal(merged ? 3 * pooled + logits : images + 3 * pooled + logits, pass.ActivationBytes);
    }
}
