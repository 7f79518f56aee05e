using Concord.Numerics;

namespace Concord.Networks;

/// <summary>What training a network holds at the very least: its weights, their gradients, and the activities of a batch.</summary>
internal static class NetworkMemory
{
    /// <summary>
    /// Refuses a network of which a tensor is larger than one can be, or that is together more than the memory there is.
    /// Nothing is allocated for it.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="kernels">The engine it would live in.</param>
    /// <param name="rows">Samples in a batch.</param>
    /// <param name="activations">Whether all activities are kept.</param>
    /// <exception cref="ConcordException">It does not fit.</exception>
    public static void Check(Network network, Kernels kernels, int rows, ActivationPolicy activations)
    {
        const string Instead = "Choose a smaller model or --batch.";
        var weights = network.Parameters
            .Select(parameter => new TensorMemory.Extent($"The weight {parameter.Name}", Axes(parameter.Shape))).ToList();
        var outputs = network.Blocks.SelectMany(block => block.Layers).Select(layer => new TensorMemory.Extent(
            FormattableString.Invariant($"The output of {layer.Name} for a batch of {rows}"), [rows, .. Axes(layer.Output)])).ToList();
        TensorMemory.Check(kernels, weights, Instead, "the weights");
        TensorMemory.Check(kernels, [outputs.MaxBy(output => output.Elements)], Instead);
        // a layer may leave its output in the memory of the one below; what stands at the end of a block is kept
        var kept = activations == ActivationPolicy.Stored ? network.Blocks.Select(block => new TensorMemory.Extent(
            FormattableString.Invariant($"The output of {block.Name} for a batch of {rows}"), [rows, .. Axes(block.Output)])) : [];
        TensorMemory.Check(kernels, [.. weights, .. weights, .. kept], Instead, "weights, gradients and activities together");
    }

    private static int[] Axes(Shape shape) =>
        [.. shape.Steps > 1 ? (int[])[shape.Steps] : [], .. Enumerable.Range(0, shape.Rank).Select(axis => shape[axis])];
}
