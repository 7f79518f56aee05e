using Concord.Layers;

namespace Concord.Networks;

/// <summary>A kind of layer that a model can list.</summary>
/// <param name="Name">What a user writes.</param>
/// <param name="Block">What the block that it begins is called, before its number; null if it belongs to the block below.</param>
/// <param name="Keys">The keys it takes; a value without a key is the first one's.</param>
/// <param name="Make">Makes it.</param>
public sealed record LayerKind(string Name, string? Block, IReadOnlyList<string> Keys, Func<LayerWords, Layer> Make)
{
    private const int MostUnits = 1 << 20;

    private static readonly Dictionary<string, bool> s_shortcuts = new() { ["identity"] = false, ["convolution"] = true };

    private static readonly Dictionary<string, Func<IEnumerable<Layer>>> s_norms = new() { ["none"] = () => [], ["batchnorm"] = () => [new BatchNorm()], ["layernorm"] = () => [new LayerNorm()] };

    private static readonly string[] s_window = ["size", "stride", "padding"];

    /// <summary>The kinds. A new one is a line here.</summary>
    public static IReadOnlyList<LayerKind> All { get; } =
    [
        new("dense", "fc", ["units", "init", "bias", "mask", "maskAsReleased"], words => new Linear(words.Whole("units", 1, MostUnits),
            words.Choice("init", Initializer.ByName, new(InitializerKind.PyTorch)),
            words.Has("bias") ? new Initializer(InitializerKind.Constant, words.Number("bias", _ => true, "a number")) : null,
            words.Has("mask") ? new(words.Number("mask", share => share is > 0 and <= 1, "a share in (0, 1]"), words.Flag("maskAsReleased")) : null)),
        new("convolution", "conv", ["filters", .. s_window, "dilation", "groups", "init", "bias"], words => new Convolution(words.Whole("filters", 1, MostUnits), Window(words), words.Has("groups") ? words.Whole("groups", 1, MostUnits) : 1,
            words.Choice("init", Initializer.ByName, new(InitializerKind.PyTorch)), !words.Has("bias") || words.Flag("bias"))),
        new("residual", "unit", ["filters", "stride", "shortcut", "norm", "activation", "init"], Unit),
        new("max-pool", null, s_window, words => new MaxPool(Window(words))),
        new("average-pool", null, s_window, words => new AveragePool(Window(words))),
        new("global-pool", null, [], _ => new AveragePool()),
        new("flatten", null, [], _ => new Flatten()),
        .. ActivationLayer.ByName.Select(Activation),
        new("batchnorm", null, [], _ => new BatchNorm()),
        new("layernorm", null, [], _ => new LayerNorm()),
        new("dropout", null, ["rate"], words => new Dropout(words.Number("rate", rate => rate is >= 0 and < 1, "a rate in [0, 1)"))),
    ];

    /// <summary>Finds a kind.</summary>
    /// <exception cref="ConcordException">There is none of that name.</exception>
    public static LayerKind Find(string name) => Nearest.Find("layer", name, All.ToDictionary(kind => kind.Name));

    /// <summary>Makes a layer.</summary>
    /// <param name="given">Keys and values.</param>
    /// <exception cref="ConcordException">A key is unknown, or a value cannot be read.</exception>
    public Layer Create(IReadOnlyDictionary<string, string> given)
    {
        foreach (var key in given.Keys) Check(key);
        return Make(new(Name, given));
    }

    /// <summary>Refuses a key that it does not take.</summary>
    /// <exception cref="ConcordException">It is none.</exception>
    public void Check(string key)
    {
        if (!Keys.Contains(key)) throw new ConcordException($"The layer {Name} {(Keys.Count == 0 ? $"takes no keys, but '{key}' was given." : $"has no key '{key}'. {Nearest.Hint(key, [.. Keys])}")}");
    }

    // Whether the filters change is not known here, so a shortcut that must project for that is asked for.
    private static Residual Unit(LayerWords words)
    {
        var (filters, stride, initializer) = (words.Whole("filters", 1, MostUnits), words.Whole("stride", 1, MostUnits, 1), words.Choice("init", Initializer.ByName, new(InitializerKind.PyTorch)));
        var activation = words.Choice("activation", ActivationLayer.ByName, ActivationLayer.ByName["relu"]);
        var norm = words.Choice("norm", s_norms, s_norms["none"]);
        return ResidualUnit.Of(stride, words.Choice("shortcut", s_shortcuts, stride != 1), window => new(filters, window, 1, initializer), norm, () => new ActivationLayer(activation));
    }

    private static Numerics.Window Window(LayerWords words)
    {
        int Whole(string key, int least, int otherwise) => words.Has(key) ? words.Whole(key, least, MostUnits) : otherwise;
        return Numerics.Window.Square(words.Whole("size", 1, MostUnits), Whole("stride", 1, 1), Whole("padding", 0, 0), Whole("dilation", 1, 1));
    }

    private static LayerKind Activation(KeyValuePair<string, Numerics.Activation> named)
    {
        var key = named.Key switch { "leaky-relu" => "slope", "elu" => "scale", _ => null };
        return new(named.Key, null, key is null ? [] : [key], words => new ActivationLayer(
            key is null ? named.Value : named.Value with { Parameter = words.Number(key, number => number >= 0, "a number of at least 0", named.Value.Parameter) }));
    }
}
