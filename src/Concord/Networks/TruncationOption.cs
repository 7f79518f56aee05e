using System.Globalization;
using Concord.Layers;
using Concord.Options;

namespace Concord.Networks;

/// <summary>
/// How far signals walk back through time. Apart from <see cref="LayerKind"/>, whose kinds read the options of neurons, which read this: in
/// one class the two would wait for each other's beginning.
/// </summary>
internal static class TruncationOption
{
    /// <summary>The option.</summary>
    public static readonly Option<Truncation> Truncate = new("truncate", new OptionType<Truncation>(
        "a whole number of at least 0, or off", Read, value => value.Steps is { } steps
            ? steps.ToString(CultureInfo.InvariantCulture) : "off"), Truncation.None,
        "Steps that a signal walks back through time: 0 for none, off for all.");

    private static (bool IsRead, Truncation Value) Read(string text) => text == "off" ? (true, Truncation.None)
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var steps) ? (true, new(steps)) : (false, default);
}
