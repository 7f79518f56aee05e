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

    /// <summary>Whether forward work that is stated now is a second pass over the same batch, which moves no running moments.</summary>
    public bool Repeats { get; protected set; }

    /// <summary>States work of the pass upward.</summary>
    public void AddForward(OperationCount count) => Add(Repeats ? Phase.ExtraForward : Phase.Forward, count);

    /// <summary>States elementwise work of the pass upward.</summary>
    public void AddForward(long read, long written) => AddForward(new OperationCount(0, read, written));

    /// <summary>States work.</summary>
    public void Add(Phase phase, OperationCount count) => _phases[(int)phase] += count;

    /// <summary>States elementwise work.</summary>
    public void Add(Phase phase, long read, long written) => Add(phase, new OperationCount(0, read, written));

    /// <summary>States <see cref="Descent.Outer"/>.</summary>
    public void AddOuter(Connection connection)
    {
        if (!Learns(connection.Weight, out var keeps)) return;
        Add(Phase.WeightGradient, connection.OuterCount(Rows, keeps));
        AddMask(connection.Weight);
    }

    /// <summary>States <see cref="Descent.Sum"/>.</summary>
    public void AddSum(Parameter bias)
    {
        if (!Learns(bias, out var keeps)) return;
        Add(Phase.WeightGradient, (long)Rows * bias.Shape.Length + (keeps ? bias.Shape.Length : 0), bias.Shape.Length);
        AddMask(bias);
    }

    private void AddMask(Parameter parameter)
    {
        if (parameter.Masking is not null) Add(Phase.WeightGradient, 2L * parameter.Shape.Length, parameter.Shape.Length);
    }

    /// <summary>States <see cref="Descent.Cross"/>.</summary>
    public void AddCross(Connection connection) => Add(Phase.Error, CarrierOf(connection).CrossCount(connection, Rows));
}
