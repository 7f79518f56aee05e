using Concord.Feedback;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>Draws the projections of a direct rule: to each port in the way that its options name.</summary>
internal static class DirectProjections
{
    /// <summary>Draws a projection to each of the rule's hidden ports.</summary>
    /// <param name="options">The options.</param>
    /// <param name="state">The ports, and the streams that decide the draws.</param>
    /// <exception cref="ConcordException">Options exclude each other, or ask for more than fits in memory.</exception>
    public static IReadOnlyList<(Port Port, Projection Projection)> Draw(DirectOptions options, RuleState state)
    {
        Refuse(options, state);
        DirectDrawing matrices = options.Rank > 0 ? new LowRankDrawing(options, state)
            : options.NonZeros > 0 ? new SparseDrawing(options, state)
            : options.Shares ? new SharedDrawing(options, state) : new DenseDrawing(options, state);
        var kernels = new ImageDrawing(options, state);
        List<(Port Port, DirectDrawing Drawing)> drawings = [.. state.HiddenPorts.Select(port => (port, options.TakesKernel(port) ? kernels : matrices))];
        TensorRoom.Check(state.Kernels, [.. drawings.SelectMany(entry => entry.Drawing.AxesOf(entry.Port).Select(axes => new TensorRoom.Extent($"The direct feedback of {entry.Port.Name}", axes)))],
            string.Join(' ', drawings.Select(entry => entry.Drawing.Instead).Distinct()));
        return [.. drawings.Select(entry => (entry.Port, entry.Drawing.Draw(entry.Port) is var drawn && options.Tiles(entry.Port) ? new ChannelWiseProjection(drawn, state.Network.Output.Length, entry.Port.Shape) : drawn))];
    }

    private static void Refuse(DirectOptions options, RuleState state)
    {
        if (state.HiddenPorts.Any(options.TakesKernel) && (options.NonZeros > 0 || options.Rank > 0 || options.Shares))
            throw new ConcordException($"A {options.ProjectionName} projection is drawn for each port, whole: it can be neither sparse nor of low rank nor a slice of a shared matrix. Give 'feedback.nonZerosPerNeuron=0', 'feedback.rank=0' or 'feedback.shared=false', or use feedback.projection=channel-wise, which can be all of these.");
        if (options.Rank > 0 && options.Shares) throw new ConcordException("A low-rank projection cannot be a slice of a shared matrix; give 'feedback.shared=false', or drop 'feedback.rank'.");
        if (options.NonZeros > 0 && options.Shared == true) throw new ConcordException("A sparse projection cannot be a slice of a shared matrix; drop 'feedback.shared' or 'feedback.nonZerosPerNeuron'.");
    }
}
