using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;

namespace Concord.Rules;

/// <summary>
/// Where each port's teaching signal comes from, through what a signal crosses, what is learned from it and how the feedback
/// moves. A rule that overrides nothing is backpropagation. Rules know ports and connections, never a concrete layer.
/// </summary>
public abstract class LearningRule
{
    private bool _isAttached;

    /// <summary>How it learns while time goes on; null if it waits for the last time step, as all rules do that are not online.</summary>
    public OnlineLearning? Online { get; init; }

    /// <summary>Its name, as on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Refuses what was written for blocks that a network does not have. Called before anything else.</summary>
    /// <exception cref="ConcordException">There is such a thing.</exception>
    internal virtual void Check(Network network) { }

    /// <summary>Where the port of that block should stand; null if the rule takes it where it is.</summary>
    public virtual Placement? PlacementOf(string block) => null;

    /// <summary>Draws and registers feedback. Called once, before what follows.</summary>
    public virtual void Attach(RuleState state) { }

    /// <summary>The rule, if it was attached before; of a map, the first of its rules that was.</summary>
    internal virtual LearningRule? InUse => _isAttached ? this : null;

    /// <summary>Attaches it, and remembers that it was.</summary>
    internal void AttachTo(RuleState state)
    {
        _isAttached = true;
        Attach(state);
    }

    /// <summary>
    /// Where the signal of a port comes from. The output port is always <see cref="Route.Arriving"/>, unless its block learns along
    /// directions.
    /// </summary>
    public virtual Route RouteAt(Port port) => Route.Arriving;

    /// <summary>
    /// What the rule reads at that port beyond the signal that arrives. Asked of every port of the network once the rule is attached: a
    /// rule may read activities of ports that are not its own.
    /// </summary>
    public virtual Needs NeedsAt(Port port) => Needs.None;

    /// <summary>
    /// The tangents that a pass carries for the rule; null for none. Asked for once the rule is attached; they need stored activations.
    /// </summary>
    public virtual TangentPlan? Tangents => null;

    /// <summary>
    /// Whether the block below that port learns by <see cref="RuleBackwardPass.Correlate"/>, with no derivative: its norms do not learn,
    /// and no signal goes on from it to the block below. Asked of the rule's own ports once it is attached.
    /// </summary>
    public virtual bool CorrelatesAt(Port port) => false;

    /// <summary>Through what a signal crosses that connection to arrive at a port of this rule.</summary>
    public virtual Carrier CarrierOf(Connection connection) => Carrier.Own;

    /// <summary>Moves the feedback before the first step, the weights standing as they start: a mirror phase. Once per run.</summary>
    /// <param name="context">What there is by then.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public virtual void Prepare(PreparationContext context) { }

    /// <summary>All that reads the pass before the walk down: refreshing carriers, preparing a source.</summary>
    public virtual void Observe(RulePass pass) { }

    /// <summary>The signal at a port, N x its shape, per sample. Called once per port and step, where the route is not None.</summary>
    /// <param name="port">The port.</param>
    /// <param name="arriving">What the block above made of its signal; null unless the route is Arriving.</param>
    /// <param name="backward">The walk: pass, buffers.</param>
    public virtual Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward) =>
        arriving ?? throw new InvalidOperationException($"No signal arrives at {port.Name}.");

    /// <summary>What the block below a port learns from the signal; returns the signal at its input, if a port needs it.</summary>
    public virtual Tensor? Learn(Port port, Tensor signal, RuleBackwardPass backward) => backward.Backward(port.Below, signal);

    /// <summary>
    /// What the block below a port learns where its route is <see cref="Route.Directions"/>: see <see cref="RuleBackwardPass.Along"/>.
    /// </summary>
    public virtual void LearnAlong(Port port, RuleBackwardPass backward) =>
        throw new InvalidOperationException($"The rule {Name} does not say what {port.Name} learns along its directions.");

    /// <summary>Moves the feedback after the weights have moved. There is no pass here.</summary>
    public virtual void Adapt(Update update) { }

    /// <summary>Moves weights when all samples have been learned from once more, before the network is looked at.</summary>
    internal virtual void EndEpoch(Kernels kernels) { }

    /// <summary>Whether <see cref="EndEpoch"/> does so.</summary>
    internal virtual bool WritesWeights => false;

    /// <summary>The network of the rule's own through which a signal is delivered at that port; null for others.</summary>
    public virtual OwnNetwork? NetworkAt(Port port) => null;

    /// <summary>The projection that ends at the network's input, for what a second pass is given there; null for others.</summary>
    public virtual Projection? ProjectionAtInput => null;

    /// <summary>
    /// The class that is answered for each sample, if the rule reads it otherwise than the objective does. Asked of the output port's rule.
    /// </summary>
    /// <param name="pass">A pass, in training or in evaluation; any activity may be read.</param>
    /// <param name="answers">Receives the classes, N.</param>
    public virtual void Answers(RulePass pass, Span<int> answers) => pass.Objective.Answers(pass.Pass, answers);

    /// <summary>
    /// What the rule itself moved from a weight in the first so many steps, apart from what signals cross on their way.
    /// </summary>
    public virtual Transport Transported(Connection connection, long steps) => default;

    /// <summary>The rule that stands at a port: of a map, one of its rules.</summary>
    internal virtual LearningRule RuleAt(Port port) => this;

    /// <summary>How feedback at that port averages estimates; null for feedback that does not, or not with one rate.</summary>
    public virtual FeedbackAverage? AverageAt(Port port) => null;

    /// <summary>The projection that a direct rule delivers through at that port; null for others.</summary>
    public virtual Projection? ProjectionAt(Port port) => null;
}
