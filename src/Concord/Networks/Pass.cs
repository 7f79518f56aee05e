using Concord.Layers;
using Concord.Numerics;
using Concord.Spiking;
using Concord.Spiking.Walks;

namespace Concord.Networks;

/// <summary>
/// One evaluation of one batch: logits, error, losses, and the activities at ports. It is used again for the next batch; its buffers
/// are made at first use. Rules read it and keep nothing of it.
/// </summary>
public sealed class Pass
{
    private readonly Activities _activities;
    private readonly RandomStream _dropout;
    private readonly Pass? _first;   // of which this is a second one
    private readonly Dictionary<(object Owner, int Number), Pass> _through = [];
    private Tensor? _input;
    private readonly bool _hasPlaces = true;   // a rule's own network is counted where it is used
    private bool _training;
    private Port? _top;
    private TrueGradient? _truth;
    private SpikeErrors? _spikeErrors;
    private bool _truthIsWalked;
    private bool _carries;   // whether tangents ride on the evaluation at hand

    /// <summary>A pass through a network.</summary>
    /// <param name="network">The network, initialised.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="dropout">The stream of dropout masks.</param>
    /// <param name="activations">Whether activities are kept for the walk down or computed again.</param>
    public Pass(Network network, Kernels kernels, RandomStream dropout, ActivationPolicy activations = ActivationPolicy.Stored)
    {
        Network = network;
        Kernels = kernels;
        Activations = activations;
        _dropout = dropout;
        Batch = new(network, kernels, Inner);
        _activities = new(network, kernels, activations, Inner);
        Signals = activations == ActivationPolicy.Recomputed ? new RecycledWorkspace() : Workspace;
    }

    // A second pass: it shares the memory that blocks take turns in, and the batch unless it is one of another network.
    private Pass(Pass first, Network network, Batch? batch)
    {
        Network = network;
        Kernels = first.Kernels;
        Inner = first.Inner;
        _dropout = first._dropout;
        Batch = batch ?? new(network, Kernels, Inner);
        _hasPlaces = batch is not null;
        _activities = new(network, Kernels, ActivationPolicy.Stored, Inner);
        Signals = Workspace;
    }

    private Pass(Pass first) : this(first, first.Network, first.Batch) => _first = first;

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The engine.</summary>
    public Kernels Kernels { get; }

    /// <summary>The samples.</summary>
    public Batch Batch { get; }

    /// <summary>Whether activities are kept for the walk down or computed again.</summary>
    public ActivationPolicy Activations { get; }

    /// <summary>Buffers of this pass that live as long as it does: the error, what rules prepare.</summary>
    public Workspace Workspace { get; } = new();

    /// <summary>Buffers of the sweeps down it: those of one block at a time where activities are recomputed.</summary>
    public Workspace Signals { get; }

    /// <summary>
    /// Buffers between the layers of a block that outlive no walk through it, up or down: every block has the same ones in its turn.
    /// </summary>
    internal Workspace Inner { get; } = new RecycledWorkspace();

    /// <summary>Bytes of activities and of what else layers keep for the walk down: dropout masks, moments.</summary>
    public long ActivationBytes
    {
        get
        {
            var bytes = _activities.Bytes;
            foreach (var pass in _through.Values) bytes += pass.ActivationBytes;
            return bytes;
        }
    }

    /// <summary>Bytes of all buffers: activations, signals and the batch.</summary>
    public long Bytes => ActivationBytes + BufferBytes + Inner.Bytes + (Tangents?.Bytes ?? 0);

    /// <summary>Bytes of copies in bf16 of what stands in these buffers.</summary>
    internal long CopyBytes => _activities.CopyBytes + (_first is null ? Batch.Workspace.CopyBytes : 0) + Workspace.CopyBytes
        + (Signals == Workspace ? 0 : Signals.CopyBytes) + Inner.CopyBytes + _through.Values.Sum(pass => pass.CopyBytes);

