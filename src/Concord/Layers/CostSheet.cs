using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// What a step takes, as layers, carriers and projections state it about themselves, a phase at a time. A test holds it
/// equal, word for word, to what a counting engine records.
/// </summary>
public abstract class CostSheet
{
    /// <summary>Samples in the batch.</summary>
    public abstract int Rows { get; }

    /// <summary>The network's outputs, K.</summary>
    public abstract int Outputs { get; }

    /// <summary>What the signal crosses that connection through.</summary>
    public abstract Carrier CarrierOf(Connection connection);

    /// <summary>Whether the parameter learns; <paramref name="keeps"/> says whether its gradient adds to what stands there.</summary>
    public abstract bool Learns(Parameter parameter, out bool keeps);

    /// <summary>States work.</summary>
    public abstract void Add(Phase phase, Work work);

    /// <summary>States elementwise work.</summary>
    public void Add(Phase phase, Words read, Words written) => Add(phase, new Work(0, read, written));

    /// <summary>States <see cref="Descent.Outer"/>.</summary>
    public void AddOuter(Connection connection)
    {
        if (Learns(connection.Weight, out var keeps)) Add(Phase.WeightGradient, connection.OuterWork(Rows, keeps));
    }

    /// <summary>States <see cref="Descent.Sum"/>.</summary>
    public void AddSum(Parameter bias)
    {
        long length = bias.Shape.Length;
        if (Learns(bias, out var keeps)) Add(Phase.WeightGradient, new(Errors: Rows * length, Gradients: keeps ? length : 0), new(Gradients: length));
    }

    /// <summary>States <see cref="Descent.Cross"/>.</summary>
    public void AddCross(Connection connection) => Add(Phase.Error, CarrierOf(connection).CrossWork(connection, Rows));
}
