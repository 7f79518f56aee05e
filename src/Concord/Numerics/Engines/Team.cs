namespace Concord.Numerics.Engines;

/// <summary>Work on a range of indices, told apart by a struct so that sharing it allocates nothing.</summary>
internal interface IRangeWork
{
    /// <summary>Does the indices from start up to, not including, end. Called once a thread, on disjoint ranges.</summary>
    void Run(int start, int end);
}

/// <summary>
/// A fixed group of threads that shares one operation at a time: fork, do, join. The caller is member 0. How a range is
/// cut depends on the number of threads, so work whose result depends on the cut (a sum) must fix its own chunks.
/// </summary>
/// <param name="flushesToZero">Whether its work is in single precision, whose denormals every member takes for zero
/// (<see cref="FlushToZero"/>).</param>
internal abstract unsafe class Team(bool flushesToZero = true) : IDisposable
{
    /// <summary>How many threads, the caller included.</summary>
    public abstract int Threads { get; }

    /// <summary>
    /// Does [0, length) with as many threads as have at least <paramref name="grain"/> indices each to do. Parts begin at
    /// multiples of <paramref name="unit"/>: 16 for elements, so that no two threads write to one cache line; 1 for rows.
    /// </summary>
    public void For<TWork>(ref TWork work, int length, int grain, int unit = 1) where TWork : unmanaged, IRangeWork
    {
        var members = Math.Min(Threads, length / Math.Max(grain, 1));
        if (members <= 1)
        {
            if (length <= 0) return;
            using (Compute()) work.Run(0, length);
            return;
        }
        fixed (TWork* pinned = &work)
        {
            var shared = new Shared(pinned, length, unit, flushesToZero);
            Fork(&RunPart<TWork>, &shared, members);
        }
    }

    /// <summary>The calling thread computes as every member does until the scope is disposed: for what is too little to share.</summary>
    public FlushToZero.Scope Compute() => Mode(flushesToZero);

    /// <summary>
    /// Calls body(state, member, members) once on each of the first <paramref name="members"/> threads and waits for all.
    /// </summary>
    protected abstract void Fork(delegate*<void*, int, int, void> body, void* state, int members);

    /// <inheritdoc/>
    public virtual void Dispose() { }

    private static void RunPart<TWork>(void* state, int member, int members) where TWork : unmanaged, IRangeWork
    {
        var shared = (Shared*)state;
        var start = shared->Edge(member, members);
        var end = shared->Edge(member + 1, members);
        if (start >= end) return;
        using (Mode(shared->FlushesToZero)) ((TWork*)shared->Work)->Run(start, end);
    }

    private static FlushToZero.Scope Mode(bool flushesToZero) => flushesToZero ? FlushToZero.Enter() : default;

    private readonly struct Shared(void* work, int length, int unit, bool flushesToZero)
    {
        public readonly void* Work = work;
        public readonly bool FlushesToZero = flushesToZero;

        public int Edge(int member, int members) =>
            member == members ? length : (int)((long)length * member / members / unit * unit);
    }
}
