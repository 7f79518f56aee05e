using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Tests.Feedback;

public sealed class FeedbackCarrierTests
{
    [Fact]
    public void RedrawnMagnitudesBelongToTheirStep()
    {
        using var kernels = Kit.Double();
        var (connection, carrier) = Make(kernels, new(Magnitude.Redrawn));
        double[] At(long step)
        {
            carrier.Follow(kernels, step);
            return carrier.Tensor.ToArray();
        }
        var (third, fourth) = (At(3), At(4));
        Assert.Equal(third, At(3));
        Assert.Equal(third, At(3));
        Assert.NotEqual(third.Select(Math.Abs), fourth.Select(Math.Abs));
        Assert.Equal(connection.Weight.Value.ToArray().Select(Math.Sign), third.Select(Math.Sign));
        Assert.Equal(third.Select(Math.Sign), fourth.Select(Math.Sign));
    }

    [Fact]
    public void AZeroWeightHasASignThatIsDrawnOnce()
    {
        using var kernels = Kit.Double();
        foreach (var magnitude in (Magnitude[])[Magnitude.Constant, Magnitude.Fixed, Magnitude.Redrawn])
        {
            var (connection, carrier) = Make(kernels, new(magnitude, Initializer: new(InitializerKind.PyTorch)));
            kernels.Fill(connection.Weight.Value, 0);
            carrier.Follow(kernels, 1);
            var signs = carrier.Tensor.ToArray().Select(Math.Sign).ToArray();
            Assert.InRange(signs.Count(sign => sign > 0), 60, 140);
            Assert.InRange(signs.Count(sign => sign < 0), 60, 140);
            Assert.DoesNotContain(0, signs);
            carrier.Follow(kernels, 2);
            Assert.Equal(signs, carrier.Tensor.ToArray().Select(Math.Sign));
        }
    }

    [Theory]
    [InlineData("mlp:20-10", 1)]
    [InlineData("mlp:300-200", 1)]
    [InlineData("cnn:3x8x8-c16k3-10", 1)]
    [InlineData("mlp:40-60", 0.8)]
    public void ASpectralMagnitudeHasTheWeightsLargestSingularValue(string network, double concordance)
    {
        using var kernels = Kit.Double();
        var built = ModelDescription.Parse(network);
        built.Initialize(kernels, RandomStream.FromSeed(1));
        foreach (var connection in built.Owners.Keys)
        {
            var carrier = new ConcordantCarrier(connection, new(Magnitude.SpectralTracking, Concordance: concordance));
            carrier.Draw(new(kernels, RandomStream.FromSeed(2)));
            var weight = connection.Weight.Value;
            kernels.Combine(3, weight, 0, weight);
            carrier.Follow(kernels, 1);
            var (first, wanted) = (carrier.Tensor.ToArray(), Largest(weight));
            Assert.InRange(Largest(carrier.Tensor) / wanted, 0.98, 1.02);
            Assert.InRange(new SpectralNorm(weight.Shape, kernels, RandomStream.FromSeed(3)).Of(kernels, weight) / wanted, 0.98, 1 + 1e-12);
            Assert.Equal(1, first.Select(Math.Abs).Max() / first.Select(Math.Abs).Min(), 1e-12);
            Assert.InRange(first.Zip(weight.ToArray(), (b, w) => b * w > 0 ? 1.0 : 0).Average(), concordance - 0.05, concordance + 0.05);
            carrier.Follow(kernels, 1);
            Assert.Equal(first, carrier.Tensor.ToArray());
            kernels.Fill(weight, 0);
            carrier.Follow(kernels, 2);
            Assert.All(carrier.Tensor.ToArray(), value => Assert.Equal(0, value));
        }

        static double Largest(Tensor matrix)
        {
            var outputs = matrix.Shape[matrix.Shape.Rank - 1];
            var elements = matrix.ToArray();
            return MathNet.Numerics.LinearAlgebra.Double.DenseMatrix.Create(elements.Length / outputs, outputs,
                (i, j) => elements[i * outputs + j]).Svd(computeVectors: false).S.Max();
        }
    }

