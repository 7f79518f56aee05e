using Concord.Interchange;

namespace Concord.Experiments;

/// <summary>
/// An experiment as a short YAML file: the keys of a run's settings and of its rule's options, each with a value or a list of
/// values, <c>seeds</c>, <c>rules</c> for rules with settings of their own, a <c>preset</c> (or several) below, <c>pretrain</c> for a run
/// whose weights all others start from, a name and a description. The lists span a grid.
/// The resolved settings that a run leaves behind are such a file as well.
/// </summary>
public sealed class ExperimentFile
{
    private ExperimentFile(string name, string description, IReadOnlyList<ExperimentCell> cells) =>
        (Name, Description, Cells) = (name, description, cells);

    /// <summary>What the file calls itself; by default the file's own name.</summary>
    public string Name { get; }

    /// <summary>What it is for; empty if it does not say.</summary>
    public string Description { get; }

    /// <summary>The runs: rules, axes and seeds multiplied out, the last axis and then the seeds varying fastest.</summary>
    public IReadOnlyList<ExperimentCell> Cells { get; }

    /// <summary>The one run whose last weights all others start from, to be run before them; null if there is none.</summary>
    public ExperimentFile? Pretraining { get; private init; }

    /// <summary>The same experiment, its pre-training being done.</summary>
    /// <param name="weights">The checkpoint that it left.</param>
    public ExperimentFile StartingFrom(string weights) =>
        new(Name, Description, [.. Cells.Select(cell => cell with { Settings = cell.Settings with { Weights = weights } })]);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, of at most a megabyte.</param>
    /// <param name="overrides">Words <c>key=value</c> that win over the file.</param>
    /// <exception cref="ConcordException">It cannot be read; the message names file, line and what is wrong.</exception>
    public static ExperimentFile Read(string path, IReadOnlyList<string>? overrides = null) => Parse(TextOf(path), path, overrides);

    /// <summary>Reads a text.</summary>
    /// <param name="text">The text of a file.</param>
    /// <param name="source">What messages call it.</param>
    /// <param name="overrides">Words <c>key=value</c> that win over the text.</param>
    /// <exception cref="ConcordException">It cannot be read; the message names source, line and what is wrong.</exception>
    public static ExperimentFile Parse(string text, string source, IReadOnlyList<string>? overrides = null)
    {
        var root = KeyTable.Root(text, source);
        if (root.Entries.Count == 0 && overrides is not { Count: > 0 })
            throw new ConcordException($"{source}: the file has no line 'key: value', so it describes no experiment. "
                + "Write at least one, as 'rule: dfa', or leave the file out for the run of all defaults.");
        var table = KeyTable.Read(root);
        table.Override(overrides ?? []);
        return Of(table, source);
    }

    internal static ExperimentFile Of(KeyTable table, string source) =>
        new(table.Name ?? Path.GetFileNameWithoutExtension(source), table.Description ?? "", Grid.Expand(table, PresetsOf(table), source))
            { Pretraining = PretrainingOf(table, source) };

    private static ExperimentFile? PretrainingOf(KeyTable table, string source)
    {
        if (table.Pretrain is not { } map) return null;
        foreach (var key in (string[])[ExperimentKeys.Weights, ExperimentKeys.WeightsHash])
            if ((table.Common.GetValueOrDefault(key)
                ?? table.ByRule?.Select(rule => rule.Keys.GetValueOrDefault(key)).FirstOrDefault(given => given is not null)) is { } given)
                throw given.Location.Wrong($"'{key}' and 'pretrain' are both given; keep one: the runs start from the weights of either.");
        var before = Of(KeyTable.Read(map), source);
        if (before.Pretraining is not null) throw map.Location.Wrong("a pre-training has none of its own.");
        return before.Cells.Count == 1 ? before : throw map.Location.Wrong(
            FormattableString.Invariant($"'pretrain' is one run, but {before.Cells.Count} are described; take the lists out."));
    }

    /// <summary>What stands in a file.</summary>
    /// <exception cref="ConcordException">It cannot be read, is too large, or is no text.</exception>
    internal static string TextOf(string path) => SmallFile.Text(path, YamlTree.MostBytes, "an experiment file has a few lines");

    private static List<(string Name, KeyTable Table)> PresetsOf(KeyTable table) =>
    [
        .. from name in table.Preset?.Values ?? []
           select ExperimentPreset.ByName.TryGetValue(name, out var known)
               ? (name, known.Table)
               : throw table.Preset!.Location.Wrong(
                   $"there is no preset '{name}'. {KnownWords.Hint(name, [.. ExperimentPreset.ByName.Keys])}"),
    ];
}