    private long BufferBytes
    {
        get
        {
            var bytes = (_first is null ? Batch.Workspace.Bytes : 0) + Workspace.Bytes + (Signals == Workspace ? 0 : Signals.Bytes);
            foreach (var pass in _through.Values) bytes += pass.BufferBytes;
            return bytes;
        }
    }

    /// <summary>
    /// Told of each port as soon as its activity is there, before other blocks take its buffers over; null if nothing asks.
    /// </summary>
    internal Action<Pass, Port>? Evaluated { get; set; }

    /// <summary>The tangents that ride on <see cref="Forward(long, bool)"/>; null if no rule asks for any.</summary>
    internal Tangents? Tangents { get; private set; }

    /// <summary>Whether the evaluation at hand is one of training: batch norms by the batch's moments, dropout.</summary>
    internal bool IsTraining => _training;

    /// <summary>Whether a step is recorded on it for its cost, with all that is ever done in one.</summary>
    internal bool IsRecorded { get; init; }

    /// <summary>The true gradient at a hidden port above the frozen blocks, walked when first asked for after an evaluation.</summary>
    internal Tensor TrueGradientAt(Port port)
    {
        const int Lane = 3;   // rules walk in lane 0, a probe in 1 and 2
        _truth ??= new(this, Network.FrozenBlocks + 1, Lane);
        if (!_truthIsWalked) _truth.Walk();
        _truthIsWalked = true;
        return _truth.At(port);
    }

    /// <summary>Has tangents ride on it from now on.</summary>
    internal void Carry(TangentPlan plan, RandomStream stream)
    {
        if (Tangents?.Plan != plan) Tangents = new(plan, this, stream);
    }

    /// <summary>The optimizer step that this pass belongs to, from 0.</summary>
    public long Step => Batch.Step;

    /// <summary>Samples in the batch.</summary>
    public int Rows => Batch.Rows;

    /// <summary>What is evaluated, N x input. Fill it after <see cref="Begin"/>.</summary>
    public Tensor Input => _input ?? _first?.Input ?? Batch.Input;

    /// <summary>What the outputs should be, N x K. Fill it after <see cref="Begin"/>.</summary>
    public Tensor Targets => Batch.TargetsOf(Slice);

    /// <summary>
    /// dLoss/dlogits per sample, N x K. Of spiking outputs it is an error of how often they fire, where the loss has one
    /// (<see cref="Spiking.Losses.SpikingLoss.ErrorOfCounts(SpikeTrains, Tensor)"/>).
    /// </summary>
    public Tensor Error => Buffer("error", Network.Output, Role.Error);

    /// <summary>
    /// What backpropagation begins with: <see cref="Error"/>, or, where the outputs are spiking, dLoss/dt of each of their spikes.
    /// </summary>
    public Tensor OutputSignal => Network.OutputPort.IsSpiking
        ? Workspace.Get(Kernels, this, "output signal", SignalShapeAt(Network.OutputPort), Role.Error) : Error;

    internal SpikeErrors SpikeErrors => _spikeErrors ??= new(this);

    /// <summary>The spikes at a port of the last evaluation, a sample for each row (<see cref="Port.IsSpiking"/>).</summary>
    /// <exception cref="InvalidOperationException">There are none.</exception>
    public SpikeTrains SpikesAt(Port port) => _activities.SpikesAt(port);

    /// <summary>What a spiking layer or an encoding gave in the last evaluation; null if it was not evaluated, or is none.</summary>
    public SpikeTrains? SpikesOf(Layer layer) => _activities.SpikesOf(layer);

    internal WalkCounts CountsOf(SpikingNeurons layer) => _activities.CountsOf(layer);

    internal Shape SignalShapeAt(Port port) => port.IsSpiking ? _activities.SignalShapeAt(port) : BatchOf(port.Shape);

    /// <summary>The time steps that stand in it.</summary>
    internal TimeSlice Slice { get; private set; }

