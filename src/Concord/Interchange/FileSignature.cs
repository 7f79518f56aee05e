using System.Text;

namespace Concord.Interchange;

/// <summary>Files that are often found in the place of others, told by their first bytes.</summary>
internal static class FileSignature
{
    /// <summary>How many bytes are looked at.</summary>
    public const int Length = 512;

    /// <summary>What an HDF5 file begins with.</summary>
    public static ReadOnlySpan<byte> Hdf => [0x89, (byte)'H', (byte)'D', (byte)'F', (byte)'\r', (byte)'\n', 0x1A, (byte)'\n'];

    private const int SureLength = 5;

    private const string PyTorch = "a file of PyTorch. In Python, safetensors.torch.save_file(torch.load(FILE, weights_only=True), "
        + "\"weights.safetensors\") writes the tensors of a state dict as they are needed here",
        Unpack = "Unpack it, and give what is in it";

    private static readonly (byte[] Start, string What)[] s_starts =
    [
        (Ascii("version https://git-lfs"), "a pointer of git-lfs and not the file that it stands for. Get that with git lfs pull"),
        (Hdf.ToArray(), "an HDF5 file, as Keras writes them. Save its arrays in the format that is needed"),
        (Ascii("\u0093NUMPY"), "an array of NumPy. Save it in the format that is needed"),
        (Ascii("GGUF"), "a GGUF file. Save its tensors in the format that is needed"),
        (Ascii("PAR1"), "a Parquet table. Save it as comma-separated values"),
        (Ascii("ARROW1\0"), "an Arrow table. Save it as comma-separated values"),
        (Ascii("SQLite format 3\0"), "an SQLite database. Save the table as comma-separated values"),
        (Ascii("\u00d0\u00cf\u0011\u00e0"), "an old Office document, such as an Excel table. Save it as comma-separated values"),
        (Ascii("%PDF-"), "a PDF document"),
        (Ascii("\u0089PNG\r\n"), "a PNG image. Single images are not read"),
        (Ascii("\u00ff\u00d8\u00ff"), "a JPEG image. Single images are not read"),
        (Ascii("GIF8"), "a GIF image. Single images are not read"),
        (Ascii("\u001f\u008b\u0008"), $"packed with gzip. {Unpack}"),
        (Ascii("BZh"), $"packed with bzip2. {Unpack}"),
        (Ascii("\u00fd7zXZ\0"), $"packed with xz. {Unpack}"),
        (Ascii("\u0028\u00b5\u002f\u00fd"), $"packed with zstd. {Unpack}"),
        (Ascii("7z\u00bc\u00af"), $"a 7z archive. {Unpack}"),
        (Ascii("Rar!\u001a"), $"a RAR archive. {Unpack}"),
    ];

    /// <summary>What a file is, and what to do about it, to stand after "it is"; null where it is none of those known.</summary>
    /// <param name="start">Its first bytes.</param>
    public static string? Of(ReadOnlySpan<byte> start)
    {
        foreach (var (known, what) in s_starts)
            // a table's first column may be called PAR1
            if (start.StartsWith(known) && (!IsText(known) || known.Length >= SureLength || !IsText(start))) return what;
        if (start.StartsWith("PK\u0003\u0004"u8)) return Zip(start);
        if (start.Length > 1 && start[0] == 0x80 && start[1] is >= 2 and <= 5)
            return $"a pickle of Python: {PyTorch}; of a data set, get the binary version";
        return Page(start);
    }

    private static string Zip(ReadOnlySpan<byte> start) =>
        start.IndexOf("data.pkl"u8) >= 0 || start.IndexOf("/.format_version"u8) >= 0 || start.IndexOf("/.storage_alignment"u8) >= 0
            || start.IndexOf("/byteorder"u8) >= 0 || start.IndexOf(".data/"u8) >= 0 || start.IndexOf("archive/"u8) >= 0 ? PyTorch
        : start.IndexOf("[Content_Types].xml"u8) >= 0 || start.IndexOf("xl/"u8) >= 0
        ? "an Office document, such as an Excel table. Save it as comma-separated values"
        : start.IndexOf(".npy"u8) >= 0 ? "an archive of NumPy arrays. Save them in the format that is needed"
        : $"a zip archive. {Unpack}";

    private static string? Page(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("\uFEFF"u8)) start = start[3..];
        var text = Encoding.Latin1.GetString(start).TrimStart();
        foreach (var tag in (string[])["<!doctype html", "<html", "<head", "<!--", "<?xml", "<svg"])
            if (text.StartsWith(tag, StringComparison.OrdinalIgnoreCase))
                return "a web page, such as a login or an error that was saved in place of the file. "
                    + "Get the file again, and look at what comes";
        return text.StartsWith('{') && text[1..].TrimStart() is ['"' or '}', ..]
            ? "JSON, such as an index or a server's answer. Get the file itself" : null;
    }

    /// <summary>Whether bytes are plain text.</summary>
    internal static bool IsText(ReadOnlySpan<byte> bytes) =>
        !bytes.ContainsAnyInRange<byte>(0, 8) && !bytes.ContainsAnyInRange<byte>(0x0E, 0x1F) && !bytes.ContainsAnyInRange<byte>(0x80, 0xFF);

    private static byte[] Ascii(string text) => Encoding.Latin1.GetBytes(text);
}
