namespace Concord.Interchange;

/// <summary>Which file a path stands for, when its links are followed.</summary>
internal static class FileLinks
{
    private const int MostLinks = 40;   // as Linux has it

    /// <summary>Where what is written to a path ends up, whether or not something is there yet; null where links lead round in a
    /// circle.</summary>
    /// <param name="path">The path, absolute.</param>
    internal static string? TargetOf(string path)
    {
        var left = MostLinks;
        return Followed(path, ref left);
    }

    /// <summary>Whether two paths stand for one file, be it by links, by spelling, or as two names of its (which Linux alone tells).
    /// </summary>
    /// <exception cref="ConcordException">One of them is no path.</exception>
    internal static bool AreSame(string one, string other) =>
        TargetOf(FileErrors.FullPath("read", one)) is { } target && target.Equals(TargetOf(FileErrors.FullPath("read", other)),
            OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase)
        || LibC.NumberOf(one) is { } number && number == LibC.NumberOf(other);

    // Folders first: what a link names is relative to where the link really lies.
    private static string? Followed(string path, ref int left)
    {
        if (Path.GetDirectoryName(path) is not { } above) return path;
        if (Followed(above, ref left) is not { } folder) return null;
        var place = Path.EndsInDirectorySeparator(path) ? path : Path.Combine(folder, Path.GetFileName(path));
        return new FileInfo(place).LinkTarget is not { } link ? place
            : left-- > 0 ? Followed(Path.GetFullPath(link, folder), ref left) : null;
    }
}
