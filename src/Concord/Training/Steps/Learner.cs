using Concord.Cost;
using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;

namespace Concord.Training;

/// <summary>
/// A network, a rule and an optimizer, and the whole of learning in one step. Deterministic: everything drawn is keyed by the
/// seed and the step.
/// </summary>
public sealed class Learner
{
    private readonly Blueprint _blueprint;
    private readonly OptimizerSettings _settings;
    private readonly DrawnSteps? _drawn;
    private bool _prepared;

    /// <summary>Initialises a network and attaches a rule. At equal seed all rules see the same weights, shuffles and masks.</summary>
    /// <param name="blueprint">Makes the two, and once more for <see cref="Cost"/>.</param>
    /// <param name="objective">The loss.</param>
    /// <param name="optimizer">How weights move.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="seed">Decides every draw.</param>
    /// <param name="activations">Whether activities are kept for the walk down or computed again; weights are the same to the bit.</param>
    /// <param name="weights">What the weights start from in place of their own draw; null for that.</param>
    /// <exception cref="ConcordException">The rule reads the optimizer's step and the decay is mixed into the gradient or weights are
    /// constrained, activations cannot be recomputed under it, or the starting weights do not fit.</exception>
    public Learner(Blueprint blueprint, Objective objective, OptimizerSettings optimizer, Kernels kernels, long seed,
        ActivationPolicy activations = ActivationPolicy.Stored, StartingWeights? weights = null)
        : this(blueprint, objective, optimizer, kernels, seed, activations, weights is null ? null : weights.Load)
    {
    }

    /// <summary>The same with weights that are put into the network once it is initialised.</summary>
    internal Learner(Blueprint blueprint, Objective objective, OptimizerSettings optimizer, Kernels kernels, long seed,
        ActivationPolicy activations, Action<Network>? load)
    {
        var (network, rule) = (blueprint.MakeNetwork(), blueprint.MakeRule());
        var root = RandomStream.FromSeed(seed);
        network.Initialize(kernels, root.Split("weights"));
        load?.Invoke(network);   // before the rule, whose feedback may be made of them
        Plan = new(network, rule, kernels, root.Split("feedback"), blueprint.Window);
        var reads = Plan.Needs.HasFlag(Needs.Update);
        if (reads && optimizer is { WeightDecay: > 0, DecoupledDecay: false })
            throw new ConcordException($"The rule {rule.Name} moves its feedback by the optimizer's step, "
                + "so decay must not be mixed into the gradient. Use decoupled decay (--decoupled-decay).");
        if (reads && optimizer.ConstrainsWeights)
            throw new ConcordException($"The rule {rule.Name} moves its feedback by the optimizer's step, "
                + "so nothing else may write the weights: leave out keepSigns, constrainWeights and normalizeIncoming (--keep-signs, "
                + "--constrain-weights, --normalize-incoming).");
        if (rule.WritesWeights && optimizer.ConstrainsWeights)
            throw new ConcordException($"The rule {rule.Name} replaces weights by their mean at the end of an epoch, which may break what "
                + "they are constrained to: leave out keepSigns, constrainWeights and normalizeIncoming (--keep-signs, "
                + "--constrain-weights, --normalize-incoming), or give mean.replace=false.");
        objective.Check(Plan.Network);
        if (!objective.HasError && Plan.ReaderOf(Needs.Error) is { } reader)
            throw new ConcordException($"The rule {reader.Rule} brings the output's error to hidden blocks in one hop, and the loss "
                + $"{objective.Name} compares times of spikes, of which an output has several. Use the loss count or first-spike, or a "
                + "rule whose signals go down with the spikes, as fa.");
        Plan.Adaptation.Start(optimizer);
        Objective = objective;
        Optimizer = new(optimizer, kernels, Plan.Learners, reads);
        Pass = new(Plan.Network, kernels, root.Split("dropout"), activations) { Online = Plan.Online };
        if (Plan.Online is { Drawn: > 0 and var drawn }) _drawn = new(Pass.Slices, drawn, root.Split("steps"));
        BackwardPass = Plan.BackwardPass(Pass, Optimizer);
        Kernels = kernels;
        (_blueprint, _settings) = (blueprint, optimizer);
    }

    /// <summary>The engine.</summary>
    public Kernels Kernels { get; }

    /// <summary>The plan, with the network as the rule cut it.</summary>
    public Plan Plan { get; }

    /// <summary>The network.</summary>
    public Network Network => Plan.Network;

    /// <summary>The loss.</summary>
    public Objective Objective { get; }

    /// <summary>The optimizer.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>The training pass: begin it and fill its input and targets before a step.</summary>
    public Pass Pass { get; }

    /// <summary>The rule's walk down the training pass.</summary>
    public BackwardPass BackwardPass { get; }

    /// <summary>Wakes silent neurons of spiking networks; null for nothing.</summary>
    internal SilenceBreaker? SilenceBreaker { get; private set; }

