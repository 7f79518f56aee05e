using Concord.Layers;
using Concord.Options;

namespace Concord.Networks;

/// <summary>A kind of layer that a model can list.</summary>
/// <param name="Name">What a user writes.</param>
/// <param name="Block">What the block that it begins is called, before its number; null if it belongs to the block below.</param>
/// <param name="Options">The options it takes; a value without a key is the first one's.</param>
/// <param name="Make">Makes it from their values.</param>
public sealed record LayerKind(string Name, string? Block, IReadOnlyList<Option> Options, Func<OptionValues, Layer> Make)
{
    private const int MostUnits = 1 << 20;

    private static readonly Option<int>
        s_units = new("units", OptionType.Whole(1, MostUnits), "Outputs."),
        s_filters = new("filters", OptionType.Whole(1, MostUnits), "Channels of the output."),
        s_size = new("size", OptionType.Whole(1, MostUnits), "Height of the window, and its width where that is not given."),
        s_stride = new("stride", OptionType.Whole(1, MostUnits), 1, "Pixels from one window to the next."),
        s_padding = new("padding", OptionType.Whole(0, MostUnits), 0, "Pixels of zero put around the image."),
        s_dilation = new("dilation", OptionType.Whole(1, MostUnits), 1, "Pixels from one element of the kernel to the next."),
        s_groups = new("groups", OptionType.Whole(1, MostUnits), 1, "Groups of channels that do not mix.");

    private static readonly Option<int?> s_width = new("width", OptionType.Whole(1, MostUnits).Or("size"), otherwise: (int?)null,
        "Width of the window; size for a square one.");

    /// <summary>Where weights start.</summary>
    internal static readonly Option<Initializer> Init = new("init", OptionType.Choice(Initializer.ByName),
        new Initializer(InitializerKind.PyTorch), "Where weights start.");

    /// <summary>Factor on the spread of what is drawn.</summary>
    internal static readonly Option<double> Gain = new Option<double>("gain", OptionType.NumberAbove(0), 1,
        "Factor on the spread of the weights' draw, and of the biases' where they are drawn as well.")
        .When(values => values.Of(Init).Kind != InitializerKind.Zero, "init other than zero");

    /// <summary>Where biases start; null for what belongs to the weights' start.</summary>
    internal static readonly Option<double?> BiasStart =
        new("bias", OptionType.Number().Or("as-weights"), otherwise: (double?)null,
            "Value that all biases start at; as-weights for what belongs to the weights' start.");

    /// <summary>Dropout's rates.</summary>
    internal static readonly OptionType<double> Rate = OptionType.NumberBelow(0, 1);

    private static readonly Option<double>
        s_mask = new("mask", OptionType.NumberAbove(0, 1), 1, "Share of the weights and biases that learns."),
        s_rate = new("rate", Rate, "Probability that a unit is dropped.");

    private static readonly Option<bool>
        s_hasBias = new("bias", OptionType.Flag, true, "Whether there is a bias."),
        s_maskAsReleased = new Option<bool>("maskAsReleased", OptionType.Flag, false,
            "Whether the signal that leaves the layer is masked as well, as in the authors' released code.")
            .When(values => values.IsGiven(s_mask), "mask"),
        s_shortcut = new("shortcut", OptionType.Choice(new Dictionary<string, bool> { ["identity"] = false, ["convolution"] = true }),
            values => values.Of(s_stride) != 1, "Whether the shortcut is the input or a convolution of it; "
                + "by default a convolution where the stride is not 1.");

    private static readonly Func<IEnumerable<Layer>> s_none = () => [];

    private static readonly Option<Func<IEnumerable<Layer>>> s_norm = new("norm",
        OptionType.Choice(new Dictionary<string, Func<IEnumerable<Layer>>>
    {
        ["none"] = s_none, ["batchnorm"] = () => [new BatchNorm()], ["layernorm"] = () => [new LayerNorm()],
    }), _ => s_none, "Norm after each convolution of the unit.");

