using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Layers one after the other, walked up and down as one. A block of a network is one of these, and so is the branch of a
/// residual unit. An activation and the max pool after it are one step (<see cref="ActivatedPool"/>).
/// </summary>
/// <param name="layers">At least one layer, in the order of the pass.</param>
/// <param name="keepsAll">Whether all activities are kept, read or not: the branch of a unit lays them out again on its way down.</param>
internal sealed class Sequence(IReadOnlyList<Layer> layers, bool keepsAll = false)
{
    private Parameter[][] _parameters = [];
    private bool[] _kept = [];

    /// <summary>The layers, as they are carried out.</summary>
    public IReadOnlyList<Layer> Layers { get; } = ActivatedPool.Merge(layers);

    /// <summary>One sample's shape at the input (index 0) and after each layer.</summary>
    public IReadOnlyList<Shape> Shapes { get; private set; } = [];

    /// <summary>One sample's shape at the output.</summary>
    public Shape Output => Shapes[^1];

    /// <summary>The first layer with a connection, and so the one whose entering connections read the sequence's input.</summary>
    private Layer? FirstConnected => Layers.FirstOrDefault(layer => layer.EnteringConnections.Count > 0);

    /// <summary>The connections that read the sequence's input, with nothing but activations and norms in between.</summary>
    public IReadOnlyList<Connection> EnteringConnections => FirstConnected?.EnteringConnections ?? [];

    /// <summary>All other connections.</summary>
    public IReadOnlyList<Connection> InnerConnections =>
        [.. Layers.SelectMany(
            layer => layer == FirstConnected ? layer.InnerConnections : [.. layer.EnteringConnections, .. layer.InnerConnections])];

    /// <summary>Whether a layer before the first weights changes the input's shape, as pools and a flatten do.</summary>
    public bool ReshapesInput
    {
        get
        {
            for (var i = 0; i < Layers.Count && Layers[i] != FirstConnected; i++)
                if (Shapes[i + 1] != Shapes[0]) return true;
            return false;
        }
    }

    /// <summary>Takes the shapes of the layers, which were attached before.</summary>
    public void Adopt()
    {
        foreach (var layer in Layers.OfType<ActivatedPool>()) layer.Attach();
        Shapes = [Layers[0].Input, .. Layers.Select(layer => layer.Output)];
        _parameters = [.. Layers.Select(layer => layer.Parameters.ToArray())];
        _kept = new bool[Layers.Count];
        for (var i = Layers.Count - 1; i >= 0; i--)
            _kept[i] = keepsAll || i == Layers.Count - 1 || Layers[i].ReadsOutput || Layers[i + 1].ReadsInput
                || (Shares(i + 1) && _kept[i + 1]);
    }

    /// <summary>Whether the sequence's input is spikes.</summary>
    public bool ReadsSpikes => Layers[0].ReadsSpikes;

    /// <summary>Whether its output is.</summary>
    public bool EmitsSpikes => Layers[^1].EmitsSpikes;

    /// <summary>Whether the layer writes over the activity it reads.</summary>
    private bool Shares(int layer) => layer > 0 && Layers[layer].RunsInPlace && !Layers[layer - 1].ReadsOutput;

    /// <summary>
    /// The activities of a pass: x itself, then a buffer after each layer, shared where a layer runs in place. What no derivative reads
    /// stands in memory that the next block takes over.
    /// </summary>
    /// <param name="tape">Where buffers live.</param>
    /// <param name="activities">One more than there are layers; the first is the input.</param>
    /// <param name="rows">Samples.</param>
    /// <param name="output">Where the last one is to stand, if somebody else has a place for it.</param>
    public void Lay(Tape tape, Span<Tensor> activities, int rows, Tensor? output = null)
    {
        for (var i = 0; i < Layers.Count; i++)
            activities[i + 1] = i == Layers.Count - 1 && output is not null ? output
                : Shares(i) ? activities[i]
                : (_kept[i] ? tape.Workspace : tape.Passing).Get(tape.Kernels, Layers[i], "activity",
                    tape.Slice.BatchOf(Shapes[i + 1], rows), Role.Activation);
    }

    /// <summary>The pass upward through the activities. What stands before time begins is not done again for a later slice.</summary>
    public void Forward(ReadOnlySpan<Tensor> activities, Tape tape)
    {
        for (var i = tape.Slice.Continues ? FirstInTime : 0; i < Layers.Count; i++)
            Layers[i].Forward(activities[i], activities[i + 1], tape);
    }

    private int FirstInTime
    {
        get
        {
            var first = 0;
            while (first < Layers.Count && Shapes[first + 1].Steps == 1) first++;
            return first;
        }
    }