    [Fact]
    public void WhatDoesNotRefreshStaysAsItWas()
    {
        using var kernels = Kit.Double();
        foreach (var make in (Func<Connection, FeedbackCarrier>[])
            [of => new RandomCarrier(of), of => new ConcordantCarrier(of, new(Magnitude.OfWeight, Refreshes: false)),
                of => new ConcordantCarrier(of, new(Magnitude.Constant, Refreshes: false))])
        {
            var connection = ConnectionOf(kernels);
            var (carrier, state) = (make(connection), new FeedbackState(kernels, RandomStream.FromSeed(2)));
            carrier.Draw(state);
            var before = carrier.Matrix(connection).ToArray();
            kernels.Fill(connection.Weight.Value, 3);
            carrier.Follow(kernels, 5);
            Assert.Equal(before, carrier.Matrix(connection).ToArray());
            Assert.Equal(before.Length, state.Memory.Words);
            Assert.DoesNotContain(Enumerable.Range(1, 9), steps => carrier.IsDue(steps));
        }
    }

    [Fact]
    public void ZeroStartsGetFeedbackFromPyTorchsDistribution()
    {
        using var kernels = Kit.Double();
        var carrier = new RandomCarrier(ConnectionOf(kernels, "mlp:20-10,init=zero"));
        carrier.Draw(new(kernels, RandomStream.FromSeed(2)));
        Assert.InRange(carrier.Tensor.ToArray().Max(Math.Abs), 0.9 / Math.Sqrt(20), 1 / Math.Sqrt(20));
    }

    [Fact]
    public void AGainMultipliesWhatIsDrawnAndLeavesConstants()
    {
        using var kernels = Kit.Double();
        double[] Draw(Initializer initializer)
        {
            var tensor = kernels.Allocate(new(20, 10), Role.Weight);
            initializer.Fill(kernels, RandomStream.FromSeed(1), tensor, 20, 10);
            return tensor.ToArray();
        }
        foreach (var initializer in Initializer.ByName.Values.Append(new(InitializerKind.Constant, 0.5)))
        {
            var gain = initializer.Kind is InitializerKind.Zero or InitializerKind.Constant ? 1 : 3;
            Kit.Close([.. Draw(initializer).Select(value => gain * value)], Draw(initializer with { Gain = 3 }));
            Assert.Equal(gain * initializer.Deviation(20, 10), (initializer with { Gain = 3 }).Deviation(20, 10), 1e-12);
        }
    }

    [Theory]
    [InlineData("mlp:6-5-4-3", "fa", 3)]
    [InlineData("mlp:6-5-4-3", "fa feedback.rank=2", 3)]
    [InlineData("mlp:6-5-4-3", "fa feedback.init=xavier-normal", 1)]
    [InlineData("cnn:2x6x6-c3k3-c4k3-3", "fa feedback.shape=dense", 3)]
    public void FeedbackHasAScaleOfItsOwnAndTheGainOfWeightsThatItIsDrawnAs(string network, string rule, double ofGain)
    {
        using var kernels = Kit.Double();
        double[] Feedback(string model, string scale)
        {
            var learner = Kit.Learner(model, $"{rule} feedback.scale={scale}", kernels);
            return [.. from connection in learner.Network.Owners.Keys
                let carrier = learner.Plan.CarrierOf(connection)
                where carrier is FeedbackCarrier
                from value in carrier.Matrix(connection).ToArray()
                select value];
        }
        var plain = Feedback(network, "1");
        Assert.NotEmpty(plain);
        Kit.Close([.. plain.Select(value => 2.5 * value)], Feedback(network, "2.5"));
        Kit.Close([.. plain.Select(value => ofGain * value)], Feedback($"{network},gain=3", "1"));
        Assert.All(Feedback(network, "0"), value => Assert.Equal(0, value));
    }

    private static (Connection Connection, ConcordantCarrier Carrier) Make(Kernels kernels, ConcordantSettings settings)
    {
        var connection = ConnectionOf(kernels);
        var carrier = new ConcordantCarrier(connection, settings);
        carrier.Draw(new(kernels, RandomStream.FromSeed(2)));
        return (connection, carrier);
    }

    private static Connection ConnectionOf(Kernels kernels, string network = "mlp:20-10")
    {
        var built = ModelDescription.Parse(network);
        built.Initialize(kernels, RandomStream.FromSeed(1));
        return built.Owners.Keys.Single();
    }
}
