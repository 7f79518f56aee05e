using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Tests.Feedback;

public sealed class FactoredCarrierTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(20)]
    public void TwoProductsAreTheProduct(int rank)
    {
        using var kernels = Kit.Double();
        var network = ModelDescription.Parse("mlp:12-10");
        network.Initialize(kernels, RandomStream.FromSeed(1));
        var connection = network.Owners.Keys.Single();
        var carrier = new FactoredCarrier(connection, rank, null);
        carrier.Draw(new(kernels, RandomStream.FromSeed(2)));
        Tensor delta = Kit.Tensor(kernels, new(5, 10), "delta"), expected = kernels.Allocate(new(5, 12)),
            actual = kernels.Allocate(new(5, 12));
        connection.Transposed(kernels, carrier.Matrix(connection), delta, expected);
        carrier.Cross(kernels, connection, delta, actual);
        Kit.Close(expected.ToArray(), actual.ToArray(), 1e-12);
        // the norm of a full B
        Assert.Equal(connection.Weight.Initializer.Deviation(12, 10) * Math.Sqrt(120),
            Math.Sqrt(kernels.SumSquares(carrier.Matrix(connection))), 1e-12);
    }

    [Fact]
    public void ALowRankSignalHasThatRank()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:20-30-25-10,identity", "fa feedback.rank=1", kernels);
        Kit.Step(learner, 16);
        var signal = learner.BackwardPass.SignalAt(learner.Network.Ports[0])!;
        var (rows, width) = (signal.Shape.Rows, signal.Shape.RowLength);
        for (var n = 1; n < rows; n++)
            for (var i = 1; i < width; i++)
                Assert.Equal(0, signal[0] * signal[n * width + i] - signal[i] * signal[n * width], 1e-12);   // every minor of two rows
    }
}
