using System.Runtime.InteropServices;

namespace Concord.Numerics.Engines;

/// <summary>
/// Keeps signals off threads that run native products. oneDNN before 3.11.2 points the stack pointer at memory from malloc while some
/// of its products run, so the frame of a signal that arrives then overwrites the allocator's own data, and the process is aborted sooner
/// or later (its issue 4845). The runtime itself sends signals to suspend threads;
/// terminals send some when they are resized or a program is continued.
/// </summary>
/// <remarks>
/// A thread whose signals wait is suspended at its next call into native code or its next return from there, which engines make many times
/// a step. What the processor raises (a bad address, a bad instruction) still arrives at once. Does nothing elsewhere than on Linux.
/// </remarks>
internal static unsafe partial class ThreadSignals
{
    private const int Block = 0, Words = 16;   // sigset_t: 1024 bits
    private static readonly int[] s_raised = [4, 5, 6, 7, 8, 11, 31];   // SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS

    [ThreadStatic] private static bool t_held;

    /// <summary>From now on the calling thread takes no signals but those that the processor raises. Cheap to call again.</summary>
    public static void Hold()
    {
        if (t_held) return;
        t_held = true;
        if (!OperatingSystem.IsLinux()) return;
        var set = stackalloc ulong[Words];
        new Span<ulong>(set, Words).Fill(ulong.MaxValue);
        foreach (var signal in s_raised) set[0] &= ~(1UL << (signal - 1));
        _ = SetMask(Block, set, null);
    }

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetMask(int how, ulong* set, ulong* former);
}
