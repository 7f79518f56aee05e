namespace Concord.Tests;

/// <summary>What a piece of work allocates on the managed heap of the calling thread.</summary>
internal static class Allocation
{
    /// <summary>
    /// The least of several attempts, in bytes: a collection that another test causes hands the rest of this thread's allocation
    /// buffer over as if it had been used, so that a single attempt may show some thousand bytes that nobody allocated.
    /// </summary>
    public static long Of(Action work, int attempts = 10)
    {
        var least = long.MaxValue;
        for (var i = 0; i < attempts && least > 0; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
