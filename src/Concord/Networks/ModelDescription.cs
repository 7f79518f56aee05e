using System.Globalization;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// Reads the short model strings of the command line: <c>mlp:784-256-256-10</c>, then options after commas:
/// an activation (<c>relu</c> by default; <c>leaky-relu=SLOPE</c> and <c>elu=SCALE</c> take a number), <c>batchnorm</c> or <c>layernorm</c> (before the activation) or <c>batchnorm-after</c>,
/// <c>dropout=0.5</c> (hidden) or <c>dropout-before=0.5</c> (before the activation), <c>input-dropout=0.1</c>, <c>init=NAME</c>. The blocks are named fc1, fc2, ... <c>500x30</c> stands for thirty widths of 500.
/// <c>mask.fc2=0.15</c> lets that share of fc2's weights and biases learn, and <c>mask.fc2=0.15:as-released</c> masks the signal
/// that leaves it as well (<see cref="MaskedLearning"/>). <c>bias=0.1</c> lets all biases start there.
/// What these cannot say, a list of layers can: <see cref="LayerList"/>.
/// </summary>
public static class ModelDescription
{
    private static readonly string[] s_options = ["batchnorm", "batchnorm-after", "layernorm", "dropout=P", "dropout-before=P", "input-dropout=P", "init=NAME", "bias=VALUE", "mask.BLOCK=SHARE", "leaky-relu=SLOPE", "elu=SCALE", .. ActivationLayer.ByName.Keys];

