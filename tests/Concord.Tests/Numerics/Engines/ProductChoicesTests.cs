using Concord.Numerics;
using Concord.Numerics.Engines;
using Factory = Concord.Numerics.Engines.Engines;

namespace Concord.Tests.Numerics.Engines;

/// <summary>How the way of a product is chosen, and how choices are kept.</summary>
[Collection("oneDNN")]
public sealed class ProductChoicesTests
{
    private const string Shape = "64x200x300-nn";

    [Fact]
    public void AnotherWayIsTakenOnlyWhereItIsClearlyFaster()
    {
        static void Slow() => Thread.Sleep(20);   // by so much that what else the machine does seldom makes one clearly faster
        static void Quick() { }

        Assert.Equal(ProductWay.Panel, ProductChoices.Fastest(ProductWay.Sgemm, [(ProductWay.Sgemm, Slow), (ProductWay.Panel, Quick)]));
        Assert.Equal(ProductWay.Panel, ProductChoices.Fastest(ProductWay.Panel, [(ProductWay.Sgemm, Slow), (ProductWay.Panel, Quick)]));
        Assert.Equal(ProductWay.Sgemm, ProductChoices.Fastest(ProductWay.Sgemm, [(ProductWay.Sgemm, Slow), (ProductWay.Panel, Slow)]));
    }

    [Fact]
    public void AWayThatIsSlowerInARoundIsNotTimedAgain()
    {
        var calls = 0;
        void Slow()
        {
            calls++;
            Thread.Sleep(30);
        }

        Assert.Equal(ProductWay.Sgemm, ProductChoices.Fastest(ProductWay.Sgemm, [(ProductWay.Sgemm, () => { }), (ProductWay.Panel, Slow)]));
        Assert.Equal(2, calls);   // once to get warm and once in the first round
    }

    [Fact]
    public void AShapesFirstChoiceHolds()
    {
        using var folder = new TemporaryFolder();
        ProductFile one = Open(folder), other = Open(folder);   // two processes that measure at the same time
        Assert.Null(one.Find(Shape));
        Assert.Equal(ProductWay.Panel, one.Keep(Shape, ProductWay.Panel));
        Assert.Equal(ProductWay.Panel, other.Keep(Shape, ProductWay.Matmul));
        Assert.Equal(ProductWay.Panel, Open(folder).Find(Shape));
        Assert.Equal(ProductWay.Matmul, other.Keep("2x2x2-nt+", ProductWay.Matmul));
        Assert.Equal(ProductWay.Matmul, Open(folder).Find("2x2x2-nt+"));
        Assert.Equal(["# a processor", $"{Shape} panel", "2x2x2-nt+ matmul"],
            File.ReadAllLines(Assert.Single(Directory.GetFiles(folder[""]))));
    }

    [Fact]
    public async Task OfWritersAtTheSameTimeOneWinsForEachShapeAndNoLineIsLost()
    {
        using var folder = new TemporaryFolder();
        ProductWay[] ways = [ProductWay.Panel, ProductWay.Matmul, ProductWay.Sgemm, ProductWay.Single];
        var kept = await Task.WhenAll(ways.Select(way => Task.Run(() =>
        {
            var file = Open(folder);
            return Enumerable.Range(1, 40).Select(k => file.Keep($"{k}x1x1-nn", way)).ToArray();
        })));
        Assert.All(kept, one => Assert.Equal(kept[0], one));
        Assert.Equal(41, File.ReadAllLines(Assert.Single(Directory.GetFiles(folder[""]))).Length);
        Assert.Equal(kept[0], Enumerable.Range(1, 40).Select(k => Open(folder).Find($"{k}x1x1-nn")!.Value));
    }

