using System.Collections.Concurrent;

namespace Concord.Numerics.Engines;

/// <summary>
/// A thread that belongs to an engine and does, one after the other, what other threads hand to it. It takes no signals
/// (<see cref="ThreadSignals"/>), and so do threads that a native library starts from it.
/// </summary>
internal sealed class EngineThread : IDisposable
{
    private readonly BlockingCollection<Task> _tasks = [];
    private readonly Thread _thread;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">Its name, for debuggers.</param>
    public EngineThread(string name)
    {
        _thread = new Thread(Serve) { IsBackground = true, Name = name };
        _thread.Start();
    }

    /// <summary>Whether the calling thread is this one.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>Does the work on this thread and waits for it; an exception comes back to the caller. Nested calls are direct.</summary>
    public void Run(Action work)
    {
        if (IsCurrent)
        {
            work();
            return;
        }
        ObjectDisposedException.ThrowIf(_tasks.IsAddingCompleted, this);
        var task = new Task(work);
        _tasks.Add(task);
        task.GetAwaiter().GetResult();
    }

    /// <summary>Ends the thread once it has done what was handed to it.</summary>
    public void Dispose()
    {
        _tasks.CompleteAdding();
        if (!IsCurrent) _thread.Join();
    }

    private void Serve()
    {
        ThreadSignals.Hold();
        foreach (var task in _tasks.GetConsumingEnumerable()) task.RunSynchronously();
    }
}