    /// <summary>Builds the network that a string describes.</summary>
    /// <exception cref="ConcordException">The string cannot be read; the message says what it could be.</exception>
    public static Network Parse(string text)
    {
        if (text.StartsWith(LayerList.Start, StringComparison.Ordinal)) return LayerList.Parse(text);
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        var kind = parts[0].Split(':', 2);
        if (kind.Length != 2 || kind[0] != "mlp")
            throw new ConcordException($"The model '{text}' cannot be read. Write 'mlp:INPUTS-HIDDEN-...-OUTPUTS', as in 'mlp:784-256-256-10,tanh'.");
        var widths = kind[1].Split('-').SelectMany(width => Widths(text, width)).ToArray();
        if (widths.Length < 2) throw new ConcordException($"The model '{text}' has {widths.Length} width; it needs inputs and outputs at least, as in 'mlp:784-10'.");
        for (var i = 1; i < widths.Length; i++)
            if ((long)widths[i - 1] * widths[i] > int.MaxValue)
                throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"The model '{text}' has a layer {widths[i - 1]}-{widths[i]}, whose {(long)widths[i - 1] * widths[i]:N0} weights are more than the {int.MaxValue:N0} that a tensor holds."));

        var activation = ActivationLayer.ByName["relu"];
        var initializer = new Initializer(InitializerKind.PyTorch);
        double dropout = 0, dropoutBefore = 0, inputDropout = 0;
        Initializer? bias = null;
        string? norm = null;
        var masks = new MaskedLearning?[widths.Length];
        foreach (var option in parts.Skip(1))
        {
            var pair = option.Split('=', 2);
            switch (pair[0])
            {
                case "batchnorm" or "batchnorm-after" or "layernorm" when pair.Length == 1:
                    norm = pair[0];
                    break;
                case "dropout" when pair.Length == 2:
                    dropout = Rate(text, pair[1]);
                    break;
                case "dropout-before" when pair.Length == 2:
                    dropoutBefore = Rate(text, pair[1]);
                    break;
                case "input-dropout" when pair.Length == 2:
                    inputDropout = Rate(text, pair[1]);
                    break;
                case "init" when pair.Length == 2:
                    initializer = Nearest.Find("initialiser", pair[1], Initializer.ByName);
                    break;
                case "bias" when pair.Length == 2:
                    bias = double.TryParse(pair[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
                        ? new(InitializerKind.Constant, value)
                        : throw new ConcordException($"The model '{text}' has the bias '{pair[1]}'; it takes a number, with a point for decimals.");
                    break;
                case "leaky-relu" or "elu" when pair.Length == 2:
                    activation = ActivationLayer.ByName[pair[0]] with { Parameter = Parameter(text, option, pair[1]) };
                    break;
                case var mask when mask.StartsWith("mask.", StringComparison.Ordinal) && pair.Length == 2:
                    masks[BlockNumber(text, mask["mask.".Length..], widths.Length - 1)] = Masking(text, pair[1]);
                    break;
                default:
                    if (!ActivationLayer.ByName.TryGetValue(option, out activation))
                        throw new ConcordException($"The model '{text}' has the option '{option}', which is none. {Nearest.Hint(option, s_options)}");
                    break;
            }
        }

        List<LayerGroup> groups = [];
        for (var i = 1; i < widths.Length; i++)
        {
            List<Layer> layers = [];
            if (i == 1 && inputDropout > 0) layers.Add(new Dropout(inputDropout));
            layers.Add(new Linear(widths[i], initializer, bias, masks[i]));
            if (i < widths.Length - 1)
            {
                if (norm == "batchnorm") layers.Add(new BatchNorm());
                if (norm == "layernorm") layers.Add(new LayerNorm());
                if (dropoutBefore > 0) layers.Add(new Dropout(dropoutBefore));
                layers.Add(new ActivationLayer(activation));
                if (dropout > 0) layers.Add(new Dropout(dropout));
                if (norm == "batchnorm-after") layers.Add(new BatchNorm());
            }
            groups.Add(new(string.Create(CultureInfo.InvariantCulture, $"fc{i}"), layers));
        }
        return new Network(new(widths[0]), groups);
    }

    private static IEnumerable<int> Widths(string text, string widths)
    {
        var pair = widths.Split('x', 2);
        var width = Width(text, pair[0]);
        if (pair.Length == 1) return [width];
        return int.TryParse(pair[1], NumberStyles.None, CultureInfo.InvariantCulture, out var times) && times is > 0 and <= 1000
            ? Enumerable.Repeat(width, times)
            : throw new ConcordException($"The model '{text}' repeats a width in '{widths}'; write WIDTHxTIMES, as in '500x30', with 1 to 1000 times.");
    }

    private static double Parameter(string text, string option, string number) =>
        double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var parameter) && parameter >= 0 && double.IsFinite(parameter)
            ? parameter
            : throw new ConcordException($"The model '{text}' has the option '{option}', whose number is '{number}'; it takes one of at least 0, with a point for decimals.");

    private static int BlockNumber(string text, string name, int blocks) =>
        name.StartsWith("fc", StringComparison.Ordinal) && int.TryParse(name.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= blocks
            ? number
            : throw new ConcordException($"The model '{text}' masks the block '{name}'; its blocks are fc1 to fc{blocks}.");

    private static MaskedLearning Masking(string text, string masking)
    {
        var pair = masking.Split(':', 2);
        return double.TryParse(pair[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var keep) && keep is > 0 and <= 1 && (pair.Length == 1 || pair[1] == "as-released")
            ? new(keep, pair.Length == 2)
            : throw new ConcordException($"The model '{text}' has the mask '{masking}'; it takes the share that learns, in (0, 1], and may end in ':as-released', as in 'mask.fc2=0.15:as-released'.");
    }

    private static int Width(string text, string width) =>
        int.TryParse(width, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 1 << 20
            ? number
            : throw new ConcordException($"The model '{text}' has the width '{width}'; a width is a whole number from 1 to {1 << 20}.");

    private static double Rate(string text, string rate) =>
        double.TryParse(rate, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is >= 0 and < 1
            ? number
            : throw new ConcordException($"The model '{text}' has the dropout rate '{rate}'; a rate lies in [0, 1), with a point for decimals.");
}
