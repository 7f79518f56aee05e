using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// A pass as one rule sees it: it gives what the rule declared (<see cref="LearningRule.NeedsAt"/>) and throws at anything else. It is made
/// once for each rule and pass; of a map, each of its rules has its own. A rule reads it and keeps nothing of it.
/// </summary>
public sealed class RulePass
{
    private readonly Declaration? _declared;   // null: may read what it likes
    private readonly Dictionary<Pass, RulePass> _second = [];

    internal RulePass(Pass pass, Declaration? declared, bool learns) => (Pass, _declared, Learns) = (pass, declared, learns);

    internal Pass Pass { get; }

    /// <summary>The engine.</summary>
    public Kernels Kernels => Pass.Kernels;

    /// <summary>Samples in the batch, N.</summary>
    public int Rows => Pass.Rows;

    /// <summary>The first time step that stands in the pass, of how many (<see cref="OnlineLearning"/>).</summary>
    internal (int First, int Steps) TimeStep => (Pass.Slice.First, Pass.Network.Steps);

    /// <summary>The optimizer step that the pass belongs to, from 0.</summary>
    public long Step => Pass.Step;

    /// <summary>The loss.</summary>
    public Objective Objective => Pass.Objective;

    /// <summary>
    /// Whether this is a training step: elsewhere, as under a probe, parameters of a rule's own gather nothing and do not move.
    /// </summary>
    public bool Learns { get; }

    /// <summary>Buffers for what a rule makes before the walk down; they live as long as the pass.</summary>
    public Workspace Workspace => Pass.Workspace;

    /// <summary>dLoss/dlogits per sample, N x K.</summary>
    /// <exception cref="ConcordException">The rule did not declare <see cref="Needs.Error"/>.</exception>
    public Tensor Error => Declared(Needs.Error).Error;

    /// <summary>What the outputs should be, N x K.</summary>
    /// <exception cref="ConcordException">The rule did not declare <see cref="Needs.Targets"/>.</exception>
    public Tensor Targets => Declared(Needs.Targets).Targets;

    /// <summary>The loss of each sample, N.</summary>
    /// <exception cref="ConcordException">The rule did not declare <see cref="Needs.Losses"/>.</exception>
    public Tensor Losses => Declared(Needs.Losses).Losses;

    /// <summary>What is evaluated, N x input.</summary>
    /// <exception cref="ConcordException">The rule did not declare <see cref="Needs.Input"/>.</exception>
    public Tensor Input => Declared(Needs.Input).Input;

    /// <summary>The network's output before the loss, N x K: the activity of the output port.</summary>
    /// <exception cref="ConcordException">The rule did not declare <see cref="Needs.Activation"/> there.</exception>
    public Tensor Logits => At(Pass.Network.OutputPort);

    /// <summary>The activity at a port, N x its shape.</summary>
    /// <exception cref="ConcordException">The rule did not declare <see cref="Needs.Activation"/> at that port.</exception>
    public Tensor At(Port port)
    {
        _declared?.CheckActivation(port);
        return Pass.At(port);
    }

    /// <summary>The tangent at the outputs, N x K: what the directions of a lane change there, to first order.</summary>
    /// <exception cref="ConcordException">The rule asked for no tangents (<see cref="LearningRule.Tangents"/>).</exception>
    public Tensor OutputTangent(int lane = 0) => Carried.OutputOf(lane);

    /// <summary>The direction at a port, N x its shape, as it was drawn for this pass.</summary>
    /// <exception cref="ConcordException">The rule asked for no tangents.</exception>
    public Tensor Direction(Port port, int lane = 0) => Carried.DirectionAt(port, lane);

    /// <summary>The direction of a parameter, in its shape.</summary>
    /// <exception cref="ConcordException">The rule asked for no tangents.</exception>
    public Tensor Direction(Parameter parameter, int lane = 0) => Carried.DirectionAt(parameter, lane);

    /// <summary>The direction at the input, N x its shape.</summary>
    /// <exception cref="ConcordException">The rule asked for no tangents.</exception>
    public Tensor DirectionOfInput(int lane = 0) => Carried.DirectionAt(Pass.Network, lane);

    /// <summary>
    /// The true gradient of each sample's loss at a hidden port, N x its shape, on this pass as it stands: backpropagation, walked once
    /// down a pass for all ports. A rule says that it was transported (<see cref="LearningRule.Transported"/>).
    /// </summary>
    /// <exception cref="ConcordException">The rule did not declare <see cref="Needs.TrueGradient"/>; or activities are recomputed.
    /// </exception>
    public Tensor TrueGradient(Port port)
    {
        _declared?.Check(Needs.TrueGradient);
        return Pass.TrueGradientAt(port);
    }

    /// <summary>
    /// Whether work is due in this step that is done once in so many, the first time after so many. In a step that is recorded for its
    /// cost, all such work is; do it in a <see cref="WorkScope"/> of that period.
    /// </summary>
    public bool IsDue(int period) => Pass.IsRecorded || (Step + 1) % period == 0;

    private Tangents Carried
    {
        get
        {
            _declared?.CheckTangent();
            return Pass.Tangents ?? throw new InvalidOperationException("No tangents ride on this pass: a second pass carries none.");
        }
    }

    /// <summary>
    /// Evaluates the batch a second time with something changed: same targets, same dropout masks; batch norms take the second pass's own
    /// batch moments and leave the running ones. It begins above the change; what is below is as in this pass. Its work counts as an extra
    /// forward pass, its buffers are made once.
    /// </summary>
    /// <param name="variation">What is changed.</param>
    /// <param name="upTo">The last port that is evaluated; the output if null.</param>
    /// <param name="number">Which of several second passes that are looked at together.</param>
    /// <returns>The second pass. It has no error until <see cref="Judge"/>.</returns>
    /// <exception cref="ConcordException">The rule did not declare <see cref="Needs.SecondPass"/> (and <see cref="Needs.Input"/>, if it
    /// changes the input); the change is at or below a port whose activity was given; or activities are recomputed.</exception>
    public RulePass Again(in Variation variation, Port? upTo = null, int number = 0)
    {
        _declared?.Check(Needs.SecondPass);
        if (variation.ChangesInput) _declared?.Check(Needs.Input);
        var pass = Pass.Again((object?)_declared?.Rule ?? this, variation, upTo, number);
        if (!_second.TryGetValue(pass, out var second)) _second[pass] = second = new(pass, _declared, Learns);
        return second;
    }

    /// <summary>Fills a second pass's <see cref="Error"/> and <see cref="Losses"/> from its outputs and the batch's targets.</summary>
    /// <returns>The mean loss.</returns>
    public double Judge()
    {
        using var _ = new WorkScope(Kernels, Phase.ExtraForward);
        return Pass.Objective.Error(Pass);
    }

    private Pass Declared(Needs need)
    {
        _declared?.Check(need);
        return Pass;
    }
}
