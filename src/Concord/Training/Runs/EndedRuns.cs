namespace Concord.Training;

/// <summary>
/// Where many runs follow each other, what those that ended held. Tensors and spikes are large arrays, and the collector leaves such lying
/// until about as many have been asked for as were alive when it last looked: in a row of networks in a storm of spikes that came to
/// gigabytes.
/// </summary>
internal static class EndedRuns
{
    private const long Little = 64 << 20;   // bytes that are not worth a look
    private static long s_seen;

    /// <summary>Collects what a run held that has ended and that nothing refers to any more.</summary>
    public static void Free()
    {
        if (GC.GetTotalAllocatedBytes() - Interlocked.Read(ref s_seen) < Little) return;
        GC.Collect();
        Interlocked.Exchange(ref s_seen, GC.GetTotalAllocatedBytes());
    }
}
