using System.Globalization;
using System.Runtime.InteropServices;
using Concord.Data.Formats;
using Concord.Numerics;

namespace Concord.Data;

/// <summary>Turns a user's arrays into samples, and says plainly what is wrong with them.</summary>
internal static class OwnData
{
    private const int MostClasses = 1 << 20;

    public static Verification Verification { get; } = Verification.WithoutFiles("your own data; there is nothing to compare with");

    /// <param name="inputs">One row per sample.</param>
    /// <param name="labels">One class number per sample.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="shape">A sample's axes; null for one of all features.</param>
    /// <param name="train">The training samples that these belong to, which decide what is taken out of a feature;
    /// null where they decide it themselves.</param>
    public static Samples Samples(float[,] inputs, int[] labels, int classes, Shape? shape, Samples? train = null) =>
        Samples(inputs, labels, classes, shape, train?.Columns, isLike: train is not null);

    /// <summary>The same, read as the columns of a table were.</summary>
    public static Samples Samples(float[,] inputs, int[] labels, int classes, Shape? shape, TableColumns like) =>
        Samples(inputs, labels, classes, shape, like, isLike: true);

    private static Samples Samples(float[,] inputs, int[] labels, int classes, Shape? shape, TableColumns? like, bool isLike)
    {
        int rows = inputs.GetLength(0), features = inputs.GetLength(1);
        if (rows == 0 || features == 0)
            throw new ConcordException($"The inputs are {rows} x {features}, but at least one sample of one feature was expected.");
        if (labels.Length != rows)
            throw new ConcordException($"There are {rows} samples and {labels.Length} labels, but one label per sample was expected.");
        var row = Array.FindIndex(labels, label => (uint)label >= (uint)classes);
        if (row >= 0) throw new ConcordException($"The label of sample {row} is {labels[row]}, but 0 to {classes - 1} were expected; "
            + "number the classes from 0.");
        var elements = MemoryMarshal.CreateReadOnlySpan(ref inputs[0, 0], inputs.Length).ToArray();
        var odd = Array.FindIndex(elements, value => !float.IsFinite(value));
        if (odd >= 0) throw new ConcordException(
            $"Feature {odd % features} of sample {odd / features} is {elements[odd].ToString(CultureInfo.InvariantCulture)}, "
                + "but a finite number was expected; fill it in or remove the sample.");
        var sample = CheckedShape(shape, features);
        var columns = isLike ? like : ToTakeOut(elements, features, sample.Rank == 3 ? features / sample[0] : 1);
        if (columns is not null && columns.Features.Count == features)
            for (var i = 0; i < elements.Length; i++)
                if (!columns.IsAsRead(i % features)) elements[i] = columns.Narrow(i % features, elements[i]);
        return new(sample, elements, [.. labels], classes) { Columns = columns };
    }

    /// <summary>What must be taken out of features that are too small for an engine; null for nothing.</summary>
    /// <param name="elements">One row per sample.</param>
    /// <param name="features">Elements of a row.</param>
    /// <param name="together">How many of them in a row have one scale: those of a channel.</param>
    private static TableColumns? ToTakeOut(float[] elements, int features, int together)
    {
        var spreads = new ColumnSpread[features / together];
        for (var i = 0; i < elements.Length; i++) spreads[i % features / together].Add(elements[i], elements[i]);
        return Array.TrueForAll(spreads, spread => spread.ToTakeOut() == (0, 1)) ? null
            : TableColumns.Needed(new(Numbered(features), hasHeader: false), spreads, together);
    }

    public static Shape CheckedShape(Shape? shape, int features)
    {
        if (shape is not { } wanted) return new(features);
        return wanted.Length == features && wanted.Rank <= 3
            ? wanted
            : throw new ConcordException($"A sample has {features} features, which do not make the shape {wanted}; "
                + $"up to three axes of {features} elements in all were expected.");
    }

    public static Dataset Parted(Samples all, double testFraction, long seed, IReadOnlyList<string> classes, string name, string origin,
        DataReference? reference = null, IReadOnlyList<string>? remarks = null)
    {
        if (!(testFraction > 0 && testFraction < 1))
            throw new ConcordException($"The part for the test is {testFraction.ToString(CultureInfo.InvariantCulture)}, "
                + "but a number between 0 and 1 was expected, such as 0.2.");
        if (all.Count < 2)
            throw new ConcordException($"'{name}' has one sample, but at least two were expected: one to learn from and one for the test.");
        var test = Math.Clamp((int)Math.Round(all.Count * testFraction), 1, all.Count - 1);
        var rows = Data.Samples.Ascending(all.Count);
        RandomStream.FromSeed(seed).Split("test part").Shuffle(rows.AsSpan());
        Array.Sort(rows, 0, test);
        Array.Sort(rows, test, rows.Length - test);
        return new(name, all.Subset(rows.AsSpan(test)), all.Subset(rows.AsSpan(0, test)), classes, origin, Verification)
            { All = all, Reference = reference, Remarks = remarks ?? [] };
    }

    /// <summary>One more than the largest label.</summary>
    public static int ClassCount(int[] labels)
    {
        var largest = labels.Length == 0 ? 0 : labels.Max();
        return largest < MostClasses
            ? Math.Max(2, largest + 1)
            : throw new ConcordException($"A label is {largest}, but at most {ContentStream.N(MostClasses)} classes, numbered from 0, "
                + "were expected.");
    }

    public static string[] Numbered(int classes) => [.. Enumerable.Range(0, classes).Select(i => i.ToString(CultureInfo.InvariantCulture))];
}
