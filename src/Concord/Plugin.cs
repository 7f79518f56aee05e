namespace Concord;

/// <summary>A file with rules or layers that are not this library's own, as the command line loads it.</summary>
/// <param name="Path">Where it lay.</param>
/// <param name="Sha256">The SHA-256 of its bytes, in hexadecimal.</param>
public sealed record Plugin(string Path, string Sha256)
{
    /// <summary>The libraries that it brings along, beside it, and that are loaded with it.</summary>
    public IReadOnlyList<Plugin> Parts { get; init; } = [];

    /// <summary>
    /// Whether an error is about a library of .NET's that is not there or is another, and about no file of a user's: such is named by its
    /// name, its version and more.
    /// </summary>
    public static bool IsMissingCode(Exception error) =>
        (error is FileNotFoundException { FileName: { } missing } && missing.Contains(Version, StringComparison.Ordinal))
        || (error is FileLoadException { FileName: { } refused } && refused.Contains(Version, StringComparison.Ordinal));

    private const string Version = ", Version=";

    /// <summary>What its code is, wherever it lies: its SHA-256, and name and SHA-256 of each part, in the order of names.</summary>
    internal string Hashes => string.Join(", ", Parts.Select(part => $"{System.IO.Path.GetFileName(part.Path)} {part.Sha256}")
        .Order(StringComparer.Ordinal).Prepend(Sha256));
}
