using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// y = S(x) + F(x), F a branch of layers and S a shortcut, the identity if not given (He, Zhang, Ren, Sun 2015). The unit is one layer, so
/// a port can stand at the sum and nowhere inside: the skip cannot carry a true gradient past a port. Backward: S' signal + F' signal,
/// where inner connections cross through the carriers of the rule above and those that read x through those of the rule below.
/// </summary>
/// <param name="branch">F; its output has the shape of the shortcut's.</param>
public sealed class Residual(params IReadOnlyList<Layer> branch) : Layer
{
    private readonly Path _branch = new(branch);
    private Path? _shortcut;
    private Parameter[] _parameters = [];

    /// <summary>S: layers that bring x to the shape of the branch's output; none for x itself.</summary>
    public IReadOnlyList<Layer> Shortcut
    {
        get => _shortcut?.Layers ?? [];
        init => _shortcut = value.Count == 0 ? null : new(value);
    }

    private IEnumerable<Layer> Layers => [.. branch, .. Shortcut];

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => _parameters;

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, Tensor Tensor)> Buffers => [.. Layers.SelectMany(layer => layer.Buffers)];

    /// <inheritdoc/>
    public override IReadOnlyList<Connection> EnteringConnections =>
        [.. _branch.Sequence.EnteringConnections, .. _shortcut?.Sequence.EnteringConnections ?? []];

    /// <inheritdoc/>
    public override IReadOnlyList<Connection> InnerConnections =>
        [.. _branch.Sequence.InnerConnections, .. _shortcut?.Sequence.InnerConnections ?? []];

    /// <inheritdoc/>
    public override IEnumerable<Connection> Crossed(bool inputWanted) =>
        [.. _branch.Sequence.Crossed(inputWanted), .. _shortcut?.Sequence.Crossed(inputWanted) ?? []];

    /// <inheritdoc/>
    public override IReadOnlyList<IReadOnlyList<Layer>> Branches => _shortcut is null ? [branch] : [branch, Shortcut];

    /// <inheritdoc/>
    public override bool IsWeighted => true;

    /// <inheritdoc/>
    public override string Kind => "residual";

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        var output = _branch.Build(Name, input);
        var skipped = _shortcut?.Build($"{Name}.shortcut", input) ?? input;
        if (output != skipped) throw new ConcordException($"The branch of the residual unit {Name} turns {input} into {output}, "
            + $"its {(_shortcut is null ? "input stays" : "shortcut turns it into")} {skipped}; a sum needs equal shapes. "
            + "Give the shortcut a convolution, or the branch the filters and stride that keep them.");
        _parameters = [.. Layers.SelectMany(layer => layer.Parameters)];
        return output;
    }

    /// <inheritdoc/>
    public override void Reset(Kernels kernels)
    {
        foreach (var layer in branch) layer.Reset(kernels);
        foreach (var layer in Shortcut) layer.Reset(kernels);
    }

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        var branch = _branch.Forward(x, y, tape);
        if (!_branch.CanEndInSum) tape.Kernels.Copy(branch, y);
        tape.Kernels.Combine(1, _shortcut?.Forward(x, null, tape) ?? x, 1, y);
    }

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        _branch.Sequence.Backward(_branch.Activities(x, y, tape), signal, inputSignal, tape, context);
        if (_shortcut is null)
        {
            if (inputSignal is not null) context.Kernels.Combine(1, signal, 1, inputSignal);
            return;
        }
        var skipped = inputSignal is null ? null
            : context.Workspace.Get(context.Kernels, this, "skipped", inputSignal.Shape, Role.Error, context.Lane);
        _shortcut.Sequence.Backward(_shortcut.Activities(x, null, tape), signal, skipped, tape, context);
        if (inputSignal is not null) context.Kernels.Combine(1, skipped!, 1, inputSignal);
    }

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape)
    {
        var branch = _branch.Pushforward(x, y, tangent, tape);
        var skipped = _shortcut is null ? tangent : _shortcut.Pushforward(x, null, tangent, tape);
        if ((branch ?? skipped) is not { } first)
        {
            tape.Kernels.Fill(result, 0);
            return;
        }
        tape.Kernels.Copy(first, result);
        if (branch is not null && skipped is not null) tape.Kernels.Combine(1, skipped, 1, result);
    }

    /// <summary>That of the unit which begins as its branch does; whether it is the same unit, whoever reads the list finds out.</summary>
    public override string? Written
    {
        get
        {
            string[] begin = ["filters=", "stride=", "init=", "gain="];
            if (branch is not [Convolution { Written: { } first }, var second, ..]
                || branch.OfType<ActivationLayer>().FirstOrDefault()?.NameAlone is not { } f) return null;
            var norm = second is NormLayer ? second.Written : "none";
            return $"residual {string.Join(' ', first.Split(' ').Where(word => Array.Exists(begin, word.StartsWith)))} "
                + $"shortcut={(_shortcut is null ? "identity" : "convolution")} norm={norm} activation={f}";
        }
    }

    /// <inheritdoc/>
    public override string ToString() => _shortcut is null
        ? $"residual ({string.Join(", ", branch)})"
        : $"residual ({string.Join(", ", branch)}; shortcut {string.Join(", ", Shortcut)})";

    /// <summary>One of the two ways through the unit, with room for its activities.</summary>
    private sealed class Path(IReadOnlyList<Layer> layers)
    {
        private Tensor[] _activities = [];

        public IReadOnlyList<Layer> Layers => layers;

        public Sequence Sequence { get; } = new(layers, keepsAll: true);

        public Shape Build(string name, Shape input)
        {
            for (var i = 0; i < layers.Count; i++) input = layers[i].Attach($"{name}.{i + 1}", input);
            Sequence.Adopt();
            _activities = new Tensor[Sequence.Layers.Count + 1];
            return input;
        }

        /// <summary>
        /// Whether the last activity may stand where the sum will: its layer has a buffer of its own and does not read it on the way down.
        /// </summary>
        public bool CanEndInSum => Sequence.Layers[^1] is { ReadsOutput: false, RunsInPlace: false };

        public ReadOnlySpan<Tensor> Activities(Tensor x, Tensor? sum, Tape tape)
        {
            _activities[0] = x;
            Sequence.Lay(tape, _activities, x.Shape.Rows, CanEndInSum ? sum : null);
            return _activities;
        }

        public Tensor Forward(Tensor x, Tensor? sum, Tape tape)
        {
            Sequence.Forward(Activities(x, sum, tape), tape);
            return _activities[^1];
        }

        public Tensor? Pushforward(Tensor x, Tensor? sum, Tensor? tangent, Tape tape) =>
            Sequence.Pushforward(Activities(x, sum, tape), tangent, tape);
    }
}
