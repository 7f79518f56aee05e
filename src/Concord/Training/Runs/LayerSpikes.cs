using System.Text.Json.Serialization;

namespace Concord.Training;

/// <summary>What the spikes of a layer came to on the samples of a look, and what the layer took for each.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="IsOutput">Whether its spikes are the network's answer.</param>
/// <param name="Neurons">How many it has.</param>
/// <param name="SpikesPerNeuron">Mean number of spikes of a neuron in a sample.</param>
/// <param name="SilentShare">The share of its neurons that fired in no sample.</param>
/// <param name="SilentSamples">The share of the samples in which no neuron of it fired.</param>
/// <param name="FirstSpike">
/// Mean time of a sample's first spike, seconds; of the output, the latency of a decision by first spike. NaN if there was none.
/// </param>
/// <param name="Accumulates">Additions of weights on the way up, for a sample: spikes that came in times neurons that each reached.</param>
/// <param name="GradientAccumulates">Additions to gradients on the way down; 0 where the layer does not learn.</param>
/// <param name="ErrorMacs">Multiply-accumulates of carrying the signal on down; 0 where no layer below wants it.</param>
public sealed record LayerSpikes(
    string Layer, bool IsOutput, int Neurons, double SpikesPerNeuron, double SilentShare, double SilentSamples, double FirstSpike,
    double Accumulates, double GradientAccumulates, double ErrorMacs)
{
    /// <summary>Spikes, of a sample, that came in after the end of the simulation and had no effect.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Late { get; init; }

    /// <summary>Mean number of spikes that came in from a neuron below in a sample, late ones included.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double ArrivingPerNeuron { get; init; }

    /// <summary>Neurons, of a sample, that would have fired once more than they may (most-spikes), and were silent from then on.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double CutOff { get; init; }

    /// <summary>Spikes, of a training sample of the epoch, whose slope was clipped on the way down (grazing=clipped).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double Clipped { get; init; }

    /// <summary>Spikes of a hidden neuron in a sample above which a layer is in a storm; a healthy one has a few at most.</summary>
    public const double Storm = 10;

    /// <summary>The same of an input neuron, whose spikes are the data's or the encoder's: recordings have some tens.</summary>
    public const double InputStorm = 100;
}
