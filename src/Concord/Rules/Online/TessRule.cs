using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// TESS (Apolinario and others 2025): each hidden layer of clocked neurons learns at each time step from a loss of its own and from traces,
/// <para>dW_ij = sum_t m_j (alpha_pre psi_j a_i + alpha_post q_j x_i), a_t = lambda_pre a_(t-1) + x_t, q_t = what psi left before t:
/// q_(t+1) = lambda_post q_t + psi_t,</para>
/// <para>m = (softmax(z V) - y) V', z [N, n] the layer's spikes at that step, y the targets, V [n, K] fixed square waves.</para>
/// <para>psi is the neurons' surrogate (theirs: fast-sigmoid, slope 100). Theirs pools z first, standardises weights, learns leaks, and
/// gives signals at the last steps of a sample only (<c>local.last</c>). Ours: V_ik = +-1/sqrt(n), k + 1 periods over the neurons; m is
/// divided by T, as the error of the output is. The output has its own error and the first of the two terms.</para>
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

    private readonly Dictionary<Port, Tensor> _waves = [];
    private readonly Dictionary<Port, Layer?> _beginnings = [];   // of time, between a port and its weight
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
        var classes = state.Network.Output.Length;
        foreach (var port in state.HiddenPorts)
        {
            if (InputTraces.Feeding(port.Below) is not ({ Correlates: true }, _))
                throw new ConcordException("The rule tess learns from the spikes of clocked neurons behind a dense layer or convolution, "
                    + $"and {port.Name} is {string.Join(", ", port.Below.Layers)}. Use a network like --model lif:784-400-10,ends=each.");
            _beginnings[port] = InputTraces.OwnersIn(port.Below).OfType<Layer>().FirstOrDefault();
            var neurons = port.Shape.Length;
            var waves = _waves[port] = state.Kernels.Allocate(new(neurons, classes), Role.Feedback);
            if (state.Kernels.AssumedSpikes is null)   // there is memory, and not only a plan
                waves.CopyFrom([.. from i in Enumerable.Range(0, neurons) from k in Enumerable.Range(0, classes)
                    select (2 * (k + 1) * (long)i / neurons % 2 == 0 ? 1 : -1) / Math.Sqrt(neurons)]);
            state.Keep($"waves.{port.Name}", waves);
        }
    }

    /// <inheritdoc/>
    public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
    {
        if (port.IsOutput) return arriving!;
        var (pass, kernels, waves, z) = (backward.Pass, backward.Kernels, _waves[port], backward.Pass.At(port));
        var (first, steps) = pass.TimeStep;
        Tensor signal = backward.SignalBuffer(port), outputs = Room("outputs", waves.Shape.RowLength),
            error = Room("error", waves.Shape.RowLength),
            losses = pass.Workspace.Get(kernels, port, "losses", new(z.Shape.Rows), Role.Error);
        kernels.Product(z, false, waves, false, outputs);
        kernels.SoftmaxCrossEntropy(outputs, pass.Targets, 0, error, losses);
        kernels.Product(error, false, waves, true, signal, 1.0 / steps);
        var count = z.Shape.Rows / pass.Rows;
        for (var t = 0; t < count && _last > 0; t++)
            if (first + t < steps - _last) kernels.Fill(signal.Step(count, t), 0);
        backward.LeaveOutPadding(signal);
        return signal;

        Tensor Room(string name, int width) => pass.Workspace.Get(kernels, port, name, new(z.Shape.Rows, width), Role.Error);
    }

    /// <inheritdoc/>
    public override Tensor? Learn(Port port, Tensor signal, RuleBackwardPass backward)
    {
        if (port.IsOutput) return base.Learn(port, signal, backward);
        var (pass, kernels) = (backward.Pass, backward.Kernels);
        Tensor left = pass.Workspace.Get(kernels, port, "trace of slopes", signal.Shape, Role.Activation),
            product = pass.Workspace.Get(kernels, port, "signal and trace", signal.Shape, Role.Error);
        if (pass.Learns)
        {
            if (pass.TimeStep.First == 0) kernels.Fill(left, 0);
            kernels.Multiply(signal, left, product);
            kernels.Combine(_alphaPost, product, 0, product);
            backward.AddProduct(port.Below, _beginnings[port], product);
        }
        kernels.Combine(_alphaPre, signal, 0, product);
        backward.Backward(port.Below, product);
        if (pass.Learns) kernels.Combine(1, backward.Slopes(port.Below), _post, left);
        return null;
    }
}
