using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Concord.Numerics;
using Microsoft.Win32.SafeHandles;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Concord.Interchange;

/// <summary>
/// A safetensors file open for reading. <see cref="Open"/> checks the whole description against the file before it
/// believes any of it; values are read only when asked for. Several threads may read at once.
/// </summary>
public sealed class SafeTensorsFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly long _valuesAt;
    private readonly Dictionary<string, StoredTensor> _tensors;

    private SafeTensorsFile(string path, SafeFileHandle handle, long valuesAt, SafeTensorsHeader header)
    {
        Path = path;
        _handle = handle;
        _valuesAt = valuesAt;
        Names = [.. header.Tensors.Select(tensor => tensor.Name)];
        Metadata = header.Metadata;
        _tensors = header.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>The file, as it was given.</summary>
    public string Path { get; }

    /// <summary>The tensors' names, in the order of their values in the file.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The metadata; empty if there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>
    /// Opens a file and checks it: header length, JSON, every tensor's type, axes and place, no gap, no overlap, nothing after the values.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ConcordException">It cannot be read, or is not a sound safetensors file.</exception>
    public static SafeTensorsFile Open(string path)
    {
        var full = FileErrors.FullPath("read", path);
        FileErrors.RefuseSpecial(path);
        SafeFileHandle? handle = null;
        try
        {
            // Delete is shared so that a newer file may replace this one while it is open.
            handle = File.OpenHandle(full, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            var length = RandomAccess.GetLength(handle);
            var header = ReadHeader(path, handle, length);
            var file = new SafeTensorsFile(path, handle, sizeof(ulong) + header.Length,
                SafeTensorsHeader.Parse(path, header, length - sizeof(ulong) - header.Length));
            handle = null;
            return file;
        }
        catch (Exception e) when (FileErrors.Is(e))
        {
            throw FileErrors.Explain("read", path, e);
        }
        finally
        {
            handle?.Dispose();
        }
    }

    /// <summary>Whether the file holds a tensor of that name.</summary>
    public bool Contains(string name) => _tensors.ContainsKey(name);

    /// <summary>The type and the axes of a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ConcordException">There is no tensor of that name.</exception>
    public SafeTensorsDescription Describe(string name) => Find(name).Description;

    /// <summary>Reads a tensor of floating-point numbers.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="into">Where the values go; its type and its axes must be those in the file.</param>
    /// <exception cref="ConcordException">There is no tensor of that name, its type or an axis differs,
    /// or the file cannot be read.</exception>
    public void Read(string name, Tensor into)
    {
        var wanted = new SafeTensorsEntry(name, into);
        var stored = Find(name);
        if (stored.Description.Type != wanted.Type || !stored.Description.Dimensions.SequenceEqual(wanted.Dimensions))
            throw Mismatch(stored, SafeTensorsTypes.Describe(wanted.Type, wanted.Dimensions));
        ReadBytes(stored, into.AsBytes());
    }

    /// <summary>
    /// Reads a tensor of floating-point numbers of any width: narrower ones are widened, wider ones rounded to the nearest.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <param name="into">Where the values go; its axes must be those in the file.</param>
    /// <exception cref="ConcordException">There is no tensor of that name, it holds no floating-point numbers, an axis differs,
    /// or the file cannot be read.</exception>
    public void ReadConverted(string name, Tensor into)
    {
        var (wanted, stored) = (new SafeTensorsEntry(name, into), Find(name));
        var type = stored.Description.Type;
        if (type == wanted.Type || !type.IsFloating() || !stored.Description.Dimensions.SequenceEqual(wanted.Dimensions))
        {
            Read(name, into);
            return;
        }
        var done = 0;
        Go(stored.Begin, stored.End, bytes =>
        {
            var count = bytes.Length / type.Size();
            if (into.ElementType == ElementType.Single) Convert(bytes, type, into.Singles.Slice(done, count));
            else Convert(bytes, type, into.Doubles.Slice(done, count));
            done += count;
        });
    }

    private static void Convert<T>(ReadOnlySpan<byte> bytes, SafeTensorsType type, Span<T> into) where T : INumber<T>
    {
        switch (type)
        {
            case SafeTensorsType.F16:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, Half>(bytes), into);
                break;
            case SafeTensorsType.BF16:
                var halves = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (var i = 0; i < into.Length; i++) into[i] = T.CreateTruncating(BitConverter.UInt32BitsToSingle((uint)halves[i] << 16));
                break;
            case SafeTensorsType.F64:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, double>(bytes), into);
                break;
            default:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, float>(bytes), into);
                break;
        }
    }

    /// <summary>Reads a tensor of 32-bit integers, row-major.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ConcordException">There is no tensor of that name, it is not of the type I32,
    /// or the file cannot be read.</exception>
    public int[] ReadInts(string name) => ReadArray<int>(name, SafeTensorsType.I32);

    /// <summary>Reads a tensor of 64-bit integers, row-major.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ConcordException">There is no tensor of that name, it is not of the type I64,
    /// or the file cannot be read.</exception>
    public long[] ReadLongs(string name) => ReadArray<long>(name, SafeTensorsType.I64);

    /// <summary>Reads a tensor of bytes, row-major.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ConcordException">There is no tensor of that name, it is not of the type U8,
    /// or the file cannot be read.</exception>
    public byte[] ReadBytes(string name) => ReadArray<byte>(name, SafeTensorsType.U8);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle.Dispose();

    private static byte[] ReadHeader(string path, SafeFileHandle handle, long fileLength)
    {
        Span<byte> prefix = stackalloc byte[sizeof(ulong)], start = stackalloc byte[(int)Math.Min(fileLength, FileSignature.Length)];
        ReadExactly(path, handle, start, 0);
        if ((start.Length <= prefix.Length || start[prefix.Length] != '{') && FileSignature.Of(start) is { } what)
            throw new ConcordException($"Cannot read '{path}': it is {what}. A safetensors file was expected.");
        if (start.Length > 0 && FileSignature.IsText(start))
            throw new ConcordException(
                $"Cannot read '{path}': it is text that begins {SafeTensorsHeader.Quote(System.Text.Encoding.ASCII.GetString(start))}, "
                    + "such as a server's answer that was saved in place of the file. A safetensors file was expected.");
        if (fileLength < prefix.Length)
            throw SafeTensorsHeader.Broken(path, FormattableString.Invariant($"the file has {fileLength} bytes"),
                "at least 8, the length of the header");
        start[..prefix.Length].CopyTo(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        var most = (ulong)Math.Min(SafeTensorsHeader.MaximumBytes, fileLength - prefix.Length);
        if (length > most)
            throw SafeTensorsHeader.Broken(path, FormattableString.Invariant($"a header of {length} bytes in a file of {fileLength}"),
                FormattableString.Invariant($"at most {most}"));
        var header = new byte[(int)length];
        ReadExactly(path, handle, header, prefix.Length);
        return header;
    }

    private T[] ReadArray<T>(string name, SafeTensorsType type) where T : unmanaged
    {
        var stored = Find(name);
        if (stored.Description.Type != type) throw Mismatch(stored, type.Code());
        var bytes = stored.End - stored.Begin;
        if (bytes > Array.MaxLength)
            throw new ConcordException(FormattableString.Invariant($"Cannot read the tensor {SafeTensorsHeader.Quote(name)} of '{Path}': ")
                + FormattableString.Invariant($"it takes {bytes} bytes; at most {Array.MaxLength} are possible."));
        var values = new T[(int)bytes / type.Size()];
        ReadBytes(stored, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>
    /// Reads rows, the parts that the first axis counts, without going through the rest of the tensor. Allocates nothing.
    /// </summary>
    /// <param name="name">Its name; its type is the tensor's.</param>
    /// <param name="rows">Which, in any order.</param>
    /// <param name="into">Where they go: one row each, in that order.</param>
    internal void ReadRows(string name, ReadOnlySpan<int> rows, Tensor into)
    {
        var stored = Find(name);
        var bytes = into.AsBytes();
        var length = bytes.Length / rows.Length;
        for (var i = 0; i < rows.Length; i++)
        {
            var begin = (long)rows[i] * length;
            if (rows[i] < 0 || begin + length > stored.End - stored.Begin) throw new ArgumentOutOfRangeException(nameof(rows),
                $"Row {rows[i]} does not exist in '{name}', which is {stored.Description}.");
            ReadBytes(stored, bytes.Slice(i * length, length), begin);
        }
    }

    /// <summary>Whether the file carries a checksum of its values that this program can compare.</summary>
    internal bool HasChecksum => Metadata.TryGetValue(ValuesChecksum.Key, out var told) && ValuesChecksum.Is(told);

    /// <summary>
    /// Goes through all values and compares them with the checksum that the file carries, if it carries one:
    /// a file may be older than checksums, or be another program's.
    /// </summary>
    /// <param name="otherwise">What can be done besides using another copy; may be empty.</param>
    /// <param name="cancellation">Breaks off.</param>
    /// <exception cref="ConcordException">They differ, or cannot be read.</exception>
    internal void CheckValues(string otherwise = "", CancellationToken cancellation = default)
    {
        if (!HasChecksum) return;
        var (checksum, told) = (new ValuesChecksum(), Metadata[ValuesChecksum.Key]);
        Go(0, _tensors.Values.Select(stored => stored.End).DefaultIfEmpty().Max(), bytes =>
        {
            cancellation.ThrowIfCancellationRequested();
            checksum.Add(bytes);
        });
        if (checksum.ToString() != told)
            throw new ConcordException($"The values in '{Path}' are damaged: their checksum is {checksum}, "
                + $"but {SafeTensorsHeader.Quote(told)[1..^1]} was written with them. A disk, memory or a copy changed the file since. "
                + $"Use another copy of it{otherwise}.");
    }

    // From one byte of the values to another, in pieces.
    private void Go(long from, long to, Action<ReadOnlySpan<byte>> piece)
    {
        var buffer = new byte[1 << 20];
        for (var at = from; at < to; at += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, to - at));
            ReadBytes(at, part);
            piece(part);
        }
    }

    private void ReadBytes(StoredTensor stored, Span<byte> into, long from = 0) => ReadBytes(stored.Begin + from, into);

    private void ReadBytes(long from, Span<byte> into)
    {
        try
        {
            ReadExactly(Path, _handle, into, _valuesAt + from);
        }
        catch (Exception e) when (FileErrors.Is(e))
        {
            throw FileErrors.Explain("read", Path, e);
        }
    }

    private static void ReadExactly(string path, SafeFileHandle handle, Span<byte> into, long offset)
    {
        while (!into.IsEmpty)
        {
            var count = RandomAccess.Read(handle, into, offset);
            if (count == 0)
                throw SafeTensorsHeader.Broken(path, FormattableString.Invariant($"the file ends at byte {offset}"),
                    FormattableString.Invariant($"{into.Length} bytes more"));
            into = into[count..];
            offset += count;
        }
    }

    private StoredTensor Find(string name) => _tensors.TryGetValue(name, out var stored)
        ? stored
        : throw new ConcordException(FormattableString.Invariant($"'{Path}' holds no tensor {SafeTensorsHeader.Quote(name)} among its ")
            + FormattableString.Invariant($"{Names.Count}: {Examples()}. It was written for another network."));

    private string Examples()
    {
        const int most = 5;
        return Names.Count == 0 ? "none"
            : string.Join(", ", Names.Take(most).Select(SafeTensorsHeader.Quote)) + (Names.Count > most ? ", ..." : "");
    }

    private ConcordException Mismatch(StoredTensor stored, string wanted) =>
        new($"The tensor {SafeTensorsHeader.Quote(stored.Name)} of '{Path}' is {stored.Description}, but {wanted} is needed. "
            + "The file was written for another network.");
}