    /// <summary>Has the weights of silent neurons raised after each step.</summary>
    /// <param name="mostSilent">The share of a hidden layer's neurons that may be silent in a batch.</param>
    /// <exception cref="ConcordException">There are no such neurons, or the rule follows the weights by the optimizer's steps.</exception>
    internal void BreakSilence(double mostSilent)
    {
        if (Plan.Needs.HasFlag(Needs.Update))
            throw new ConcordException($"The rule {Plan.Rule.Name} moves its feedback by the optimizer's step, so nothing else may write "
                + "the weights: leave out weightBump (--weight-bump).");
        SilenceBreaker = new(Network, mostSilent);
    }

    /// <summary>Numbers that are kept from step to step, by the names that a checkpoint gives them.</summary>
    internal IEnumerable<(string Name, Counter Counter)> Counters =>
        SilenceBreaker is null ? Plan.Counters : Plan.Counters.Concat(SilenceBreaker.Counters);

    /// <summary>Steps taken.</summary>
    public long Steps
    {
        get => Optimizer.Steps / Moves;
        internal set => Optimizer.Steps = value * Moves;
    }

    /// <summary>
    /// Bytes of parameters, gradients, moments, feedback and activities, and of their copies in bf16: what training holds.
    /// </summary>
    public long Bytes => Network.Parameters.Sum(parameter => parameter.Value.Bytes + (parameter.Mask?.Bytes ?? 0)) + Optimizer.Bytes
        + Plan.Groups.Sum(group => group.Bytes) + Plan.FeedbackWords * sizeof(float) + Pass.Bytes + CopyBytes;

    /// <summary>Bytes of copies in bf16, packed ones included.</summary>
    internal long CopyBytes => Network.Parameters.Concat(Plan.Groups.SelectMany(group => group.Parameters))
        .Sum(parameter => parameter.Value.CopyBytes) + Plan.FeedbackCopyBytes + Pass.CopyBytes;

    /// <summary>
    /// What a step takes. It is recorded on a network and a rule that are made for it: nothing here moves. What a rule reads undeclared, or
    /// gives in a wrong shape, is refused here as in a step, work included that is done only now and then: ask before you train a new rule.
    /// </summary>
    /// <param name="rows">Samples in the batch.</param>
    /// <param name="given">The lowest blocks that are not evaluated, because what they make of the samples is at hand.</param>
    public StepWork Cost(int rows, int given = 0) => StepWork.Of(_blueprint,
        new(rows, Objective, Optimizer.Accumulates, Pass.Activations, given, _settings, Kernels.Precision));

    /// <summary>The network and the rule once more, on another engine: to find out what would be done with them.</summary>
    internal Plan PlanOn(Kernels kernels)
    {
        var plan = _blueprint.PlanOn(kernels);
        plan.Adaptation.Start(_settings);
        return plan;
    }

    /// <summary>
    /// What the rule does before the first step (a mirror phase); the first step sees to it by itself. A run that continues from a
    /// later step does not repeat it.
    /// </summary>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="batch">
    /// Makes a pass with training samples in it, for rules that prepare on some; null for the batch that stands in <see cref="Pass"/>.
    /// </param>
    /// <param name="cancellation">Breaks off; the learner is of no use then.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public void Prepare(IProgress<double>? progress = null, Func<Pass>? batch = null, CancellationToken cancellation = default)
    {
        if (_prepared || Steps > 0) return;
        using (new WorkScope(Kernels, Phase.Adaptation))
            Plan.Rule.Prepare(new(Kernels, Objective, batch ?? (() => Pass), progress, cancellation));
        _prepared = true;
    }

    /// <summary>One step on the batch that stands in <see cref="Pass"/>: the whole of learning.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="beforeStep">Looks at the pass and the delivered signals before the weights move.</param>
    /// <returns>The mean loss of the batch, before the step.</returns>
    public double Step(double rate, Action<Learner>? beforeStep = null)
    {
        Prepare();
        Plan.Adaptation.Begin(rate);
        var loss = 0.0;
        for (var slice = 0; slice < Pass.Slices; slice++)   // one, of all time steps, unless the rule learns online
        {
            if (slice > 0 && MovesEach) Move(rate);
            if (slice == 0 || MovesEach) Optimizer.Begin(Pass.Rows);
            Kernels.Phase = Phase.Forward;
            Pass.Forward(Steps, slice);
            loss += Objective.Error(Pass);
            if (_drawn?.IsLearned(slice, Steps) == false) continue;
            Plan.CreditAssignment.Observe(BackwardPass);
            Plan.CreditAssignment.Teach(BackwardPass);
        }
        beforeStep?.Invoke(this);

        Move(rate);
        SilenceBreaker?.After(Pass);
        return loss;
    }

    /// <summary>What the rule does when all samples have been learned from once more, before the network is looked at.</summary>
    public void EndEpoch() => Plan.Rule.EndEpoch(Kernels);

    private void Move(double rate)
    {
        Optimizer.Step(rate);
        Plan.Adaptation.Adapt(Optimizer.Update);
    }

    private bool MovesEach => Plan.Online is { MovesEach: true };

    // Those of the optimizer, of which a rule that moves the weights at each slice takes several a step.
    private int Moves => MovesEach ? Pass.Slices : 1;
}
