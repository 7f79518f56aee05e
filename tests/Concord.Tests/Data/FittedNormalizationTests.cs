using Concord.Data;
using Concord.Interchange;
using Concord.Numerics;

namespace Concord.Tests.Data;

/// <summary>What a run keeps of its normalisation brings new samples in as its own were brought in, to the bit.</summary>
public sealed class FittedNormalizationTests
{
    public static TheoryData<NormalizationKind, bool> Kinds
    {
        get
        {
            var kinds = new TheoryData<NormalizationKind, bool>();
            foreach (var kind in Enum.GetValues<NormalizationKind>())
                foreach (var bytes in (bool[])[false, true]) kinds.Add(kind, bytes);
            return kinds;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void WhatIsReadDoesWhatWasWritten(NormalizationKind kind, bool bytes)
    {
        using var folder = new TemporaryFolder();
        using var kernels = Kit.Single();
        var (data, others) = (Split(bytes, 40, 1), Split(bytes, 20, 2).Train);
        var fitted = FittedNormalization.Fit(data, kind, 0.01);
        fitted.Write(folder["n"], 1);
        var read = FittedNormalization.Read(folder["n"], kind);
        Assert.Equal(Batch(fitted, others, kernels), Batch(read, others, kernels));
        Assert.Equal(data.Train.Shape, read.Shape);
        Assert.Equal(fitted.Range.Lowest, read.Range.Lowest);
        Assert.Equal(fitted.Range.Highest, read.Range.Highest);
        Assert.Equal(bytes, read.Range.Lowest.Length == 0);
        if (kind != NormalizationKind.None && !(kind is NormalizationKind.UnitRange or NormalizationKind.SymmetricRange && bytes))
            Assert.NotEqual(Batch(fitted, others, kernels),
                Batch(FittedNormalization.Fit(new(others, others, others), kind, 0.01), others, kernels));
    }

    // What a stranger does with the file, by the equation in the documentation alone.
    [Theory]
    [InlineData(NormalizationKind.MeanStd)]
    [InlineData(NormalizationKind.UnitRange)]
    [InlineData(NormalizationKind.SymmetricRange)]
    [InlineData(NormalizationKind.Zca)]
    public void TheTensorsAreWhatTheEquationSays(NormalizationKind kind)
    {
        using var folder = new TemporaryFolder();
        using var kernels = Kit.Single();
        var (data, others) = (Split(bytes: true, 40, 1), Split(bytes: true, 20, 2).Train);
        var fitted = FittedNormalization.Fit(data, kind, 0.01);
        fitted.Write(folder["n"], 1);
        using var file = SafeTensorsFile.Open(folder["n"]);
        float[] Read(string name)
        {
            var tensor = new Tensor(new([.. file.Describe(name).Dimensions.Select(axis => (int)axis)]));
            file.Read(name, tensor);
            return tensor.Singles.ToArray();
        }
        float[] offset = Read("offset"), scale = Read("scale");
        var batch = Batch(fitted, others, kernels);
        var length = others.Shape.Length;
        for (var n = 0; n < others.Count; n++)
        {
            var x = others.Bytes(n).ToArray().Select((value, i) => (value - (double)offset[i / 4]) * scale[i / 4]).ToArray();
            if (kind == NormalizationKind.Zca)
            {
                float[] mean = Read("mean"), matrix = Read("matrix");
                x = [.. Enumerable.Range(0, length)
                    .Select(j => Enumerable.Range(0, length).Sum(i => (x[i] - mean[i]) * matrix[i * length + j]))];
            }
            for (var i = 0; i < length; i++) Assert.Equal(x[i], batch[n * length + i], 1e-4);
        }
    }

    [Fact]
    public void ColumnsAndWhatWasTakenOutOfThemAreKept()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["t.csv"], ["time,size,class",
            .. Enumerable.Range(0, 40).Select(n => FormattableString.Invariant($"{1.6e9 + n * 0.01:0.00},{n % 7},{"ab"[n % 2]}"))]);
        var data = Dataset.FromCsv(folder["t.csv"]).Split(5, RandomStream.FromSeed(0));
        FittedNormalization.Fit(data, NormalizationKind.MeanStd, 0).Write(folder["n"], 1);
        var columns = FittedNormalization.Read(folder["n"], NormalizationKind.MeanStd).Columns!;
        Assert.Equal(["time", "size"], columns.Features);
        Assert.Equal("class", columns.Label);
        Assert.InRange(columns.Offset[0], 1.59e9, 1.61e9);
        Assert.Equal((0, 1), (columns.Offset[1], columns.Scale[1]));
        Assert.True(columns.AreTakenOutAlike(data.Train.Columns));
        Assert.False(columns.AreTakenOutAlike(TableColumns.Unnamed(2)));
        // raw numbers of a program go the same way
        var raw = new Samples(new(2), [1.6e9f, 3], [0], 2).TakenOutBy(columns);
        Assert.Equal([(float)((1.6e9 - columns.Offset[0]) * columns.Scale[0]), 3], raw.Singles(0).ToArray());
    }

