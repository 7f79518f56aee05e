using Concord.Numerics;

namespace Concord.Layers;

/// <summary>The rows of some time steps of a batch, as views (<see cref="Shape.Steps"/>).</summary>
internal static class StepRows
{
    /// <summary>One step.</summary>
    /// <param name="all">All T.</param>
    /// <param name="steps">T.</param>
    /// <param name="step">Which.</param>
    public static Tensor Step(this Tensor all, int steps, int step) => all.Rows(step * (all.Shape.Rows / steps), all.Shape.Rows / steps);

    /// <summary>All but the last.</summary>
    public static Tensor Earlier(this Tensor all, int steps) => all.Rows(0, all.Shape.Rows - all.Shape.Rows / steps);

    /// <summary>All but the first.</summary>
    public static Tensor Later(this Tensor all, int steps) => all.Rows(all.Shape.Rows / steps, all.Shape.Rows - all.Shape.Rows / steps);
}
