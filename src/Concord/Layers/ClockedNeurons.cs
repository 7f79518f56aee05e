using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Leaky integrate-and-fire neurons in discrete time (<see cref="ClockedNeuron"/>) on the current x [T N, n]: y [T N, n] is their spikes,
/// 0 and 1, or, of neurons that do not fire, their potential. With a recurrent weight U [n, n] the spikes of step t - 1 add U z_(t-1) to
/// the current; with a leak that learns, beta = s(w), w [n], s the logistic function. Backward is the derivative through time with a
/// surrogate in the place of dz/du (<see cref="Kernels.LeakySignal"/>; Neftci, Mostafa, Zenke 2019): dU = sum_t g_t z_(t-1)', and
/// dL/dbeta = sum_t g_t u_(t-1), after a hard reset of what was left. Where neurons adapt, the walk back carries dL/da_t beside g_t.
/// Truncated to K steps, each signal walks back over K steps.
/// </summary>
/// <param name="neuron">The equations.</param>
/// <param name="leak">beta, the share of the potential that is left after a step, in [0, 1].</param>
/// <param name="learnsLeak">Whether each neuron learns its own, from there.</param>
/// <param name="recurrent">Where U starts; null for neurons that do not see each other.</param>
/// <param name="truncation">How far a signal walks back.</param>
public sealed class ClockedNeurons(ClockedNeuron neuron, double leak, bool learnsLeak = false, Initializer? recurrent = null,
    Truncation truncation = default) : Layer
{
    private Parameter? _leak;
    private DenseConnection? _recurrent;

    private const string Potentials = "potential before", Fired = "spikes before", AdaptedBefore = "adapted before";   // noted of slices

    /// <summary>The equations.</summary>
    public ClockedNeuron Neuron => neuron;

    /// <summary>beta of each neuron, or of all where none learns its own.</summary>
    internal double[] LeakValues => _leak is null ? [leak] : [.. _leak.Value.ToArray().Select(w => 1 / (1 + Math.Exp(-w)))];

    /// <summary>U; null for neurons that do not see each other.</summary>
    internal Parameter? RecurrentWeight => _recurrent?.Weight;

    /// <summary>beta, or what it starts from.</summary>
    internal double Leak => leak;

    /// <summary>Whether each neuron learns its own.</summary>
    internal bool LearnsLeak => learnsLeak;

    /// <inheritdoc/>
    public override string Kind => neuron.Fires ? "lif" : "leaky";

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters =>
        [.. _recurrent is null ? (Parameter[])[] : [_recurrent.Weight], .. _leak is null ? (Parameter[])[] : [_leak]];

    /// <inheritdoc/>
    public override IReadOnlyList<Connection> InnerConnections => _recurrent is null ? [] : [_recurrent];

    /// <inheritdoc/>
    public override IEnumerable<Connection> Crossed(bool inputWanted) =>
        truncation.Within(Input.Steps) > 0 ? InnerConnections : [];

    /// <inheritdoc/>
    internal override bool IsExact => !truncation.Cuts(Input.Steps);

    /// <inheritdoc/>
    public override bool HasState => true;

    /// <inheritdoc/>
    internal override bool FiresAtSteps => neuron.Fires;

    /// <inheritdoc/>
    public override bool ReadsInput => false;

    /// <inheritdoc/>
    public override bool ReadsOutput => true;

    /// <summary>A spike has no derivative.</summary>
    public override bool HasTangent => false;

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        Check(leak is >= 0 and <= 1 && (!learnsLeak || leak is > 0 and < 1), $"a leak of {leak}", learnsLeak ? "a number between 0 and 1, "
            + "both left out, where it learns" : "a number from 0 to 1: the share of the potential that is left after a step");
        Check(neuron.Threshold > 0 && double.IsFinite(neuron.Threshold), $"a threshold of {neuron.Threshold}", "a number above 0");
        Check(neuron.Slope > 0 && double.IsFinite(neuron.Slope), $"a surrogate's slope of {neuron.Slope}", "a number above 0");
        Check(neuron.Refractory >= 0, $"{neuron.Refractory} refractory steps", "a whole number of at least 0");
        Check(neuron.Adaptation >= 0 && double.IsFinite(neuron.Adaptation), $"an adaptation of {neuron.Adaptation}",
            "a number of at least 0: how far a spike raises the threshold");
        Check(neuron.AdaptationLeak is >= 0 and <= 1, $"an adaptation's leak of {neuron.AdaptationLeak}",
            "a number from 0 to 1: the share of the rise that is left after a step");
        Check(neuron.Fires || !neuron.Adapts, $"an adaptation", "none where neurons do not fire");
        Check(neuron.Fires || (recurrent is null && neuron.Refractory == 0), $"a recurrent weight or refractory steps",
            "none where neurons do not fire");
        var units = input.Length;
        if (learnsLeak) _leak = new(new(units), new(InitializerKind.Constant, Math.Log(leak / (1 - leak))), 1, 1) { Name = $"{Name}.leak" };
        if (recurrent is { } start)
        {
            TensorSize.Check($"The recurrent weight of {Name}", units, units);
            _recurrent = new(new(new(units, units), start, units, units) { Name = $"{Name}.recurrent" });
        }
        return input;
    }

    private void Check(bool isFine, FormattableString given, string takes)
    {
        if (!isFine) throw new ConcordException($"The layer {Name} was given {FormattableString.Invariant(given)}; it takes {takes}.");
    }

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        var (kernels, steps, leaks, potential) = (tape.Kernels, tape.StepsOf(this), Leaks(tape), Potential(y, tape));
        var adapted = Adapted(y, tape);
        if (_leak is null) kernels.Fill(leaks, leak);
        else kernels.Activate(new(ActivationKind.Logistic), _leak.Value, leaks);
        var notes = _recurrent is not null || _leak is not null || tape.Slice.NotesStates;
        if (notes)
        {
            StateBefore.Begin(this, Potentials, potential, tape);
            if (neuron.Fires) StateBefore.Begin(this, Fired, y, tape);
            if (adapted is not null) StateBefore.Begin(this, AdaptedBefore, adapted, tape);
        }
        Tensor? before = tape.Slice.Continues ? potential.Step(steps, steps - 1) : null,
            fired = before is null || !neuron.Fires ? null : y.Step(steps, steps - 1),
            adaptedBefore = before is null ? null : adapted?.Step(steps, steps - 1);
        if (_recurrent is null)
            kernels.LeakySteps(neuron, leaks, x, potential, Spikes(y), steps, 0, steps, before, fired, adapted, adaptedBefore);
        else ForwardRecurrent(_recurrent, x, y, potential, before, fired, adaptedBefore, tape);
        if (!notes) return;
        StateBefore.End(this, Potentials, potential, tape);
        if (neuron.Fires) StateBefore.End(this, Fired, y, tape);
        if (adapted is not null) StateBefore.End(this, AdaptedBefore, adapted, tape);
    }

    private void ForwardRecurrent(DenseConnection recurrent, Tensor x, Tensor y, Tensor potential, Tensor? before, Tensor? fired,
        Tensor? adaptedBefore, Tape tape)
    {
        var (kernels, steps, leaks, adapted) = (tape.Kernels, tape.StepsOf(this), Leaks(tape), Adapted(y, tape));
        // the current of each step is turned into its potential where it stands, unless the potential before stands there
        var current = before is null ? potential : tape.Passing.Get(kernels, this, "current", x.Shape, Role.Activation);
        kernels.Copy(x, current);
        for (var t = 0; t < steps; t++)
        {
            if ((t > 0 ? y.Step(steps, t - 1) : fired) is { } last)
                kernels.Product(last, false, recurrent.Weight.Value, false, current.Step(steps, t), 1, 1);
            kernels.LeakySteps(neuron, leaks, current, potential, y, steps, t, 1, t == 0 ? before : null, t == 0 ? fired : null, adapted,
                t == 0 ? adaptedBefore : null);
        }
    }

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        if (inputSignal is null && !Learns()) return;
        var steps = tape.StepsOf(this);
        var back = truncation.Within(steps, context);
        var g = inputSignal ?? Room("walk", y.Shape, context);
        if (back == steps - 1) WalkAll(y, signal, g, tape, context);
        else g = WalkSome(back, y, signal, g, tape, context);
        if (_recurrent is not null && Input.Steps > 1)
            context.AddWeightGradient(_recurrent, Moved(g, tape), Before(Fired, y, tape));
        if (_leak is not null && Input.Steps > 1) AddLeakGradient(y, g, tape, context);
        if (inputSignal is not null && g != inputSignal) context.Kernels.Copy(g, inputSignal);
    }

    /// <summary>psi(u_t - threshold), what stands for dz_t/du_t; 1 where neurons do not fire.</summary>
    /// <param name="y">The output of the pass.</param>
    /// <param name="ones">1 for each neuron and step at hand.</param>
    /// <param name="tape">The pass's tape.</param>
    /// <param name="result">Receives it; not the ones.</param>
    internal void Slopes(Tensor y, Tensor ones, Tape tape, Tensor result) => tape.Kernels.LeakySignal(neuron, Leaks(tape),
        Potential(y, tape), Spikes(y), ones, null, result, tape.StepsOf(this), 0, tape.StepsOf(this), Adapted(y, tape));

    /// <summary>
    /// How the state of a step follows from that of the step before. Neurons that adapt have two numbers, u and a: u_t from a_(t-1) by
    /// Lost, a_t from u_(t-1) by Slopes and from a_(t-1) by Kept; and what fires is threshold + Rise a.
    /// </summary>
    internal readonly record struct StateDerivative(Tensor Decay, (Tensor Slopes, Tensor Lost, Tensor Kept, double Rise)? Adapted);

    /// <summary>
    /// du_t/du_(t-1) of the one step at hand, with what the reset does as far as it is differentiated: beta, with a hard reset
    /// beta (1 - z_(t-1)), and dr psi(u_(t-1) - threshold), with dr as in <see cref="Kernels.LeakySignal"/>.
    /// </summary>
    /// <param name="y">The output of the pass.</param>
    /// <param name="tape">The pass's tape, which notes states.</param>
    /// <param name="room">Where buffers are taken.</param>
    /// <returns>N rows each.</returns>
    internal StateDerivative Decay(Tensor y, Tape tape, Workspace room)
    {
        var kernels = tape.Kernels;
        Tensor decay = Of("decay"), leaks = Leaks(tape);
        kernels.Fill(decay, 0);
        kernels.AddRow(leaks, decay);
        var (resets, differentiates) = (neuron.Fires && neuron.Reset != SpikeReset.None, !neuron.DetachesReset);
        if (!resets && !neuron.Adapts) return new(decay, null);
        Tensor u = Before(Potentials, Potential(y, tape), tape), z = Before(Fired, y, tape), lost = Of("lost"), slopes = Of("slopes");
        if (differentiates || neuron.Adapts)
        {
            kernels.Fill(lost, 1);
            kernels.LeakySignal(neuron, leaks, u, z, lost, null, slopes, 1, 0, 1,
                neuron.Adapts ? Before(AdaptedBefore, Adapted(y, tape)!, tape) : null);
        }
        if (neuron.Reset == SpikeReset.Hard)
        {
            var taken = Of("taken");
            kernels.Multiply(decay, u, lost);   // what the derivative takes off, before the spike itself does
            if (differentiates) kernels.Multiply(lost, slopes, lost);
            kernels.Multiply(decay, z, taken);
            kernels.Combine(-1, taken, 1, decay);
            if (differentiates) kernels.Combine(-1, lost, 1, decay);
        }
        else if (resets && differentiates) kernels.Combine(-neuron.Threshold, slopes, 1, decay);
        if (!neuron.Adapts) return new(decay, null);
        var kept = Of("kept");
        kernels.Fill(kept, neuron.AdaptationLeak);
        kernels.Combine(-neuron.Adaptation, slopes, 1, kept);
        if (!resets || !differentiates) kernels.Fill(lost, 0);
        else if (neuron.Reset == SpikeReset.Hard) kernels.Combine(neuron.Adaptation, lost, 0, lost);
        else kernels.Combine(neuron.Adaptation * neuron.Threshold, slopes, 0, lost);
        return new(decay, (slopes, lost, kept, neuron.Adaptation));

        Tensor Of(string name) => room.Get(kernels, this, name, y.Shape, Role.Activation);
    }

    private bool Learns() => _leak is { Frozen: false } || _recurrent is { Weight.Frozen: false };

    private void WalkAll(Tensor y, Tensor signal, Tensor g, Tape tape, BackwardContext context)
    {
        var (kernels, steps, leaks, potential) = (context.Kernels, tape.StepsOf(this), Leaks(tape), Potential(y, tape));
        Tensor? adapted = Adapted(y, tape), h = adapted is null ? null : Room("adapted walk", y.Shape, context);
        if (_recurrent is null)
        {
            kernels.LeakySignal(neuron, leaks, potential, Spikes(y), signal, g, g, steps, 0, steps, adapted, h, h);
            return;
        }
        var arriving = Room("arriving", y.Shape, context);
        for (var t = steps - 1; t >= 0; t--)
        {
            var here = arriving.Step(steps, t);
            if (t == steps - 1) kernels.Copy(signal.Step(steps, t), here);
            else
            {
                context.Cross(_recurrent, g.Step(steps, t + 1), here);
                kernels.Combine(1, signal.Step(steps, t), 1, here);
            }
            kernels.LeakySignal(neuron, leaks, potential, y, arriving, g, g, steps, t, 1, adapted, h, h);
        }
    }

    // Signals of all steps go one step back together, and do so as many times as they may.
    private Tensor WalkSome(int back, Tensor y, Tensor signal, Tensor g, Tape tape, BackwardContext context)
    {
        var (kernels, steps, leaks, potential) = (context.Kernels, tape.StepsOf(this), Leaks(tape), Potential(y, tape));
        var other = back == 0 ? g : Room("other walk", y.Shape, context);
        Tensor? adapted = Adapted(y, tape), h = adapted is null || back == 0 ? null : Room("adapted walk", y.Shape, context),
            otherH = h is null ? null : Room("other adapted walk", y.Shape, context);
        kernels.LeakySignal(neuron, leaks, potential, Spikes(y), signal, null, g, steps, 0, steps, adapted, null, h);
        for (var step = 0; step < back; step++)
        {
            var arriving = signal;
            if (_recurrent is not null)
            {
                arriving = Room("arriving", y.Shape, context);
                kernels.Copy(signal, arriving);
                var crossed = Room("crossed", y.Earlier(steps).Shape, context);
                context.Cross(_recurrent, g.Later(steps), crossed);
                kernels.Combine(1, crossed, 1, arriving.Earlier(steps));
            }
            kernels.LeakySignal(neuron, leaks, potential, Spikes(y), arriving, g, other, steps, 0, steps, adapted, h, otherH);
            (g, other, h, otherH) = (other, g, otherH, h);
        }
        return g;
    }

    // dbeta = sum over later steps of g_t times what was left of the step before; dw = dbeta beta (1 - beta).
    private void AddLeakGradient(Tensor y, Tensor g, Tape tape, BackwardContext context)
    {
        if (!context.TryTake(_leak!, out var gradient)) return;
        using var _ = context.Gradients();
        var kernels = context.Kernels;
        var moved = Moved(g, tape);
        Tensor left = Room("left", moved.Shape, context), ofLeak = Room("of leak", new(Input.Length), context), leaks = Leaks(tape);
        SumLeft(neuron, moved, Before(Potentials, Potential(y, tape), tape), Before(Fired, y, tape), left,
            neuron is { Fires: true, Reset: SpikeReset.Hard } ? Room("lost", left.Shape, context) : null, ofLeak, kernels);
        kernels.MultiplyByDerivative(new(ActivationKind.Logistic), leaks, leaks, ofLeak, ofLeak);
        kernels.Combine(gradient.Alpha, ofLeak, gradient.Beta, gradient.Target);
    }

    /// <summary>sum_t g_t times what was left of the potential of the step before it: dL/dbeta of each neuron.</summary>
    internal static void SumLeft(ClockedNeuron neuron, Tensor later, Tensor earlierPotential, Tensor earlierSpikes, Tensor left,
        Tensor? lost, Tensor result, Kernels kernels)
    {
        kernels.Multiply(later, earlierPotential, left);
        if (neuron is { Fires: true, Reset: SpikeReset.Hard } && lost is not null)
        {
            kernels.Multiply(left, earlierSpikes, lost);
            kernels.Combine(-1, lost, 1, left);
        }
        kernels.SumRows(left.Matrix(result.Length), new(result));
    }

    private Tensor Leaks(Tape tape) => tape.Keep(this, "leak", new(Input.Length));

    private Tensor Potential(Tensor y, Tape tape) => neuron.Fires ? tape.Keep(this, "potential", y.Shape) : y;

    private Tensor? Adapted(Tensor y, Tape tape) => neuron.Adapts ? tape.Keep(this, "adapted", y.Shape) : null;

    private Tensor? Spikes(Tensor y) => neuron.Fires ? y : null;

    private Tensor Room(string name, Shape shape, BackwardContext context) =>
        context.Workspace.Get(context.Kernels, this, name, shape, Role.Error, context.Lane);

    // A state before each step that has one, and what of a signal belongs to it.
    private Tensor Before(string name, Tensor state, Tape tape) =>
        tape.Slice.IsPart ? StateBefore.Of(this, name, state, tape) : state.Earlier(Input.Steps);

    private Tensor Moved(Tensor g, Tape tape) => tape.Slice.IsPart ? g : g.Later(Input.Steps);

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape) =>
        throw new InvalidOperationException($"The layer {Name} carries no tangents.");

    /// <inheritdoc/>
    public override string? Written
    {
        get
        {
            var own = FormattableString.Invariant($"leak={leak:R} learned-leak={(learnsLeak ? "true" : "false")}{truncation.Written}");
            if (!neuron.Fires)
                return recurrent is null && neuron == new ClockedNeuron(1, SpikeReset.None, Fires: false)
                    with { Surrogate = neuron.Surrogate, Slope = neuron.Slope } ? $"leaky {own}" : null;
            if (recurrent is { } start && start != new Initializer(InitializerKind.PyTorch)) return null;
            return $"lif {own} {neuron.Written} recurrent={(recurrent is null ? "false" : "true")} "
                + FormattableString.Invariant($"reset={neuron.Reset.ToString().ToLowerInvariant()} refractory={neuron.Refractory}")
                + (neuron.DetachesReset ? " detached-reset=true" : "")
                + (neuron.Adapts ? FormattableString.Invariant($" adaptation={neuron.Adaptation:R}")
                    + FormattableString.Invariant($" adaptation-leak={neuron.AdaptationLeak:R}") : "");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Kind}{(recurrent is null ? "" : " recurrent")} leak {leak}")
        + (learnsLeak ? " (learns)" : "") + (neuron.Fires ? FormattableString.Invariant($", threshold {neuron.Threshold}") : "")
        + (neuron.Adapts ? FormattableString.Invariant($" adapts by {neuron.Adaptation}, leak {neuron.AdaptationLeak}") : "")
        + truncation;
}
