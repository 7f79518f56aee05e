using System.Globalization;
using Concord.Layers;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Networks;

/// <summary>
/// What may stand after the commas of a model string, for hidden layers all alike: an activation (<c>relu</c> by default;
/// <c>leaky-relu=SLOPE</c> and <c>elu=SCALE</c> take a number), <c>batchnorm</c> or <c>layernorm</c> (before the activation) or
/// <c>batchnorm-after</c>,
/// <c>dropout=0.5</c> (hidden dense layers) or <c>dropout-before=0.5</c> (before the activation), <c>input-dropout=0.1</c>,
/// <c>init=NAME</c>, <c>bias=0.1</c> (where all biases start), <c>no-bias</c> (convolutions).
/// <c>mask.fc2=0.15</c> lets that share of fc2's weights and biases learn, and <c>mask.fc2=0.15:as-released</c> masks the signal
/// that leaves it as well (<see cref="MaskedLearning"/>). Of two that contradict each other the later one counts.
/// </summary>
internal sealed class ModelOptions
{
    private static readonly string[] s_known =
        ["batchnorm", "batchnorm-after", "layernorm", "dropout=P", "dropout-before=P", "input-dropout=P", "init=NAME", "bias=VALUE",
            "no-bias", "mask.BLOCK=SHARE", "leaky-relu=SLOPE", "elu=SCALE", .. ActivationLayer.ByName.Keys];

    private static readonly OptionType<double> s_rate = OptionType.NumberBelow(0, 1), s_bias = OptionType.Number(),
        s_parameter = OptionType.Number(0), s_share = OptionType.NumberAbove(0, 1);
    private static readonly OptionType<Initializer> s_init = OptionType.Choice(Initializer.ByName);

    private readonly MaskedLearning?[] _masks;
    private Activation _activation = ActivationLayer.ByName["relu"];
    private double _dropout, _dropoutBefore, _inputDropout;
    private string? _norm;

    private ModelOptions(int denseLayers) => _masks = new MaskedLearning?[denseLayers];

    /// <summary>Where weights start.</summary>
    public Initializer Initializer { get; private set; } = new(InitializerKind.PyTorch);

    /// <summary>Where biases start; null for what belongs to the weights' start.</summary>
    public Initializer? BiasInitializer { get; private set; }

    /// <summary>Whether convolutions have a bias.</summary>
    public bool ConvolutionBias { get; private set; } = true;

    /// <summary>Whether a norm comes after activations, where a residual unit has no place for it.</summary>
    public bool NormsAfter => _norm == "batchnorm-after";

    /// <summary>Which weights of a dense layer learn; null for all.</summary>
    /// <param name="layer">Its number, from 1.</param>
    public MaskedLearning? MaskOf(int layer) => _masks[layer - 1];

    /// <summary>What stands before the lowest weights.</summary>
    public IEnumerable<Layer> AtInput() => _inputDropout > 0 ? [new Dropout(_inputDropout)] : [];

    /// <summary>The norm right after weights, where there is one.</summary>
    public IEnumerable<Layer> Norm() => _norm switch { "batchnorm" => [new BatchNorm()], "layernorm" => [new LayerNorm()], _ => [] };

    /// <summary>The activation.</summary>
    public Layer Activation() => new ActivationLayer(_activation);

    /// <summary>What follows hidden weights: norm, dropout, activation, dropout, or the norm at the end.</summary>
    /// <param name="dense">Whether the weights are a dense layer's, whose units drop out.</param>
    public IEnumerable<Layer> Behind(bool dense) =>
        [.. Norm(), .. Drop(dense, _dropoutBefore), Activation(), .. Drop(dense, _dropout),
            .. NormsAfter ? (Layer[])[new BatchNorm()] : []];

    private static IEnumerable<Layer> Drop(bool dense, double rate) => dense && rate > 0 ? [new Dropout(rate)] : [];

    /// <summary>Reads options.</summary>
    /// <param name="text">The whole model string, for people.</param>
    /// <param name="options">What stands after its commas.</param>
    /// <param name="denseLayers">How many blocks fc1, fc2, ... there are.</param>
    /// <param name="convolutional">Whether there may be convolutions.</param>
    /// <exception cref="ConcordException">One is none, or its number is out of range.</exception>
    public static ModelOptions Read(string text, IEnumerable<string> options, int denseLayers, bool convolutional)
    {
        var read = new ModelOptions(denseLayers);
        foreach (var option in options) read.Take(text, option, convolutional);
        return read;
    }

    private void Take(string text, string option, bool convolutional)
    {
        var (key, value) = OptionWords.Split(option);
        switch (key)
        {
            case "batchnorm" or "batchnorm-after" or "layernorm" when value is null:
                _norm = key;
                break;
            case "dropout" when value is not null:
                _dropout = Rate(text, value);
                break;
            case "dropout-before" when value is not null:
                _dropoutBefore = Rate(text, value);
                break;
            case "bias" when value is not null:
                BiasInitializer = new(InitializerKind.Constant, s_bias.Read($"The option bias of the model '{text}'", value));
                break;
            case "input-dropout" when value is not null:
                _inputDropout = Rate(text, value);
                break;
            case "init" when value is not null:
                Initializer = s_init.Read($"The option init of the model '{text}'", value);
                break;
            case "no-bias" when value is null:
                ConvolutionBias = convolutional ? false
                    : throw new ConcordException($"The model '{text}' has the option 'no-bias', which is for convolutions; it has none.");
                break;
            case "leaky-relu" or "elu" when value is not null:
                _activation = ActivationLayer.ByName[key]
                    with { Parameter = s_parameter.Read($"The option {key} of the model '{text}'", value) };
                break;
            case var mask when mask.StartsWith("mask.", StringComparison.Ordinal) && value is not null:
                _masks[BlockNumber(text, mask["mask.".Length..]) - 1] = Masking(text, value);
                break;
            default:
                if (!ActivationLayer.ByName.TryGetValue(option, out _activation))
                    throw new ConcordException($"The model '{text}' has the option '{option}', which models do not have. "
                        + $"{KnownWords.Hint(option, s_known)}");
                break;
        }
    }

    /// <summary>A dropout rate.</summary>
    /// <exception cref="ConcordException">It is none.</exception>
    public static double Rate(string text, string rate) => s_rate.Read($"The dropout rate of the model '{text}'", rate);

    private int BlockNumber(string text, string name) =>
        name.StartsWith("fc", StringComparison.Ordinal) && int.TryParse(name.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture,
            out var number) && number > 0 && number <= _masks.Length
            ? number
            : throw BlockPatterns.Missing($"The option mask of the model '{text}'", name,
                [.. Enumerable.Range(1, _masks.Length).Select(layer => FormattableString.Invariant($"fc{layer}"))], "among its dense ones");

    private static MaskedLearning Masking(string text, string masking)
    {
        var pair = masking.Split(':', 2);
        return pair.Length == 1 || pair[1] == "as-released"
            ? new(s_share.Read($"The option mask of the model '{text}'", pair[0]), pair.Length == 2)
            : throw new ConcordException($"The model '{text}' has the mask '{masking}'; after the share that learns, "
                + "':as-released' may follow, as in 'mask.fc2=0.15:as-released'.");
    }
}
