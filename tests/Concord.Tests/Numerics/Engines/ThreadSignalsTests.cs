using System.Globalization;
using System.Runtime.InteropServices;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Factory = Concord.Numerics.Engines.Engines;

namespace Concord.Tests.Numerics.Engines;

/// <summary>A signal that meets a thread within a product of older oneDNN libraries overwrites the allocator's data: none may.</summary>
[Collection("oneDNN")]
public sealed class ThreadSignalsTests
{
    private const int Continue = 18, BadAddress = 11;

    [FactWith(Need.Linux, Need.OneDnn)]
    public void ThreadsOfNativeProductsTakeNoSignals()
    {
        using var kernels = Factory.Create("onednn", 2);
        Tensor a = kernels.Allocate(new(256, 784)), b = kernels.Allocate(new(784, 256)), y = kernels.Allocate(new(256, 256));
        for (var round = 0; round < 3; round++) Products(100);
        var threads = Threads();
        Assert.True(threads.Count >= 2, $"{threads.Count} threads");
        foreach (var (id, mask) in threads)
        {
            Assert.True((mask >> (Continue - 1) & 1) == 1 && (mask >> 33 & 1) == 1,
                FormattableString.Invariant($"thread {id} takes signals: {mask:x}"));
            Assert.Equal(0UL, mask >> (BadAddress - 1) & 1);
        }

        // What would abort the process within seconds: a rain of signals on threads that multiply. The mended ones do not see them.
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        var rain = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
                foreach (var (id, _) in threads) _ = Send(Environment.ProcessId, id, Continue);
        });
        rain.Start();
        while (!stop.IsCancellationRequested) Products(50);
        rain.Join();
        GC.Collect();   // suspends all threads, those included

        void Products(int count) => kernels.Run(() =>
        {
            for (var i = 0; i < count; i++)
            {
                kernels.Product(a, false, b, false, y);
                kernels.Combine(0.5, a, 0.5, a);
            }
        });
    }

    private static List<(int Id, ulong Mask)> Threads() =>
    [
        .. from folder in Directory.GetDirectories("/proc/self/task")
           let status = Read(Path.Combine(folder, "status"))
           where status.Contains("Concord oneDNN", StringComparison.Ordinal)
           let mask = status.Split('\n').First(line => line.StartsWith("SigBlk:", StringComparison.Ordinal))[7..].Trim()
           select (int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture),
               ulong.Parse(mask, NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
    ];

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";   // a thread that has just ended
        }
    }

    [DllImport("libc", EntryPoint = "tgkill"), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Send(int process, int thread, int signal);
}
