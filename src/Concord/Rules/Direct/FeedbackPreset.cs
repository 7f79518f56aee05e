using Concord.Feedback;
using Concord.Networks;

namespace Concord.Rules;

/// <summary>
/// One published convention of direct feedback, whole: distribution, sharing, reduction of the error, place of injection. Code
/// bases differ in all four, and with them in the hidden layers' effective learning rate.
/// </summary>
/// <param name="Name">What a user writes.</param>
/// <param name="Source">Where it is from.</param>
/// <param name="Distribution">What the feedback is drawn from, and whether ports share it.</param>
/// <param name="SumsHidden">Whether hidden ports get N times the mean-reduced error.</param>
/// <param name="SumsOutput">Whether the output layer does as well.</param>
/// <param name="MeansOutputs">Whether the output layer's error is divided by K too where the loss is not softmax cross-entropy.</param>
/// <param name="Placement">Where the signal is injected.</param>
public sealed record FeedbackPreset(
    string Name, string Source, FeedbackDistribution Distribution,
    bool SumsHidden = false, bool SumsOutput = false, bool MeansOutputs = false, Placement Placement = Placement.BlockEnd)
{
    /// <summary>The presets by name; <c>nokland2016</c> is the default.</summary>
    public static IReadOnlyDictionary<string, FeedbackPreset> ByName { get; } = new[]
    {
        new FeedbackPreset("nokland2016", "Nøkland 2016: U(-1/sqrt n, 1/sqrt n), a matrix for each port",
            new(false, x => 1 / Math.Sqrt(x.Units))),
        new FeedbackPreset("launay2019",
            "Launay, Poli, Krzakala 2019: N(0, 1/(K n)), one shared matrix, hidden errors summed over the batch",
            new(true, x => 1 / Math.Sqrt((double)x.Sources * x.Units), Shared: true), SumsHidden: true),
        new FeedbackPreset("tinydfa", "Launay, Poli, Boniface, Krzakala 2020: U(-1, 1)/sqrt d with d the largest port, one shared matrix",
            new(false, x => 1 / Math.Sqrt(x.LargestUnits), Shared: true)),
        new FeedbackPreset("crafton2019",
            "Crafton and others 2019: U(-1/sqrt n, 1/sqrt n), sparse U(-a, a) with a = (K k)^(1/4)/sqrt n; of low rank, that as the "
            + "standard deviation",
            new(false, x => (x.NonZeros == x.Sources ? 1 : Math.Pow((double)x.Sources * x.NonZeros, 0.25)) / Math.Sqrt(x.Units),
                SpreadOfProducts: true)),
        new FeedbackPreset("frenkel2021",
            "Frenkel, Lefebvre, Bol 2021: U(-a, a) with a = sqrt(6/n), hidden errors summed, injected after the activation",
            new(false, x => Math.Sqrt(6.0 / x.Units)), SumsHidden: true, MeansOutputs: true, Placement: Placement.AfterActivation),
        new FeedbackPreset("biotorch2021",
            "BioTorch (Sanfiz, Akrout 2021), its Xavier start: U(-a, a) with a = sqrt(6/(K + C)), C the port's channels or units, a "
            + "matrix for each port",
            new(false, x => Math.Sqrt(6.0 / (x.Sources + x.Channels)))),
        new FeedbackPreset("kaiming", "He and others 2015, on the feedback matrix: N(0, 2/K)", new(true, x => Math.Sqrt(2.0 / x.Sources))),
        new FeedbackPreset("unit", "N(0, 1/K): an error of unit norm gives a signal of unit variance",
            new(true, x => 1 / Math.Sqrt(x.Sources))),
    }.ToDictionary(preset => preset.Name);
}
