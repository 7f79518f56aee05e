using Concord.Numerics;

namespace Concord.Spiking.Losses;

/// <summary>
/// A loss of the output's spikes: its value for a sample, and its derivative after the time of each spike. Sums are taken in double
/// precision, sample by sample, so no order of threads matters.
/// </summary>
public abstract class SpikingLoss
{
    /// <summary>The loss of a batch, summed over the samples.</summary>
    /// <param name="output">The output's spikes.</param>
    /// <param name="signal">Receives dLoss/dt for each event, 1/s: at least as many numbers as there are events.</param>
    /// <exception cref="ArgumentException">There are too few numbers for the events.</exception>
    public double Of(SpikeTrains output, Tensor signal) => Of(output, signal, losses: null);

    /// <summary>The same, with the loss of each sample.</summary>
    /// <param name="output">The output's spikes.</param>
    /// <param name="signal">Receives dLoss/dt for each event, 1/s: at least as many numbers as there are events.</param>
    /// <param name="losses">Receives the loss of each sample; null if it is not wanted.</param>
    /// <exception cref="ArgumentException">There are too few numbers for the events.</exception>
    public double Of(SpikeTrains output, Tensor signal, Tensor? losses)
    {
        if (signal.Length < output.Count)
            throw new ArgumentException($"{output.Count} events need as many numbers, but {signal} was given.");
        var sum = 0.0;
        for (var sample = 0; sample < output.Samples; sample++)
        {
            var loss = OfSample(output, sample, signal);
            sum += loss;
            if (losses is not null) losses[sample] = loss;
        }
        return sum;
    }

    /// <summary>
    /// Whether the loss has an error of each output as a whole (<see cref="ErrorOfCounts(SpikeTrains, Tensor)"/>): what rules that bring
    /// the output's error to hidden layers in one hop need.
    /// </summary>
    public virtual bool HasErrorOfCounts => false;

    /// <summary>
    /// The error of each output as a whole, with the sign of dLoss/dn for its number n of spikes: more than 0 where it should fire less, or
    /// later.
    /// </summary>
    /// <param name="output">The output's spikes, of which the loss has been asked (<see cref="Of(SpikeTrains, Tensor)"/>).</param>
    /// <param name="error">Receives it, samples x outputs.</param>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public void ErrorOfCounts(SpikeTrains output, Tensor error)
    {
        for (var sample = 0; sample < output.Samples; sample++) ErrorOfCounts(output, sample, error);
    }

    /// <summary>The same of one sample.</summary>
    protected virtual void ErrorOfCounts(SpikeTrains output, int sample, Tensor error) =>
        throw new InvalidOperationException("This loss compares times of spikes, and has no error of an output as a whole.");

    /// <summary>The loss of one sample, and the derivatives at its events.</summary>
    protected abstract double OfSample(SpikeTrains output, int sample, Tensor signal);

    /// <summary>Refuses labels that are not there.</summary>
    private protected static int Label(IReadOnlyList<int> labels, int sample, int neurons)
    {
        if (sample >= labels.Count)
            throw new ConcordException($"There are {labels.Count} labels, but sample {sample} was asked for. Give one for each sample.");
        return (uint)labels[sample] < (uint)neurons ? labels[sample]
            : throw new ConcordException($"The label of sample {sample} is {labels[sample]}, but the outputs are 0 to {neurons - 1}.");
    }
}
