namespace Concord.Interchange;

/// <summary>
/// What is written straight into, because replacing it would destroy it: a pipe that somebody reads, a device, and a standard stream by
/// its name.
/// </summary>
internal static class StraightFile
{
    private static readonly string[] s_output = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
    private static readonly string[] s_error = ["/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"];

    /// <summary>Opens what stands under a path for writing; null where it is a file that can be replaced, or nothing yet.</summary>
    /// <param name="path">The path as it was given.</param>
    /// <param name="full">The same, absolute.</param>
    /// <exception cref="ConcordException">It takes nothing that is written.</exception>
    internal static Stream? TryOpen(string path, string full) => LibC.SpecialKindOf(full) switch
    {
        LibC.Pipe or LibC.Device => new FileStream(full, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete,
            bufferSize: 0),
        { } kind => throw new ConcordException($"Cannot write '{path}': it is {kind}; give the path of a file."),
        // a file that a shell has open: only what goes through that is followed by what the shell writes next
        null when s_output.Contains(full) && File.Exists(full) => Console.OpenStandardOutput(),
        null when s_error.Contains(full) && File.Exists(full) => Console.OpenStandardError(),
        null => null,
    };
}
