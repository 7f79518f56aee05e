namespace Concord;

/// <summary>A file with rules or layers that are not this library's own, as the command line loads it.</summary>
/// <param name="Path">Where it lay.</param>
/// <param name="Sha256">The SHA-256 of its bytes, in hexadecimal.</param>
public sealed record Plugin(string Path, string Sha256)
{
    /// <summary>The libraries that it brings along, beside it, and that are loaded with it.</summary>
    public IReadOnlyList<Plugin> Parts { get; init; } = [];

    /// <summary>What its code is, wherever it lies: its SHA-256, and name and SHA-256 of each part, in the order of names.</summary>
    internal string Hashes => string.Join(", ", Parts.Select(part => $"{System.IO.Path.GetFileName(part.Path)} {part.Sha256}")
        .Order(StringComparer.Ordinal).Prepend(Sha256));
}
