using System.Diagnostics;

namespace Concord.Tests.Interchange;

/// <summary>A file system in memory of a few pages, soon full. Only the superuser of a Linux system may mount one.</summary>
internal sealed class SmallDisk : IDisposable
{
    internal const int Bytes = 64 << 10;
    private readonly TemporaryFolder _folder = new();

    internal SmallDisk()
    {
        if (!Run("mount", "-t", "tmpfs", "-o", FormattableString.Invariant($"size={Bytes}"), "tmpfs", _folder.Path))
            throw new InvalidOperationException("The file system cannot be mounted.");
    }

    internal static bool IsPossible { get; } = Try();

    internal string this[string name] => _folder[name];

    internal string Path => _folder.Path;

    internal string[] Names => _folder.Names;

    public void Dispose()
    {
        Run("umount", _folder.Path);
        _folder.Dispose();
    }

    private static bool Try()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess) return false;
        try
        {
            using var disk = new SmallDisk();
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}

/// <summary>A test that needs a <see cref="SmallDisk"/>, and is skipped where there can be none.</summary>
internal sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute() => Skip = SmallDisk.IsPossible ? null : "needs Linux and the right to mount";
}
