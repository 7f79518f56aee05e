using System.Globalization;
using Concord.Numerics;
using Concord.Numerics.Engines;

namespace Concord.Feedback;

/// <summary>Feedback that is written out in full grows with the product of two layers: it is refused before it is drawn where it cannot be held.</summary>
internal static class FeedbackRoom
{
    /// <summary>One matrix that would be drawn.</summary>
    /// <param name="Of">What it belongs to, for people: a port or a weight.</param>
    /// <param name="Rows">Its rows.</param>
    /// <param name="Columns">Its columns.</param>
    public readonly record struct Extent(string Of, long Rows, long Columns)
    {
        public double Elements => (double)Rows * Columns;
    }

    /// <summary>Refuses matrices of which one is larger than a tensor can be, or that are together more than the memory there is.</summary>
    /// <param name="kernels">The engine they would live in.</param>
    /// <param name="matrices">All of a rule's.</param>
    /// <param name="instead">What would fit.</param>
    /// <param name="memory">Bytes there are; null for those of this machine.</param>
    /// <exception cref="ConcordException">They do not fit.</exception>
    public static void Check(Kernels kernels, IReadOnlyList<Extent> matrices, string instead, long? memory = null)
    {
        if (matrices.Count == 0) return;
        var size = kernels.ElementType == ElementType.Single ? sizeof(float) : sizeof(double);
        var largest = matrices.MaxBy(matrix => matrix.Elements);
        var (bytes, all) = (largest.Elements * size, matrices.Sum(matrix => matrix.Elements) * size);
        var plans = kernels is PlanningKernels;   // whose tensors take no memory
        var available = memory ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (largest.Elements > int.MaxValue || (!plans && bytes > Tensor.MostBytes))
            throw Refusal($"a tensor holds at most {Size(Math.Min(Tensor.MostBytes, (double)int.MaxValue * size))}");
        if (!plans && all > available)
            throw Refusal($"all feedback of this kind would take {Size(all)}, and there is a memory of {Size(available)}");

        ConcordException Refusal(string why) => new(string.Create(CultureInfo.InvariantCulture,
            $"The dense feedback of {largest.Of} is a matrix of {largest.Rows:N0}x{largest.Columns:N0}, {Size(bytes)}, which does not fit: {why}. {instead}"));
    }

    private static string Size(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:#,0.###} GB");
}
