using Concord.Interchange;

namespace Concord.Experiments;

/// <summary>
/// Published settings as defaults, which every key of an experiment file overrides: the files in <c>experiments/presets</c>.
/// </summary>
/// <param name="Name">What a user writes after <c>preset:</c>.</param>
/// <param name="Source">Whose settings these are.</param>
/// <param name="Text">The file: an experiment, and <c>source</c>.</param>
public sealed record ExperimentPreset(string Name, string Source, string Text)
{
    private const string SourceKey = "source";

    /// <summary>The presets by name, in the order of their names.</summary>
    public static IReadOnlyDictionary<string, ExperimentPreset> ByName { get; } = EmbeddedFiles.In("presets").Select(Read)
        .ToDictionary(preset => preset.Name);

    /// <summary>Its keys.</summary>
    internal KeyTable Table
    {
        get
        {
            var root = KeyTable.Root(Text, $"the preset {Name}");
            return KeyTable.Read(root with { Entries = [.. root.Entries.Where(entry => entry.Key.Text != SourceKey)] });
        }
    }

    private static ExperimentPreset Read((string Name, string Text) file) =>
        new(file.Name,
            ((YamlText)KeyTable.Root(file.Text, file.Name).Entries.First(entry => entry.Key.Text == SourceKey).Value).Text, file.Text);
}
