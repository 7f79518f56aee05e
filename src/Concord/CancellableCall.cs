namespace Concord;

/// <summary>Work that cannot be interrupted, such as a decomposition by a library, and need not be waited for any longer.</summary>
internal static class CancellableCall
{
    /// <summary>
    /// Does the work on a thread of its own and waits for it. When cancelled, the work is left to end by itself,
    /// and what it comes to is thrown away.
    /// </summary>
    /// <param name="work">The work. It changes nothing that others see.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static T Run<T>(Func<T> work, CancellationToken cancellation) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(cancellation)
            .GetAwaiter().GetResult();
}
