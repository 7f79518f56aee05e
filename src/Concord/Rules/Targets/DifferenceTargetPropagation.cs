using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// Difference target propagation (Lee, Zhang, Fischer, Bengio 2015): a hidden block learns to come closer to a target,
/// <para>t_(L-1) = x_(L-1) - alpha dLoss/dx_(L-1); t_l = x_l + g_l(t_(l+1)) - g_l(x_(l+1)); dW_l from the derivative of
/// |x_l - t_l|^2 / 2 alpha.</para>
/// <para>g_l(y) = tanh(V_l y + c_l), from n_(l+1) units to n_l, learns |g_l(f(x_l + xi)) - x_l - xi|^2 / 2 with f the block above and xi
/// noise, gradients being sums over samples of which a step takes the mean. What <see cref="TargetRule"/> delivers is
/// (x_l - t_l) / alpha.</para>
/// <para>The target of the highest hidden port crosses the output weight; no other signal crosses a weight.</para>
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="alpha">How far the highest target lies from its activity, in units of the error.</param>
/// <param name="options">How the reverse maps learn.</param>
public sealed class DifferenceTargetPropagation(string name, double alpha, ReverseOptions options) : TargetRule(name, options)
{
    private static readonly Option<double> s_alpha = new("target.alpha", OptionType.NumberAbove(0), 0.1,
        "How far the target of the highest hidden port lies from its activity, in units of the error.");

    private readonly Dictionary<Port, OwnNetwork> _reverse = [];

    /// <summary>The options as they are declared.</summary>
    internal static IReadOnlyList<Option> Declared { get; } = [s_alpha, .. ReverseOptions.Declare()];

    internal DifferenceTargetPropagation(string name, OptionValues values) : this(name, values.Of(s_alpha), new(values)) { }

    /// <inheritdoc/>
    public override OwnNetwork? NetworkAt(Port port) => _reverse.GetValueOrDefault(port);

    /// <inheritdoc/>
    public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
    {
        if (!_reverse.TryGetValue(port, out var reverse)) return arriving!;
        var (kernels, pass, source, signal) = (backward.Kernels, backward.Pass, RouteAt(port).Source!, backward.SignalBuffer(port));
        var target = pass.Workspace.Get(kernels, port, "target", pass.At(source).Shape, Role.Activation);
        kernels.Copy(pass.At(source), target);
        kernels.Combine(-alpha, backward.SignalAt(source)!, 1, target);
        kernels.Combine(1 / alpha, reverse.Forward(pass.At(source), pass), 0, signal);
        kernels.Combine(-1 / alpha, reverse.Forward(target, pass), 1, signal);
        return signal;
    }

    /// <inheritdoc/>
    protected override Port? SourceOf(Port port, Network network) =>
        network.Ports[port.Index + 1] is { IsOutput: false } above ? above : null;

    /// <inheritdoc/>
    protected override void Draw(Port port, Port source, RuleState state, ParameterGroup? group) => _reverse[port] = state.NetworkOf(
        $"reverse.{port.Name}", source.Shape, [new Linear(port.Shape.Length), new ActivationLayer(new(ActivationKind.Tanh))], group);

    /// <inheritdoc/>
    protected override void Reconstruct(Port port, Port source, RulePass pass, RulePass noisy)
    {
        var back = _reverse[port].Forward(noisy.At(source), noisy);
        var error = noisy.Workspace.Get(noisy.Kernels, port, "error", back.Shape, Role.Error);
        noisy.Kernels.Copy(back, error);
        noisy.Kernels.Combine(-1, noisy.At(port), 1, error);
        _reverse[port].Backward(error, noisy, wantsInput: false);
    }
}
