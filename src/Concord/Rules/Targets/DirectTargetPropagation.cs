using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// Direct difference target propagation with linear reverse maps (Meulemans, Carzaniga, Suykens, Sacramento, Grewe 2020, DDTP-linear):
/// targets reach every hidden port from that of the output in one hop,
/// <para>t_l = x_l + Q_l (t_L - x_L), t_L = x_L - alpha e: what is delivered is s_l = (x_l - t_l) / alpha = Q_l e, whatever alpha.</para>
/// <para>So it is direct feedback alignment whose D_l = Q_l' [K, n_l] learns, by the difference reconstruction loss: with xi noise at the
/// port and y - x_L what it changes at the output, <c>|Q_l (y - x_L) - xi|^2 / 2 std^2 + decay |Q_l|^2 / 2</c>, a mean over samples. Small
/// noise makes it Q_l = J_l' (J_l J_l' + decay I)^-1, J_l the derivative of the outputs by x_l: a damped pseudo-inverse. Q_l starts from
/// U(-a, a) with a = 1 / sqrt(n_l), as the feedback of <see cref="DirectFeedbackAlignment"/> does. No signal crosses a weight.</para>
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="options">How the reverse maps learn.</param>
public sealed class DirectTargetPropagation(string name, ReverseOptions options) : TargetRule(name, options)
{
    private readonly Dictionary<Port, LearnedProjection> _reverse = [];

    /// <summary>The options as they are declared.</summary>
    internal static IReadOnlyList<Option> Declared { get; } = ReverseOptions.Declare(decay: 0.1);

    internal DirectTargetPropagation(string name, OptionValues values) : this(name, new ReverseOptions(values)) { }

    /// <inheritdoc/>
    public override Needs NeedsAt(Port port) => base.NeedsAt(port) | (_reverse.ContainsKey(port) ? Needs.Error : Needs.None);

    /// <inheritdoc/>
    public override Projection? ProjectionAt(Port port) => _reverse.GetValueOrDefault(port)?.Projection;

    /// <inheritdoc/>
    public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward) =>
        _reverse.TryGetValue(port, out var reverse) ? reverse.SignalOn(backward) : arriving!;

    /// <inheritdoc/>
    protected override Port? SourceOf(Port port, Network network) => network.OutputPort;

    /// <inheritdoc/>
    protected override void Draw(Port port, Port source, RuleState state, ParameterGroup? group) =>
        _reverse[port] = new(state, port, new(InitializerKind.PyTorch), group);

    /// <inheritdoc/>
    protected override void Reconstruct(Port port, Port source, RulePass pass, RulePass noisy)
    {
        var (kernels, scale, reverse) = (pass.Kernels, 1 / Options.Noise.Deviation, _reverse[port]);
        var change = Difference(noisy.At(source), pass.At(source), "change");
        var error = Difference(noisy.At(port), pass.At(port), "error");
        kernels.Product(change, false, reverse.Matrix, false, error, 1, -1);
        if (reverse.TryTake(pass, out var gradient))
            kernels.Product(change, true, error, false, gradient.Target, gradient.Alpha, gradient.Beta);

        Tensor Difference(Tensor with, Tensor without, string name)
        {
            var difference = noisy.Workspace.Get(kernels, port, name, with.Shape, Role.Error);
            kernels.Copy(with, difference);
            kernels.Combine(-scale, without, scale, difference);
            return difference;
        }
    }
}
