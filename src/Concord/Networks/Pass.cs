using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// One evaluation of one batch: logits, error, losses, and the activities at ports. It is used again for the next batch; its buffers
/// are made at first use. Rules read it and keep nothing of it.
/// </summary>
public sealed class Pass
{
    private readonly Activities _activities;
    private readonly RandomStream _dropout;

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
        Batch = new(network, kernels, Inner);
        _activities = new(network, kernels, activations, Inner);
        Signals = activations == ActivationPolicy.Recomputed ? new RecycledWorkspace() : Workspace;
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The engine.</summary>
    public Kernels Kernels { get; }

    /// <summary>The samples.</summary>
    public Batch Batch { get; }

    /// <summary>Whether activities are kept for the walk down or computed again.</summary>
    public ActivationPolicy Activations { get; }

    /// <summary>Buffers of this pass that live as long as it does: the error, what rules prepare.</summary>
    public Workspace Workspace { get; } = new();

    /// <summary>Buffers of the sweeps down it: those of one block at a time where activities are recomputed.</summary>
    public Workspace Signals { get; }

    /// <summary>Buffers between the layers of a block that outlive no walk through it, up or down: every block has the same ones in its turn.</summary>
    internal Workspace Inner { get; } = new RecycledWorkspace();

    /// <summary>Bytes of activities and of what else layers keep for the walk down: dropout masks, moments.</summary>
    public long ActivationBytes => _activities.Bytes;

    /// <summary>Bytes of all buffers: activations, signals and the batch.</summary>
    public long Bytes => ActivationBytes + Batch.Workspace.Bytes + Workspace.Bytes + Inner.Bytes + (Signals == Workspace ? 0 : Signals.Bytes);

    /// <summary>Told of each port as soon as its activity is there, before other blocks take its buffers over; null for nobody.</summary>
    internal Action<Pass, Port>? Evaluated { get; set; }

    /// <summary>The optimizer step that this pass belongs to, from 0.</summary>
    public long Step => Batch.Step;

    /// <summary>Samples in the batch.</summary>
    public int Rows => Batch.Rows;

    /// <summary>What is evaluated, N x input. Fill it after <see cref="Begin"/>.</summary>
    public Tensor Input => Batch.Input;

    /// <summary>What the outputs should be, N x K. Fill it after <see cref="Begin"/>.</summary>
    public Tensor Targets => Batch.Targets;

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
    public Tensor At(Port port) => _activities.At(port);

    /// <summary>The lowest blocks that <see cref="Forward"/> leaves out, because the activity above them is given.</summary>
    public int Given => _activities.Given;

    /// <summary>Makes room for a batch.</summary>
    public void Begin(int rows)
    {
        Batch.Rows = rows;
        _activities.Begin();
        Inner.Recycle();
    }

    /// <summary>
    /// Gives the activity at a port in place of the input: the blocks up to it are left out until the next <see cref="Begin"/>. For blocks that are frozen and
    /// were evaluated before; no signal may be wanted there.
    /// </summary>
    /// <param name="port">A hidden port.</param>
    /// <returns>The activity, N x its shape; fill it.</returns>
    public Tensor Give(Port port) => _activities.Give(port, Buffer("given", port.Shape, Role.Activation));

    /// <summary>Evaluates the lowest blocks on <see cref="Input"/> in evaluation mode, up to a port.</summary>
    /// <returns>The activity there.</returns>
    internal Tensor ForwardTo(Port port)
    {
        Prepare(step: 0, training: false);
        for (var i = 0; i <= port.Index; i++) Evaluate(Network.Blocks[i]);
        return At(port);
    }

    /// <summary>Evaluates the network on <see cref="Input"/>, or what is left of it above what was given.</summary>
    /// <param name="step">The optimizer step.</param>
    /// <param name="training">Whether dropout drops and batch norm uses and moves batch statistics.</param>
    public void Forward(long step, bool training)
    {
        Prepare(step, training);
        Signals.Recycle();
        for (var i = Given; i < Network.Blocks.Count; i++) Evaluate(Network.Blocks[i]);   // an enumerator of the list would be allocated
    }

    /// <summary>Evaluates a block again, as it was: same masks, same batch moments, running moments left alone. The blocks below it come first.</summary>
    internal void Recompute(Block block)
    {
        using var _ = new WorkScope(Kernels, Phase.ExtraForward);
        _activities.PrepareAgain();
        Signals.Recycle();
        Evaluate(block);
    }

    internal void Backward(Block block, Tensor signal, Tensor? inputSignal, Descent descent) => _activities.Backward(block, signal, inputSignal, descent);

    internal Tensor Gate(Block block, Tensor signal, Descent descent) => _activities.Gate(block, signal, descent, Signals);

    private void Prepare(long step, bool training)
    {
        Batch.Step = step;
        _activities.Prepare(training, training, _dropout.At(step));
    }

    private void Evaluate(Block block)
    {
        using var _ = new WorkScope(Kernels, place: block.Name);
        _activities.Evaluate(block, block.Index == 0 ? Input : null, Rows);
        Evaluated?.Invoke(this, Network.Ports[block.Index]);
    }

    private Tensor Buffer(string name, Shape sample, Role role) => Workspace.Get(Kernels, this, name, sample.Batch(Rows), role);
}
