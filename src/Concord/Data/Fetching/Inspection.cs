using System.Security.Cryptography;
using Concord.Data.Formats;
using Concord.Interchange;

namespace Concord.Data.Fetching;

/// <summary>What a file that is there, or has just come, turned out to be.</summary>
/// <param name="Verification">Verdict, SHA-256 and note. The SHA-256 is that of the unpacked contents;
/// of the whole file where it is an archive.</param>
/// <param name="IsWrong">Whether it is damaged, or certainly not what its name says.</param>
internal sealed record Finding(FileVerification Verification, bool IsWrong)
{
    public bool IsKnown => !IsWrong && Verification.Verdict != Verdict.Unknown;
}

/// <summary>
/// Looks into files: by the hash of their contents, else by the published MD5 of the packed file, else only for their form.
/// </summary>
internal static class Inspection
{
    public const string PublishedMd5 = "the packed file has the published MD5";

    public const string Unverified = "unverified: well-formed, but there is no official hash to compare with";

    /// <summary>Judges a file of a set.</summary>
    /// <param name="origin">The set.</param>
    /// <param name="name">The file's name in the set; <paramref name="path"/> may have another.</param>
    /// <param name="path">Where it lies.</param>
    public static Finding Of(Origin origin, string name, string path)
    {
        try
        {
            var hashes = Contents(origin, name, path);
            var judged = hashes.Select(hash => KnownContents.Judge(origin.Set, hash)).ToArray();
            var worst = judged.MaxBy(file => file.Verdict)!;
            var sha = judged.Length == 1 ? judged[0].Sha256 : Sha256(path);
            if (worst.Verdict != Verdict.Unknown) return new(new(name, sha, worst.Verdict, worst.Note), false);
            if (KnownContents.Knows(origin.Set))
                return new(new(name, sha, Verdict.Unknown, judged.Length == 1 ? worst.Note : $"{worst.File} {worst.Note}"), true);
            if (HasPublishedMd5(origin, name, path)) return new(new(name, sha, Verdict.Official, PublishedMd5), false);
            return origin.Files.FirstOrDefault(file => file.Name == name)?.Md5 is not { } md5
                ? new(new(name, sha, Verdict.Unknown, Unverified), false)
                : new(new(name, sha, Verdict.Unknown, $"unverified: well-formed, but its MD5 is not the published {md5}"), false);
        }
        catch (ConcordException e)
        {
            return new(new(name, Sha256(path), Verdict.Unknown, e.Message), true);
        }
    }

    /// <summary>Whether a file is, packed as it lies there, the one that is given out.</summary>
    public static bool HasPublishedMd5(Origin origin, string name, string path) =>
        origin.Files.FirstOrDefault(file => file.Name == name) is { } known && File.Exists(path) && Md5(path) == known.Md5;

    private static IReadOnlyList<FileHash> Contents(Origin origin, string name, string path)
    {
        if (name.EndsWith(".zip", StringComparison.Ordinal))
        {
            ZipMembers.CheckForm(path);
            return [new(name, Sha256(path), path)];
        }
        if (origin.Cifar is { } cifar && Directory.Exists(path)) return CifarReader.ReadFolder(cifar, path).Hashes;
        using var content = ContentStream.Open(path);
        if (origin.Cifar is { } format) return CifarReader.ReadArchive(format, content).Hashes;
        var hash = name.Contains("images", StringComparison.Ordinal) ? IdxReader.Images(content, transposed: false).Hash
            : IdxReader.Labels(content).Hash;
        return [hash with { File = name.EndsWith(".gz", StringComparison.Ordinal) ? name[..^3] : name }];
    }

    private static string Sha256(string path) => Hex(path, SHA256.HashData);

    // the published hashes are MD5s; they tell a damaged or other file, which is what they are asked
#pragma warning disable CA5351
    private static string Md5(string path) => Hex(path, MD5.HashData);
#pragma warning restore CA5351

    private static string Hex(string path, Func<Stream, byte[]> hash)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 17, FileOptions.SequentialScan);
            return Convert.ToHexStringLower(hash(file));
        }
        catch (Exception e) when (FileErrors.Is(e))
        {
            return "";
        }
    }
}
