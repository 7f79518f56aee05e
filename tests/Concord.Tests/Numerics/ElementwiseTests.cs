using Concord.Numerics;

namespace Concord.Tests.Numerics;

public class ElementwiseTests
{
    [Fact]
    public void FillCopyCombineAndMultiplyAreTheirFormulas() => Scene.ForAll(s =>
    {
        Tensor x = s.Draw(), y = s.Garbage();
        s.Kernels.Fill(y, 0.3);
        s.Equal(_ => 0.3, y);
        s.Kernels.Copy(x, y);
        Assert.Equal(x.ToArray(), y.ToArray());

        double[] a = x.ToArray(), b = s.Draw().ToArray();
        y.CopyFrom(b);
        b = y.ToArray();
        s.Kernels.Combine(0.7, x, -1.3, y);
        s.Equal(i => 0.7 * a[i] - 1.3 * b[i], y, 4);
        y.CopyFrom(b);
        s.Kernels.Multiply(x, y, y);
        s.Equal(i => a[i] * b[i], y);
    });

    [Fact]
    public void ClampBringsWhatIsBeyondABoundToIt() => Scene.ForAll(s =>
    {
        Tensor x = s.Draw(), low = s.Draw(), high = s.Draw(), y = s.Garbage();
        double[] a = x.ToArray(), l = low.ToArray(), h = high.ToArray();
        s.Kernels.Clamp(x, low, high, y);
        Assert.Equal(a.Select((value, i) => Math.Min(Math.Max(value, l[i]), h[i])), y.ToArray());
        s.Kernels.Clamp(x, low, high, x);
        Assert.Equal(y.ToArray(), x.ToArray());
    });

    [Fact]
    public void BetaZeroOverwritesWhatIsNotANumber() => Scene.ForAll(s =>
    {
        Tensor x = s.Draw(), y = s.Garbage(), row = s.Garbage(new Shape(s.Width));
        s.Kernels.Combine(2, x, 0, y);
        s.Equal(i => 2 * x[i], y);
        s.Kernels.SumRows(x, new(row));
        s.Equal(j => Enumerable.Range(0, s.Rows).Sum(n => x[n * s.Width + j]), row, 30);
    });

    [Fact]
    public void CombineTakesOneTensorAsBothOperands()
    {
        using var kernels = new FloatKernels();
        var x = kernels.Allocate(new Shape(5));
        x.CopyFrom([1, 2, 3, 4, 5]);
        kernels.Combine(2, x, 1, x);
        Assert.Equal([3, 6, 9, 12, 15], x.ToArray());
    }

    [Fact]
    public void SignsAreZeroAtZeroAndInsideTheThreshold() => Scene.ForAll(s =>
    {
        Tensor x = s.Draw(), y = s.Garbage();
        for (var i = 0; i < x.Length; i += 3) x[i] = i % 2 == 0 ? 0 : 0.5;
        s.Kernels.Sign(x, y);
        s.Equal(i => Math.Sign(x[i]), y);
        s.Kernels.Ternary(x, 0.5, y);
        s.Equal(i => Math.Abs(x[i]) > 0.5 ? Math.Sign(x[i]) : 0, y);
        var before = x.ToArray();
        s.Kernels.Ternary(x, 0.5, x);
        s.Equal(i => Math.Abs(before[i]) > 0.5 ? Math.Sign(before[i]) : 0, x);
    });

    [Fact]
    public void AConcordantTensorHasTheSignsOfTheWeightsAndOfTheTieBreakerAtZero() => Scene.ForAll(s =>
    {
        Tensor magnitude = s.Draw(), weight = s.Draw(), ties = s.Draw(), y = s.Garbage();
        for (var i = 0; i < weight.Length; i += 2) weight[i] = i % 4 == 0 ? 0.0 : -0.0;
        double Sign(int i) => Math.Sign(weight[i] == 0 ? ties[i] : weight[i]);
        s.Kernels.Concordant(magnitude, 0.25, weight, ties, y);
        s.Equal(i => 0.25 * Math.Abs(magnitude[i]) * Sign(i), y);
        s.Kernels.Concordant(null, -3, weight, ties, y);
        s.Equal(i => -3 * Sign(i), y);
    });

    [Fact]
    public void ATensorOfTheOtherElementTypeIsRefused()
    {
        using var kernels = new FloatKernels();
        var wrong = new Tensor(new Shape(4), ElementType.Double);
        Assert.Contains("Double 4", Assert.Throws<ArgumentException>(() => kernels.Fill(wrong, 1)).Message, StringComparison.Ordinal);
    }
}