    /// <summary>In how many slices a training step walks through time; 1 for all steps at once.</summary>
    internal int Slices => SliceSteps == 0 ? 1 : Math.Max(1, Network.Steps / SliceSteps);

    /// <summary>How the rule learns while time goes on; null where it does not, and all steps are made at once.</summary>
    internal OnlineLearning? Online
    {
        init
        {
            (SliceSteps, NotesStates) = (value?.Slice ?? 0, value?.PerSynapse == true);
            GoTo(0);
        }
    }

    private bool NotesStates { get; init; }

    /// <summary>Time steps of a slice; 0 for all of them.</summary>
    private int SliceSteps { get; init; }

    /// <summary>A batch of what has that shape, as far as its time steps are at hand.</summary>
    internal Shape BatchOf(Shape sample) => Slice.BatchOf(sample, Rows);

    // Which slice is next.
    private void GoTo(int slice)
    {
        if (SliceSteps > 0) Slice = new(slice * SliceSteps, Math.Min(SliceSteps, Network.Steps), Network.Steps, NotesStates);
    }

    /// <summary>The loss of each sample, N.</summary>
    public Tensor Losses => Workspace.Get(Kernels, this, "losses", new(Rows), Role.Error);

    /// <summary>The network's output before the loss, N x K.</summary>
    public Tensor Logits => At(Network.OutputPort);

    /// <summary>What the error belongs to; set by <see cref="Networks.Objective.Error(Pass)"/>.</summary>
    public Objective Objective { get; internal set; }

    /// <summary>The activity at a port, N x its shape.</summary>
    /// <exception cref="InvalidOperationException">Activities are recomputed, and that block's is not the one at hand;
    /// or that of a port above was given.</exception>
    public Tensor At(Port port)
    {
        if (_top is not null && port.Index > _top.Index)
            throw new InvalidOperationException($"There is no activity of {port.Name}: this second pass ended at {_top.Name}.");
        return _first is not null && port.Index < Given - 1 ? _first.At(port) : _activities.At(port);
    }

    /// <summary>The lowest blocks that <see cref="Forward(long, bool)"/> leaves out, because the activity above them is given.</summary>
    public int Given => _activities.Given;

    /// <summary>Makes room for a batch.</summary>
    public void Begin(int rows)
    {
        Batch.Rows = rows;
        Batch.Mask = null;
        GoTo(0);
        _activities.Begin();
        Inner.Recycle();
    }

    /// <summary>
    /// Gives the activity at a port in place of the input: the blocks up to it are left out until the next <see cref="Begin"/>. For blocks
    /// that are frozen and were evaluated before; no signal may be wanted there.
    /// </summary>
    /// <param name="port">A hidden port.</param>
    /// <returns>The activity, N x its shape; fill it.</returns>
    public Tensor Give(Port port) => _activities.Give(port, Buffer("given", port.Shape, Role.Activation));

