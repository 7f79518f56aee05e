using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// A layer with a state h_t of n units that enters its next step: products W x_t of all T steps are one, products U h_(t-1) follow each
/// other; h_0 = 0. W is an entering connection and U an inner one, so the walk back through time crosses what the rule of the port above
/// puts in U's place. In memory W is [in, g n] and U [n, g n], with g gates.
/// </summary>
/// <param name="units">n.</param>
/// <param name="gates">g.</param>
/// <param name="initializer">Where weights start; where null, uniformly within 1 / sqrt(n), biases too, as PyTorch has it.
/// </param>
/// <param name="truncation">How far a signal walks back through time.</param>
public abstract class RecurrentLayer(int units, int gates, Initializer? initializer, Truncation truncation) : Layer
{
    private DenseConnection? _entering, _recurrent;

    /// <summary>W.</summary>
    public DenseConnection Entering => _entering ?? throw NoShape();

    /// <summary>U.</summary>
    public DenseConnection Recurrent => _recurrent ?? throw NoShape();

    /// <summary>n.</summary>
    protected int Units => units;

    /// <summary>How far a signal walks back.</summary>
    public Truncation Truncation => truncation;

    /// <summary>The biases, once they are made.</summary>
    protected abstract IReadOnlyList<Parameter> Biases { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => [Entering.Weight, Recurrent.Weight, .. Biases];

    /// <inheritdoc/>
    public override IReadOnlyList<Connection> EnteringConnections => [Entering];

    /// <inheritdoc/>
    public override IReadOnlyList<Connection> InnerConnections => [Recurrent];

    /// <inheritdoc/>
    public override IEnumerable<Connection> Crossed(bool inputWanted) =>
        [.. truncation.Within(Input.Steps) > 0 ? (Connection[])[Recurrent] : [], .. inputWanted ? EnteringConnections : []];

    /// <inheritdoc/>
    internal override bool IsExact => !truncation.Cuts(Input.Steps);

    /// <inheritdoc/>
    public override bool IsWeighted => true;

    /// <inheritdoc/>
    public override bool HasState => true;

    /// <inheritdoc/>
    public override bool ReadsOutput => true;

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        if (units < 1) throw new ConcordException($"The recurrent layer {Name} was given {units} units; it has at least one.");
        if (truncation.Steps < 0) throw new ConcordException(
            $"The recurrent layer {Name} was told to walk back {truncation.Steps} steps; it takes a whole number of at least 0.");
        TensorSize.Check($"The weight of the recurrent layer {Name}", input.Length, gates * units);
        TensorSize.Check($"The recurrent weight of the recurrent layer {Name}", units, gates * units);
        _entering = new(Weight("weight", input.Length));
        _recurrent = new(Weight("recurrent", units));
        BuildBiases();
        return new(units);
    }

    /// <summary>Makes the biases.</summary>
    protected abstract void BuildBiases();

    /// <summary>A bias of a number for each gate and unit.</summary>
    /// <param name="name">Its name behind that of the layer.</param>
    protected Parameter Bias(string name) =>
        new(new(gates * units), Start.ForBias, units, units) { Name = $"{Name}.{name}", IsBias = true };

    /// <summary>The keys that units, start and truncation have in a list of layers; null where none say it.</summary>
    private protected string? Keys =>
        Start.Written is { } start ? FormattableString.Invariant($"units={units}{start}{truncation.Written}") : null;

    private Initializer Start => initializer ?? new(InitializerKind.PyTorch);

    private Parameter Weight(string name, int inputs) =>
        new(new(inputs, gates * units), Start, Start.Kind == InitializerKind.PyTorch ? units : inputs, units) { Name = $"{Name}.{name}" };

    private InvalidOperationException NoShape() => new($"The layer {Name} has no shape yet: put it in a network.");

    /// <summary>sums += w state: what a state sends to the next step.</summary>
    private protected static void Advance(Kernels kernels, Tensor w, Tensor state, Tensor sums) =>
        kernels.Product(state, false, w, false, sums, 1, 1);

    private const string Last = "state before";   // what slices note of the step before each

    private protected void BeginSlice(Tensor y, Tape tape) => StateBefore.Begin(this, Last, y, tape);

    private protected void EndSlice(Tensor y, Tape tape) => StateBefore.End(this, Last, y, tape);

    /// <summary>The state before the first step; null where time begins.</summary>
    private protected Tensor? Begun(Tensor y, Tape tape) => StateBefore.First(this, Last, y, tape);

    // The recurrent weight has no gradient at the first step of all.
    private protected void AddRecurrentGradient(Tensor d, Tensor y, Tape tape, BackwardContext context)
    {
        if (tape.Slice.IsPart) context.AddWeightGradient(Recurrent, d, StateBefore.Of(this, Last, y, tape));
        else if (Input.Steps > 1) context.AddWeightGradient(Recurrent, d.Later(Input.Steps), y.Earlier(Input.Steps));
    }
}
