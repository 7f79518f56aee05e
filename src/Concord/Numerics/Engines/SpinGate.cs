namespace Concord.Numerics.Engines;

/// <summary>
/// A signal from one thread to one other that is usually there within microseconds: who waits looks at it for a short
/// while, then parks. Looking is what makes a fork cheap; parking is what leaves the processor to others in between.
/// </summary>
/// <param name="spins">How often to look before parking, about 30 ns each; 0 where there is no processor to spare.</param>
internal sealed class SpinGate(int spins)
{
    private const int Clear = 0, Raised = 1, Parked = 2;

    private readonly object _parking = new();
    private int _state;

    /// <summary>Lets the waiting thread, or the next to wait, go on.</summary>
    public void Open()
    {
        if (Interlocked.Exchange(ref _state, Raised) != Parked) return;
        lock (_parking) Monitor.Pulse(_parking);
    }

    /// <summary>Returns once the gate was opened, and closes it again.</summary>
    public void Pass()
    {
        for (var i = 0; i < spins && Volatile.Read(ref _state) != Raised; i++) Thread.SpinWait(1);
        if (Interlocked.CompareExchange(ref _state, Parked, Clear) == Clear)
        {
            lock (_parking)
                while (Volatile.Read(ref _state) == Parked) Monitor.Wait(_parking);
        }
        Volatile.Write(ref _state, Clear);
    }
}
