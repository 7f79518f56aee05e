using Concord.Numerics;
using Concord.Spiking.Walks;

namespace Concord.Spiking.Encoders;

/// <summary>
/// Encodes batches by all threads of an engine, each some of the samples, whose spikes are put one after the other then: what comes of it
/// does not depend on the number of threads. Once warm it allocates nothing.
/// </summary>
/// <param name="encoder">How numbers are encoded.</param>
/// <param name="features">Numbers of a sample.</param>
/// <param name="kernels">The engine: its precision and its threads.</param>
internal sealed class SharedEncoding(SpikeEncoder encoder, int features, Kernels kernels) : ISharedWork
{
    private readonly SpikeTrains[] _parts =
        [.. Enumerable.Range(0, kernels.Threads).Select(_ => encoder.Trains(features, kernels.ElementType))];

    private Tensor? _values;
    private RandomStream _stream;
    private double _slack;

    /// <summary>The spikes of the last batch.</summary>
    public SpikeTrains Spikes { get; } = encoder.Trains(features, kernels.ElementType);

    /// <summary>Encodes a batch (<see cref="SpikeEncoder.Encode(Tensor, SpikeTrains, RandomStream, long, double)"/>).</summary>
    public void Encode(Tensor values, RandomStream stream, double slack)
    {
        (_values, _stream, _slack) = (values, stream, slack);
        Spikes.Clear();
        kernels.Share(this, 0, _parts.Length);
        foreach (var part in _parts)
            for (var sample = 0; sample < part.Samples; sample++) Spikes.AppendSample(part, sample);
    }

    /// <inheritdoc/>
    public void Run(int phase, int start, int end)
    {
        for (var i = start; i < end; i++)
        {
            _parts[i].Clear();
            encoder.Encode(_values!, Edge(i), Edge(i + 1), _parts[i], _stream, 0, _slack);
        }
    }

    private int Edge(int part) => (int)((long)_values!.Shape.Rows * part / _parts.Length);
}
