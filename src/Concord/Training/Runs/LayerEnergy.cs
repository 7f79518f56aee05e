namespace Concord.Training;

/// <summary>
/// What the circuits of a layer took from the supply for their spikes on the samples of a look, by
/// <see cref="Spiking.RcNeuron.EnergyPerSpike"/>; what leaks away meanwhile is not in it.
/// </summary>
/// <param name="Layer">The layer.</param>
/// <param name="SpikesPerNeuron">Mean number of spikes of a neuron in a sample; of circuits whose first spike answers, the share that
/// would fire.</param>
/// <param name="Energy">Of a sample, all neurons together, in units of a capacitance times the square of the supply's voltage.</param>
public sealed record LayerEnergy(string Layer, double SpikesPerNeuron, double Energy)
{
    /// <summary>The unit.</summary>
    public const string Unit = "C V²";
}
