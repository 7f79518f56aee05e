namespace Concord.Data;

/// <summary>
/// A data set could not be fetched, by no fault of the user's; the command line prints the message and exits with code 1.
/// </summary>
/// <param name="message">What was asked, what came, and what to do.</param>
/// <param name="inner">What caused it, if anything.</param>
public sealed class FetchFailure(string message, Exception? inner = null) : Exception(message, inner);