    private static readonly Option<Numerics.Activation> s_activation =
        new("activation", ActivationLayer.Named, ActivationLayer.ByName["relu"], "Activation between the convolutions of the unit.");

    private static readonly Option<Numerics.Activation> s_recurrentActivation =
        new("activation", ActivationLayer.Named, ActivationLayer.ByName["tanh"], "The function of the units.");

    /// <summary>How many time steps there are.</summary>
    internal static readonly Option<int> Steps = new("steps", OptionType.Whole(1, RepeatInTime.MostSteps), "Time steps.");

    /// <summary>How far signals walk back through time.</summary>
    internal static Option<Truncation> Truncate => TruncationOption.Truncate;

    internal static Initializer? RecurrentStart(OptionValues values) => Start(values);

    /// <summary>Concord's own kinds. A new one is a line here.</summary>
    public static IReadOnlyList<LayerKind> Own { get; } =
    [
        new("dense", "fc", [s_units, Init, Gain, BiasStart, s_mask, s_maskAsReleased],
            values => new Linear(values.Of(s_units), Start(values),
            values.Of(BiasStart) is { } start ? new Initializer(InitializerKind.Constant, start) : null,
            values.IsGiven(s_mask) ? new(values.Of(s_mask), values.Of(s_maskAsReleased)) : null)),
        new("convolution", "conv", [s_filters, s_size, s_width, s_stride, s_padding, s_dilation, s_groups, Init, Gain, s_hasBias],
            values => new Convolution(
            values.Of(s_filters), Window(values, values.Of(s_dilation)), values.Of(s_groups), Start(values), values.Of(s_hasBias))),
        new("residual", "unit", [s_filters, s_stride, s_shortcut, s_norm, s_activation, Init, Gain], Unit),
        new("rows", null, [], _ => new RowsToSteps()),
        new("repeat", null, [Steps], values => new RepeatInTime(values.Of(Steps))),
        new("recurrent", "rnn", [s_units, s_recurrentActivation, Init, Gain, Truncate], values => new ElmanLayer(values.Of(s_units),
            values.Of(s_recurrentActivation), Start(values), values.Of(Truncate))),
        new("gru", "gru", [s_units, Init, Gain, Truncate],
            values => new GruLayer(values.Of(s_units), Start(values), values.Of(Truncate))),
        new("poisson", null, [Steps], values => new PoissonEncoding(values.Of(Steps))),
        new("lif", null, NeuronOptions.OfFiring, NeuronOptions.Firing),
        new("rc", "rc", [s_units, .. NeuronOptions.OfCircuits], values => NeuronOptions.Circuits(values.Of(s_units), values)),
        new("first-spike", "rc", [s_units, .. NeuronOptions.OfFirstSpikes],
            values => NeuronOptions.FirstSpikes(values.Of(s_units), values)),
        new("leaky", null, NeuronOptions.OfLeaky, NeuronOptions.Leaky),
        new("last", null, [], _ => new LastStep()),
        new("mean", null, [], _ => new SumOverSteps(mean: true)),
        new("sum", null, [], _ => new SumOverSteps(mean: false)),
        new("max-pool", null, [s_size, s_width, s_stride, s_padding], values => new MaxPool(Window(values))),
        new("average-pool", null, [s_size, s_width, s_stride, s_padding], values => new AveragePool(Window(values))),
        new("global-pool", null, [], _ => new AveragePool()),
        new("flatten", null, [], _ => new Flatten()),
        .. ActivationLayer.ByName.Select(Activation),
        new("batchnorm", null, [], _ => new BatchNorm()),
        new("layernorm", null, [], _ => new LayerNorm()),
        new("dropout", null, [s_rate], values => new Dropout(values.Of(s_rate))),
    ];

    private static readonly Registry<LayerKind> s_known = new("layer", Own, kind => kind.Name);   // below Own, which it reads

