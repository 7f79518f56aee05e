using Concord.Numerics;

namespace Concord.Layers;

/// <summary>The distributions that weights start from.</summary>
public enum InitializerKind
{
    /// <summary>PyTorch's default for dense layers: U(-1/sqrt(fanIn), 1/sqrt(fanIn)), for biases as well.</summary>
    PyTorch,

    /// <summary>U(-a, a), a = sqrt(6 / fanIn); He, Zhang, Ren, Sun 2015.</summary>
    KaimingUniform,

    /// <summary>N(0, 2 / fanIn); He, Zhang, Ren, Sun 2015.</summary>
    KaimingNormal,

    /// <summary>U(-a, a), a = sqrt(6 / (fanIn + fanOut)); Glorot, Bengio 2010.</summary>
    XavierUniform,

    /// <summary>N(0, 2 / (fanIn + fanOut)); Glorot, Bengio 2010.</summary>
    XavierNormal,

    /// <summary>N(0, 1 / fanIn); LeCun, Bottou, Orr, Müller 1998.</summary>
    LeCunNormal,

    /// <summary>U(-a, a), a = sqrt(3 / fanIn): LeCun's variance, uniform.</summary>
    LeCunUniform,

    /// <summary>N(0, 1 / (fanIn + fanOut)), for biases as well; the released code of Akrout and others 2019.</summary>
    AkroutNormal,

    /// <summary>All zero.</summary>
    Zero,

    /// <summary>One value everywhere.</summary>
    Constant,

    /// <summary>U(low, high), whatever the fans: the start of spiking layers.</summary>
    Uniform,
}

/// <summary>Where a weight starts. Names, as in model strings: <c>pytorch</c>, <c>kaiming-uniform</c>, <c>zero</c>, ...</summary>
/// <param name="Kind">The distribution.</param>
/// <param name="Value">The value of <see cref="InitializerKind.Constant"/>, the lower bound of <see cref="InitializerKind.Uniform"/>;
/// unused elsewhere.</param>
/// <param name="Gain">Factor on the distribution's spread; without effect on zeros and constants.</param>
/// <param name="High">The upper bound of <see cref="InitializerKind.Uniform"/>; unused elsewhere.</param>
public readonly record struct Initializer(InitializerKind Kind, double Value = 0, double Gain = 1, double High = 0)
{
    /// <summary>Initialisers by the name a user writes.</summary>
    public static IReadOnlyDictionary<string, Initializer> ByName { get; } = new Dictionary<string, Initializer>
    {
        ["pytorch"] = new(InitializerKind.PyTorch),
        ["kaiming-uniform"] = new(InitializerKind.KaimingUniform),
        ["kaiming-normal"] = new(InitializerKind.KaimingNormal),
        ["xavier-uniform"] = new(InitializerKind.XavierUniform),
        ["xavier-normal"] = new(InitializerKind.XavierNormal),
        ["lecun-normal"] = new(InitializerKind.LeCunNormal),
        ["lecun-uniform"] = new(InitializerKind.LeCunUniform),
        ["akrout-normal"] = new(InitializerKind.AkroutNormal),
        ["zero"] = new(InitializerKind.Zero),
    };

    /// <summary>The keys that say it in a list of layers, a blank before each; null where none do.</summary>
    internal string? Written
    {
        get
        {
            var plain = this with { Gain = 1 };
            return ByName.FirstOrDefault(entry => entry.Value == plain).Key is { } name
                ? FormattableString.Invariant($" init={name}{(Gain == 1 ? "" : $" gain={Gain:R}")}") : null;
        }
    }

    /// <summary>What it is, in words. The one that a record has by itself would never end, since <see cref="ForBias"/> is such a one too.
    /// </summary>
    public override string ToString() =>
        Written?.Trim() ?? FormattableString.Invariant($"{Kind}: value {Value}, gain {Gain}, high {High}");

    /// <summary>
    /// Where the biases of a layer with such weights start unless it is said: like them where the source of the distribution does so,
    /// else at zero.
    /// </summary>
    public Initializer ForBias => Kind is InitializerKind.PyTorch or InitializerKind.AkroutNormal ? this : new(InitializerKind.Zero);

    private bool IsNormal => Kind is InitializerKind.KaimingNormal or InitializerKind.XavierNormal or InitializerKind.LeCunNormal
        or InitializerKind.AkroutNormal;

    /// <summary>The half-width of a uniform distribution or the standard deviation of a normal one.</summary>
    private double Spread(int fanIn, int fanOut) => Gain * Kind switch
    {
        InitializerKind.PyTorch => Root(1, fanIn),
        InitializerKind.KaimingUniform => Root(6, fanIn),
        InitializerKind.KaimingNormal => Root(2, fanIn),
        InitializerKind.XavierUniform => Root(6, fanIn + fanOut),
        InitializerKind.XavierNormal => Root(2, fanIn + fanOut),
        InitializerKind.LeCunNormal => Root(1, fanIn),
        InitializerKind.AkroutNormal => Root(1, fanIn + fanOut),
        InitializerKind.LeCunUniform => Root(3, fanIn),
        InitializerKind.Uniform => (High - Value) / 2,
        _ => 0,
    };

    /// <summary>The standard deviation of a draw; 0 for zeros and constants.</summary>
    /// <param name="fanIn">Inputs of one output.</param>
    /// <param name="fanOut">Outputs of one input.</param>
    public double Deviation(int fanIn, int fanOut) => IsNormal
        ? Spread(fanIn, fanOut)
        : Spread(fanIn, fanOut) / Math.Sqrt(3);

    private static double Root(double numerator, int fan) => fan == 0 ? 0 : Math.Sqrt(numerator / fan);

    /// <summary>Draws a tensor.</summary>
    /// <param name="kernels">The engine that fills.</param>
    /// <param name="stream">What decides the draw.</param>
    /// <param name="tensor">Overwritten.</param>
    /// <param name="fanIn">Inputs of one output.</param>
    /// <param name="fanOut">Outputs of one input.</param>
    public void Fill(Kernels kernels, RandomStream stream, Tensor tensor, int fanIn, int fanOut)
    {
        var spread = Spread(fanIn, fanOut);
        switch (Kind)
        {
            case InitializerKind.Zero or InitializerKind.Constant:
                kernels.Fill(tensor, Value);
                break;
            case InitializerKind.Uniform:
                kernels.FillUniform(stream, Gain * Value, Gain * High, tensor);
                break;
            case var _ when IsNormal:
                kernels.FillNormal(stream, 0, spread, tensor);
                break;
            default:
                kernels.FillUniform(stream, -spread, spread, tensor);
                break;
        }
    }
}
