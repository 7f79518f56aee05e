using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// What a step takes, as layers, carriers and projections state it about themselves, a phase at a time. A test holds it
/// equal, word for word, to what a counting engine records.
/// </summary>
public abstract class CostSheet
{
    private readonly OperationCount[] _phases = new OperationCount[Enum.GetValues<Phase>().Length];

    /// <summary>What that phase takes in all.</summary>
    public OperationCount this[Phase phase] => _phases[(int)phase];

    /// <summary>Samples in the batch.</summary>
    public abstract int Rows { get; }

    /// <summary>The network's outputs, K.</summary>
    public abstract int Outputs { get; }

    /// <summary>What the signal crosses that connection through.</summary>
    public abstract Carrier CarrierOf(Connection connection);

    /// <summary>Whether the parameter learns; <paramref name="keeps"/> says whether its gradient adds to what stands there.</summary>
    public abstract bool Learns(Parameter parameter, out bool keeps);

    /// <summary>States work.</summary>
    public void Add(Phase phase, OperationCount count) => _phases[(int)phase] += count;

    /// <summary>States elementwise work.</summary>
    public void Add(Phase phase, long read, long written) => Add(phase, new OperationCount(0, read, written));

    /// <summary>States <see cref="Descent.Outer"/>.</summary>
    public void AddOuter(Connection connection)
    {
        if (Learns(connection.Weight, out var keeps)) Add(Phase.WeightGradient, connection.OuterCount(Rows, keeps));
    }

    /// <summary>States <see cref="Descent.Sum"/>.</summary>
    public void AddSum(Parameter bias)
    {
        if (Learns(bias, out var keeps)) Add(Phase.WeightGradient, (long)Rows * bias.Shape.Length + (keeps ? bias.Shape.Length : 0), bias.Shape.Length);
    }

    /// <summary>States <see cref="Descent.Cross"/>.</summary>
    public void AddCross(Connection connection) => Add(Phase.Error, CarrierOf(connection).CrossCount(connection, Rows));
}
