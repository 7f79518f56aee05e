using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// The traces of inputs on one walk down a pass (<see cref="OnlineLearning.Traces"/>): of every weight whose output is the current of
/// clocked neurons, and of weights among these neurons. They begin at 0 with time and go on from slice to slice.
/// </summary>
internal sealed class InputTraces
{
    private static readonly ClockedNeuron s_leaky = new(1, SpikeReset.None, Fires: false);

    private readonly Pass _pass;
    private readonly Dictionary<object, double> _leaks = [];   // by weight, bias, or the layer that begins time behind the weight

    /// <summary>Traces of nothing as yet.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="leak">Their leak in hidden blocks; null for that of the neurons, which those of the outputs have in any case.</param>
    public InputTraces(Pass pass, double? leak)
    {
        _pass = pass;
        foreach (var block in pass.Network.Blocks)
            foreach (var owner in OwnersIn(block))
                _leaks[owner] = (block == pass.Network.Blocks[^1] ? null : leak) ?? Feeding(block)!.Value.Neurons.Leak;
    }

    /// <summary>
    /// Whose traces there are in a block: of weights and biases onto its clocked neurons, of weights among these, and of the layer that
    /// begins time between the two, in place of the weight below it.
    /// </summary>
    public static IEnumerable<object> OwnersIn(Block block)
    {
        if (Feeding(block) is not ({ } weighted, { } neurons)) yield break;
        foreach (var inner in neurons.InnerConnections) yield return inner.Weight;
        var beginning = block.Layers.SkipWhile(layer => layer != weighted).FirstOrDefault(layer => layer.BeginsTime);
        if (beginning is not null) yield return beginning;
        else foreach (var parameter in weighted.Parameters) yield return parameter;
    }

    /// <summary>
    /// The layer whose output is the current of a block's clocked neurons, repeated in time or as it is, and these; null where there are no
    /// such neurons, or where another layer stands between.
    /// </summary>
    public static (Layer Weighted, ClockedNeurons Neurons)? Feeding(Block block)
    {
        for (var i = 1; i < block.Layers.Count; i++)
        {
            if (block.Layers[i] is not ClockedNeurons neurons) continue;
            var below = block.Layers[i - 1] is RepeatInTime && i > 1 ? block.Layers[i - 2] : block.Layers[i - 1];
            return below.IsWeighted && below is not RecurrentLayer ? (below, neurons) : null;
        }
        return null;
    }

    /// <summary>The trace of a weight's input over the steps at hand, S N rows; the input itself where there is none.</summary>
    public Tensor Of(Parameter weight, Tensor x)
    {
        if (!_leaks.TryGetValue(weight, out var leak)) return x;
        var (kernels, steps) = (_pass.Kernels, x.Shape.Rows / _pass.Rows);
        var trace = _pass.Workspace.Get(kernels, weight, "trace", x.Shape, Role.Activation);
        var leaks = _pass.Workspace.Get(kernels, weight, "leak of the trace", new(x.Shape.RowLength), Role.Activation);
        kernels.Fill(leaks, leak);
        kernels.LeakySteps(s_leaky, leaks, x, trace, null, steps, 0, steps, _pass.Slice.Continues ? trace.Step(steps, steps - 1) : null);
        return trace;
    }

    /// <summary>
    /// The trace of a constant 1 at a step of those at hand, sum_(k = 0)^t leak^k: of the input of a bias, or of what stands before time
    /// begins. Null where there is none.
    /// </summary>
    public double? OfOne(object owner, int step)
    {
        if (!_leaks.TryGetValue(owner, out var leak)) return null;
        var count = _pass.Slice.First + step + 1;
        return leak == 1 ? count : (1 - Math.Pow(leak, count)) / (1 - leak);
    }
}
