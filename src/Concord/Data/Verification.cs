using Concord.Data.Formats;

namespace Concord.Data;

/// <summary>What the contents of a data file turned out to be.</summary>
public enum Verdict
{
    /// <summary>
    /// Byte for byte the original's contents; or, where their hash is not known, packed in a file that has the published MD5.
    /// </summary>
    Official,

    /// <summary>Made by this program, byte for byte as on every machine.</summary>
    Generated,

    /// <summary>A version that differs from the original in a known way.</summary>
    KnownVariant,

    /// <summary>Nothing to compare with, or different from all versions known.</summary>
    Unknown,
}

/// <summary>The verdict on one file.</summary>
/// <param name="File">Its name, without folder and packing.</param>
/// <param name="Sha256">The SHA-256 of its unpacked contents, in hexadecimal.</param>
/// <param name="Verdict">What it is.</param>
/// <param name="Note">How it differs, if it does; else empty.</param>
public sealed record FileVerification(string File, string Sha256, Verdict Verdict, string Note);

/// <summary>The verdict on a data set: that of its least known file. Packing does not count, only contents do.</summary>
/// <param name="Verdict">What it is.</param>
/// <param name="Reason">One line that says why.</param>
/// <param name="Files">Every file that samples came from.</param>
public sealed record Verification(Verdict Verdict, string Reason, IReadOnlyList<FileVerification> Files)
{
    /// <summary>Verdict and reason on one line.</summary>
    public override string ToString() => Verdict == Verdict.Generated ? Reason : $"{WordOf(Verdict)}: {Reason}";

    /// <summary>A verdict in a word or two.</summary>
    public static string WordOf(Verdict verdict) => verdict switch
    {
        Verdict.Official => "official", Verdict.Generated => "generated", Verdict.KnownVariant => "known variant", _ => "unknown",
    };

    internal static Verification WithoutFiles(string reason) => new(Verdict.Unknown, reason, []);

    /// <summary>That of a set that this program makes.</summary>
    internal static Verification OfGenerated(string set, IReadOnlyList<FileHash> hashes)
    {
        var made = Of(set, hashes);
        return made.Verdict != Verdict.Official ? made : new(Verdict.Generated, "the same bytes as on every machine, by their SHA-256",
            [.. made.Files.Select(file => file with { Verdict = Verdict.Generated })]);
    }

    internal static Verification Of(string set, IReadOnlyList<FileHash> hashes)
    {
        var files = hashes.Select(hash => KnownContents.Judge(set, hash)).ToArray();
        var verdict = files.Max(file => file.Verdict);
        var reason = verdict == Verdict.Official
            ? files.FirstOrDefault(file => file.Note.Length > 0)?.Note ?? "all contents have the original's SHA-256"
            : string.Join("; ", files.Where(file => file.Verdict == verdict).GroupBy(file => file.Note).Select(group =>
                group.Count() == files.Length ? group.Key : $"{string.Join(", ", group.Select(file => file.File))}: {group.Key}"));
        return new(verdict, reason, files);
    }
}
