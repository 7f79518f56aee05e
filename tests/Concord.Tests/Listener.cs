namespace Concord.Tests;

/// <summary>Passes progress on at once, on the thread that reports it; <see cref="Progress{T}"/> would post it elsewhere.</summary>
internal sealed class Listener<T>(Action<T> act) : IProgress<T>
{
    public void Report(T value) => act(value);
}
