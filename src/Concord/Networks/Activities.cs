using Concord.Layers;
using Concord.Numerics;
using Concord.Spiking;
using Concord.Spiking.Walks;

namespace Concord.Networks;

/// <summary>
/// What is kept of one evaluation: activities at ports and between layers, and what layers note for the walk down.
/// <para>Where activities are recomputed, blocks below the last take turns in two sets of buffers, a block's input standing in one
/// and its own activities in the other.</para>
/// </summary>
internal sealed class Activities
{
    private readonly Network _network;
    private readonly ActivationPolicy _policy;
    private readonly Workspace _inner;
    private readonly Tensor[][] _activities;
    private readonly Tape _last, _even, _odd;   // one and the same where activities are stored
    private int _atHand;

    /// <summary>Room for the activities of a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="policy">Whether they are kept or computed again.</param>
    /// <param name="inner">Where activities stand that are not read after their block's turn.</param>
    public Activities(Network network, Kernels kernels, ActivationPolicy policy, Workspace inner)
    {
        (_network, _policy, _inner) = (network, policy, inner);
        _last = new(kernels, new(), inner);
        var recomputes = policy == ActivationPolicy.Recomputed;
        _even = recomputes ? new(kernels, new RecycledWorkspace(), inner) : _last;
        _odd = recomputes ? new(kernels, new RecycledWorkspace(), inner) : _last;
        _activities = [.. network.Blocks.Select(block => new Tensor[block.Sequence.Layers.Count + 1])];
    }

    /// <summary>Bytes held.</summary>
    public long Bytes => _last.Workspace.Bytes + (_even == _last ? 0 : _even.Workspace.Bytes + _odd.Workspace.Bytes);

    /// <summary>Bytes of copies in bf16 of what is held.</summary>
    public long CopyBytes =>
        _last.Workspace.CopyBytes + (_even == _last ? 0 : _even.Workspace.CopyBytes + _odd.Workspace.CopyBytes);

    /// <summary>The lowest blocks that are not evaluated, because the activity above them is given.</summary>
    public int Given { get; private set; }

    /// <summary>The activity at a port.</summary>
    /// <exception cref="InvalidOperationException">Activities are recomputed, and that block's is not the one at hand;
    /// or that of a port above was given.</exception>
    public Tensor At(Port port) => port.Index < Given - 1
        ? throw new InvalidOperationException($"There is no activity of {port.Name}: that of {_network.Ports[Given - 1].Name} was given.")
        : _policy == ActivationPolicy.Stored || port.IsOutput || port.Index == _atHand
            ? _activities[port.Index][^1]
            : throw new InvalidOperationException($"The activity of {port.Name} was not kept: it is computed again when its turn comes. "
                + "Read it then, or store activations.");

    /// <summary>The spikes at a port where there are such.</summary>
    public SpikeTrains SpikesAt(Port port) => TapeOf(port.Below).SpikesOf(At(port));

    /// <summary>The spikes that a layer gave; null where there are none.</summary>
    public SpikeTrains? SpikesOf(Layer layer) => _last.GivenBy(layer);

    /// <summary>What a layer's walks over the last batch counted.</summary>
    public WalkCounts CountsOf(SpikingNeurons layer) => layer.CountsOf(_last);

    /// <summary>Says which spikes the network's input counts.</summary>
    public void SetSpikes(Tensor input, SpikeTrains spikes) => TapeOf(_network.Blocks[0]).SetSpikes(input, spikes);

    /// <summary>The shape of a signal at a port.</summary>
    public Shape SignalShapeAt(Port port) => TapeOf(port.Below).SignalShape(At(port), port.IsSpiking);

    /// <summary>The tape that a block is evaluated with.</summary>
    public Tape TapeOf(Block block) => block.Index == _network.Blocks.Count - 1 ? _last : block.Index % 2 == 0 ? _even : _odd;

    /// <summary>Takes an activity in place of what the blocks up to that port would make.</summary>
    public Tensor Give(Port port, Tensor activity)
    {
        Given = port.Index + 1;
        return _activities[port.Index][^1] = activity;
    }

    /// <summary>Puts another activity in the place of a port's.</summary>
    public void Replace(Port port, Tensor activity) => _activities[port.Index][^1] = activity;

    /// <summary>Says that nothing is given any more.</summary>
    public void Begin() => Given = 0;

