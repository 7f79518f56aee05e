using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// The regularisation of rates in e-prop (Bellec and others 2020): E = c/2 sum_j (r_j - target)^2, r_j the spikes a step of neuron j, the
/// mean over the samples of a batch and its steps so far. At each step every neuron's signal gets c (r_j - target) / T.
/// </summary>
/// <param name="Strength">c.</param>
/// <param name="Target">In spikes a step, 0 to 1.</param>
public sealed record RatePull(double Strength, double Target)
{
    /// <summary>What is added to the signal at a port whose activity is spikes, N rows for each of the steps at hand.</summary>
    internal Tensor At(Port port, Pass pass, int lane)
    {
        using var _ = new WorkScope(pass.Kernels, block: port.Name);
        var (kernels, z, first, steps) = (pass.Kernels, pass.At(port), pass.Slice.First, (double)pass.Network.Steps);
        Tensor sums = Room("spikes so far", new(z.Shape.RowLength)), row = Room("pull of a neuron", new(z.Shape.RowLength)),
            pull = Room("pull", z.Shape);
        var count = z.Shape.Rows / pass.Rows;
        kernels.Fill(pull, 0);
        for (var t = 0; t < count; t++)
        {
            kernels.SumRows(z.Step(count, t), new(sums, 1, first + t > 0 ? 1 : 0));
            kernels.Fill(row, -Strength * Target / steps);
            kernels.Combine(Strength / (steps * pass.Rows * (first + t + 1)), sums, 1, row);
            kernels.AddRow(row, pull.Step(count, t));
        }
        if (pass.Batch.Mask is { } mask && pull.Shape.Rows == mask.Valid.Shape.Rows) kernels.ScaleRows(mask.Valid, pull, pull);
        return pull;

        Tensor Room(string name, Shape shape) => pass.Workspace.Get(kernels, port, name, shape, Role.Error, lane);
    }
}