    [Theory]
    [InlineData("", null), InlineData("\n\n", null), InlineData("64x200x300-nn pan", null), InlineData("64x200x300-nn", null)]
    [InlineData("64x200x300-nn fpga\n64x200x300-nn matmul\n", ProductWay.Matmul), InlineData("\0\u0001\uffff 7 8 9", null)]
    [InlineData("# another head\n64x200x300-nn panel\n64x200x300-nn sg", ProductWay.Panel)]
    public void WhatIsNoChoiceIsPassedOver(string text, object? expected)
    {
        using var folder = new TemporaryFolder();
        Open(folder).Keep("1x1x1-nn", ProductWay.Sgemm);
        var path = Assert.Single(Directory.GetFiles(folder[""]));
        File.WriteAllText(path, text);
        var file = Open(folder);
        Assert.Equal((ProductWay?)expected, file.Find(Shape));
        file.Keep("5x5x5-nn", ProductWay.Panel);   // and what is added to it stands on a line of its own
        Assert.Equal(ProductWay.Panel, Open(folder).Find("5x5x5-nn"));
    }

    [Fact]
    public void AFolderThatCannotBeWrittenIsSaidOnceAndTheChoicesHold()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");
        var notices = new List<string>();
        var choices = new ProductFile(folder["file"], "a processor", notices.Add);
        Assert.Equal(ProductWay.Panel, choices.Keep(Shape, ProductWay.Panel));
        Assert.Equal(ProductWay.Matmul, choices.Keep("5x5x5-nn", ProductWay.Matmul));
        Assert.Equal(ProductWay.Panel, choices.Find(Shape));
        Assert.Contains("cannot be written", Assert.Single(notices), StringComparison.Ordinal);
    }

    [FactWith(Need.OneDnn)]
    public void AnEngineTakesTheWayThatIsKeptAndARunsOwnBeforeIt()
    {
        using var folder = new TemporaryFolder();
        const string Deep = "64x200x3000-nn";   // in one block of terms, or without fused multiply-adds, bits could be the same in all ways
        float[] panel = Result("panel"), matmul = Result("matmul"), sgemm = Result("sgemm");
        Assert.False(panel.SequenceEqual(matmul) && panel.SequenceEqual(sgemm));   // else the rest would show nothing
        Assert.Equal(panel, Result("sgemm", adopted: "panel"));
        Assert.Equal(matmul, Result("panel", adopted: "matmul"));
        Assert.Equal(sgemm, Result(null));   // the table's

        float[] Result(string? kept, string? adopted = null)
        {
            using var kernels = Factory.Create("onednn", 1, choices: kept is null ? null : Kept(kept));
            kernels.Choices?.Adopt(adopted is null ? [] : ProductFile.Parse([$"{Deep} {adopted}"]));
            Tensor a = Random(kernels, new(64, 3000), 1), b = Random(kernels, new(3000, 200), 2), y = kernels.Allocate(new(64, 200));
            kernels.Product(a, false, b, false, y);
            if (kept is not null) Assert.Equal(adopted ?? kept, kernels.Choices!.Made[Deep].ToString(), ignoreCase: true);
            return y.Singles.ToArray();
        }

        string Kept(string way)
        {
            using var first = Factory.Create("onednn", 1, choices: folder[way]);   // says what the file is called
            new ProductFile(folder[way], first.Choices!.About!).Keep(Deep, ProductFile.Parse([$"x {way}"])["x"]);
            return folder[way];
        }
    }

    [FactWith(Need.OneDnn)]
    public void WarmProductsOfAnEngineThatMeasuresAllocateNothing()
    {
        using var folder = new TemporaryFolder();
        using var kernels = Factory.Create("onednn", 2, choices: folder["choices"]);
        Tensor a = Random(kernels, new(64, 300), 1), b = Random(kernels, new(300, 200), 2), y = kernels.Allocate(new(64, 200));
        long allocated = -1;
        kernels.Run(() =>
        {
            Work();
            allocated = Allocation.Of(Work);
        });
        Assert.Equal(0, allocated);
        Assert.Equal(2, kernels.Choices!.Made.Count);

        void Work()
        {
            kernels.Product(a, false, b, false, y);
            kernels.Product(y, false, b, true, a);
        }
    }

    private static ProductFile Open(TemporaryFolder folder) => new(folder[""], "a processor");

    private static Tensor Random(Kernels kernels, Shape shape, int seed)
    {
        var tensor = kernels.Allocate(shape);
        kernels.FillNormal(RandomStream.FromSeed(seed), 0, 1, tensor);
        return tensor;
    }
}
