using Concord.Numerics;
using Factory = Concord.Numerics.Engines.Engines;

namespace Concord.Tests.Numerics;

/// <summary>Signs of a weight that are made where they are read.</summary>
[Collection("oneDNN")]
public sealed class ConcordanceTests
{
    [Theory]
    [InlineData("managed", 1), InlineData("managed", 2), InlineData("double", 1)]
    public void AProductWithSignsThatArePutOffHasTheBitsOfOneWithSignsThatAreMade(string engine, int threads)
    {
        using var kernels = Factory.Create(engine, threads);
        foreach (var (m, n, k) in new[] { (1, 37, 100), (2, 9, 64), (33, 100, 300), (49, 77, 1000), (33, 20, 10), (3, 50, 20_000) })
            foreach (var drawn in new[] { false, true })
            {
                Tensor weight = Random(kernels, n, k), ties = Random(kernels, n, k), d = Random(kernels, m, k);
                Tensor made = kernels.Allocate(weight.Shape), put = kernels.Allocate(weight.Shape);
                Tensor expected = kernels.Allocate(new(m, n)), actual = kernels.Allocate(new(m, n));
                for (var i = 0; i < weight.Length; i += 19) weight[i] = 0;
                var magnitude = drawn ? Random(kernels, n, k) : null;
                kernels.Concordant(magnitude, 0.3, weight, ties, made);
                kernels.ConcordantWhenRead(magnitude, 0.3, weight, ties, put);
                kernels.Product(d, false, made, true, expected);
                kernels.Product(d, false, put, true, actual);
                Assert.Equal(expected.ToArray(), actual.ToArray());
                Assert.Equal(made.ToArray(), put.ToArray());   // reading makes them
            }
    }

    [Fact]
    public void OneDnnGivesTheBitsOfTheManagedEngineForThem()
    {
        using Kernels managed = Factory.Create("managed", 2), oneDnn = Factory.Create("auto", 2);
        Tensor weight = Random(managed, 70, 200), ties = Random(managed, 70, 200), d = Random(managed, 33, 200);
        Assert.Equal(Product(managed), Product(oneDnn));   // called from another thread than the engine's

        double[] Product(Kernels kernels)
        {
            Tensor signs = kernels.Allocate(weight.Shape), y = kernels.Allocate(new(33, 70));
            kernels.ConcordantWhenRead(null, 0.3, weight, ties, signs);
            kernels.Product(d, false, signs, true, y);
            return y.ToArray();
        }
    }

    [Fact]
    public void AViewMakesThemAsWell()
    {
        using var kernels = Factory.Create("managed", 1);
        Tensor weight = Random(kernels, 8, 16), signs = kernels.Allocate(weight.Shape);
        var view = signs.Rows(4);
        kernels.ConcordantWhenRead(null, 2, weight, weight, signs);
        Assert.Equal(weight.ToArray()[..64].Select(w => 2.0 * Math.Sign(w)), view.ToArray());
    }

    private static Tensor Random(Kernels kernels, int rows, int columns)
    {
        var tensor = kernels.Allocate(new(rows, columns));
        kernels.FillNormal(RandomStream.FromSeed(rows * columns), 0, 1, tensor);
        return tensor;
    }
}
