using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Concord.Data.Formats;
using Concord.Interchange;
using PureHDF;
using PureHDF.Selections;

namespace Concord.Data.Events;

/// <summary>
/// Labelled spike trains in an HDF5 file, as the Spiking Heidelberg Digits and their kin are published: the data sets
/// <c>spikes/times</c> (seconds) and <c>spikes/units</c>, a list of variable length for each sample, <c>labels</c>, and, where it is there,
/// <c>extra/keys</c>, the classes' names (Cramer, Stradmann, Schemmel and Zenke 2020). Numbers may be of any width.
/// </summary>
internal static class EventHdfReader
{
    private const string TimesName = "spikes/times", UnitsName = "spikes/units", LabelsName = "labels", KeysName = "extra/keys";
    private const int AtOnce = 64;   // samples read together
    private const int MostClasses = 10_000;

    /// <param name="content">The file.</param>
    /// <param name="neurons">How many neurons there are; null for as many as the file's largest needs.</param>
    /// <exception cref="ConcordException">It is damaged, cut short or of another layout, or an event is refused.</exception>
    public static EventFile Read(ContentStream content, int? neurons = null)
    {
        try
        {
            using var file = H5File.Open(content.Seekable());
            return Read(file, content.Name, neurons);
        }
        catch (Exception e) when (e is not ConcordException)   // a damaged length may even ask for more memory than there is
        {
            throw HdfFile.Unreadable(content.Name, e);
        }
    }

