using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// TESS (Apolinario and others 2025): each hidden layer of clocked neurons learns at each time step from a loss of its own and from traces,
/// <para>dW_ij = sum_t m_j (alpha_pre psi_j a_i + alpha_post q_j x_i), a_t = lambda_pre a_(t-1) + x_t, q_t = what psi left before t:
/// q_(t+1) = lambda_post q_t + psi_t,</para>
/// <para>m the signal of a loss of its spikes at that step (<see cref="SquareWaveLoss"/>), q a trace of the neuron
/// (<see cref="NeuronTraces"/>).</para>
/// <para>psi is the neurons' surrogate (theirs: fast-sigmoid, slope 100). Theirs pools the spikes first, standardises weights, and gives
/// signals at the last steps of a sample only (<c>local.last</c>). The output has its own error, and a trace of its own leak.</para>
/// </summary>
public sealed class TessRule : LearningRule
{
    private static readonly Option<double>
        s_pre = new("trace.pre", OptionType.Number(0, 1), 0.5, "What is left of the trace of an input after a step, lambda_pre."),
        s_post = new("trace.post", OptionType.Number(0, 1), 0.2, "What is left of the trace of a neuron after a step, lambda_post."),
        s_alphaPre = new("trace.alphaPre", OptionType.Number(), 1, "Factor on the product of neuron and trace of the input."),
        s_alphaPost = new("trace.alphaPost", OptionType.Number(), 1, "Factor on the product of trace of the neuron and input.");

    private static readonly Option<int> s_last = new("local.last", OptionType.Whole(), 0,
        "Steps at the end of a sample in which hidden layers get signals; 0 for all.");

    private readonly Dictionary<Port, SquareWaveLoss> _losses = [];
    private readonly double _post, _alphaPre, _alphaPost;
    private readonly int _last;

    internal TessRule(OptionValues values)
    {
        Online = new(Traces: true, TraceLeak: values.Of(s_pre));
        (_post, _alphaPre, _alphaPost, _last) = (values.Of(s_post), values.Of(s_alphaPre), values.Of(s_alphaPost), values.Of(s_last));
    }

    /// <summary>The options as they are declared.</summary>
    internal static IReadOnlyList<Option> Declared { get; } = [s_pre, s_post, s_alphaPre, s_alphaPost, s_last];

    /// <inheritdoc/>
    public override string Name => "tess";

    /// <inheritdoc/>
    public override Route RouteAt(Port port) => port.IsOutput ? Route.Arriving : Route.Here;

    /// <inheritdoc/>
    public override Needs NeedsAt(Port port) => port.IsOutput ? Needs.None : Needs.Activation | Needs.Targets;

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        foreach (var port in state.HiddenPorts)
        {
            if (InputTraces.Feeding(port.Below) is not ({ Correlates: true }, _))
                throw new ConcordException("The rule tess learns from the spikes of clocked neurons behind a dense layer or convolution, "
                    + $"and {port.Name} is {string.Join(", ", port.Below.Layers)}. Use a network like --model lif:784-400-10,ends=each.");
            _losses[port] = new(state, port);
        }
    }

    /// <inheritdoc/>
    public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
    {
        if (port.IsOutput) return arriving!;
        var (pass, signal) = (backward.Pass, _losses[port].SignalAt(backward.Pass.At(port), backward.Pass));
        var ((first, steps), count) = (pass.TimeStep, signal.Shape.Rows / pass.Rows);
        for (var t = 0; t < count && _last > 0; t++)
            if (first + t < steps - _last) backward.Kernels.Fill(signal.Step(count, t), 0);
        backward.LeaveOutPadding(signal);
        return signal;
    }

    /// <inheritdoc/>
    public override Tensor? Learn(Port port, Tensor signal, RuleBackwardPass backward)
    {
        if (port.IsOutput) return base.Learn(port, signal, backward);
        backward.LearnByTraces(port.Below, signal, _post, ofInputs: _alphaPre, ofNeurons: _alphaPost);
        return null;
    }
}
