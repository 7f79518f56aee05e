using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// Direct feedback alignment (Nøkland 2016): the output error reaches every hidden port in one hop,
/// <para>s_l = e D_l, d_l = s_l * f'(a_l), dW_l = sum_n d_l x_(l-1)', with e [N, K] and D_l [K, n_l] random and fixed;</para>
/// <para>the output layer has its exact gradient. In time the error arrives as <see cref="StepDelivery"/> says. No signal crosses a
/// weight, and no block computes the signal at its input.</para>
/// <list type="bullet">
/// <item><c>sparse-dfa</c>: k non-zeros per neuron; <c>feedback.rank</c>: D_l = U V of rank r (Crafton and others 2019).</item>
/// <item><c>sign-dfa</c>: sign(e) for e; <c>drtp</c>: -t for e, so that a layer needs no error at all (Frenkel, Lefebvre, Bol 2021;
/// their code projects +t, which differs by the sign of a symmetric D). <c>ternary-dfa</c>: e in {-1, 0, 1}.</item>
/// <item><c>feedback.projection</c>: to a port of images D is written out [K, H W C], or of a kind that takes less memory.</item>
/// </list>
/// </summary>
/// <param name="name">The name under which these options are known.</param>
/// <param name="options">The options.</param>
public sealed class DirectFeedbackAlignment(string name, DirectOptions options) : LearningRule
{
    private readonly Dictionary<Port, Projection> _projections = [];
    private readonly FeedbackPreset _preset = options.Preset;
    private Port _output = null!;

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override Placement? PlacementOf(string block) => _preset.Placement;

    /// <inheritdoc/>
    public override Needs NeedsAt(Port port) =>
        port.IsOutput ? Needs.None : options.Source == DirectSource.Targets ? Needs.Targets : Needs.Error;

    /// <inheritdoc/>
    public override Route RouteAt(Port port) => port.IsOutput ? Route.Arriving : Route.From(_output);

    /// <inheritdoc/>
    public override Projection? ProjectionAt(Port port) => _projections.GetValueOrDefault(port);

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        _output = state.Network.OutputPort;
        List<Port> ports = [.. state.HiddenPorts];
        var drawn = options.Projections.Draw([.. ports.Select(port => (port.Name, port.Shape.WithSteps(1)))],
            state.Network.Output.Length, state);
        foreach (var (port, projection) in ports.Zip(drawn)) _projections[port] = projection;
    }

    /// <inheritdoc/>
    public override void Observe(RulePass pass)
    {
        if (_projections.Count == 0) return;
        using var _ = new WorkScope(pass.Kernels, Phase.Error);
        var (kernels, source, scale) = (pass.Kernels, Source(pass), HiddenScale(pass.Rows));
        if (options.Source == DirectSource.SignOfError) kernels.Sign(pass.Error, source);
        if (options.Source == DirectSource.TernaryError) kernels.Ternary(pass.Error, options.Threshold, source);
        if (options.Source == DirectSource.Targets) kernels.Combine(-scale, pass.Targets, 0, source);
        else if (scale != 1) kernels.Combine(scale, options.Source == DirectSource.Error ? pass.Error : source, 0, source);
    }

    /// <inheritdoc/>
    public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
    {
        var signal = backward.SignalBuffer(port);
        if (port.IsOutput)
        {
            var scale = OutputScale(backward.Pass.Rows, port.Shape.Length, backward.Pass.Objective.Loss);
            if (scale == 1) return arriving!;
            backward.Kernels.Combine(scale, arriving!, 0, signal);
        }
        else backward.Deliver(_projections[port], Source(backward.Pass), signal);
        return signal;
    }

    private Tensor Source(RulePass pass) => options.Source == DirectSource.Error && HiddenScale(pass.Rows) == 1
        ? pass.Error
        : pass.Workspace.Get(pass.Kernels, this, "source",
            (options.Source == DirectSource.Targets ? pass.Targets : pass.Error).Shape, Role.Error);

    // The optimizer divides by N once, everywhere; a convention that sums over the batch is N times larger.
    private double HiddenScale(int rows) => _preset.SumsHidden || options.AsReleased ? rows : 1;

    private double OutputScale(int rows, int outputs, LossKind loss) => (_preset.SumsOutput || options.AsReleased ? rows : 1.0)
        / (_preset.MeansOutputs && loss != LossKind.SoftmaxCrossEntropy ? outputs : 1);
}
