using System.Text;

namespace Concord.Interchange;

/// <summary>Files that have a few lines, read as a whole; of one without end no more is read than such a file may have.</summary>
internal static class SmallFile
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The content.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">The most bytes that it may have.</param>
    /// <param name="expected">What was expected, for the message: "an experiment file has a few lines".</param>
    /// <exception cref="ConcordException">It cannot be read, or is larger.</exception>
    public static byte[] Bytes(string path, int most, string expected)
    {
        var full = FileErrors.FullPath("read", path);
        byte[] bytes = [];
        FileErrors.RefuseSpecial(path);
        FileErrors.Explained("read", path, () =>
        {
            // Shared, because who writes such a file replaces it as a whole.
            using var file = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            bytes = new byte[file.CanSeek && file.Length > 0 ? Math.Min(most, file.Length) + 1 : most + 1];
            Array.Resize(ref bytes, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        });
        return bytes.Length <= most ? bytes
            : throw new ConcordException(FormattableString.Invariant($"Cannot read '{path}': it has more than {most} bytes; {expected}."));
    }

    /// <summary>The content as text, in UTF-8 with or without its mark.</summary>
    /// <inheritdoc cref="Bytes"/>
    public static string Text(string path, int most, string expected)
    {
        var bytes = Bytes(path, most, expected);
        var start = bytes.AsSpan(0, Math.Min(bytes.Length, FileSignature.Length));
        var isJson = start.TrimStart("\uFEFF \t\r\n"u8).StartsWith("{"u8);   // which YAML may be
        if (!isJson && FileSignature.Of(start) is { } what) throw new ConcordException($"Cannot read '{path}': it is {what}.");
        try
        {
            return s_utf8.GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException error)
        {
            throw new ConcordException($"Cannot read '{path}': it is not UTF-8 text.", error);
        }
    }
}
