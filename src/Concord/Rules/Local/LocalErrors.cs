using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// Local error signals (Nøkland, Eidnes 2019): each hidden block learns by a loss of its own on its own activity x and the targets,
/// and no signal goes from block to block. The output block has its exact gradient.
/// <list type="bullet">
/// <item><c>local-pred</c>: the cross-entropy of a linear classifier on x (<see cref="PredictionLoss"/>).</item>
/// <item><c>local-sim</c>: the distance between the similarities of a batch's activities and of its targets (<see
/// cref="SimilarityLoss"/>).</item>
/// <item><c>local-predsim</c>: (1 - beta) pred + beta sim.</item>
/// <item><c>local.bio</c>: feedback alignment inside the classifier, random projections of the targets, no map before the
/// similarity.</item>
/// </list>
/// The port stands right after the activation, before dropout and pools, as published. Heads learn in a group for each block.
/// </summary>
/// <param name="name">The name under which these options are known.</param>
/// <param name="options">The options.</param>
public sealed class LocalErrors(string name, LocalOptions options) : LearningRule
{
    private readonly Dictionary<Port, LocalLoss[]> _losses = [];

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override Placement? PlacementOf(string block) => Placement.AfterActivation;

    /// <inheritdoc/>
    public override Route RouteAt(Port port) => port.IsOutput ? Route.Arriving : Route.Here;

    /// <inheritdoc/>
    public override Needs NeedsAt(Port port) => port.IsOutput ? Needs.None : Needs.Activation | Needs.Targets;

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        foreach (var port in state.HiddenPorts)
        {
            var group = options.Learns ? state.Group($"local.{port.Name}", options.Optimizer) : null;
            var targets = options.IsBio ? new ProjectedTargets(state, port, options.Projected) : null;
            LocalLoss? prediction = options.Prediction > 0 ? new PredictionLoss(state, port, group!, targets, options) : null;
            LocalLoss? similarity = options.Similarity > 0 ? new SimilarityLoss(this, state, port, group, targets, options) : null;
            _losses[port] = [.. new[] { prediction, similarity }.OfType<LocalLoss>()];
        }
    }

    /// <inheritdoc/>
    public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
    {
        if (port.IsOutput) return arriving!;
        var (losses, activity) = (_losses[port], backward.Pass.At(port));
        var signal = losses[0].SignalAt(activity, backward.Pass);
        for (var i = 1; i < losses.Length; i++) backward.Kernels.Combine(1, losses[i].SignalAt(activity, backward.Pass), 1, signal);
        return signal;
    }
}
