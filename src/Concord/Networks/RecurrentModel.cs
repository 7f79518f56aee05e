using System.Globalization;
using Concord.Layers;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Networks;

/// <summary>
/// <c>rnn:28x28-100-10</c>, <c>gru:28x28-100-10</c>: time steps x numbers of a step, or an image as data have it (channels x height x
/// width) whose rows become steps; then recurrent layers, rnn1 or gru1 and so on, and the outputs, fc1. In short <c>rnn:100</c>: hidden
/// widths alone, inputs and outputs those of the data.
/// </summary>
public static class RecurrentModel
{
    /// <summary>The words before the colon.</summary>
    internal const string Plain = "rnn", Gated = "gru";

    /// <summary>How such a string is written.</summary>
    internal const string Form =
        "'rnn:STEPSxINPUTS-HIDDEN-...-OUTPUTS', as in 'rnn:28x28-100-10', or gru for rnn; 'rnn:100' for the data's";

    private enum Ending
    {
        Last,
        Mean,
        Each,
    }

    private static readonly Option<Activation> s_activation = new("activation", ActivationLayer.Named, ActivationLayer.ByName["tanh"],
        "Function of the units of rnn; the name stands by itself, as relu.") { IsNamedByValue = true };

    private static readonly Option<Ending> s_ends = new("ends", OptionType.Choice(new Dictionary<string, Ending>
    {
        ["last"] = Ending.Last, ["mean"] = Ending.Mean, ["each"] = Ending.Each,
    }), Ending.Last, "What the outputs read: the last step, the mean over the steps, or each step, with a loss at each.");

    /// <summary>The options.</summary>
    public static IReadOnlyList<Option> Declared { get; } =
        [s_activation, s_ends, LayerKind.Truncate, LayerKind.Init, LayerKind.Gain];

    /// <summary>
    /// The same string with the inputs and outputs of data, where it has hidden widths alone; null where it is none of these.
    /// </summary>
    /// <param name="text">A model string.</param>
    /// <param name="sample">One sample's axes as data have them.</param>
    /// <param name="classes">How many outputs.</param>
    internal static string? Complete(string text, Shape sample, int classes)
    {
        var parts = text.Split(',', 2);
        if (parts[0].Split(':', 2) is not [Plain or Gated, var layers] || layers.Contains('x', StringComparison.Ordinal)) return null;
        var kind = parts[0].Split(':')[0];
        if (sample.Rank < 2) throw new ConcordException($"The model '{text}' reads the rows of images one after another, and the samples "
            + $"are {sample} numbers in a row. Say how they are cut, as in '{kind}:28x28-{layers}-{classes}' for 28 steps of 28.");
        return string.Create(CultureInfo.InvariantCulture, $"{kind}:{sample}-{layers}-{classes}")
            + (parts.Length > 1 ? $",{parts[1]}" : "");
    }

    /// <summary>Builds the network.</summary>
    internal static Network Build(string text, string kind, string layers, IReadOnlyList<string> optionTexts)
    {
        var words = layers.Split('-', StringSplitOptions.TrimEntries);
        if (words.Length < 3) throw new ConcordException($"The model '{text}' has {words.Length} part{(words.Length == 1 ? "" : "s")} "
            + $"between hyphens; it needs inputs, a hidden width and outputs: write {Form}.");
        int[] widths = [.. words[1..].SelectMany(word => DenseModel.Widths(text, word))];
        var owner = $"The model '{text}'";
        IReadOnlyList<Option> declared = [.. Declared.Where(option => option != s_activation || kind == Plain)];
        var values = OptionValues.Read(declared, OptionWords.Read(optionTexts, declared, owner, laterCounts: true),
            $" of the model '{text}'").Check(owner);
        List<LayerGroup> groups = [];
        for (var i = 0; i < widths.Length - 1; i++)
            groups.Add(new(string.Create(CultureInfo.InvariantCulture, $"{kind}{i + 1}"),
                [.. i == 0 ? (Layer[])[new RowsToSteps()] : [], Cell(widths[i])]));
        groups.Add(new("fc1", [.. End(), new Linear(widths[^1], LayerKind.Start(values))]));
        return new(LayerList.Inputs(words[0]), groups);

        Layer Cell(int width) => kind == Gated ? new GruLayer(width, LayerKind.Start(values), values.Of(LayerKind.Truncate))
            : new ElmanLayer(width, values.Of(s_activation), LayerKind.Start(values), values.Of(LayerKind.Truncate));

        IEnumerable<Layer> End() => values.Of(s_ends) switch
        {
            Ending.Last => [new LastStep()],
            Ending.Mean => [new SumOverSteps(mean: true)],
            _ => [],
        };
    }
}
