using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// The traces of neurons on one walk down a pass: what psi, that stands for the derivative of their spikes, left before a step,
/// q_(t+1) = leak q_t + psi_t, q_0 = 0. Where a trace of inputs is of what a weight reads, this is of what its neuron could have answered.
/// </summary>
internal sealed class NeuronTraces(BackwardPass walk)
{
    private readonly Dictionary<Block, Layer?> _beginnings = [];   // of time, between a block's weight and its neurons

    /// <summary>
    /// Gradients of a block at the one step at hand by both kinds of traces: dW += ofInputs s psi a' + ofNeurons s q x'.
    /// </summary>
    /// <param name="block">A block with one weight and clocked neurons.</param>
    /// <param name="signal">s, N x its port's shape.</param>
    /// <param name="leak">Of q.</param>
    /// <param name="ofInputs">Factor on the first.</param>
    /// <param name="ofNeurons">Factor on the second.</param>
    public void Learn(Block block, Tensor signal, double leak, double ofInputs, double ofNeurons)
    {
        var (pass, kernels) = (walk.Pass, walk.Kernels);
        Tensor left = pass.Workspace.Get(kernels, block, "trace of slopes", signal.Shape, Role.Activation),
            product = pass.Workspace.Get(kernels, block, "signal and trace", signal.Shape, Role.Error);
        if (walk.Learns)   // a probe moves no trace
        {
            if (pass.Slice.First == 0) kernels.Fill(left, 0);
            kernels.Multiply(signal, left, product);
            kernels.Combine(ofNeurons, product, 0, product);
            if (BeginningOf(block) is not { } beginning) walk.Correlate(block, product, pass);
            else if (pass.Slice.Continues) walk.AddToSum(beginning, product);   // at the first step q is 0, and the sum begins
        }
        kernels.Combine(ofInputs, signal, 0, product);
        walk.Backward(block, product);
        if (walk.Learns) kernels.Combine(1, walk.Slopes(block), leak, left);
    }

    private Layer? BeginningOf(Block block)
    {
        if (!_beginnings.TryGetValue(block, out var beginning))
            _beginnings[block] = beginning = InputTraces.OwnersIn(block).OfType<Layer>().FirstOrDefault();
        return beginning;
    }
}