    /// <summary>The kinds: Concord's own, then those that were registered.</summary>
    public static IReadOnlyList<LayerKind> All => s_known.All;

    /// <summary>
    /// Adds a kind of layer of a program's own, so that lists of layers can name it. From any thread; the same one again is no mistake.
    /// </summary>
    /// <param name="kind">The kind. What it makes has weights if it names a block, and none otherwise.</param>
    /// <param name="from">The plugin that it comes from; null where the program has it.</param>
    /// <exception cref="ConcordException">Its name is no word, or is another's.</exception>
    public static void Register(LayerKind kind, Plugin? from = null)
    {
        if (kind.Block is { } block && (block.Length == 0 || !block.All(char.IsAsciiLetter)))
            throw new ConcordException($"The layer {kind.Name} names its block '{block}'; that takes letters, and a number follows.");
        s_known.Add(kind, from);
    }

    /// <summary>Whether the kind of that name was registered.</summary>
    internal static bool IsForeign(string name) => s_known.IsForeign(name);

    /// <summary>The plugin that the kind of that name came from; null for none.</summary>
    internal static Plugin? OriginOf(string name) => s_known.OriginOf(name);

    /// <summary>The keys of the options.</summary>
    public IReadOnlyList<string> Keys => [.. Options.Select(option => option.Key)];

    /// <summary>Finds a kind.</summary>
    /// <exception cref="ConcordException">There is none of that name.</exception>
    public static LayerKind Find(string name) => IsOfSpikes(name)
        ? throw new ConcordException($"The layer '{name}' is one of spiking networks, which are no lists of layers: their options hold for "
            + $"all layers. Write a model string, {SpikingModel.Form}, with its options after commas (concord model options).")
        : KnownWords.Find("layer", name, All.ToDictionary(kind => kind.Name));

    // What people may call them.
    private static bool IsOfSpikes(string name) => name is "snn" or "encoding" or "latency"
        || name.StartsWith("spik", StringComparison.OrdinalIgnoreCase);

    /// <summary>Makes a layer.</summary>
    /// <param name="given">Keys and values.</param>
    /// <exception cref="ConcordException">A key is unknown, a value cannot be read, or it has no effect.</exception>
    public Layer Create(IReadOnlyDictionary<string, string> given)
    {
        foreach (var key in given.Keys) Check(key);
        return Make(OptionValues.Read(Options, given, $" of the layer {Name}").Check($"The layer {Name}"));
    }

    /// <summary>Refuses a key that it does not take.</summary>
    /// <exception cref="ConcordException">It is none.</exception>
    public void Check(string key)
    {
        if (!Keys.Contains(key)) throw OptionValues.Unknown($"The layer {Name}", key, Keys);
    }

    /// <summary>Where weights start.</summary>
    internal static Initializer Start(OptionValues values) => values.Of(Init) with { Gain = values.Of(Gain) };

    // Whether the filters change is not known here, so a shortcut that must project for that is asked for.
    private static Residual Unit(OptionValues values)
    {
        var (filters, initializer, activation) = (values.Of(s_filters), Start(values), values.Of(s_activation));
        return ResidualUnit.Of(values.Of(s_stride), values.Of(s_shortcut), window => new(filters, window, 1, initializer),
            values.Of(s_norm), () => new ActivationLayer(activation));
    }

    private static Numerics.Window Window(OptionValues values, int dilation = 1) =>
        new(values.Of(s_size), values.Of(s_width) ?? values.Of(s_size), values.Of(s_stride), values.Of(s_padding), dilation);

    private static LayerKind Activation(KeyValuePair<string, Numerics.Activation> named)
    {
        if (!ActivationLayer.OptionByName.TryGetValue(named.Key, out var parameter))
            return new(named.Key, null, [], _ => new ActivationLayer(named.Value));
        return new(named.Key, null, [parameter], values => new ActivationLayer(named.Value with { Parameter = values.Of(parameter) }));
    }
}
