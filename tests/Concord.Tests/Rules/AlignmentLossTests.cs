using Concord.Layers;
using Concord.Numerics;
using Concord.Options;
using Concord.Rules;

namespace Concord.Tests.Rules;

/// <summary>The five primitives: their gradients against central differences, and where B comes to rest.</summary>
public sealed class AlignmentLossTests
{
    [Theory]
    [InlineData("alignment.decay=0.7")]
    [InlineData("alignment.self=0.7")]
    [InlineData("alignment.amp=0.7")]
    [InlineData("alignment.sparse=0.7")]
    [InlineData("alignment.null=0.7")]
    [InlineData("alignment.null=0.7 alignment.twoNullTerms=true alignment.sparse=0.2 alignment.decay=0.1 alignment.amp=-0.3 "
        + "alignment.self=0.4 alignment.noise=uniform")]
    public void TheGradientIsThatOfTheLoss(string options)
    {
        using var kernels = Kit.Double();
        string[] none = ["decay", "self", "amp", "sparse", "null"];
        var responds = none[2..].Any(name => options.Contains($"alignment.{name}=", StringComparison.Ordinal));
        var others = string.Join(' ',
            none.Where(name => !options.Contains($"alignment.{name}=", StringComparison.Ordinal)).Select(name => $"alignment.{name}=0"));
        var text = $"{options} {others}{(responds ? " alignment.batch=7" : "")}".Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var learner = Kit.Learner("mlp:6-5-4-3,tanh", $"information-alignment {string.Join(' ', text)}", kernels);
        var settings = new AlignmentOptions(OptionValues.Read(AlignmentOptions.Declare(),
            text.Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[1])));
        foreach (var connection in learner.Network.Owners.Keys.Where(key => learner.Network.Owners[key] is not null))
        {
            var carrier = (AlignmentCarrier)learner.Plan.CarrierOf(connection);
            Tensor b = carrier.Tensor, gradient = kernels.Allocate(b.Shape);
            carrier.Loss.Differentiate(kernels, 3, b, gradient);
            Assert.True(kernels.SumSquares(gradient) > 1e-4);
            const double H = 1e-5;
            for (var i = 0; i < b.Length; i++)
            {
                var at = b[i];
                b[i] = at + H;
                var above = Value(kernels, connection, b, settings, 3);
                b[i] = at - H;
                var below = Value(kernels, connection, b, settings, 3);
                b[i] = at;
                Assert.Equal((above - below) / (2 * H), gradient[i], 1e-7);
            }
        }
    }

    /// <summary>R as it is written, without the terms in W alone.</summary>
    private static double Value(Kernels kernels, Connection connection, Tensor b, AlignmentOptions options, long step)
    {
        var w = connection.Weight.Value;
        Tensor Like(int columns) => kernels.Allocate(new(options.Rows, columns));
        Tensor x = Like(w.Shape.Rows), back = Like(w.Shape.Rows), wx = Like(w.Shape.RowLength), bx = Like(w.Shape.RowLength),
            product = kernels.Allocate(b.Shape), both = Like(w.Shape.RowLength);
        options.Noise.Fill(kernels,
            RandomStream.FromSeed(Kit.Seed).Split("feedback").Split(connection.Weight.Name).Split("alignment").At(step), x);
        kernels.Multiply(w, b, product);
        connection.Apply(kernels, w, x, wx);
        connection.Apply(kernels, b, x, bx);
        kernels.Multiply(wx, bx, both);
        connection.Transposed(kernels, b, wx, back);
        var backward = kernels.SumSquares(back);
        connection.Transposed(kernels, w, bx, back);
        if (options.TwoNullTerms) backward += kernels.SumSquares(back);
        return options.Decay * kernels.SumSquares(b) - options.Self * kernels.Sum(product)
            + (options.Null * backward - options.Amp * kernels.Sum(both) + options.Sparse * kernels.SumSquares(bx)) / options.Rows;
    }

    [Theory]
    [InlineData("symmetric-alignment", 0.01)]
    [InlineData("activation-alignment", 0.01)]
    [InlineData("information-alignment", 20)]
    public void FeedbackComesToRestAtOrNearTheWeight(string rule, double degrees)
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("residual", rule, kernels);
        for (var step = 0; step < 800; step++) Kit.Step(learner, 4, 0, rate: 0);
        Assert.NotEmpty(learner.Plan.Feedback);
        foreach (var (name, b) in learner.Plan.Feedback)
        {
            double[] w = Kit.Parameter(learner.Network, name["feedback.".Length..]).Value.ToArray(), v = b.ToArray();
            var cosine = w.Zip(v, (x, y) => x * y).Sum() / Math.Sqrt(w.Sum(x => x * x) * v.Sum(x => x * x));
            Assert.True(cosine > Math.Cos(degrees * Math.PI / 180), $"{name}: {Math.Acos(cosine) * 180 / Math.PI} degrees");
        }
    }
}
