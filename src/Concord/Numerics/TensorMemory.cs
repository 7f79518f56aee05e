using System.Globalization;
using Concord.Numerics.Engines;

namespace Concord.Numerics;

/// <summary>
/// Looks whether tensors fit into memory before any is asked for. A few characters of a model can describe more numbers than there is
/// memory for, and what is drawn for feedback may be far larger than the network.
/// </summary>
public static class TensorMemory
{
    /// <summary>One tensor that would be drawn.</summary>
    /// <param name="What">What it is, for people, with where it belongs: a port or a weight.</param>
    /// <param name="Axes">Its axes.</param>
    public readonly record struct Extent(string What, params int[] Axes)
    {
        /// <summary>What would take less, where that is another thing for each tensor.</summary>
        public string? Instead { get; init; }

        /// <summary>How many numbers it has.</summary>
        public double Elements => Axes.Aggregate(1.0, (product, axis) => product * axis);
    }

    /// <summary>Refuses tensors of which one is larger than a tensor can be, or that are together more than the memory there is.</summary>
    /// <param name="kernels">The engine they would live in.</param>
    /// <param name="tensors">All that there will be at once.</param>
    /// <param name="instead">What would fit, unless the largest tensor says so.</param>
    /// <param name="together">What they are together, for people.</param>
    /// <param name="memory">Bytes there are; null for those of this machine.</param>
    /// <exception cref="ConcordException">They do not fit.</exception>
    public static void Check(Kernels kernels, IReadOnlyList<Extent> tensors, string instead = "",
        string together = "all feedback of this kind", long? memory = null)
    {
        if (tensors.Count == 0) return;
        var size = kernels.ElementType == ElementType.Single ? sizeof(float) : sizeof(double);
        var largest = tensors.MaxBy(tensor => tensor.Elements);
        var (bytes, all) = (largest.Elements * size, tensors.Sum(tensor => tensor.Elements) * size);
        var plans = kernels is PlanningKernels;   // whose tensors take no memory
        var available = memory ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (largest.Elements > int.MaxValue || (!plans && bytes > Tensor.MostBytes))
            throw Refusal($"a tensor holds at most {Size(Math.Min(Tensor.MostBytes, (double)int.MaxValue * size))}");
        if (!plans && all > available)
            throw Refusal($"{together} would take {Size(all)}, and {Size(available)} of memory are available");

        ConcordException Refusal(string why) => new(string.Create(CultureInfo.InvariantCulture,
            $"{largest.What} would have"
                + $" {string.Join('x', largest.Axes.Select(axis => axis.ToString("N0", CultureInfo.InvariantCulture)))} numbers, "
                + $"{Size(bytes)}, which does not fit: {why}. {largest.Instead ?? instead}"));
    }

    private static string Size(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:#,0.###} GB");
}
