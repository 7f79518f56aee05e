namespace Concord.Networks;

/// <summary>
/// How a rule learns while time goes on: a training step walks through time in slices, upward and down in turns, each from the state that
/// the one before left, so that memory does not grow with the number of steps. No signal walks back through time, or none beyond its slice.
/// </summary>
/// <param name="Slice">
/// Steps that are made at once. Gradients are the same for any number, to rounding, unless signals walk within a slice.
/// </param>
/// <param name="Traces">
/// Whether a trace stands in place of the input x_t of a weight onto clocked neurons in its gradient: a_t = leak a_(t-1) + x_t,
/// a_(-1) = 0; for a bias, x = 1. With the neurons' own leak it is du_t/dw where nothing but the leak leads from one potential to the next.
/// </param>
/// <param name="TraceLeak">The leak of traces in hidden blocks; null for that of the neurons.</param>
/// <param name="PerSynapse">
/// Whether there is a trace for each synapse and sample, which also has what a reset does to it, as far as neurons differentiate it:
/// a_t = (du_t/du_(t-1)) a_(t-1) + x_t. A slice is one step then.
/// </param>
/// <param name="MovesEach">Whether the optimizer steps after each slice, and not once at the end of a batch.</param>
/// <param name="Filters">
/// Whether the traces of synapses, times psi, are filtered once more by the leak of the outputs, where these have one.
/// </param>
/// <param name="Pull">What holds the rates of hidden neurons near a target; null for nothing.</param>
/// <param name="Drawn">Of how many steps of a batch, drawn anew for each, signals are walked down; 0 for all.</param>
/// <param name="Walks">Whether signals walk back through time, within their slice: backpropagation through time in windows.</param>
public sealed record OnlineLearning(int Slice = 1, bool Traces = false, double? TraceLeak = null, bool PerSynapse = false,
    bool MovesEach = false, bool Filters = false, RatePull? Pull = null, int Drawn = 0,
    bool Walks = false)
{
    /// <summary>
    /// Of rules that learn when all steps are done: windows of so many steps, from one to the next of which states go on and signals do not
    /// come back. The optimizer steps after each. The state is 0 before the first window of a batch.
    /// </summary>
    internal static OnlineLearning InWindows(int steps) => new(steps, MovesEach: true, Walks: true);
}