    /// <summary>Sets how the next evaluations work.</summary>
    /// <param name="training">Whether dropout drops and batch norm uses batch statistics.</param>
    /// <param name="movesStatistics">Whether batch norm moves its running moments.</param>
    /// <param name="dropout">The stream of masks.</param>
    /// <param name="mask">Where samples end in time.</param>
    /// <param name="slice">Which time steps.</param>
    public void Prepare(bool training, bool movesStatistics, RandomStream dropout, StepMask? mask, TimeSlice slice)
    {
        Prepare(_last, training, movesStatistics, dropout, mask, slice);
        Prepare(_even, training, movesStatistics, dropout, mask, slice);
        Prepare(_odd, training, movesStatistics, dropout, mask, slice);
    }

    /// <summary>Has hidden blocks evaluated again as they were, running moments left alone.</summary>
    public void PrepareAgain() => _even.MovesStatistics = _odd.MovesStatistics = false;

    /// <summary>Evaluates a block; the one below it comes first.</summary>
    /// <param name="block">The block.</param>
    /// <param name="input">The network's input, for the lowest block.</param>
    /// <param name="rows">Samples.</param>
    /// <param name="lanes">Tangents that pass the block with it.</param>
    public void Evaluate(Block block, Tensor? input, int rows, ReadOnlySpan<TangentLane> lanes = default)
    {
        var (tape, activities) = (TapeOf(block), _activities[block.Index]);
        tape.Workspace.Recycle();
        _inner.Recycle();
        activities[0] = input ?? _activities[block.Index - 1][^1];
        block.Sequence.Lay(tape, activities, rows);
        if (lanes.IsEmpty) block.Sequence.Forward(activities, tape);
        else block.Sequence.Forward(activities, tape, lanes);
        _atHand = block.Index;
    }

    /// <summary>The walk down through a block.</summary>
    public void Backward(Block block, Tensor signal, Tensor? inputSignal, BackwardContext context) =>
        block.Sequence.Backward(_activities[block.Index], signal, inputSignal, TapeOf(block), context);

    /// <summary>The gradients of a block's one weighted layer from a signal and what that layer reads here.</summary>
    public void Correlate(Block block, Tensor signal, BackwardContext context)
    {
        var layer = block.Sequence.Correlated;
        block.Sequence.Layers[layer].Correlate(_activities[block.Index][layer], signal, context);
    }

    /// <summary>What a layer of the block that was evaluated last gave, if the layer's derivative reads it; no other is kept.</summary>
    public Tensor OutputOf(Block block, Layer layer)
    {
        var i = 0;
        while (block.Sequence.Layers[i] != layer) i++;
        return _activities[block.Index][i + 1];
    }

    /// <summary>How often the circuits of a layer of that block fired.</summary>
    public double SpikesOfCircuits(Block block, Layer layer) => layer.SpikesOn(OutputOf(block, layer), TapeOf(block));

    /// <summary>What stands for the derivative of a block's spikes.</summary>
    public void Slopes(Block block, Tensor ones, Tensor result)
    {
        var (neurons, y) = NeuronsOf(block);
        neurons.Slopes(y, ones, TapeOf(block), result);
    }

    /// <summary>How much of a potential goes on to the next step, in a block's neurons.</summary>
    public ClockedNeurons.StateDerivative Decay(Block block, Workspace room)
    {
        var (neurons, y) = NeuronsOf(block);
        return neurons.Decay(y, TapeOf(block), room);
    }

    private (ClockedNeurons Neurons, Tensor Output) NeuronsOf(Block block)
    {
        var layer = 0;
        while (block.Sequence.Layers[layer] is not ClockedNeurons) layer++;
        return ((ClockedNeurons)block.Sequence.Layers[layer], _activities[block.Index][layer + 1]);
    }

    /// <summary>The walk down to a block's pre-activation.</summary>
    public Tensor PreActivationSignal(Block block, Tensor signal, BackwardContext context, Workspace workspace) =>
        block.Sequence.PreActivationSignal(_activities[block.Index], signal, TapeOf(block), context, workspace);

    private static void Prepare(Tape tape, bool training, bool movesStatistics, RandomStream dropout, StepMask? mask, TimeSlice slice) =>
        (tape.Training, tape.MovesStatistics, tape.Dropout, tape.Mask, tape.Slice) = (training, movesStatistics, dropout, mask, slice);
}
