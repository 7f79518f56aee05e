using System.Globalization;
using Concord.Layers;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Networks;

/// <summary>
/// <c>rc:784-100-10,steps=20</c>: inputs, hidden widths of circuits of resistors and a capacitor (<see cref="RcLayer"/>), outputs, which
/// read the mean of their spikes over the steps, or those of each step (<c>ends=each</c>): a dense layer fc1 or, with
/// <c>readout=first-spike</c>, circuits whose first spike answers (<see cref="RcReadout"/>). Circuits are named rc1, rc2, ... In short
/// <c>rc:100</c>: one hidden width, for the data's inputs and outputs.
/// </summary>
public static class CircuitModel
{
    /// <summary>The word before the colon.</summary>
    internal const string Kind = "rc";

    /// <summary>How such a string is written.</summary>
    internal const string Form = "'rc:INPUTS-HIDDEN-...-OUTPUTS', as in 'rc:784-100-10,steps=20'";

    private static readonly Option<int> s_steps = new("steps", OptionType.Whole(1, RepeatInTime.MostSteps), 20, "Time steps.");

    private static readonly Option<bool> s_answersFirst = new("readout", OptionType.Choice(new Dictionary<string, bool>
    {
        ["linear"] = false, ["first-spike"] = true,
    }), false, "What the outputs are: sums over the mean of the spikes, or circuits of which the first to fire answers.");

    /// <summary>The options.</summary>
    public static IReadOnlyList<Option> Declared { get; } =
    [
        s_steps, ClockedModel.Poisson, s_answersFirst,
        ClockedModel.Each.When(values => !values.Of(s_answersFirst), "readout=linear"), .. NeuronOptions.OfFiringCircuits,
        NeuronOptions.Time.When(values => values.Of(s_answersFirst), "readout=first-spike"),
    ];

    /// <summary>Whether a model string stands for such a network.</summary>
    internal static bool IsOne(string text) => text.StartsWith($"{Kind}:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Builds the network.</summary>
    internal static Network Build(string text, string layers, IReadOnlyList<string> optionTexts)
    {
        int[] widths = [.. layers.Split('-', StringSplitOptions.TrimEntries).SelectMany(word => DenseModel.Widths(text, word))];
        var owner = $"The model '{text}'";
        if (widths.Length < 2) throw new ConcordException($"{owner} has {widths.Length} width; it needs inputs and outputs at least: "
            + $"write {Form}.");
        var values = OptionValues.Read(Declared, OptionWords.Read(optionTexts, Declared, owner, laterCounts: true),
            $" of the model '{text}'").Check(owner);
        var answersFirst = values.Of(s_answersFirst);
        if (widths.Length == 2) CheckShallow(owner, answersFirst, values);
        List<LayerGroup> groups = [];
        for (var i = 1; i < widths.Length - 1; i++)
            groups.Add(new(Named("rc", i), [.. i == 1 ? (Layer[])[Begin()] : [], NeuronOptions.FiringCircuits(widths[i], values)]));
        Layer[] mean = widths.Length == 2 || values.Of(ClockedModel.Each) ? [] : [new SumOverSteps(mean: true)];
        groups.Add(answersFirst
            ? new(Named("rc", widths.Length - 1), [.. mean, NeuronOptions.FirstSpikes(widths[^1], values)])
            : new("fc1", [.. mean, new Linear(widths[^1])]));
        return new(new(widths[0]), groups);

        Layer Begin() => values.Of(ClockedModel.Poisson) ? new PoissonEncoding(values.Of(s_steps)) : new RepeatInTime(values.Of(s_steps));
    }

    private static string Named(string block, int number) => string.Create(CultureInfo.InvariantCulture, $"{block}{number}");

    // Circuits whose first spike answers need no steps.
    private static void CheckShallow(string owner, bool answersFirst, OptionValues values)
    {
        if (!answersFirst) throw new ConcordException($"{owner} has no circuits: its outputs are sums (readout=linear). Give it a hidden "
            + $"width, or let circuits answer (readout=first-spike): {Form}.");
        if (Declared.FirstOrDefault(option => NeedsHidden(option) && values.IsGiven(option)) is { } idle)
            throw new ConcordException($"{owner} has no hidden width, and {idle.Key} is of hidden circuits only: it has no effect. "
                + "Leave it out.");
    }

    private static bool NeedsHidden(Option option) =>
        option == s_steps || option == ClockedModel.Poisson || NeuronOptions.OfHiddenCircuits.Contains(option);
}
