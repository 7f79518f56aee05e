namespace Concord;

/// <summary>A mistake of the user's that one line explains; the command line prints the message and exits with code 2.</summary>
/// <param name="message">What was given, what was expected and what to do.</param>
/// <param name="inner">What lay behind it, if anything.</param>
public sealed class ConcordException(string message, Exception? inner = null) : Exception(message, inner);
