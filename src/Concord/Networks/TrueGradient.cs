using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// The true gradient of each sample's loss, whatever rule the network learns by: backpropagation next to that rule on the same pass, with
/// the same masks and batch statistics. It gathers no gradients of weights.
/// </summary>
public sealed class TrueGradient
{
    private readonly Pass _pass;
    private readonly BackwardPass _backward;
    private readonly int _lowest;

    /// <summary>A gradient of that pass, again and again.</summary>
    /// <param name="pass">A pass that stores its activities.</param>
    /// <param name="lowest">The lowest block whose input's gradient is wanted: 0 for the network's input.</param>
    /// <param name="lane">Its number among the walks down that pass.</param>
    /// <param name="crossing">Told, before a connection is crossed, of it and of the gradient at its output.</param>
    /// <exception cref="ConcordException">The pass recomputes its activities.</exception>
    public TrueGradient(Pass pass, int lowest = 0, int lane = 0, Action<Connection, Tensor>? crossing = null)
    {
        if (pass.Activations != ActivationPolicy.Stored)
            throw new ConcordException("The true gradient needs all activities, and this pass recomputes them. "
                + "Use 'stored' (--activations stored).");
        (_pass, _lowest) = (pass, lowest);
        var carrier = crossing is null ? Carrier.Own : new ObservedCarrier(crossing);
        _backward = new(pass, _ => carrier, [.. pass.Network.Blocks.Select(block => block.Index >= lowest)], sink: null, lane)
            { IsTrue = true };
    }

    /// <summary>The pass.</summary>
    public Pass Pass => _pass;

    /// <summary>Walks down from the error of the pass as it stands.</summary>
    /// <returns>
    /// The gradient at the input of the lowest block, N x its shape, per sample (no division by N); a buffer that the next walk overwrites.
    /// </returns>
    public Tensor Walk()
    {
        var signal = _pass.OutputSignal;
        for (var i = _pass.Network.Blocks.Count - 1; i >= _lowest; i--)
        {
            signal = Through(_pass.Network.Blocks[i], signal);
            if (i > 0) signal = _backward.Deliver(_pass.Network.Ports[i - 1], signal)!;
        }
        return signal;
    }

    /// <summary>What the last walk came to at a port.</summary>
    public Tensor At(Port port) => _backward.SignalAt(port)!;

    /// <summary>What the exact derivative of a block, one of those whose input's gradient is wanted, makes of any signal on it.</summary>
    public Tensor Through(Block block, Tensor signal) => _backward.Backward(block, signal)!;

    /// <inheritdoc cref="BackwardPass.PreActivationSignal"/>
    public Tensor Gated(Block block, Tensor signal) => _backward.PreActivationSignal(block, signal);

    private sealed class ObservedCarrier(Action<Connection, Tensor> crossing) : Carrier
    {
        public override string Description => Own.Description;
        public override bool Exact => true;
        public override Tensor Matrix(Connection connection) => connection.Weight.Value;

        public override void Cross(Kernels kernels, Connection connection, Tensor delta, Tensor input)
        {
            crossing(connection, delta);
            base.Cross(kernels, connection, delta, input);
        }
    }
}