    /// <summary>
    /// Evaluates the batch a second time with something changed: same targets, same dropout masks; batch norms take this pass's own batch
    /// moments and leave the running ones. What is below the change is as in this pass.
    /// </summary>
    /// <param name="owner">Whose second pass it is; its buffers are used again.</param>
    /// <param name="variation">What is changed.</param>
    /// <param name="upTo">The last port that is evaluated; the output if null.</param>
    /// <param name="number">Which of several second passes that are looked at together.</param>
    /// <exception cref="ConcordException">The change is at or below a port whose activity was given,
    /// or activities are recomputed.</exception>
    /// <exception cref="ArgumentException">The second pass would end at or below the change, what is put there has another shape, a port
    /// is one of another network, or noise would be added below the port where the pass begins.</exception>
    public Pass Again(object owner, in Variation variation, Port? upTo = null, int number = 0)
    {
        if (Activations == ActivationPolicy.Recomputed)
            throw new ConcordException("A second pass needs the activities of the first, and they are recomputed, a block at a time. "
                + "Use 'stored' (--activations stored).");
        variation.Check(Network);
        if (upTo is not null) Network.CheckPort(upTo);
        var start = variation.Lowest is { } lowest ? lowest.Index + 1 : 0;
        if (start <= Given && Given > 0)
            throw new ConcordException($"A second pass cannot begin at {(start == 0 ? "the input" : Network.Ports[start - 1].Name)}: "
                + "the activity of "
                + $"{Network.Ports[Given - 1].Name} was given, and what is below it was not evaluated. "
                + "Begin above it, or evaluate all blocks "
                + "(--cache-features off).");
        if ((upTo ?? Network.OutputPort).Index < start)
            throw new ArgumentException($"A second pass that begins above {Network.Ports[start - 1].Name} cannot end at "
                + $"{(upTo ?? Network.OutputPort).Name}.", nameof(upTo));
        if (!_through.TryGetValue((owner, number), out var second)) _through[(owner, number)] = second = new(this);
        second.Vary(variation, start, upTo);
        return second;
    }

    private void Vary(in Variation variation, int start, Port? upTo)
    {
        using var _ = new WorkScope(Kernels, Phase.ExtraForward);
        (_input, _top, _training, Objective) = (variation.NewInput, upTo, _first!._training, _first.Objective);
        var expected = (variation.Lowest?.Shape ?? Network.Input).Batch(Rows);
        if ((variation.NewInput ?? variation.Activity) is { } changed && changed.Shape != expected)
            throw new ArgumentException($"A second pass was given {changed.Shape} where the first has {expected}.", nameof(variation));
        _activities.Begin();
        _activities.Prepare(_training, movesStatistics: false, _dropout.At(Step), Batch.Mask, Slice);
        if (variation.Lowest is { } lowest) _activities.Give(lowest, variation.Activity ?? WithNoise(lowest, _first.At(lowest), variation));
        for (var i = start; i <= (upTo ?? Network.OutputPort).Index; i++)
        {
            Evaluate(Network.Blocks[i]);
            var port = Network.Ports[i];
            if (variation.IsNoisyAt(port)) _activities.Replace(port, WithNoise(port, _activities.At(port), variation));
        }
    }

    private Tensor WithNoise(Port port, Tensor activity, in Variation variation)
    {
        using var _ = new WorkScope(Kernels, block: port.Name);
        var noisy = Workspace.Get(Kernels, port, "noisy", activity.Shape, Role.Activation);
        variation.Added.Fill(Kernels, variation.Stream.Split(port.Name), noisy);
        Kernels.Combine(1, activity, 1, noisy);
        return noisy;
    }

    /// <summary>
    /// A pass through another network, evaluated with this one: as many samples, the same step, the same mode. Its activities outlive the
    /// step.
    /// </summary>
    /// <param name="owner">Whose it is.</param>
    /// <param name="network">The network.</param>
    /// <param name="input">N x its input; read where it stands.</param>
    /// <param name="number">Which of several.</param>
    internal Pass Through(object owner, Network network, Tensor input, int number)
    {
        if (!_through.TryGetValue((owner, number), out var pass)) _through[(owner, number)] = pass = new(this, network, null);
        pass._input = input;
        pass.Begin(Rows);
        pass.Forward(Step, _training);
        return pass;
    }

    /// <summary>What <see cref="Through"/> made; null if it did not.</summary>
    internal Pass? MadeThrough(object owner, int number) => _through.GetValueOrDefault((owner, number));

    /// <summary>Evaluates the lowest blocks on <see cref="Input"/> in evaluation mode, up to a port.</summary>
    /// <returns>The activity there.</returns>
    internal Tensor ForwardTo(Port port)
    {
        Prepare(step: 0, training: false);
        for (var i = 0; i <= port.Index; i++) Evaluate(Network.Blocks[i]);
        return At(port);
    }

