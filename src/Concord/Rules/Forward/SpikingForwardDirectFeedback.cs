using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// Forward direct feedback alignment for spikes, SFDFA (Bacho, Chu 2024): direct feedback that learns from tangents of the same pass, by
/// samples in which a unit is active. Every active unit of a hidden port has a direction v_n ~ N(0, 1), o [N, K] is what comes to the
/// outputs, and with A_n the samples in which unit n is active (its activity is not 0),
/// <para>s_l = e D_l, D_l,n += alpha mean over A_n of (o' v_n - D_l,n), D_l = 0 at first.</para>
/// <para>In spiking networks a direction rides on the first spike of its neuron (<see cref="Spiking.SpikeTangents"/>), so that below the
/// output D_l becomes its weight's transpose, times the share of first spikes that come before an output's last. In others it is fdfa of
/// active units. Units that are active in no sample of a batch keep their feedback.</para>
/// </summary>
/// <param name="rate">alpha, above 0 and up to 1.</param>
public sealed class SpikingForwardDirectFeedback(double rate)
    : LearnedFeedback("sfdfa", GroupOptimizer.Of(new(LearningRate: rate, Momentum: 0)), new(InitializerKind.Zero))
{
    private static readonly Perturbation s_directions = new(PerturbationKind.Normal, ActiveOnly: true);

    private TangentPlan? _tangents;

    internal SpikingForwardDirectFeedback(OptionValues values) : this(LearnedFeedbackOptions.ActiveRate(values)) { }

    /// <summary>The options as they are declared.</summary>
    internal static IReadOnlyList<Option> Declared => LearnedFeedbackOptions.OfActive;

    /// <inheritdoc/>
    public override Placement? PlacementOf(string block) => null;

    /// <inheritdoc/>
    public override Needs NeedsAt(Port port) => base.NeedsAt(port) | (port.IsOutput ? Needs.None : Needs.Activation);

    /// <inheritdoc/>
    public override TangentPlan? Tangents => _tangents;

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        base.Attach(state);
        Injection[] injections = [.. state.HiddenPorts.Select(port => Injection.At(port, s_directions))];
        if (injections.Length > 0) _tangents = new(injections) { PassesSpikes = true };
    }

    // As a sum over N samples that the step divides by N: N / |A_n| (|A_n| D_n - sum over A_n of o' v_n), 0 where A_n is empty.
    /// <inheritdoc/>
    protected override void Gather(Port port, Tensor matrix, RulePass pass, in Accumulator gradient)
    {
        var (kernels, units) = (pass.Kernels, new Shape(port.Shape.Length));
        Tensor active = Buffer("active", units.Batch(pass.Rows), Role.Activation), times = Buffer("times", units, Role.Activation),
            constant = Buffer("constant", units, Role.Activation), step = Buffer("step", matrix.Shape, Role.Gradient);
        kernels.Sign(pass.At(port), active);
        kernels.Multiply(active, active, active);
        kernels.SumRows(active, new(times));
        kernels.Copy(matrix, step);
        kernels.Fill(constant, 1);
        kernels.RescaleColumns(constant, times, step);
        kernels.Product(pass.OutputTangent(), true, pass.Direction(port), false, step, -1, 1);
        kernels.Fill(constant, pass.Rows);
        kernels.RescaleColumns(times, constant, step);
        kernels.Combine(gradient.Alpha, step, gradient.Beta, gradient.Target);

        Tensor Buffer(string name, Shape shape, Role role) => pass.Workspace.Get(kernels, port, name, shape, role);
    }
}
