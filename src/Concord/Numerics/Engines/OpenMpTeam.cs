using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Concord.Numerics.Engines;

/// <summary>
/// A team that is OpenMP's own: managed work runs on the very threads that do a native library's products, so that no second pool
/// of threads fights with the first for the processors. A fork and join of two warm threads takes half a microsecond.
/// </summary>
internal sealed unsafe class OpenMpTeam : Team
{
    private readonly OpenMp _openMp;
    private readonly EngineThread _owner;
    private GCHandle _self;
    private Exception? _failure;

    /// <summary>A team of the OpenMP threads that belong to an engine's thread.</summary>
    /// <param name="openMp">The runtime.</param>
    /// <param name="threads">How many threads, the engine's included.</param>
    /// <param name="owner">The thread that forks; forks from elsewhere are carried there.</param>
    public OpenMpTeam(OpenMp openMp, int threads, EngineThread owner)
    {
        _openMp = openMp;
        _owner = owner;
        _self = GCHandle.Alloc(this, GCHandleType.Weak);
        Threads = threads;
        owner.Run(() => openMp.SetThreads(threads));
    }

    /// <inheritdoc/>
    public override int Threads { get; }

    /// <inheritdoc/>
    protected override void Fork(delegate*<void*, int, int, void> body, void* state, int members)
    {
        if (!_owner.IsCurrent)
        {
            Carry(body, state, members);
            return;
        }
        // Always all threads, even if fewer are to work: the runtime ends those that a smaller region leaves over, and starts them again.
        var frame = new Frame { Body = body, State = state, Members = members, Team = _self };
        _failure = null;
        // here too: threads that it starts inherit the mode, and keep it in native products
        using (Compute()) _openMp.Parallel(&Enter, &frame, Threads);
        if (_failure is not null) ExceptionDispatchInfo.Throw(_failure);
    }

    private void Carry(delegate*<void*, int, int, void> body, void* state, int members) =>
        _owner.Run(() => Fork(body, state, members));

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_self.IsAllocated) _self.Free();
        base.Dispose();
    }

    /// <summary>What each thread of the region runs. No exception may leave it: native frames lie below.</summary>
    [UnmanagedCallersOnly]
    private static void Enter(void* state)
    {
        ThreadSignals.Hold();   // again: the runtime may have opened the mask when it got to know the thread
        var frame = (Frame*)state;
        var team = (OpenMpTeam)frame->Team.Target!;
        try
        {
            // The runtime may give fewer threads than were asked for; they then share all of the work.
            for (var member = team._openMp.ThreadNumber; member < frame->Members; member += team._openMp.ThreadCount)
                frame->Body(frame->State, member, frame->Members);
        }
        catch (Exception failure)
        {
            Interlocked.CompareExchange(ref team._failure, failure, null);
        }
    }

    private struct Frame
    {
        public delegate*<void*, int, int, void> Body;
        public void* State;
        public int Members;
        public GCHandle Team;
    }
}
