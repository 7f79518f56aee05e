using System.Globalization;
using Concord.Layers;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Networks;

/// <summary>
/// <c>lif:784-400-10,steps=25</c>: inputs, hidden widths of leaky integrate-and-fire neurons with a clock, outputs. A constant input is
/// multiplied once and repeated behind the first weight; with <c>input=poisson</c> it is drawn as 0 and 1 at each step. Blocks are named
/// fc1, fc2, ... In short <c>lif:100</c>: one hidden width, for the data's inputs and outputs.
/// </summary>
public static class ClockedModel
{
    /// <summary>The word before the colon.</summary>
    internal const string Kind = "lif";

    /// <summary>How such a string is written.</summary>
    internal const string Form = "'lif:INPUTS-HIDDEN-...-OUTPUTS', as in 'lif:784-400-10,steps=25'";

    private enum Readout
    {
        Leaky,
        Linear,
        Spikes,
    }

    private static readonly Option<int> s_steps = new("steps", OptionType.Whole(1, RepeatInTime.MostSteps), 25, "Time steps.");

    /// <summary>Whether inputs are drawn as spikes.</summary>
    internal static readonly Option<bool> Poisson = new("input", OptionType.Choice(new Dictionary<string, bool>
    {
        ["constant"] = false, ["poisson"] = true,
    }), false, "What stands at the input: the numbers at each step, or 1 with the number as probability, else 0.");

    private static readonly Option<Readout> s_readout = new("readout", OptionType.Choice(new Dictionary<string, Readout>
    {
        ["leaky"] = Readout.Leaky, ["linear"] = Readout.Linear, ["spikes"] = Readout.Spikes,
    }), Readout.Leaky, "What the outputs are: potentials of neurons that do not fire, sums without memory, or spikes.");

    /// <summary>Whether there is a loss at each step.</summary>
    internal static readonly Option<bool> Each = new("ends", OptionType.Choice(new Dictionary<string, bool>
    {
        ["mean"] = false, ["each"] = true,
    }), false, "Where the loss is: at the mean of the outputs over the steps, or at each step.");

    /// <summary>The options.</summary>
    public static IReadOnlyList<Option> Declared { get; } =
        [s_steps, Poisson, s_readout, Each, .. NeuronOptions.OfFiring, LayerKind.Init, LayerKind.Gain];

    /// <summary>Whether a model string stands for such a network.</summary>
    internal static bool IsOne(string text) => text.StartsWith($"{Kind}:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Builds the network.</summary>
    internal static Network Build(string text, string layers, IReadOnlyList<string> optionTexts)
    {
        int[] widths = [.. layers.Split('-', StringSplitOptions.TrimEntries).SelectMany(word => DenseModel.Widths(text, word))];
        if (widths.Length < 2) throw new ConcordException($"The model '{text}' has {widths.Length} width; "
            + $"it needs inputs and outputs at least: write {Form}.");
        var owner = $"The model '{text}'";
        var values = OptionValues.Read(Declared, OptionWords.Read(optionTexts, Declared, owner, laterCounts: true),
            $" of the model '{text}'").Check(owner);
        List<LayerGroup> groups = [];
        for (var i = 1; i < widths.Length; i++)
            groups.Add(new(string.Create(CultureInfo.InvariantCulture, $"fc{i}"),
                [.. i == 1 && values.Of(Poisson) ? (Layer[])[new PoissonEncoding(values.Of(s_steps))] : [],
                    .. i == widths.Length - 1 ? Outputs(i == 1) : [Weights(i), .. Constant(i == 1), NeuronOptions.Firing(values)]]));
        return new(new(widths[0]), groups);

        Linear Weights(int i) => new(widths[i], LayerKind.Start(values));

        IEnumerable<Layer> Constant(bool isFirst) => isFirst && !values.Of(Poisson) ? [new RepeatInTime(values.Of(s_steps))] : [];

        IEnumerable<Layer> Outputs(bool isFirst)
        {
            Layer[] mean = values.Of(Each) ? [] : [new SumOverSteps(mean: true)];
            var weights = Weights(widths.Length - 1);
            return values.Of(s_readout) switch
            {
                Readout.Linear when !isFirst => [.. mean, weights],   // the mean of sums is the sum of means
                Readout.Linear => [weights, .. Constant(isFirst), .. mean],
                Readout.Leaky => [weights, .. Constant(isFirst), NeuronOptions.Leaky(values), .. mean],
                _ => [weights, .. Constant(isFirst), NeuronOptions.Firing(values), .. mean],
            };
        }
    }
}