    /// <summary>Evaluates the network on <see cref="Input"/>, or what is left of it above what was given.</summary>
    /// <param name="step">The optimizer step.</param>
    /// <param name="training">Whether dropout drops and batch norm uses and moves batch statistics.</param>
    public void Forward(long step, bool training) => Forward(step, training, carries: true);

    /// <summary>
    /// The same for one of the slices of time that a training step is walked in, one after the other.
    /// </summary>
    internal void Forward(long step, int slice)
    {
        GoTo(slice);
        Forward(step, training: true);
    }

    /// <summary>The same, with its tangents or without them.</summary>
    internal void Forward(long step, bool training, bool carries)
    {
        Prepare(step, training);
        Signals.Recycle();
        _truthIsWalked = false;
        _carries = carries && Tangents is not null;
        if (_carries) Tangents!.Begin();
        for (var i = Given; i < Network.Blocks.Count; i++) Evaluate(Network.Blocks[i]);   // an enumerator of the list would be allocated
        _carries = false;
    }

    /// <summary>
    /// Evaluates a block again, as it was: same masks, same batch moments, running moments left alone. The blocks below it come first.
    /// </summary>
    internal void Recompute(Block block)
    {
        using var _ = new WorkScope(Kernels, Phase.ExtraForward);
        _activities.PrepareAgain();
        Signals.Recycle();
        Evaluate(block);
    }

    internal void Correlate(Block block, Tensor signal, BackwardContext context)
    {
        if (block.Index > (_top ?? Network.OutputPort).Index || (block.Index < Given && _first is null))
            throw new InvalidOperationException($"This pass did not evaluate the block {block.Name}.");
        if (block.Index < Given) _first!.Correlate(block, signal, context);
        else _activities.Correlate(block, signal, context);
    }

    internal void Backward(Block block, Tensor signal, Tensor? inputSignal, BackwardContext context) =>
        _activities.Backward(block, signal, inputSignal, context);

    internal ClockedNeurons.StateDerivative Decay(Block block) => _activities.Decay(block, Workspace);

    internal Tensor OutputOf(Block block, Layer layer) => _activities.OutputOf(block, layer);

    internal double SpikesOfCircuits(Block block, Layer layer) => _activities.SpikesOfCircuits(block, layer);

    internal void Slopes(Block block, Tensor ones, Tensor result) => _activities.Slopes(block, ones, result);

    internal Tensor PreActivationSignal(Block block, Tensor signal, BackwardContext context) =>
        _activities.PreActivationSignal(block, signal, context, Signals);

    private void Prepare(long step, bool training)
    {
        Batch.Step = step;
        _training = training;
        if (Batch.Mask is { } mask) mask.Slice = Slice;
        _activities.Prepare(training, training, _dropout.At(step), Batch.Mask, Slice);
    }

    private void Evaluate(Block block)
    {
        using var _ = new WorkScope(Kernels, block: _hasPlaces ? block.Name : null);
        if (block.Index == 0 && Network.ReadsSpikes) TakeSpikes();
        if (_carries) Tangents!.Enter(block);
        _activities.Evaluate(block, block.Index == 0 ? Input : null, Rows, _carries ? Tangents!.Lanes : default);
        if (_carries) Tangents!.Leave(Network.Ports[block.Index]);
        Evaluated?.Invoke(this, Network.Ports[block.Index]);
    }

    private void TakeSpikes()
    {
        if (Kernels.AssumedSpikes is not null) return;
        if (Batch.Spikes.Samples != Rows)
            throw new ConcordException($"The network takes spikes, and {Batch.Spikes.Samples} samples of them were given for a batch of "
                + $"{Rows}. Give it data of spikes, or a model that encodes numbers (encoder=latency).");
        Batch.Spikes.CountInto(Input);
        _activities.SetSpikes(Input, Batch.Spikes);
    }

    private Tensor Buffer(string name, Shape sample, Role role) => Workspace.Get(Kernels, this, name, BatchOf(sample), role);
}
