using Concord.Layers;

namespace Concord.Rules;

/// <summary>What was moved from one forward weight to its feedback.</summary>
/// <param name="Connection">The weight's name.</param>
/// <param name="Length">n, its elements.</param>
/// <param name="Moved">What was moved in all.</param>
public sealed record ConnectionTransport(string Connection, long Length, Transport Moved);

/// <summary>
/// What was moved from forward weights to feedback, were the feedback a network of its own: what a rule that reads weights costs
/// next to its arithmetic. Backpropagation, by this count, moves every weight that a signal crosses at every step; the factor by which a
/// rule moves less is that of Goupy, Tirilly, Bilasco 2025, in our definition. Starting values are not counted.
/// </summary>
/// <param name="Steps">The steps.</param>
/// <param name="Connections">One entry a connection that a signal could cross on its way to a hidden port.</param>
public sealed record TransportMeter(long Steps, IReadOnlyList<ConnectionTransport> Connections)
{
    /// <summary>All connections together.</summary>
    public Transport Moved { get; } = Connections.Aggregate(default(Transport), (sum, connection) => sum + connection.Moved);

    /// <summary>Numbers that backpropagation moves each step.</summary>
    public long BackpropWeights { get; } = Connections.Sum(connection => connection.Length);

    /// <summary>Numbers moved, a step.</summary>
    public double WeightsPerStep => PerStep(Moved.Weights);

    /// <summary>Bits of indices, a step.</summary>
    public double IndexBitsPerStep => PerStep(Moved.IndexBits);

    /// <summary>Bytes moved, a step, indices included.</summary>
    public double BytesPerStep => PerStep(Moved.Bytes);

    /// <summary>How many times fewer numbers than backpropagation; infinity where none is moved, NaN before the first step.</summary>
    public double Reduction => BackpropWeights / WeightsPerStep;

    /// <summary>How many times fewer bytes than backpropagation, whose numbers take 32 bits; infinity where none is moved.</summary>
    public double ByteReduction => (double)BackpropWeights * Transport.WordBits / 8 / BytesPerStep;

    private double PerStep(double total) => Steps == 0 ? double.NaN : total / Steps;
}
