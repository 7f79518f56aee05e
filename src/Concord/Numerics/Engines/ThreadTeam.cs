using System.Runtime.ExceptionServices;

namespace Concord.Numerics.Engines;

/// <summary>
/// A team of managed threads. The workers wait for the next operation at a <see cref="SpinGate"/> each; the last to be done
/// opens the caller's. A fork allocates nothing. Calls from several threads take turns.
/// </summary>
internal sealed unsafe class ThreadTeam : Team
{
    private const int Spins = 2000;

    private readonly Lock _turn = new();
    private readonly SpinGate[] _starts;   // of worker i, who is member i + 1
    private readonly SpinGate _joined;
    private delegate*<void*, int, int, void> _body;
    private void* _state;
    private int _members;
    private int _running;
    private Exception? _failure;
    private bool _disposed;

    /// <summary>Starts the workers.</summary>
    /// <param name="threads">How many threads, the caller included.</param>
    public ThreadTeam(int threads)
    {
        Threads = threads;
        var spins = threads <= Environment.ProcessorCount ? Spins : 0;
        _joined = new SpinGate(spins);
        _starts = new SpinGate[threads - 1];
        for (var i = 0; i < _starts.Length; i++)
        {
            var gate = _starts[i] = new SpinGate(spins);
            var member = i + 1;
            new Thread(() => Serve(gate, member)) { IsBackground = true, Name = $"Concord worker {member}" }.Start();
        }
    }

    /// <inheritdoc/>
    public override int Threads { get; }

    /// <inheritdoc/>
    protected override void Fork(delegate*<void*, int, int, void> body, void* state, int members)
    {
        lock (_turn)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _body = body;
            _state = state;
            _members = _running = members;
            _failure = null;
            for (var i = 0; i < members - 1; i++) _starts[i].Open();
            Do(0);
            _joined.Pass();
            if (_failure is not null) ExceptionDispatchInfo.Throw(_failure);
        }
    }

    /// <summary>Does a member's part. The last to finish, the caller included, opens the caller's gate.</summary>
    private void Do(int member)
    {
        try
        {
            _body(_state, member, _members);
        }
        catch (Exception failure)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
        }
        if (Interlocked.Decrement(ref _running) == 0) _joined.Open();
    }

    private void Serve(SpinGate start, int member)
    {
        for (; ; )
        {
            start.Pass();
            if (_disposed) return;
            Do(member);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        lock (_turn)
        {
            if (_disposed) return;
            _disposed = true;
            foreach (var start in _starts) start.Open();
            base.Dispose();
        }
    }
}
