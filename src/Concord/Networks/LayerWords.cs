using System.Globalization;

namespace Concord.Networks;

/// <summary>The keys and values that a model gives one of its layers, read by the layer's kind.</summary>
/// <param name="kind">The kind, for messages.</param>
/// <param name="given">Keys of the kind and values.</param>
public sealed class LayerWords(string kind, IReadOnlyDictionary<string, string> given)
{
    /// <summary>A whole number; without a default it must be given.</summary>
    /// <exception cref="ConcordException">It is missing, none, or out of range.</exception>
    public int Whole(string key, int least, int most, int? otherwise = null) => Read(key, otherwise,
        text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : null,
        FormattableString.Invariant($"a whole number from {least} to {most}"));

    /// <summary>A number; without a default it must be given.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fits">What is in range.</param>
    /// <param name="range">The range in words.</param>
    /// <param name="otherwise">The default.</param>
    /// <exception cref="ConcordException">It is missing, none, or out of range.</exception>
    public double Number(string key, Func<double, bool> fits, string range, double? otherwise = null) => Read(key, otherwise,
        text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && fits(number) ? number : null,
        $"{range}, with a point for decimals");

    /// <summary>true or false.</summary>
    /// <exception cref="ConcordException">It is neither.</exception>
    public bool Flag(string key) => Read<bool>(key, false, text => text switch { "true" => true, "false" => false, _ => null }, "true or false");

    /// <summary>One of several words.</summary>
    /// <exception cref="ConcordException">It is none of them.</exception>
    public T Choice<T>(string key, IReadOnlyDictionary<string, T> words, T otherwise) =>
        given.TryGetValue(key, out var text) ? Nearest.Find($"{key} of a layer {kind}", text, words) : otherwise;

    /// <summary>Whether a key was given.</summary>
    public bool Has(string key) => given.ContainsKey(key);

    private T Read<T>(string key, T? otherwise, Func<string, T?> read, string range) where T : struct => given.TryGetValue(key, out var text)
        ? read(text) ?? throw new ConcordException($"The layer {kind} was given {key} '{text}'; it takes {range}.")
        : otherwise ?? throw new ConcordException($"The layer {kind} needs {key}: {range}.");
}
