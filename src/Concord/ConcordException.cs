namespace Concord;

/// <summary>
/// What one line explains to the user; the command line prints the message and exits with code 2, or 1 where <see cref="IsFailure"/> holds.
/// </summary>
/// <param name="message">What was given, what was expected and what to do.</param>
/// <param name="inner">What caused it, if anything.</param>
public sealed class ConcordException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether a disk or the rights on it stood in the way of something that was asked for rightly.</summary>
    public bool IsFailure { get; init; }
}
