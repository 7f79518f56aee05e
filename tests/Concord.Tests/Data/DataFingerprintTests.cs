using Concord.Data;
using Concord.Numerics;

namespace Concord.Tests.Data;

/// <summary>Equal data have equal fingerprints however they lie in memory; any change shows, and is named.</summary>
public sealed class DataFingerprintTests
{
    private static readonly string[] s_names = ["x", "y", "z"];

    [Fact]
    public void EqualDataAreEqual()
    {
        var first = Of(Inputs(), Labels());
        Assert.Equal((first.Samples, first.Labels, first.Split),
            (Of(Inputs(), Labels()).Samples, Of(Inputs(), Labels()).Labels, Of(Inputs(), Labels()).Split));
        Assert.Null(first.ChangeTo(Of(Inputs(), Labels())));
        Assert.True(first.IsOfSameSet(Of(Inputs(), Labels(), validation: 5)));
    }

    public static TheoryData<string, string> Changes => new()
    {
        { "value", "samples have other values" }, { "order of features", "samples have other values" }, { "order of rows",
            "samples have other values" }, { "label", "labels are others" },
        { "order of classes", "another order (z, y, x; they were x, y, z)" }, { "class name", "the classes are x, y, Z and were x, y, z" },
        { "row less", "23 training, 4 validation and 7 test samples and were 24, 4 and 7" },
        { "feature more", "a sample is 6 and was 5" }, { "split", "other samples were drawn" }, { "validation", "20 training, "
            + "8 validation" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void AChangeShowsAndIsNamed(string change, string said)
    {
        var (inputs, labels) = (Inputs(), Labels());
        string[] names = [.. s_names];
        switch (change)
        {
            case "value": inputs[34, 4] = MathF.BitIncrement(inputs[34, 4]); break;
            case "order of features": for (var n = 0; n < 35; n++) (inputs[n, 0], inputs[n, 1]) = (inputs[n, 1], inputs[n, 0]); break;
            // of one class
            case "order of rows": for (var i = 0; i < 5; i++) (inputs[0, i], inputs[3, i]) = (inputs[3, i], inputs[0, i]); break;
            case "label": labels[7] = (labels[7] + 1) % 3; break;
            case "order of classes": Array.Reverse(names); break;
            case "class name": names[2] = "Z"; break;
            case "row less": (inputs, labels) = (Inputs(34), Labels(34)); break;
            case "feature more": inputs = Inputs(features: 6); break;
        }
        var now = Of(inputs, labels, names, validation: change == "validation" ? 8 : 4, seed: change == "split" ? 1 : 0);
        var found = Of(Inputs(), Labels()).ChangeTo(now);
        Assert.NotNull(found);
        Assert.Contains(said, found, StringComparison.Ordinal);
        Assert.Equal(change is "split" or "validation", Of(Inputs(), Labels()).IsOfSameSet(now));
    }

    [Fact]
    public void BytesAndSinglesOfEqualValueAreOfOneKindEach()
    {
        var bytes = new Samples(new(2), new byte[] { 1, 2, 3, 4 }, [0, 1], 2);
        var singles = new Samples(new(2), new float[] { 1, 2, 3, 4 }, [0, 1], 2);
        Assert.NotEqual(DataHashes.Of(bytes).Samples, DataHashes.Of(singles).Samples);
        Assert.Equal(DataHashes.Of(bytes).Labels, DataHashes.Of(singles).Labels);
        Assert.NotEqual(DataHashes.Of(bytes).Samples,
            DataHashes.Of(new Samples(new(1, 2, 1), new byte[] { 1, 2, 3, 4 }, [0, 1], 2)).Samples);
    }

    [Fact]
    public void AViewHashesAsACopyOfItDoes()
    {
        var stream = RandomStream.FromSeed(4);
        var elements = Enumerable.Range(0, 300_000).Select(i => (float)stream.Uniform((ulong)i)).ToArray();   // more than is hashed at once
        var all = new Samples(new(3), elements, new int[100_000], 2);
        var copy = new Samples(new(3), [.. elements.Skip(30).Take(299_700)], new int[99_900], 2);
        Assert.Equal(DataHashes.Of(copy), DataHashes.Of(all.Subset([.. Enumerable.Range(10, 99_900)])));
        Assert.Equal(DataHashes.Of(all), DataHashes.Of(all.Subset([.. Enumerable.Range(0, 100_000)])));
    }

    [Fact]
    public void PartsPutTogetherByHandCountByWhatTheyHold()
    {
        var split = Split(Inputs(), Labels());
        var other = split with { Test = Split(Inputs(40), Labels(40)).Test };
        Assert.NotNull(DataFingerprint.Of(split).ChangeTo(DataFingerprint.Of(other)));
        Assert.Null(DataFingerprint.Of(other).ChangeTo(DataFingerprint.Of(split with { Test = other.Test })));
    }

    private static DataFingerprint Of(float[,] inputs, int[] labels, string[]? names = null, int validation = 4, long seed = 0) =>
        DataFingerprint.Of(Split(inputs, labels, names, validation, seed));

    private static DataSplit Split(float[,] inputs, int[] labels, string[]? names = null, int validation = 4, long seed = 0) =>
        Dataset.From(inputs, labels, classes: names ?? s_names).Split(validation, RandomStream.FromSeed(seed));

    private static float[,] Inputs(int count = 35, int features = 5)
    {
        var inputs = new float[count, features];
        for (var n = 0; n < count; n++)
            for (var i = 0; i < features; i++) inputs[n, i] = MathF.Sin(n + 0.3f * i) + n % 3;
        return inputs;
    }

    private static int[] Labels(int count = 35) => [.. Enumerable.Range(0, count).Select(n => n % 3)];
}
