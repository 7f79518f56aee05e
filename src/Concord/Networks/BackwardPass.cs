using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// One backward pass over an evaluated batch: carriers, delivered signals, gradients. Several may walk the same pass in
/// lanes of their own: a rule, and the true gradient that a probe compares it with.
/// </summary>
/// <param name="pass">The pass.</param>
/// <param name="carriers">What each connection is crossed through.</param>
/// <param name="wanted">For each block, whether the port below wants the signal at its input; if not, it is not computed.</param>
/// <param name="sink">Where gradients go; null where none are wanted.</param>
/// <param name="lane">Its number among those on this pass.</param>
public sealed class BackwardPass(Pass pass, Func<Connection, Carrier> carriers, IReadOnlyList<bool> wanted, IGradientSink? sink,
    int lane = 0) : BackwardContext
{
    private readonly Tensor?[] _signals = new Tensor?[pass.Network.Ports.Count], _pulls = new Tensor?[pass.Network.Ports.Count];
    private double _factor = 1;
    private InputTraces? _traces;
    private SynapseTraces? _synapses;
    private NeuronTraces? _neurons;
    private bool _takesInputs;   // and no traces of them

    /// <summary>The pass.</summary>
    public Pass Pass => pass;

    /// <inheritdoc/>
    public override Kernels Kernels => pass.Kernels;

    /// <inheritdoc/>
    public override Workspace Workspace => pass.Inner;

    /// <inheritdoc/>
    public override int Lane => lane;

    /// <summary>
    /// What was delivered at a port on this walk: N x its shape, or a number for each spike (<see cref="Port.IsSpiking"/>); or null.
    /// </summary>
    /// <exception cref="InvalidOperationException">Activities are recomputed, and no signal outlives its block's turn.</exception>
    public Tensor? SignalAt(Port port) => pass.Activations == ActivationPolicy.Stored
        ? _signals[port.Index]
        : throw new InvalidOperationException($"The signal at {port.Name} was not kept: activations are recomputed, a block at a time. "
            + "Store them to look at signals.");

    /// <summary>
    /// Notes what is delivered at a port. Where spikes pass, a signal of each neuron, N x the port's shape with the sign of dLoss/dn for
    /// the number n of its spikes, becomes one of each spike: -s_n for every spike of neuron n, since by convention dn/dt = -1 (Bacho and
    /// Chu, SFDFA); and hidden neurons are pulled towards their rate, if the loss or the rule does so.
    /// </summary>
    /// <returns>What is delivered.</returns>
    public Tensor? Deliver(Port port, Tensor? signal)
    {
        if (signal is not null && port.IsSpiking)
        {
            if (signal.Shape.Rank > 1) signal = Spread(port, signal);
            pass.SpikeErrors.AddRates(port, signal);
        }
        if (signal is not null && Online?.Pull is { } rates && !port.IsOutput)
            Kernels.Combine(1, _pulls[port.Index] = rates.At(port, pass, lane), 1, signal);
        return _signals[port.Index] = signal;
    }

    /// <summary>The part of the signal at a port that pulls its neurons towards a rate; null where nothing does.</summary>
    internal Tensor? PullAt(Port port) => _pulls[port.Index];

    private Tensor Spread(Port port, Tensor ofNeurons)
    {
        var signal = pass.Signals.Get(Kernels, port, "spread", port.SignalShape(pass), Role.Error, lane);
        if (Kernels.AssumedSpikes is null) pass.SpikesAt(port).Spread(-1, ofNeurons, signal);
        Kernels.Count("SpreadToSpikes", signal.Shape, new(0, Words.Of(ofNeurons.Role, ofNeurons.Length),
            Words.Of(signal.Role, signal.Length)));
        return signal;
    }

    /// <summary>A buffer of a port's shape for a signal that a rule makes there.</summary>
    public Tensor SignalBuffer(Port port) => pass.Signals.Get(Kernels, port, "projected",
        port.IsOutput ? pass.SignalShapeAt(port) : pass.BatchOf(port.Shape), Role.Error, lane);

    /// <summary>
    /// The exact, local walk through a block, from the signal delivered on it: gradients, and the signal at its input where the
    /// port below wants it, through the carriers.
    /// </summary>
    /// <param name="block">The block.</param>
    /// <param name="signal">N x its port's shape.</param>
    /// <param name="factor">Factor on the gradients, and not on the signal that goes on.</param>
    public Tensor? Backward(Block block, Tensor signal, double factor = 1)
    {
        if (sink is null && !wanted[block.Index]) return null;
        pass.Inner.Recycle();
        var arriving = wanted[block.Index]
            ? pass.Signals.Get(Kernels, block, "arriving", block.Index == 0 ? block.Input.Batch(pass.Rows)
                : pass.SignalShapeAt(pass.Network.Ports[block.Index - 1]), Role.Error, lane) : null;
        _factor = factor;
        pass.Backward(block, signal, arriving, this);
        _factor = 1;
        return arriving;
    }

    /// <summary>
    /// The gradients of a block's one weight and bias from a signal at its port as it is and what that layer reads in a pass, with no
    /// derivative between the two: dW = sum_n s_n x_n', db = sum_n s_n. Norms learn nothing.
    /// </summary>
    /// <param name="block">The block.</param>
    /// <param name="signal">N x the port's shape.</param>
    /// <param name="inputOf">Whose input of the layer it is: the sweep's pass, or a second one.</param>
    /// <exception cref="ConcordException">As <see cref="Block.CheckCorrelation"/>.</exception>
    public void Correlate(Block block, Tensor signal, Pass inputOf)
    {
        block.CheckCorrelation();
        _takesInputs = true;
        if (sink is not null) inputOf.Correlate(block, signal, this);
        _takesInputs = false;
    }

    /// <summary>
    /// What stands for the derivative of the spikes of a block's clocked neurons at the steps at hand, psi(u_t - threshold).
    /// </summary>
    internal Tensor Slopes(Block block)
    {
        var ones = pass.Signals.Get(Kernels, block, "ones", pass.BatchOf(block.Output), Role.Error, lane);
        var slopes = pass.Signals.Get(Kernels, block, "slopes", ones.Shape, Role.Error, lane);
        Kernels.Fill(ones, 1);
        pass.Slopes(block, ones, slopes);
        return slopes;
    }

    /// <summary>
    /// Adds a signal of the one step at hand, which is not the first, to what the layer that begins time sums up, before the walk through
    /// its block.
    /// </summary>
    internal void AddToSum(Layer beginning, Tensor signal) => Kernels.Combine(1, signal, 1, SumOf(beginning, signal.Shape));

    private Tensor SumOf(Layer beginning, Shape shape) => pass.Workspace.Get(Kernels, beginning, "sum over time", shape, Role.Error, lane);

    /// <summary>Adds a multiple of a tensor to the gradient of a parameter, if it learns.</summary>
    internal void Add(Parameter parameter, double factor, Tensor tensor)
    {
        if (!TryTake(parameter, out var gradient)) return;
        using var _ = Gradients();
        Kernels.Combine(factor * gradient.Alpha, tensor, gradient.Beta, gradient.Target);
        ApplyMask(parameter, gradient);
    }

    /// <summary>Whether gradients are gathered on this walk by a training step.</summary>
    public bool Learns => sink is { Trains: true };

    /// <inheritdoc/>
    protected override Phase GradientPhase => sink?.Phase ?? base.GradientPhase;

    /// <summary>
    /// Gradients of a block's parameters along their directions on the pass: factor V for each that has a direction V.
    /// </summary>
    /// <param name="block">The block.</param>
    /// <param name="factor">The derivative along the directions, summed over the samples.</param>
    /// <param name="lane">Whose directions.</param>
    public void Along(Block block, double factor, int lane = 0)
    {
        for (var i = 0; i < block.Parameters.Count; i++)
        {
            var parameter = block.Parameters[i];
            if (pass.Tangents?.FindDirection(parameter, lane) is { } direction) Add(parameter, factor, direction);
        }
    }

    /// <summary>
    /// The signal at the pre-activation of a block: through what stands above its activation, and through f'.
    /// The signal itself where there is none.
    /// </summary>
    public Tensor PreActivationSignal(Block block, Tensor signal) => pass.PreActivationSignal(block, signal, this);

    /// <inheritdoc/>
    internal override bool WalksAllSteps => IsTrue;

    /// <summary>Whether it is the walk of the true gradient, which nothing cuts off.</summary>
    internal bool IsTrue { get; init; }

    /// <summary>How the rule learns while time goes on; null where it does not.</summary>
    internal OnlineLearning? Online { get; init; }

    /// <inheritdoc/>
    internal override bool StaysInStep => Online is { Walks: false };

    internal NeuronTraces NeuronTraces => _neurons ??= new(this);

    private SynapseTraces? Synapses => Online is { PerSynapse: true } ? _synapses ??= new(this) : null;

    private InputTraces? Traces =>
        Online is { Traces: true, PerSynapse: false } && !_takesInputs ? _traces ??= new(pass, Online.TraceLeak) : null;

    /// <inheritdoc/>
    private protected override Tensor TraceOf(Parameter weight, Tensor x) => Traces?.Of(weight, x) ?? x;

    /// <inheritdoc/>
    private protected override bool TryAddTraced(Parameter weight, Tensor delta, Tensor? x, in Accumulator gradient) =>
        Synapses?.TryAdd(weight, delta, x, gradient) == true;

    /// <inheritdoc/>
    private protected override double? TraceOfOne(object owner, int step) => Traces?.OfOne(owner, step);

    /// <inheritdoc/>
    private protected override int StepsIn(Tensor rows) => rows.Shape.Rows / pass.Rows;

    /// <inheritdoc/>
    internal override void SumOverTime(Layer layer, Tensor signal, Tensor inputSignal)
    {
        if (!pass.Slice.IsPart && TraceOfOne(layer, 0) is null)
        {
            base.SumOverTime(layer, signal, inputSignal);
            return;
        }
        var (sum, steps) = (SumOf(layer, inputSignal.Shape), StepsIn(signal));
        if (Synapses?.TrySum(layer, signal, sum) != true)
            for (var t = 0; t < steps; t++)
                Kernels.Combine(TraceOfOne(layer, t) ?? 1, signal.Step(steps, t), pass.Slice.First + t > 0 ? 1 : 0, sum);
        if (pass.Slice.IsLast) Kernels.Copy(sum, inputSignal);
    }

    /// <inheritdoc/>
    public override void Cross(Connection connection, Tensor delta, Tensor input) =>
        carriers(connection).Cross(Kernels, connection, delta, input);

    /// <inheritdoc/>
    public override Tensor MatrixOf(Connection connection) => carriers(connection).Matrix(connection);

    /// <inheritdoc/>
    public override bool TryTake(Parameter parameter, out Accumulator gradient)
    {
        gradient = default;
        if (sink is null || parameter.Frozen || !sink.TryTake(parameter, out gradient)) return false;
        if (_factor != 1) gradient = gradient with { Alpha = _factor * gradient.Alpha };
        return true;
    }
}
