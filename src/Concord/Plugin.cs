namespace Concord;

/// <summary>A file with rules or layers that are not this library's own, as the command line loads it.</summary>
/// <param name="Path">Where it lay.</param>
/// <param name="Sha256">The SHA-256 of its bytes, in hexadecimal.</param>
public sealed record Plugin(string Path, string Sha256);
