using System.Diagnostics;
using Concord.Numerics;

namespace Concord.Bench;

/// <summary>What warm training steps leave allocated: managed bytes per step, and how much the process grew over all of them.</summary>
internal sealed record MemoryFigures(string Rule, int Steps, long ManagedBytes, long ProcessBytes);

/// <summary>Whether a step allocates once it is warm.</summary>
internal static class MemoryBench
{
    public static MemoryFigures Run(string rule, string model, int batch, Kernels kernels, int steps)
    {
        long managed = 0, process = 0;
        var learner = StepBench.Learner(rule, model, batch, kernels);
        kernels.Run(() =>
        {
            for (var i = 0; i < 100; i++) learner.Step(0.001);   // past the last tier of compilation too
            Thread.Sleep(300);
            for (var i = 0; i < 20; i++) learner.Step(0.001);
            var resident = Resident();
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var i = 0; i < steps; i++) learner.Step(0.001);
            managed = GC.GetTotalAllocatedBytes(precise: true) - before;
            process = Resident() - resident;
        });
        return new(rule, steps, managed, process);
    }

    private static long Resident()
    {
        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }
}
