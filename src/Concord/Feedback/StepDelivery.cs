using Concord.Layers;
using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>
/// Brings a source to a port in time. As many steps here as there: step by step. A source of one step (the error of an output that ends
/// time): the same at each step of the port. A port of one step (what stands before time begins): the sum over the steps of the source.
/// </summary>
public static class StepDelivery
{
    /// <summary>result = source D.</summary>
    /// <param name="projection">D.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="workspace">Where room is taken for what stands between.</param>
    /// <param name="source">S N rows.</param>
    /// <param name="result">T N rows; S = T, or one of the two is 1.</param>
    public static void Deliver(this Projection projection, Kernels kernels, Workspace workspace, Tensor source, Tensor result)
    {
        int from = source.Shape.Rows, to = result.Shape.Rows;
        if (from == to) projection.Apply(kernels, workspace, source, result);
        else if (from < to)
        {
            var step = result.Rows(from);   // the first step of the port, repeated from where it stands
            projection.Apply(kernels, workspace, source, step);
            kernels.RepeatSteps(step, result);
        }
        else
        {
            var sum = workspace.Get(kernels, projection, "sum", source.Shape.WithRows(to), Role.Error);
            kernels.SumSteps(source, new(sum));
            projection.Apply(kernels, workspace, sum, result);
        }
    }
}
