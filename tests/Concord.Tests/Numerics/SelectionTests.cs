using Concord.Numerics;

namespace Concord.Tests.Numerics;

public class SelectionTests
{
    [Fact]
    public void ABlockGoesRoundTheEnd() => Check((s, n) => new(SelectionKind.Block, n / 2, 2 * n / 3),
        (s, n, _, _) => [.. Enumerable.Range(2 * n / 3, n / 2).Select(i => i % n)]);

    [Fact]
    public void TheLargestDifferencesAreTheLargest() => Check((s, n) => new(SelectionKind.Largest, n / 3),
        (s, n, x, y) => [.. Enumerable.Range(0, n).OrderByDescending(i => s.Round(Math.Abs(x[i] - y[i]))).Take(n / 3)]);

    [Fact]
    public void DifferencesBeyondABoundAreAllOfThem() => Check((_, _) => new(SelectionKind.Beyond, Threshold: 1),
        (s, n, x, y) => [.. Enumerable.Range(0, n).Where(i => s.Round(Math.Abs(x[i] - y[i])) > 1)]);

    [Fact]
    public void ChangedSignsAreAllOfThem() =>
        Check((_, _) => new(SelectionKind.ChangedSign), (_, n, x, y) => [.. Enumerable.Range(0, n).Where(i => (x[i] < 0) != (y[i] < 0))]);

    [Fact]
    public void RandomChoicesHaveTheirNumberAndRepeatThemselves() => Scene.ForAll(s =>
    {
        Tensor x = s.Draw(), y = s.Draw(), again = s.Garbage();
        var before = y.ToArray();
        again.CopyFrom(before);
        var selection = new Selection(SelectionKind.Random, y.Length / 3, Stream: RandomStream.FromSeed(3).At(s.Width));
        Assert.Equal(y.Length / 3, s.Kernels.CopySelected(selection, x, y));
        Assert.Equal(y.Length / 3, Enumerable.Range(0, y.Length).Count(i => y[i] == x[i]));
        Assert.All(Enumerable.Range(0, y.Length), i => Assert.True(y[i] == x[i] || y[i] == before[i]));
        s.Kernels.CopySelected(selection, x, again);
        Assert.Equal(y.ToArray(), again.ToArray());
    });

    [Fact]
    public void RandomChoicesFavourNoElement()
    {
        using var kernels = new FloatKernels();
        Tensor ones = kernels.Allocate(new(30)), y = kernels.Allocate(new(30));
        kernels.Fill(ones, 1);
        var chosen = new int[30];
        for (var draw = 0; draw < 3000; draw++)
        {
            kernels.Fill(y, 0);
            kernels.CopySelected(new(SelectionKind.Random, 3, Stream: RandomStream.FromSeed(1).At(draw)), ones, y);
            for (var i = 0; i < 30; i++) chosen[i] += (int)y[i];
        }
        Assert.All(chosen, count => Assert.InRange(count, 300 - 85, 300 + 85));   // five standard deviations
    }

    [Fact]
    public void OfEqualDifferencesTheFirstAreTaken()
    {
        using var kernels = new FloatKernels();
        Tensor x = kernels.Allocate(new(5000)), y = kernels.Allocate(new(5000));
        kernels.Fill(x, 1);
        kernels.CopySelected(new(SelectionKind.Largest, 1500), x, y);
        Assert.Equal(Enumerable.Range(0, 5000).Select(i => i < 1500 ? 1.0 : 0), y.ToArray());
    }

    [Fact]
    public void ASelectionBeyondTheEndIsRefused()
    {
        using var kernels = new FloatKernels();
        var y = kernels.Allocate(new(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => kernels.CopySelected(new(SelectionKind.Block, 1, 3), y, y));
        Assert.Throws<ArgumentOutOfRangeException>(() => kernels.CopySelected(new(SelectionKind.Random, -1), y, y));
        Assert.Throws<ArgumentException>(() => kernels.CopySelected(new(SelectionKind.Random, 1), kernels.Allocate(new(4)), y));
    }

    private static void Check(Func<Scene, int, Selection> selection, Func<Scene, int, double[], double[], IReadOnlyList<int>> expected) =>
        Scene.ForAll(s =>
    {
        Tensor x = s.Draw(), y = s.Draw();
        if (y.Length == 0) return;
        double[] from = x.ToArray(), before = y.ToArray();
        var chosen = expected(s, y.Length, from, before).ToHashSet();
        Assert.Equal(chosen.Count, s.Kernels.CopySelected(selection(s, y.Length), x, y));
        Assert.Equal(Enumerable.Range(0, y.Length).Select(i => chosen.Contains(i) ? from[i] : before[i]), y.ToArray());
    });
}
