namespace Concord.Networks;

/// <summary>What losses of spikes want of a network.</summary>
/// <param name="LabelSpikes">Spikes of the label's output (count, van-rossum).</param>
/// <param name="OtherSpikes">Spikes of each other output.</param>
/// <param name="LabelTime">When the label's output fires first (spike-time), as a share of the simulation.</param>
/// <param name="OtherTime">When the others do.</param>
/// <param name="TimeConstant">tau of first-spike and of van-rossum's kernel, seconds; 0 for 5 ms and 10 ms.</param>
/// <param name="RateStrength">How strongly hidden layers are held near a rate (<see cref="Spiking.Losses.RateRegularizer"/>).</param>
/// <param name="RateTarget">That rate, spikes of a neuron in a sample.</param>
public sealed record SpikeAims(double LabelSpikes = 15, double OtherSpikes = 3, double LabelTime = 0.25, double OtherTime = 0.75,
    double TimeConstant = 0, double RateStrength = 0, double RateTarget = 0.2)
{
    /// <summary>The usual: those of BATS (Bacho and Chu) for MNIST.</summary>
    public static SpikeAims Usual { get; } = new();
}
