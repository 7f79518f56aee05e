using System.Security.Cryptography;

namespace Concord.Data.Formats;

/// <summary>The SHA-256 of a file's unpacked contents.</summary>
/// <param name="File">The file's name, with the extension <c>.gz</c> and its folder left out.</param>
/// <param name="Sha256">64 hexadecimal digits in lower case.</param>
/// <param name="Path">Where the file lies, packed as it came; or only its name, where it came out of an archive.</param>
internal sealed record FileHash(string File, string Sha256, string Path)
{
    public static FileHash Of(string path, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(header);
        hash.AppendData(body);
        var file = System.IO.Path.GetFileName(path);
        if (file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)) file = file[..^3];
        return new(file, Convert.ToHexStringLower(hash.GetHashAndReset()), path);
    }
}
