using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// One evaluation of one batch: activities at ports, tape, logits, targets, error, losses. It is used again for the next
/// batch; its buffers are made at first use. Rules read it and keep nothing of it.
/// </summary>
public sealed class Pass
{
    private readonly Tensor[][] _activities;
    private readonly Tape _tape;
    private readonly RandomStream _dropout;

    /// <summary>A pass through a network.</summary>
    /// <param name="network">The network, initialised.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="dropout">The stream of dropout masks.</param>
    public Pass(Network network, Kernels kernels, RandomStream dropout)
    {
        Network = network;
        Kernels = kernels;
        _dropout = dropout;
        _tape = new(kernels, Workspace);
        _activities = [.. network.Blocks.Select(block => new Tensor[block.Layers.Count + 1])];
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The engine.</summary>
    public Kernels Kernels { get; }

    /// <summary>Buffers of this pass and of the sweeps down it.</summary>
    public Workspace Workspace { get; } = new();

    /// <summary>The optimizer step that this pass belongs to, from 0; draws are keyed by it.</summary>
    public long Step { get; private set; }

    /// <summary>Samples in the batch.</summary>
    public int Rows { get; private set; }

    /// <summary>The batch, N x input. Fill it after <see cref="Begin"/>.</summary>
    public Tensor Input => Buffer("input", Network.Input);

    /// <summary>What the outputs should be, N x K. Fill it after <see cref="Begin"/>.</summary>
    public Tensor Targets => Buffer("targets", Network.Output);

    /// <summary>dLoss/dlogits per sample, N x K.</summary>
    public Tensor Error => Buffer("error", Network.Output);

    /// <summary>The loss of each sample, N.</summary>
    public Tensor Losses => Workspace.Get(Kernels, this, "losses", new(Rows));

    /// <summary>The network's output before the loss, N x K.</summary>
    public Tensor Logits => At(Network.OutputPort);

    /// <summary>What the error belongs to; set by <see cref="Networks.Objective.Error"/>.</summary>
    public Objective Objective { get; internal set; }

    /// <summary>The activity at a port, N x its shape.</summary>
    public Tensor At(Port port) => _activities[port.Index][^1];

    /// <summary>Makes room for a batch.</summary>
    public void Begin(int rows) => Rows = rows;

    /// <summary>Evaluates the network on <see cref="Input"/>.</summary>
    /// <param name="step">The optimizer step.</param>
    /// <param name="training">Whether dropout drops and batch norm uses and moves batch statistics.</param>
    public void Forward(long step, bool training)
    {
        Step = step;
        _tape.Training = _tape.MovesStatistics = training;
        _tape.Dropout = _dropout.At(step);
        var x = Input;
        for (var i = 0; i < Network.Blocks.Count; i++)   // an enumerator of the list would be allocated
        {
            var block = Network.Blocks[i];
            var activities = _activities[block.Index];
            activities[0] = x;
            block.Sequence.Lay(_tape, activities, Rows);
            block.Sequence.Forward(activities, _tape);
            x = activities[^1];
        }
    }

    internal void Backward(Block block, Tensor signal, Tensor? inputSignal, Descent descent) =>
        block.Sequence.Backward(_activities[block.Index], signal, inputSignal, _tape, descent);

    internal Tensor Gate(Block block, Tensor signal, Descent descent) => block.Sequence.Gate(_activities[block.Index], signal, _tape, descent);

    private Tensor Buffer(string name, Shape sample) => Workspace.Get(Kernels, this, name, sample.Batch(Rows));
}
