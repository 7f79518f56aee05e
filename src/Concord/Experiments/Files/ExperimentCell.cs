using System.Globalization;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>One run of an experiment: a point of its grid, with one seed.</summary>
/// <param name="Settings">What decides it.</param>
/// <param name="Axes">The keys in which it differs from others of its rule, and its values; without the seed.</param>
public sealed record ExperimentCell(RunSettings Settings, IReadOnlyList<KeyValuePair<string, string>> Axes)
{
    /// <summary>What sets it apart in a word or some: the rule and its place on the axes; the same for all seeds.</summary>
    public string Label =>
        string.Join(' ', Axes.Select(axis => $"{axis.Key[(axis.Key.LastIndexOf('.') + 1)..]}={axis.Value}").Prepend(Settings.Rule));

    /// <summary>The label and the seed.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Label} seed={Settings.Seed}");

    /// <summary>The value of a key; null where the rule has no such option, or of <c>preset</c> where there are not several.</summary>
    internal string? ValueOf(string key) => key == ExperimentKeys.Preset ? Axes.FirstOrDefault(axis => axis.Key == key).Value
        : SettingsTable.Find(key) is { } entry ? entry.Write(Settings) : Settings.RuleOptions.GetValueOrDefault(key);
}
