using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// A walk down a pass as one rule sees it (<see cref="RulePass"/>): what was delivered, room for signals, what blocks learn from them.
/// </summary>
public sealed class RuleBackwardPass
{
    private readonly BackwardPass _backward;
    private readonly Declaration _declared;

    internal RuleBackwardPass(BackwardPass backward, Declaration declared) =>
        (_backward, _declared, Pass) = (backward, declared, new(backward.Pass, declared, backward.Learns));

    /// <summary>The pass.</summary>
    public RulePass Pass { get; }

    /// <summary>The engine.</summary>
    public Kernels Kernels => _backward.Kernels;

    /// <summary>Buffers that are read no more when the walk goes on to the next block.</summary>
    public Workspace Workspace => _backward.Workspace;

    /// <summary>
    /// What was delivered on this walk at a port of the rule's, or at one that a route of its ports comes from: N x its shape, or null.
    /// </summary>
    /// <exception cref="ConcordException">No route of the rule comes from there.</exception>
    public Tensor? SignalAt(Port port)
    {
        _declared.CheckSignal(port);
        return _backward.SignalAt(port);
    }

    /// <summary>
    /// result = source D, in one hop, as <see cref="StepDelivery"/> has it where there is time; nothing arrives behind a sample's end.
    /// </summary>
    /// <param name="projection">D.</param>
    /// <param name="source">What is brought.</param>
    /// <param name="result">A port's signal.</param>
    public void Deliver(Projection projection, Tensor source, Tensor result)
    {
        projection.Deliver(Kernels, Workspace, source, result);
        LeaveOutPadding(result);
    }

    /// <summary>Sets the signal at a port in time to 0 behind a sample's end.</summary>
    internal void LeaveOutPadding(Tensor result)
    {
        if (_backward.Pass.Batch.Mask is { } mask && result.Shape.Rows == mask.Valid.Shape.Rows)
            Kernels.ScaleRows(mask.Valid, result, result);
    }

    /// <summary>A buffer of a port's shape for the signal that a rule makes there.</summary>
    public Tensor SignalBuffer(Port port) => _backward.SignalBuffer(port);

    /// <summary>
    /// The exact, local walk through a block, from a signal at its port: gradients, and the signal at its input where the port below wants
    /// it, through the carriers.
    /// </summary>
    /// <param name="block">The block.</param>
    /// <param name="signal">N x the port's shape.</param>
    /// <param name="factor">Factor on the gradients, and not on the signal that goes on.</param>
    public Tensor? Backward(Block block, Tensor signal, double factor = 1) => _backward.Backward(block, signal, factor);

    /// <summary>
    /// The gradients of a block's one weight and bias from a signal at its port as it is and what that layer reads in a pass, with no
    /// derivative between the two: dW = sum_n s_n x_n', db = sum_n s_n. Norms learn nothing.
    /// </summary>
    /// <param name="block">The block.</param>
    /// <param name="signal">N x the port's shape.</param>
    /// <param name="inputOf">Whose input of the layer it is: the walk's pass, or a second one.</param>
    /// <returns>Null: nothing goes on to the block below.</returns>
    /// <exception cref="ConcordException">The rule did not declare it (<see cref="LearningRule.CorrelatesAt"/>).</exception>
    public Tensor? Correlate(Block block, Tensor signal, RulePass inputOf)
    {
        _declared.CheckCorrelation(block);
        _backward.Correlate(block, signal, inputOf.Pass);
        return null;
    }

    /// <summary>
    /// As <see cref="Backward"/> at the one step at hand, with a trace of the neurons beside that of the inputs
    /// (<see cref="NeuronTraces.Learn"/>); no signal goes on.
    /// </summary>
    internal void LearnByTraces(Block block, Tensor signal, double leak, double ofInputs, double ofNeurons) =>
        _backward.NeuronTraces.Learn(block, signal, leak, ofInputs, ofNeurons);

    /// <summary>Adds a multiple of a tensor to the gradient of a parameter, a sum over samples, if it learns.</summary>
    internal void Add(Parameter parameter, double factor, Tensor tensor) => _backward.Add(parameter, factor, tensor);

    /// <summary>
    /// Gradients of a block's parameters along their directions: factor V for each that has a direction V.
    /// </summary>
    /// <param name="block">The block.</param>
    /// <param name="factor">The derivative of the loss along all directions of the lane, summed over the samples.</param>
    /// <param name="lane">Whose directions.</param>
    public void Along(Block block, double factor, int lane = 0) => _backward.Along(block, factor, lane);
}