    public static TheoryData<string, string> Damages => new()
    {
        { "kind", "of the kind UnitRange" }, { "version", "no normalisation of this version" }, { "shape", "have no 'kind' or no 'shape'" },
        { "not finite", "not finite" }, { "short", "is needed" }, { "missing", "no tensor" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void WhatIsDamagedIsRefused(string damage, string said)
    {
        using var folder = new TemporaryFolder();
        Dictionary<string, string> metadata = new()
        {
            ["concord-normalization"] = damage == "version" ? "9" : "1", ["kind"] = damage == "kind" ? "unit-range"
                : "mean-std", ["shape"] = damage == "shape" ? "3x-2" : "3x2x2",
        };
        Tensor offset = new(new(damage == "short" ? 2 : 3)), scale = new(new(3));
        if (damage == "not finite") scale[1] = double.NaN;
        SafeTensors.Write(folder["n"],
            [new("offset", offset), .. damage == "missing" ? (SafeTensorsEntry[])[] : [new("scale", scale)]], metadata);
        Assert.Contains(said,
            Assert.Throws<ConcordException>(() => FittedNormalization.Read(folder["n"], NormalizationKind.MeanStd)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void RunsOnOneSplitShareWhatIsWhitened()
    {
        using var folder = new TemporaryFolder();
        var data = Split(bytes: false, 40, 1);
        FittedNormalization.Fit(data, NormalizationKind.Zca, 0.1).Write(folder["n"], 1);
        var one = FittedNormalization.Read(folder["n"], NormalizationKind.Zca).SharedWith(data, 0.1);
        var other = FittedNormalization.Read(folder["n"], NormalizationKind.Zca).SharedWith(data, 0.1);
        Assert.Same(one.Prepared(data.Train, 1), other.Prepared(data.Train, 1));
        Assert.NotSame(one.Prepared(data.Train, 1), FittedNormalization.Read(folder["n"], NormalizationKind.Zca).Prepared(data.Train, 1));
    }

    private static float[] Batch(FittedNormalization normalization, Samples samples, Kernels kernels)
    {
        var batch = kernels.Allocate(new(samples.Count, samples.Shape.Length));
        new BatchLoader(normalization, Augmentation.None, default).LoadEvaluation(kernels, samples,
            [.. Enumerable.Range(0, samples.Count)], batch);
        return batch.Singles.ToArray();
    }

    private static DataSplit Split(bool bytes, int count, long seed)
    {
        var (shape, stream) = (new Shape(3, 2, 2), RandomStream.FromSeed(seed));
        var values = Enumerable.Range(0, count * shape.Length).Select(i => stream.Below((ulong)i, 200) + 10 * seed).ToArray();
        var samples = bytes
            ? new Samples(shape, [.. values.Select(value => (byte)value)], new int[count], 2)
            : new Samples(shape, [.. values.Select(value => value / 7f)], new int[count], 2);
        return new(samples, samples.First(0), samples.First(5));
    }
}
