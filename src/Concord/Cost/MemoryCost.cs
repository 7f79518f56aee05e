using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Rules;

namespace Concord.Cost;

/// <summary>Words of memory that a step occupies, as this program lays it out. The batch itself, inputs and targets, is not counted.</summary>
/// <param name="Weights">All parameters.</param>
/// <param name="Activations">What the pass upward keeps for the walk down: activities, masks, moments.</param>
/// <param name="Signals">Output errors, losses and teaching signals, with the room within a block that activities pass through first.</param>
/// <param name="Gradients">Gradients of what learns, and the step itself where a rule reads it.</param>
/// <param name="Feedback">All feedback: tensors, indices, magnitudes.</param>
public sealed record MemoryCost(long Weights, long Activations, long Signals, long Gradients, long Feedback)
{
    /// <summary>All of it.</summary>
    public long Total => Weights + Activations + Signals + Gradients + Feedback;

    /// <summary>Lets a pass and a walk down ask for their buffers on an engine without memory, and counts them.</summary>
    internal static MemoryCost Of(Plan plan, int rows, Objective objective)
    {
        using var kernels = new PlanningKernels();
        var pass = new Pass(plan.Network, kernels, RandomStream.FromSeed(0));
        pass.Begin(rows);
        pass.Forward(step: 0, training: true);
        long input = pass.Input.Length, targets = (long)rows * plan.Network.Output.Length;
        var activations = pass.ActivationBytes / sizeof(float);
        objective.Error(pass);
        plan.Rule.Observe(pass);
        var sink = new Sink(plan, kernels);
        plan.Teach(plan.Sweep(pass, sink));
        return new(
            plan.Network.Parameters.Sum(parameter => (long)parameter.Shape.Length),
            activations,
            Words() - input - activations - targets,
            (plan.Needs & Needs.Update) != 0 ? 2 * sink.Words : sink.Words,
            plan.FeedbackWords);

        long Words() => pass.Bytes / sizeof(float);
    }

    private sealed class Sink(Plan plan, Kernels kernels) : IGradientSink
    {
        private readonly HashSet<Parameter> _learners = [.. plan.Learners];

        public long Words => _learners.Sum(parameter => (long)parameter.Shape.Length);

        public bool TryTake(Parameter parameter, out Accumulator gradient)
        {
            gradient = new(kernels.Allocate(parameter.Shape, Role.Gradient), 1, 0);
            return _learners.Contains(parameter);
        }
    }
}