    /// <summary>The same with tangents, which pass each layer right behind it.</summary>
    public void Forward(ReadOnlySpan<Tensor> activities, Tape tape, ReadOnlySpan<TangentLane> lanes)
    {
        for (var i = 0; i < Layers.Count; i++)
        {
            Layers[i].Forward(activities[i], activities[i + 1], tape);
            using var _ = new WorkScope(tape.Kernels, Phase.ExtraForward);
            foreach (var lane in lanes)
            {
                tape.Lane = lane;
                if (Pushforward(i, activities, lane.Tangent, lane.IsOwn, tape) is { } tangent) lane.Set(tangent, isOwn: true);
                tape.Lane = null;
            }
        }
    }

    /// <summary>The tangent upward, from the one at the input, which is left as it is; null stands for zero on both ends.</summary>
    public Tensor? Pushforward(ReadOnlySpan<Tensor> activities, Tensor? tangent, Tape tape)
    {
        var isOwn = false;
        for (var i = 0; i < Layers.Count; i++)
            if (Pushforward(i, activities, tangent, isOwn, tape) is { } result) (tangent, isOwn) = (result, true);
        return tangent;
    }

    // Null while it is zero.
    private Tensor? Pushforward(int layer, ReadOnlySpan<Tensor> activities, Tensor? tangent, bool isOwn, Tape tape)
    {
        if (tangent is null && !IsPerturbed(layer, tape)) return null;
        var result = tangent is not null && isOwn && Layers[layer].GatesInPlace ? tangent
            : tape.Tangent(Layers[layer], "tangent", activities[layer + 1].Shape);
        Layers[layer].Pushforward(activities[layer], activities[layer + 1], tangent, result, tape);
        return result;
    }

    private bool IsPerturbed(int layer, Tape tape)
    {
        foreach (var parameter in _parameters[layer])
            if (tape.DirectionOf(parameter) is not null) return true;
        return false;
    }

    /// <summary>The walk down. Below the lowest layer that learns or is asked for, nothing is computed.</summary>
    public void Backward(ReadOnlySpan<Tensor> activities, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        for (var i = Layers.Count - 1; i >= 0; i--)
        {
            var below = i == 0 ? inputSignal
                : inputSignal is null && !LearnsBelow(i) ? null
                : i < Layers.Count - 1 && Layers[i].GatesInPlace ? signal   // a buffer of this walk; the delivered signal is left alone
                : context.Workspace.Get(context.Kernels, Layers[i], "signal", tape.SignalShape(activities[i], Layers[i].ReadsSpikes),
                    Role.Error, context.Lane);
            if (below is not null && i > 0 && Layers[i - 1] is Convolution)
                Layers[i].BackwardWhenRead(activities[i], activities[i + 1], signal, below, tape, context);
            else Layers[i].Backward(activities[i], activities[i + 1], signal, below, tape, context);
            if (signal.Pooled is not null) signal.Pooled = null;   // nobody reads it any more
            if (below is null || (Layers[i].BeginsTime && !tape.Slice.IsLast)) return;   // the last slice goes on with the sum
            signal = below;
        }
    }

    /// <summary>
    /// The walk down as far as the topmost activation, and through it; the signal itself where none stands above the weights.
    /// The result lives in the workspace.
    /// </summary>
    public Tensor PreActivationSignal(ReadOnlySpan<Tensor> activities, Tensor signal, Tape tape, BackwardContext context,
        Workspace workspace)
    {
        if (Layers.LastOrDefault(layer => layer.IsWeighted || layer.IsActivation) is not { IsActivation: true }) return signal;
        for (var i = Layers.Count - 1; ; i--)
        {
            var below = workspace.Get(context.Kernels, Layers[i], "gated", activities[i].Shape, Role.Error, context.Lane);
            Layers[i].Backward(activities[i], activities[i + 1], signal, below, tape, context);
            signal = below;
            if (Layers[i].IsActivation) return signal;
        }
    }

    /// <summary>
    /// The place of the one layer whose gradients are products of a signal at the sequence's output and an input; -1 where there is none.
    /// </summary>
    public int Correlated
    {
        get
        {
            var found = -1;
            for (var i = 0; i < Layers.Count; i++)
                if (Layers[i].IsWeighted) found = found < 0 && Layers[i].Correlates && Shapes[i + 1] == Output ? i : Layers.Count;
            return found == Layers.Count ? -1 : found;
        }
    }

    /// <summary>The connections that a signal crosses on the walk down.</summary>
    public IEnumerable<Connection> Crossed(bool inputWanted)
    {
        for (var i = Layers.Count - 1; i >= 0; i--)
        {
            var below = inputWanted || (i > 0 && LearnsBelow(i));
            foreach (var connection in Layers[i].Crossed(below)) yield return connection;
            if (!below) yield break;
        }
    }

    private bool LearnsBelow(int layer)
    {
        for (var i = 0; i < layer; i++)
            foreach (var parameter in _parameters[i])
                if (!parameter.Frozen) return true;
        return false;
    }
}
