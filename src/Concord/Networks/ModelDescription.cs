using System.Globalization;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// Reads the short model strings of the command line: <c>mlp:784-256-256-10</c>, then options after commas:
/// an activation (<c>relu</c> by default), <c>batchnorm</c> or <c>layernorm</c> (before the activation) or <c>batchnorm-after</c>,
/// <c>dropout=0.5</c> (hidden), <c>input-dropout=0.1</c>, <c>init=NAME</c>. The blocks are named fc1, fc2, ...
/// </summary>
public static class ModelDescription
{
    private static readonly string[] s_options = ["batchnorm", "batchnorm-after", "layernorm", "dropout=P", "input-dropout=P", "init=NAME", .. ActivationLayer.ByName.Keys];

    /// <summary>Builds the network that a string describes.</summary>
    /// <exception cref="ConcordException">The string cannot be read; the message says what it could be.</exception>
    public static Network Parse(string text)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        var kind = parts[0].Split(':', 2);
        if (kind.Length != 2 || kind[0] != "mlp")
            throw new ConcordException($"The model '{text}' cannot be read. Write 'mlp:INPUTS-HIDDEN-...-OUTPUTS', as in 'mlp:784-256-256-10,tanh'.");
        var widths = kind[1].Split('-').Select(width => Width(text, width)).ToArray();
        if (widths.Length < 2) throw new ConcordException($"The model '{text}' has {widths.Length} width; it needs inputs and outputs at least, as in 'mlp:784-10'.");
        for (var i = 1; i < widths.Length; i++)
            if ((long)widths[i - 1] * widths[i] > int.MaxValue)
                throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"The model '{text}' has a layer {widths[i - 1]}-{widths[i]}, whose {(long)widths[i - 1] * widths[i]:N0} weights are more than the {int.MaxValue:N0} that a tensor holds."));

        var activation = ActivationLayer.ByName["relu"];
        var initializer = new Initializer(InitializerKind.PyTorch);
        double dropout = 0, inputDropout = 0;
        string? norm = null;
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
                case "input-dropout" when pair.Length == 2:
                    inputDropout = Rate(text, pair[1]);
                    break;
                case "init" when pair.Length == 2:
                    initializer = Nearest.Find("initialiser", pair[1], Initializer.ByName);
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
            layers.Add(new Linear(widths[i], initializer));
            if (i < widths.Length - 1)
            {
                if (norm == "batchnorm") layers.Add(new BatchNorm());
                if (norm == "layernorm") layers.Add(new LayerNorm());
                layers.Add(new ActivationLayer(activation));
                if (dropout > 0) layers.Add(new Dropout(dropout));
                if (norm == "batchnorm-after") layers.Add(new BatchNorm());
            }
            groups.Add(new(string.Create(CultureInfo.InvariantCulture, $"fc{i}"), layers));
        }
        return new Network(new(widths[0]), groups);
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
