using System.Globalization;
using Concord.Layers;

namespace Concord.Networks;

/// <summary>
/// <c>mlp:784-256-256-10</c>: inputs, hidden widths, outputs. <c>500x30</c> stands for thirty widths of 500. The blocks are named fc1,
/// fc2, ...
/// </summary>
internal static class DenseModel
{
    /// <summary>The word before the colon.</summary>
    public const string Kind = "mlp";

    /// <summary>How such a string is written.</summary>
    public const string Form = "'mlp:INPUTS-HIDDEN-...-OUTPUTS', as in 'mlp:784-256-256-10,tanh'";

    /// <summary>Builds the network.</summary>
    public static Network Build(string text, string layers, IReadOnlyList<string> optionTexts)
    {
        var widths = layers.Split('-').SelectMany(width => Widths(text, width)).ToArray();
        if (widths.Length < 2) throw new ConcordException($"The model '{text}' has {widths.Length} width; "
            + "it needs inputs and outputs at least, as in 'mlp:784-10'.");
        var options = ModelOptions.Read(text, optionTexts, widths.Length - 1, convolutional: false);
        List<LayerGroup> groups = [];
        for (var i = 1; i < widths.Length; i++)
            groups.Add(Group(widths[i], i, i == widths.Length - 1, options, i == 1 ? options.AtInput() : []));
        return new(new(widths[0]), groups);
    }

    /// <summary>A dense layer and what follows it.</summary>
    /// <param name="width">Its outputs.</param>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="last">Whether it is the output, after which nothing follows.</param>
    /// <param name="options">What follows it elsewhere.</param>
    /// <param name="before">What stands before it in its block.</param>
    public static LayerGroup Group(int width, int number, bool last, ModelOptions options, IEnumerable<Layer> before) => new(
        string.Create(CultureInfo.InvariantCulture, $"fc{number}"),
        [.. before, new Linear(width, options.Initializer, options.BiasInitializer, options.MaskOf(number)),
            .. last ? [] : options.Behind(dense: true)]);

    /// <summary>A width, or several: <c>256</c>, <c>500x30</c>.</summary>
    public static IEnumerable<int> Widths(string text, string widths)
    {
        var pair = widths.Split('x', 2);
        var width = Width(text, pair[0]);
        if (pair.Length == 1) return [width];
        return int.TryParse(pair[1], NumberStyles.None, CultureInfo.InvariantCulture, out var times) && times is > 0 and <= 1000
            ? Enumerable.Repeat(width, times)
            : throw new ConcordException($"The model '{text}' repeats a width in '{widths}'; write WIDTHxTIMES, as in '500x30', "
                + "with 1 to 1000 times.");
    }

    private static int Width(string text, string width) =>
        int.TryParse(width, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 1 << 20
            ? number
            : throw new ConcordException($"The model '{text}' has the width '{width}'; a width is a whole number from 1 to {1 << 20}.");
}
