using System.Globalization;
using Concord.Layers;

namespace Concord.Networks;

/// <summary>
/// <c>resmlp:3072-256x4-10</c>: inputs, width and number of residual units, outputs. A dense layer without activation, fc1, brings the
/// input to the width; each unit adds to the stream what a branch makes of it, h + W_2 f(W_1 LN(h) + b_1) + b_2, W_1 and W_2 of the
/// stream's width; the outputs, fc2, are a dense layer on a layer norm of the stream. The units are named unit1, unit2, ..., and their
/// ports stand at the sums. Options after commas are the activation f, where weights and biases start, dropout behind f, input dropout and
/// masks of fc1 and fc2.
/// </summary>
internal static class ResidualModel
{
    /// <summary>The word before the colon.</summary>
    public const string Kind = "resmlp";

    /// <summary>How such a string is written.</summary>
    public const string Form = "'resmlp:INPUTS-WIDTHxUNITS-OUTPUTS', as in 'resmlp:3072-256x4-10'";

    /// <summary>Builds the network.</summary>
    public static Network Build(string text, string layers, IReadOnlyList<string> optionTexts)
    {
        if (layers.Split('-') is not [var inputs, var stream, var outputs]) throw new ConcordException($"The model '{text}' has "
            + $"{layers.Split('-').Length} parts between hyphens; write {Form}.");
        var (input, output, widths) = (DenseModel.Widths(text, inputs).ToList(), DenseModel.Widths(text, outputs).ToList(),
            DenseModel.Widths(text, stream).ToList());
        if (input.Count > 1 || output.Count > 1)
            throw new ConcordException($"The model '{text}' repeats its inputs or outputs; only its units can be: write {Form}.");
        var options = ModelOptions.Read(text, optionTexts, denseLayers: 2, convolutional: false);
        if (options.NormIsGiven) throw new ConcordException($"The model '{text}' names a norm, and has a layer norm in each unit and "
            + "before its outputs in any case. Leave the norm out.");
        return new(new(input[0]),
        [
            new("fc1", [.. options.AtInput(), Dense(widths[0], 1)]),
            .. widths.Select((width, i) => new LayerGroup(string.Create(CultureInfo.InvariantCulture, $"unit{i + 1}"),
                new Residual([new LayerNorm(), Dense(width), .. options.Behind(dense: true), Dense(width)]))),
            new("fc2", new LayerNorm(), Dense(output[0], 2)),
        ]);

        Linear Dense(int width, int number = 0) =>
            new(width, options.Initializer, options.BiasInitializer, number == 0 ? null : options.MaskOf(number));
    }
}