    private static EventFile Read(IH5Group file, string name, int? neurons)
    {
        IH5Dataset times = Find(file, TimesName, name), units = Find(file, UnitsName, name), labels = Find(file, LabelsName, name);
        var samples = LengthOf(times, TimesName, name);
        if (LengthOf(units, UnitsName, name) != samples || LengthOf(labels, LabelsName, name) != samples)
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"'{name}' has {samples} samples in {TimesName}, "
                + $"{LengthOf(units, UnitsName, name)} in {UnitsName} and {LengthOf(labels, LabelsName, name)} in {LabelsName}, which do "
                + $"not belong together. Get it again."));
        if (samples == 0) throw new ConcordException($"'{name}' has no samples; at least one was expected. Get it again.");
        var numbers = Labels(labels, name);
        var classes = Classes(file, numbers, name);
        var largest = neurons - 1L ?? Largest(units, samples, name);
        var trains = EventFile.TrainsFor(largest, name);
        List<double> sampleTimes = [];
        List<int> sampleUnits = [];
        var isCoarse = ElementOf(times).Size == 2;
        var lastTimes = new double[trains.Neurons];
        long repeated = 0;
        for (ulong start = 0; start < samples; start += AtOnce)
        {
            var (timeLists, unitLists) = (Floats(times, start, samples, name), Integers(units, start, samples, UnitsName, name));
            for (var i = 0; i < timeLists.Length; i++)
            {
                if (timeLists[i].Length != unitLists[i].Length)
                    throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"'{name}': sample {start + (ulong)i} has "
                        + $"{timeLists[i].Length} times and {unitLists[i].Length} units, but one unit for each time was expected. "
                        + $"Get it again."));
                sampleTimes.Clear();
                sampleUnits.Clear();
                Array.Fill(lastTimes, -1);
                for (var e = 0; e < timeLists[i].Length; e++)
                {
                    var (time, unit) = (timeLists[i][e], (int)Math.Clamp(unitLists[i][e], -1, int.MaxValue));
                    if (isCoarse && (uint)unit < (uint)lastTimes.Length)
                    {
                        if (lastTimes[unit] == time)
                        {
                            repeated++;
                            continue;
                        }
                        lastTimes[unit] = time;
                    }
                    sampleTimes.Add(time);
                    sampleUnits.Add(unit);
                }
                EventFile.Append(trains, CollectionsMarshal.AsSpan(sampleTimes), CollectionsMarshal.AsSpan(sampleUnits), name);
            }
        }
        return new(trains, numbers, classes, repeated);
    }

    private static IH5Dataset Find(IH5Group file, string path, string name) => file.LinkExists(path) ? file.Dataset(path)
        : throw new ConcordException($"'{name}' has no data set '{path}'. Expected are {TimesName}, {UnitsName} and {LabelsName}, as in "
            + "shd_train.h5.");

    private static ulong LengthOf(IH5Dataset data, string path, string name) => data.Space.Dimensions is [var length] ? length
        : throw new ConcordException($"'{name}': '{path}' has {data.Space.Dimensions.Length} axes, but one, of samples, was expected.");

    private static IH5DataType ElementOf(IH5Dataset data) =>
        data.Type.Class == H5DataTypeClass.VariableLength ? data.Type.VariableLength.BaseType : data.Type;

    private static int[] Labels(IH5Dataset data, string name)
    {
        Type(data, LabelsName, name, H5DataTypeClass.FixedPoint, isList: false);
        var labels = HdfFile.Wholes(data, [(int)LengthOf(data, LabelsName, name)]);
        var odd = Array.FindIndex(labels, label => label is < 0 or >= MostClasses);
        return odd < 0 ? [.. labels.Select(label => (int)label)]
            : throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"'{name}': the label of sample {odd} is "
                + $"{labels[odd]}, but classes are numbered from 0 to {MostClasses - 1} at most. Get it again."));
    }

    private static string[] Classes(IH5Group file, int[] labels, string name)
    {
        var count = labels.Max() + 1;
        if (!file.LinkExists(KeysName)) return OwnData.Numbered(Math.Max(2, count));
        var keys = file.Dataset(KeysName).Read<string[]>();
        return keys.Length >= count ? keys
            : throw new ConcordException($"'{name}' names {keys.Length} classes in '{KeysName}', but has the label {count - 1}. Get it "
                + "again.");
    }

    private static long Largest(IH5Dataset units, ulong samples, string name)
    {
        long largest = 0;
        for (ulong start = 0; start < samples; start += AtOnce)
            foreach (var list in Integers(units, start, samples, UnitsName, name))
                foreach (var unit in list) largest = Math.Max(largest, unit);
        return largest;
    }

    private static double[][] Floats(IH5Dataset data, ulong start, ulong samples, string name) =>
        Type(data, TimesName, name, H5DataTypeClass.FloatingPoint, isList: true).Size switch
        {
            2 => Lists<Half, double>(data, start, samples),
            4 => Lists<float, double>(data, start, samples),
            _ => Lists<double, double>(data, start, samples),
        };

    private static long[][] Integers(IH5Dataset data, ulong start, ulong samples, string path, string name) =>
        Type(data, path, name, H5DataTypeClass.FixedPoint, isList: true) switch
        {
            (1, false) => Lists<byte, long>(data, start, samples),
            (1, true) => Lists<sbyte, long>(data, start, samples),
            (2, false) => Lists<ushort, long>(data, start, samples),
            (2, true) => Lists<short, long>(data, start, samples),
            (4, false) => Lists<uint, long>(data, start, samples),
            (4, true) => Lists<int, long>(data, start, samples),
            _ => Lists<long, long>(data, start, samples),
        };

    /// <summary>How wide the elements are, and whether they have a sign.</summary>
    private static (int Size, bool IsSigned) Type(IH5Dataset data, string path, string name, H5DataTypeClass expected, bool isList)
    {
        var element = ElementOf(data);
        var isRead = data.Type.Class == H5DataTypeClass.VariableLength == isList && element.Class == expected
            && (expected == H5DataTypeClass.FixedPoint ? element.Size is 1 or 2 or 4 or 8 : element.Size is 2 or 4 or 8);
        return isRead ? (element.Size, expected == H5DataTypeClass.FixedPoint && element.FixedPoint.IsSigned)
            : throw new ConcordException($"'{name}': '{path}' is {data.Type.Class} of {element.Class} with {element.Size} bytes, but "
                + $"{(isList ? "a list of " : "a ")}{(expected == H5DataTypeClass.FixedPoint ? "whole number" : "floating-point number")}"
                + $"{(isList ? "s" : "")} for each sample was expected.");
    }

    private static TWide[][] Lists<T, TWide>(IH5Dataset data, ulong start, ulong samples)
        where T : unmanaged, INumber<T> where TWide : INumber<TWide> =>
        Array.ConvertAll(data.Read<T[][]>(new HyperslabSelection(start, Math.Min(AtOnce, samples - start))),
            list => Array.ConvertAll(list ?? [], TWide.CreateSaturating));
}
