using System.Numerics;
using PureHDF;

namespace Concord.Interchange;

/// <summary>
/// HDF5 files, in plain words. The format is too large to be written or read by hand, so PureHDF does both, a library in C# without
/// dependencies of its own.
/// </summary>
internal static class HdfFile
{
    private const long MostValues = 1L << 30;

    /// <summary>Writes a file as a whole.</summary>
    /// <exception cref="ConcordException">It cannot be written.</exception>
    public static void Write(string path, H5File file) => AtomicFile.Write(path, stream =>
    {
        using var memory = new MemoryStream();   // its parts are not written in their order
        file.Write(memory);
        memory.Position = 0;
        memory.CopyTo(stream);
    });

    /// <summary>Reads a file.</summary>
    /// <exception cref="ConcordException">It cannot be read: it is none, cut short, or damaged.</exception>
    public static T Read<T>(string path, Func<IH5Group, T> read)
    {
        FileErrors.RefuseSpecial(path);
        var full = FileErrors.FullPath("read", path);
        T? result = default;
        FileErrors.Explained("read", path, () =>
        {
            using var stream = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            try
            {
                using var file = H5File.Open(stream);
                result = read(file);
            }
            catch (Exception e) when (e is not ConcordException)   // a damaged length may even ask for more memory than there is
            {
                throw Unreadable(path, e);
            }
        });
        return result!;
    }

    /// <summary>The error about content that is no HDF5, or a damaged one.</summary>
    public static ConcordException Unreadable(string path, Exception e) =>
        new($"'{path}' cannot be read as HDF5: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}. It is cut short, damaged or of a kind "
            + "that is not read; get it again.", e);

    /// <summary>The numbers of a data set, whatever their width.</summary>
    public static (int[] Shape, double[] Values, bool IsWhole) Numbers(IH5Dataset data)
    {
        var dimensions = data.Space.Type == H5DataspaceType.Scalar ? [] : data.Space.Dimensions;
        if (dimensions.Aggregate(1.0, (product, axis) => product * axis) > MostValues)
            throw new InvalidDataException($"the data set {data.Name} is of {string.Join('x', dimensions)} numbers");
        int[] shape = [.. dimensions.Select(axis => (int)axis)];
        var type = data.Type;
        return (shape, (type.Class, type.Size) switch
        {
            (H5DataTypeClass.FloatingPoint, 2) => Widened<Half>(data, shape),
            (H5DataTypeClass.FloatingPoint, 4) => Widened<float>(data, shape),
            (H5DataTypeClass.FloatingPoint, 8) => Widened<double>(data, shape),
            (H5DataTypeClass.FixedPoint or H5DataTypeClass.Enumerated or H5DataTypeClass.BitField, _) => [.. Whole(data, shape)],
            _ => throw new InvalidDataException($"the data set {data.Name} is {type.Class} of {type.Size} bytes, which is no number"),
        }, type.Class != H5DataTypeClass.FloatingPoint);

        static IEnumerable<double> Whole(IH5Dataset data, int[] shape) => Wholes(data, shape).Select(value => (double)value);
    }

    /// <summary>The whole numbers of a data set, whatever their width.</summary>
    public static long[] Wholes(IH5Dataset data, int[] shape) =>
        (data.Type.Size, data.Type.Class == H5DataTypeClass.FixedPoint && data.Type.FixedPoint.IsSigned) switch
        {
            (1, false) => Longs<byte>(data, shape),
            (1, true) => Longs<sbyte>(data, shape),
            (2, false) => Longs<ushort>(data, shape),
            (2, true) => Longs<short>(data, shape),
            (4, false) => Longs<uint>(data, shape),
            (4, true) => Longs<int>(data, shape),
            _ => Longs<long>(data, shape),
        };

    /// <summary>A text of a data set, or the texts of a list; null where it has none.</summary>
    public static string[]? Texts(IH5Dataset data) => data.Type.Class is H5DataTypeClass.String or H5DataTypeClass.VariableLength
        ? data.Space.Type == H5DataspaceType.Scalar ? [data.Read<string>()] : data.Read<string[]>() : null;

    private static double[] Widened<T>(IH5Dataset data, int[] shape) where T : unmanaged, INumber<T> =>
        Array.ConvertAll(Read<T>(data, shape), double.CreateSaturating);

    private static long[] Longs<T>(IH5Dataset data, int[] shape) where T : unmanaged, INumber<T> =>
        Array.ConvertAll(Read<T>(data, shape), long.CreateSaturating);

    private static T[] Read<T>(IH5Dataset data, int[] shape) where T : unmanaged => shape.Length == 0 ? [data.Read<T>()] : data.Read<T[]>();
}
