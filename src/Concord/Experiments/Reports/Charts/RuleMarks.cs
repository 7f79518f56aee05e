using Concord.Rules;
using Concord.Training;

namespace Concord.Experiments.Charts;

/// <summary>
/// The colour and the marker of each rule, the same on every page: a colour for each family, a marker for each rule in it. Neither alone
/// tells all rules apart, and no reader needs to see colours to tell two rules of a family apart.
/// </summary>
internal static class RuleMarks
{
    private const int Colours = Palette.Colours, Dashes = Palette.Dashes;

    // By colour: the ink is the reference's and the control's.
    private static readonly string[][] s_families =
    [
        [Comparison.Reference, Comparison.Control],
        ["fa", "fa-stream", "usf", "brsf", "frsf", "sn"],
        ["dfa", "sparse-dfa", "sign-dfa", "ternary-dfa", "drtp", "dkp"],
        ["dtp", "ddtp", "pepita"],
        ["fdfa", "sfdfa", "grape", "fg-activity", "fg-weight"],
        ["local-pred", "local-sim", "local-predsim"],
        ["fbp", "sham", "kolen-pollack", "wm", "sal", "symmetric-alignment", "activation-alignment", "information-alignment"],
        ["e-prop", "ottt", "sltt", "tess", "fptt"],
    ];

    /// <summary>Colour and marker of a rule; a map of rules, or a rule that has no family here, has those of its name's letters.</summary>
    public static (int Colour, int Marker) Of(string rule)
    {
        for (var colour = 0; colour < s_families.Length; colour++)
            if (Array.IndexOf(s_families[colour], rule) is >= 0 and var marker) return (colour, marker);
        var sum = rule.Aggregate(0, (sum, letter) => (31 * sum + letter) & 0xffff);
        return (1 + sum % (Colours - 1), sum / Colours % Markers.Count);
    }

    /// <summary>Whether a rule has a family here.</summary>
    public static bool Knows(string rule) => s_families.Any(family => family.Contains(rule));

    /// <summary>The number of a series: what <see cref="Palette"/> and <see cref="Markers"/> read.</summary>
    /// <param name="rule">Its rule.</param>
    /// <param name="place">Which of that rule's series it is, from 0: they differ in dashes, and then in markers.</param>
    public static int NumberOf(string rule, int place)
    {
        var (colour, marker) = Of(rule);
        return colour + Colours * (place % Dashes + Dashes * ((marker + place / Dashes) % Markers.Count));
    }
}
