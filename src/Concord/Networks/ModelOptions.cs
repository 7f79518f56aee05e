using System.Globalization;
using Concord.Layers;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Networks;

/// <summary>
/// What may stand after the commas of a model string, for hidden layers all alike: <c>tanh,batchnorm,dropout=0.5</c>. Of two that
/// contradict each other the later one counts.
/// </summary>
public sealed class ModelOptions
{
    private enum NormKind
    {
        None,
        Batch,
        Layer,
        BatchAfter,
    }

    private const string MaskKey = "mask.", AsReleased = ":as-released";

    private static readonly Option<Activation> s_activation = new("activation", ActivationLayer.Named, ActivationLayer.ByName["relu"],
        "Activation of hidden layers; the name stands by itself, as tanh or leaky-relu=0.1.") { IsNamedByValue = true };

    private static readonly Option<NormKind> s_norm = new("norm", OptionType.Choice(new Dictionary<string, NormKind>
    {
        ["no-norm"] = NormKind.None, ["batchnorm"] = NormKind.Batch, ["layernorm"] = NormKind.Layer,
        ["batchnorm-after"] = NormKind.BatchAfter,
    }), NormKind.None, "Norm of hidden layers, before the activation or after it; its name stands by itself.") { IsNamedByValue = true };

    private static readonly Option<double>
        s_dropout = new("dropout", LayerKind.Rate, 0, "Probability that a unit of a hidden dense layer is dropped, after the activation."),
        s_dropoutBefore = new("dropout-before", LayerKind.Rate, 0, "The same before the activation."),
        s_inputDropout = new("input-dropout", LayerKind.Rate, 0, "Probability that an input is dropped.");

    private static readonly Option<bool> s_noBias =
        new("no-bias", OptionType.Flag, false, "Whether convolutions have no bias.") { Alone = "true" };

    private static readonly OptionType<double> s_share = OptionType.NumberAbove(0, 1);

    private static readonly OptionType<MaskedLearning> s_masking = new($"{s_share.Words}, and {AsReleased} after it or not",
        text => (s_share.TryParse(Share(text), out var share), new(share, text.EndsWith(AsReleased, StringComparison.Ordinal))),
        masking => $"{s_share.Write(masking.Keep)}{(masking.AsReleased ? AsReleased : "")}", masking => s_share.Allows(masking.Keep));

    private readonly OptionValues _values;
    private readonly MaskedLearning?[] _masks;

    private ModelOptions(OptionValues values, MaskedLearning?[] masks) => (_values, _masks) = (values, masks);

    /// <summary>The options.</summary>
    public static IReadOnlyList<Option> Declared { get; } = Declare(convolutional: null);

    /// <summary>Where weights start.</summary>
    internal Initializer Initializer => LayerKind.Start(_values);

    /// <summary>Where biases start; null for what belongs to the weights' start.</summary>
    internal Initializer? BiasInitializer =>
        _values.Of(LayerKind.BiasStart) is { } start ? new Initializer(InitializerKind.Constant, start) : null;

    /// <summary>Whether convolutions have a bias.</summary>
    internal bool ConvolutionBias => !_values.Of(s_noBias);

    /// <summary>Whether a norm was named.</summary>
    internal bool NormIsGiven => _values.IsGiven(s_norm);

    /// <summary>Whether a norm follows activations, where a residual unit has no place for it.</summary>
    internal bool NormsAfter => _values.Of(s_norm) == NormKind.BatchAfter;

    /// <summary>Which weights of a dense layer learn; null for all.</summary>
    /// <param name="layer">Its number, from 1.</param>
    internal MaskedLearning? MaskOf(int layer) => _masks[layer - 1];

    /// <summary>What stands before the lowest weights.</summary>
    internal IEnumerable<Layer> AtInput() => Drop(_values.Of(s_inputDropout));

    /// <summary>The norm right after weights, where there is one.</summary>
    internal IEnumerable<Layer> Norm() => _values.Of(s_norm) switch
    {
        NormKind.Batch => [new BatchNorm()],
        NormKind.Layer => [new LayerNorm()],
        _ => [],
    };

    /// <summary>The activation.</summary>
    internal Layer Activation() => new ActivationLayer(_values.Of(s_activation));

    /// <summary>What follows hidden weights: norm, dropout, activation, dropout, or the norm at the end.</summary>
    /// <param name="dense">Whether the weights are a dense layer's, whose units drop out.</param>
    internal IEnumerable<Layer> Behind(bool dense) =>
        [.. Norm(), .. dense ? Drop(_values.Of(s_dropoutBefore)) : [], Activation(), .. dense ? Drop(_values.Of(s_dropout)) : [],
            .. NormsAfter ? (Layer[])[new BatchNorm()] : []];

    private static IEnumerable<Layer> Drop(double rate) => rate > 0 ? [new Dropout(rate)] : [];

    /// <summary>Reads options.</summary>
    /// <param name="text">The whole model string, for people.</param>
    /// <param name="words">What stands after its commas.</param>
    /// <param name="denseLayers">How many blocks fc1, fc2, ... there are.</param>
    /// <param name="convolutional">Whether there may be convolutions.</param>
    /// <exception cref="ConcordException">One is none, its value is out of range, or it has no effect.</exception>
    internal static ModelOptions Read(string text, IReadOnlyList<string> words, int denseLayers, bool convolutional)
    {
        var owner = $"The model '{text}'";
        var masks = new Option<MaskedLearning>?[denseLayers];
        foreach (var (key, _) in words.Select(OptionWords.Split))
            if (key.StartsWith(MaskKey, StringComparison.Ordinal))
                masks[BlockNumber(text, key[MaskKey.Length..], denseLayers) - 1] = Mask(key[MaskKey.Length..]);
        IReadOnlyList<Option> declared = [.. Declare(convolutional), .. masks.OfType<Option>()];
        var values = OptionValues.Read(declared, OptionWords.Read(words, declared, owner, laterCounts: true), $" of the model '{text}'");
        return new(values.Check(owner), [.. masks.Select(mask => mask is null ? null : values.Of(mask))]);
    }

    private static IReadOnlyList<Option> Declare(bool? convolutional) =>
    [
        s_activation, s_norm, s_dropout, s_dropoutBefore, s_inputDropout, LayerKind.Init, LayerKind.Gain, LayerKind.BiasStart,
        s_noBias.When(_ => convolutional != false, "convolutions"), Mask("BLOCK"),
    ];

    private static Option<MaskedLearning> Mask(string block) => new($"{MaskKey}{block}", s_masking, new MaskedLearning(1),
        "Share of a dense block's weights and biases that learns; as-released masks the signal that leaves it as well.");

    private static string Share(string text) => text.EndsWith(AsReleased, StringComparison.Ordinal) ? text[..^AsReleased.Length] : text;

    private static int BlockNumber(string text, string name, int denseLayers) =>
        name.StartsWith("fc", StringComparison.Ordinal) && int.TryParse(name.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture,
            out var number) && number > 0 && number <= denseLayers
            ? number
            : throw BlockPatterns.Missing($"The option mask of the model '{text}'", name,
                [.. Enumerable.Range(1, denseLayers).Select(layer => FormattableString.Invariant($"fc{layer}"))], "among its dense ones");
}
