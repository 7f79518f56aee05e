using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Tests.Feedback;

public sealed class FeedbackCarrierTests
{
    [Fact]
    public void RedrawnMagnitudesBelongToTheirStep()
    {
        using var kernels = Kit.Double();
        var (connection, carrier) = Make(kernels, new(Magnitude.Redrawn, SignSource.OfWeight, true));
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
            var (connection, carrier) = Make(kernels, new(magnitude, SignSource.OfWeight, true, new(InitializerKind.PyTorch)));
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

    [Fact]
    public void WhatDoesNotRefreshStaysAsItWas()
    {
        using var kernels = Kit.Double();
        foreach (var settings in (FeedbackSettings[])[new(Magnitude.Fixed, SignSource.Fixed, false), new(Magnitude.OfWeight, SignSource.OfWeight, false), new(Magnitude.Constant, SignSource.OfWeight, false)])
        {
            var (connection, carrier) = Make(kernels, settings);
            var before = carrier.Tensor.ToArray();
            kernels.Fill(connection.Weight.Value, 3);
            carrier.Follow(kernels, 5);
            Assert.Equal(before, carrier.Tensor.ToArray());
            Assert.Equal(0, carrier.WordsBesides);
        }
    }

    [Fact]
    public void ZeroStartsGetFeedbackFromPyTorchsDistribution()
    {
        using var kernels = Kit.Double();
        var (_, carrier) = Make(kernels, new(Magnitude.Fixed, SignSource.Fixed, false), "mlp:20-10,init=zero");
        Assert.InRange(carrier.Tensor.ToArray().Max(Math.Abs), 0.9 / Math.Sqrt(20), 1 / Math.Sqrt(20));
    }

    private static (Connection Connection, FeedbackCarrier Carrier) Make(Kernels kernels, FeedbackSettings settings, string network = "mlp:20-10")
    {
        var built = ModelDescription.Parse(network);
        built.Initialize(kernels, RandomStream.FromSeed(1));
        var connection = built.Owners.Keys.Single();
        return (connection, new FeedbackCarrier(connection, settings, kernels, RandomStream.FromSeed(2)));
    }
}
