using System.Globalization;
using System.Runtime.InteropServices;

namespace Concord.Numerics.Engines;

/// <summary>
/// The OpenMP runtime (GNU's libgomp, or one that offers its entry points) of a native library. One team of threads belongs to every thread
/// that opens a parallel region, which is why an engine calls from one thread only.
/// </summary>
internal sealed unsafe partial class OpenMp
{
    private readonly delegate* unmanaged<delegate* unmanaged<void*, void>, void*, uint, uint, void> _parallel;
    private readonly delegate* unmanaged[SuppressGCTransition]<int> _threadNumber, _threadCount;
    private readonly delegate* unmanaged<int, void> _setThreads;

    private OpenMp(nint parallel, nint threadNumber, nint threadCount, nint setThreads)
    {
        _parallel = (delegate* unmanaged<delegate* unmanaged<void*, void>, void*, uint, uint, void>)parallel;
        _threadNumber = (delegate* unmanaged[SuppressGCTransition]<int>)threadNumber;
        _threadCount = (delegate* unmanaged[SuppressGCTransition]<int>)threadCount;
        _setThreads = (delegate* unmanaged<int, void>)setThreads;
    }

    /// <summary>The calling thread's number in its team.</summary>
    public int ThreadNumber => _threadNumber();

    /// <summary>How many threads the calling thread's team has.</summary>
    public int ThreadCount => _threadCount();

    /// <summary>The runtime that a loaded library depends on: symbols are looked up through its own dependencies.</summary>
    public static OpenMp? Of(nint library) =>
        NativeLibrary.TryGetExport(library, "GOMP_parallel", out var parallel)
        && NativeLibrary.TryGetExport(library, "omp_get_thread_num", out var number)
        && NativeLibrary.TryGetExport(library, "omp_get_num_threads", out var count)
        && NativeLibrary.TryGetExport(library, "omp_set_num_threads", out var set)
            ? new OpenMp(parallel, number, count, set)
            : null;

    /// <summary>
    /// Tells a runtime that is yet to be loaded how to behave, unless the user has told it. It reads the process's native
    /// environment, which <see cref="Environment.SetEnvironmentVariable(string, string?)"/> does not reach.
    /// </summary>
    /// <remarks>
    /// Threads that wait for the next product spin about a tenth of a millisecond, then sleep. Measured on two cores with a training step
    /// of 2.7 ms: left alone, they spin for milliseconds, and one busy thread next to them (compilation, collection, progress) makes
    /// the step 120 times slower, for the spinning threads keep the working one from its core; with this it is 3 times slower,
    /// and as fast as before if nothing else runs. OMP_WAIT_POLICY=passive is 1.7 times slower when nothing else runs.
    /// </remarks>
    public static void Configure(int threads)
    {
        if (OperatingSystem.IsWindows()) return;
        SetIfUnset("OMP_NUM_THREADS", threads.ToString(CultureInfo.InvariantCulture));
        SetIfUnset("OMP_DYNAMIC", "false");
        SetIfUnset("OMP_PROC_BIND", "false");
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null) SetIfUnset("GOMP_SPINCOUNT", "5000");
    }

    /// <summary>How many threads the regions have that the calling thread opens.</summary>
    public void SetThreads(int threads) => _setThreads(threads);

    /// <summary>Calls body(state) on each of some threads, the caller one of them, and waits for all.</summary>
    public void Parallel(delegate* unmanaged<void*, void> body, void* state, int threads) => _parallel(body, state, (uint)threads, 0);

    private static void SetIfUnset(string name, string value) => _ = SetEnvironment(name, value, overwrite: 0);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
