namespace Concord.Training;

/// <summary>A run that failed for no fault of the user's input: exit code 1.</summary>
/// <param name="message">What happened and what to do.</param>
public sealed class RunFailure(string message) : Exception(message);
