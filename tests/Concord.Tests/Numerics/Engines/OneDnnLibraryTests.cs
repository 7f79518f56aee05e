using Concord.Numerics.Engines;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Numerics.Engines;

[Collection("oneDNN")]
public sealed unsafe class OneDnnLibraryTests
{
    [Theory]
    [InlineData("2.6.3", null)]
    [InlineData("3.5.0", "oneDNN 3.5.0 is not 2.x")]
    [InlineData("1.8.1", "untested")]
    public void AVersionThatWasNotTestedIsNamed(string version, string? says)
    {
        var caveat = OneDnnLibrary.CaveatOf(version);
        if (says is null) Assert.Null(caveat);
        else Assert.Contains(says, caveat, StringComparison.Ordinal);
    }

    [FactWith(Need.OneDnn)]
    public void AProductIsTheProduct()
    {
        var library = OneDnnLibrary.TryLoad(2, out _)!;
        using var thread = new EngineThread("test");
        thread.Run(() => Prop.ForAll(ProductCase.Any, product =>
            product.M * product.N * product.K * product.Alpha == 0 || product.ErrorOf((p, a, b, y) =>
                library.Multiply(p.TransposeA, p.TransposeB, p.M, p.N, p.K, p.Alpha, a, b, p.Beta, y)) < 1).QuickCheckThrowOnFailure());
    }

    [FactWith(Need.OneDnn)]
    public void ARefusalNamesProductAndStatus()
    {
        var library = OneDnnLibrary.TryLoad(2, out _)!;
        using var thread = new EngineThread("test");
        var refusal = Assert.Throws<InvalidOperationException>(() =>
            thread.Run(() => library.Multiply(false, false, -1, 2, 3, 1, null, null, 0, null)));
        Assert.Contains("-1x3 times 3x2", refusal.Message, StringComparison.Ordinal);
    }
}
