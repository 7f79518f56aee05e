using System.Diagnostics;
using System.Globalization;

namespace Concord.Tests.Interchange;

/// <summary>Devices and pipes of a test's own, so that none of the machine's can come to harm.</summary>
internal static class OwnDevice
{
    private const int Memory = 1;
    internal const int Null = 3, Full = 7;

    internal static bool IsPossible { get; } = Try();

    /// <summary>Makes a device that takes everything, or nothing.</summary>
    internal static string Make(string path, int which)
    {
        if (!Run("mknod", path, "c", Memory.ToString(CultureInfo.InvariantCulture), which.ToString(CultureInfo.InvariantCulture)))
            throw new InvalidOperationException("The device cannot be made.");
        return path;
    }

    /// <summary>Makes a pipe with a name.</summary>
    internal static string Pipe(string path) => Run("mkfifo", path) ? path : throw new InvalidOperationException("There is no mkfifo.");

    private static bool Try()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess) return false;
        using var folder = new TemporaryFolder();
        try
        {
            using var device = new FileStream(Make(folder["null"], Null), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException
            or System.ComponentModel.Win32Exception)
        {
            return false;   // such as in a folder whose devices may not be opened
        }
    }

    private static bool Run(string program, params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}

/// <summary>A test that needs an <see cref="OwnDevice"/>, and is skipped where there can be none.</summary>
internal sealed class OwnDeviceFactAttribute : FactAttribute
{
    public OwnDeviceFactAttribute() => Skip = OwnDevice.IsPossible ? null : "needs Linux and the right to make a device (mknod)";
}
