using Concord.Numerics;

namespace Concord.Layers;

/// <summary>A tensor that learns: a weight, a bias, a norm's gain.</summary>
/// <param name="shape">Its axes.</param>
/// <param name="initializer">Where it starts.</param>
/// <param name="fanIn">Inputs of one output, for the initialiser.</param>
/// <param name="fanOut">Outputs of one input, for the initialiser.</param>
public sealed class Parameter(Shape shape, Initializer initializer, int fanIn, int fanOut)
{
    private static readonly Activation s_nonNegative = new(ActivationKind.Relu);

    private Tensor? _value;

    /// <summary>
    /// Its name in the network and in files, as <c>fc1.weight</c>. Streams are drawn by it, so it never depends on the rule.
    /// </summary>
    public string Name { get; init; } = "";

    /// <summary>Its axes.</summary>
    public Shape Shape { get; } = shape;

    /// <summary>
    /// Its axes as a matrix whose columns are the outputs, what optimizers and factors take a weight for: its last axis is the output,
    /// in dense layers as in convolutions.
    /// </summary>
    internal Shape MatrixShape => new(Shape.Length / Math.Max(1, Shape[Shape.Rank - 1]), Shape[Shape.Rank - 1]);

    /// <summary>Where it starts.</summary>
    public Initializer Initializer { get; } = initializer;

    /// <summary>Whether it stays as it is. A frozen parameter is outside the optimizer: decay would move it.</summary>
    public bool Frozen { get; set; }

    /// <summary>Whether it is a layer's bias, whose learning rate an optimizer may set apart.</summary>
    public bool IsBias { get; init; }

    /// <summary>Whether its elements are none below 0: an optimizer sets those to 0 that a step takes there.</summary>
    public bool IsNonNegative { get; init; }

    /// <summary>Which of its elements learn; null for all.</summary>
    public MaskedLearning? Masking { get; init; }

    /// <summary>
    /// 1 where an element learns and 0 where it does not; null where all do. It follows from seed and name, so no file keeps it.
    /// </summary>
    public Tensor? Mask { get; private set; }

    /// <summary>The stream of masks, which no other draw reads.</summary>
    internal RandomStream MaskStream { get; private set; }

    /// <summary>The numbers.</summary>
    /// <exception cref="InvalidOperationException">The network has not been initialised.</exception>
    public Tensor Value =>
        _value ?? throw new InvalidOperationException($"The parameter {Name} has no value yet: call Network.Initialize first.");

    /// <summary>Whether it has one.</summary>
    internal bool IsInitialized => _value is not null;

    /// <summary>Draws the starting value from the stream of that name; a second call draws the same again.</summary>
    internal void Initialize(Kernels kernels, RandomStream weights, Role role = Role.Weight)
    {
        _value ??= kernels.Allocate(Shape, role);
        Initializer.Fill(kernels, weights.Split(Name), _value, fanIn, fanOut);
        MaskStream = weights.Split($"{Name}.mask");
        if (Masking is null) return;
        Mask ??= kernels.Allocate(Shape, Role.Gradient);   // it is laid over gradients alone
        Masking.Fill(kernels, MaskStream, Mask);
    }

    /// <summary>Sets elements below 0 to 0 where it has none (<see cref="IsNonNegative"/>), after it moved or was written.</summary>
    internal void Clamp(Kernels kernels)
    {
        if (IsNonNegative) kernels.Activate(s_nonNegative, Value, Value);
    }

    /// <summary>Inputs of one output.</summary>
    public int FanIn => fanIn;

    /// <summary>Outputs of one input.</summary>
    public int FanOut => fanOut;

    /// <summary>Name and shape.</summary>
    public override string ToString() => $"{Name} {Shape}";
}
