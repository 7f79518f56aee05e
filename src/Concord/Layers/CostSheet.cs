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

    /// <summary>Whether forward work that is stated now is a second pass over the same batch, which moves no running moments.</summary>
    public bool Repeats { get; protected set; }

    /// <summary>States work of the pass upward.</summary>
    public void AddForward(Work work) => Add(Repeats ? Phase.ExtraForward : Phase.Forward, work);

    /// <summary>States elementwise work of the pass upward.</summary>
    public void AddForward(Words read, Words written) => AddForward(new Work(0, read, written));

    /// <summary>States work.</summary>
    public abstract void Add(Phase phase, Work work);

    /// <summary>States elementwise work.</summary>
    public void Add(Phase phase, Words read, Words written) => Add(phase, new Work(0, read, written));

    /// <summary>States <see cref="Descent.Outer"/>.</summary>
    public void AddOuter(Connection connection)
    {
        if (!Learns(connection.Weight, out var keeps)) return;
        Add(Phase.WeightGradient, connection.OuterWork(Rows, keeps));
        AddMask(connection.Weight);
    }

    /// <summary>States <see cref="Descent.Sum"/>.</summary>
    /// <param name="bias">The bias.</param>
    /// <param name="places">How many outputs of a sample share it: the pixels of an image.</param>
    public void AddSum(Parameter bias, int places = 1)
    {
        if (!Learns(bias, out var keeps)) return;
        long length = bias.Shape.Length;
        Add(Phase.WeightGradient, new(Errors: (long)Rows * places * length, Gradients: keeps ? length : 0), new(Gradients: length));
        AddMask(bias);
    }

    private void AddMask(Parameter parameter)
    {
        long length = parameter.Shape.Length;
        if (parameter.Masking is not null) Add(Phase.WeightGradient, new(Gradients: 2 * length), new(Gradients: length));
    }

    /// <summary>States <see cref="Descent.Cross"/>.</summary>
    public void AddCross(Connection connection) => Add(Phase.Error, CarrierOf(connection).CrossWork(connection, Rows));
}
