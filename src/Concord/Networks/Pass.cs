using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// One evaluation of one batch: activities at ports, tape, logits, targets, error, losses. It is used again for the next
/// batch; its buffers are made at first use. Rules read it and keep nothing of it.
/// <para>Where activities are recomputed, blocks below the last take turns in two sets of buffers, a block's input standing in one
/// and its own activities in the other.</para>
/// </summary>
public sealed class Pass
{
    private readonly Tensor[][] _activities;
    private readonly Tape _last, _even, _odd;   // one and the same where activities are stored
    private readonly RandomStream _dropout;
    private int _atHand;

    /// <summary>A pass through a network.</summary>
    /// <param name="network">The network, initialised.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="dropout">The stream of dropout masks.</param>
    /// <param name="activations">Whether activities are kept for the walk down or computed again.</param>
    public Pass(Network network, Kernels kernels, RandomStream dropout, ActivationPolicy activations = ActivationPolicy.Stored)
    {
        Network = network;
        Kernels = kernels;
        Activations = activations;
        _dropout = dropout;
        _last = new(kernels, new(), Inner);
        var recomputes = activations == ActivationPolicy.Recomputed;
        _even = recomputes ? new(kernels, new RecycledWorkspace(), Inner) : _last;
        _odd = recomputes ? new(kernels, new RecycledWorkspace(), Inner) : _last;
        Signals = recomputes ? new RecycledWorkspace() : Workspace;
        _activities = [.. network.Blocks.Select(block => new Tensor[block.Sequence.Layers.Count + 1])];
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The engine.</summary>
    public Kernels Kernels { get; }

    /// <summary>Whether activities are kept for the walk down or computed again.</summary>
    public ActivationPolicy Activations { get; }

    /// <summary>Buffers of this pass that live as long as it does: the batch, the error, what rules prepare.</summary>
    public Workspace Workspace { get; } = new();

    /// <summary>Buffers of the sweeps down it: those of one block at a time where activities are recomputed.</summary>
    public Workspace Signals { get; }

    /// <summary>Buffers between the layers of a block that outlive no walk through it, up or down: every block has the same ones in its turn.</summary>
    internal Workspace Inner { get; } = new RecycledWorkspace();

    /// <summary>Bytes of activities and of what else layers keep for the walk down: dropout masks, moments.</summary>
    public long ActivationBytes => _last.Workspace.Bytes + (_even == _last ? 0 : _even.Workspace.Bytes + _odd.Workspace.Bytes);

    /// <summary>Bytes of all buffers: activations, signals and the batch.</summary>
    public long Bytes => ActivationBytes + Workspace.Bytes + Inner.Bytes + (Signals == Workspace ? 0 : Signals.Bytes);

    /// <summary>Told of each port as soon as its activity is there, before other blocks take its buffers over; null for nobody.</summary>
    internal Action<Pass, Port>? Evaluated { get; set; }

    /// <summary>The optimizer step that this pass belongs to, from 0; draws are keyed by it.</summary>
    public long Step { get; private set; }

    /// <summary>Samples in the batch.</summary>
    public int Rows { get; private set; }

    /// <summary>The batch, N x input. Fill it after <see cref="Begin"/>.</summary>
    public Tensor Input => Buffer("input", Network.Input, Role.Activation);

    /// <summary>Where samples are laid as data have them, images with their channels first, until <see cref="Arrange"/>; the input itself where that is the same.</summary>
    public Tensor Samples => TurnsImages ? Inner.Get(Kernels, this, "samples", Network.Input.Batch(Rows), Role.Activation) : Input;

    /// <summary>Brings <see cref="Samples"/> into <see cref="Input"/>, where images have their channels last.</summary>
    public void Arrange()
    {
        if (TurnsImages) Kernels.TransposeEach(Samples, Network.Input[0] * Network.Input[1], Input);
    }

    private bool TurnsImages => Network.Input.Rank == 3 && Network.Input[2] > 1;

    /// <summary>What the outputs should be, N x K. Fill it after <see cref="Begin"/>.</summary>
    public Tensor Targets => Buffer("targets", Network.Output, Role.Activation);

    /// <summary>dLoss/dlogits per sample, N x K.</summary>
    public Tensor Error => Buffer("error", Network.Output, Role.Error);

    /// <summary>The loss of each sample, N.</summary>
    public Tensor Losses => Workspace.Get(Kernels, this, "losses", new(Rows), Role.Error);

    /// <summary>The network's output before the loss, N x K.</summary>
    public Tensor Logits => At(Network.OutputPort);

    /// <summary>What the error belongs to; set by <see cref="Networks.Objective.Error"/>.</summary>
    public Objective Objective { get; internal set; }

    /// <summary>The activity at a port, N x its shape.</summary>
    /// <exception cref="InvalidOperationException">Activities are recomputed, and that block's is not the one at hand; or that of a port above was given.</exception>
    public Tensor At(Port port) => port.Index < Given - 1 ? throw new InvalidOperationException($"There is no activity of {port.Name}: that of {Network.Ports[Given - 1].Name} was given.") : Activations == ActivationPolicy.Stored || port.IsOutput || port.Index == _atHand
        ? _activities[port.Index][^1]
        : throw new InvalidOperationException($"The activity of {port.Name} was not kept: it is computed again when its turn comes. Read it then, or store activations.");

    /// <summary>The lowest blocks that <see cref="Forward"/> leaves out, because the activity above them is given.</summary>
    public int Given { get; private set; }

    /// <summary>Makes room for a batch.</summary>
    public void Begin(int rows)
    {
        (Rows, Given) = (rows, 0);
        Inner.Recycle();
    }

    /// <summary>
    /// Gives the activity at a port in place of the input: the blocks up to it are left out until the next <see cref="Begin"/>. For blocks that are frozen and
    /// were evaluated before; no signal may be wanted there.
    /// </summary>
    /// <param name="port">A hidden port.</param>
    /// <returns>The activity, N x its shape; fill it.</returns>
    public Tensor Give(Port port)
    {
        Given = port.Index + 1;
        return _activities[port.Index][^1] = Buffer("given", port.Shape, Role.Activation);
    }

    /// <summary>Evaluates the lowest blocks on <see cref="Input"/> in evaluation mode, up to a port.</summary>
    /// <returns>The activity there.</returns>
    internal Tensor ForwardTo(Port port)
    {
        Step = 0;
        Prepare(_last, training: false);
        Prepare(_even, training: false);
        Prepare(_odd, training: false);
        for (var i = 0; i <= port.Index; i++) Evaluate(Network.Blocks[i]);
        return At(port);
    }

    /// <summary>Evaluates the network on <see cref="Input"/>, or what is left of it above what was given.</summary>
    /// <param name="step">The optimizer step.</param>
    /// <param name="training">Whether dropout drops and batch norm uses and moves batch statistics.</param>
    public void Forward(long step, bool training)
    {
        Step = step;
        Prepare(_last, training);
        Prepare(_even, training);
        Prepare(_odd, training);
        Signals.Recycle();
        for (var i = Given; i < Network.Blocks.Count; i++) Evaluate(Network.Blocks[i]);   // an enumerator of the list would be allocated
    }

    /// <summary>Evaluates a block again, as it was: same masks, same batch moments, running moments left alone. The blocks below it come first.</summary>
    internal void Recompute(Block block)
    {
        using var _ = new WorkScope(Kernels, Phase.ExtraForward);
        _even.MovesStatistics = _odd.MovesStatistics = false;
        Signals.Recycle();
        Evaluate(block);
    }

    internal void Backward(Block block, Tensor signal, Tensor? inputSignal, Descent descent) =>
        block.Sequence.Backward(_activities[block.Index], signal, inputSignal, TapeOf(block), descent);

    internal Tensor Gate(Block block, Tensor signal, Descent descent) => block.Sequence.Gate(_activities[block.Index], signal, TapeOf(block), descent, Signals);

    private void Prepare(Tape tape, bool training)
    {
        tape.Training = tape.MovesStatistics = training;
        tape.Dropout = _dropout.At(Step);
    }

    private void Evaluate(Block block)
    {
        using var _ = new WorkScope(Kernels, place: block.Name);
        var (tape, activities) = (TapeOf(block), _activities[block.Index]);
        tape.Workspace.Recycle();
        Inner.Recycle();
        activities[0] = block.Index == 0 ? Input : _activities[block.Index - 1][^1];
        block.Sequence.Lay(tape, activities, Rows);
        block.Sequence.Forward(activities, tape);
        _atHand = block.Index;
        Evaluated?.Invoke(this, Network.Ports[block.Index]);
    }

    private Tape TapeOf(Block block) => block.Index == Network.Blocks.Count - 1 ? _last : block.Index % 2 == 0 ? _even : _odd;

    private Tensor Buffer(string name, Shape sample, Role role) => Workspace.Get(Kernels, this, name, sample.Batch(Rows), role);
}
