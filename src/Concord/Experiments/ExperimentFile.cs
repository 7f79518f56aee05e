using System.Text;
using Concord.Interchange;

namespace Concord.Experiments;

/// <summary>
/// An experiment as a short YAML file: the keys of a run's settings and of its rule's options, each with a value or a list of
/// values, <c>seeds</c>, <c>rules</c> for rules with settings of their own, a <c>preset</c> (or several) below, a name and a description. The
/// lists span a grid. The resolved settings that a run leaves behind are such a file as well.
/// </summary>
public sealed class ExperimentFile
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ExperimentFile(KeyTable table, string source, IReadOnlyList<ExperimentCell> cells) =>
        (Name, Description, Cells) = (table.Name ?? Path.GetFileNameWithoutExtension(source), table.Description ?? "", cells);

    /// <summary>What the file calls itself; by default the file's own name.</summary>
    public string Name { get; }

    /// <summary>What it is for; empty if it does not say.</summary>
    public string Description { get; }

    /// <summary>The runs: rules, axes and seeds multiplied out, the last axis and then the seeds varying fastest.</summary>
    public IReadOnlyList<ExperimentCell> Cells { get; }

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
        var table = KeyTable.Parse(text, source);
        table.Override(overrides ?? []);
        return Of(table, source);
    }

    internal static ExperimentFile Of(KeyTable table, string source) => new(table, source, Grid.Expand(table, PresetsOf(table), source));

    /// <summary>What stands in a file.</summary>
    /// <exception cref="ConcordException">It cannot be read, is too large, or is no text.</exception>
    internal static string TextOf(string path)
    {
        byte[] bytes;
        try
        {
            using var file = new FileStream(FileErrors.FullPath("read", path), FileMode.Open, FileAccess.Read);
            bytes = new byte[YamlTree.MostBytes + 1];
            Array.Resize(ref bytes, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        }
        catch (Exception error) when (FileErrors.Is(error))
        {
            throw FileErrors.Explain("read", path, error);
        }
        if (bytes.Length > YamlTree.MostBytes) throw new ConcordException($"Cannot read '{path}': it has more than {YamlTree.MostBytes} bytes; an experiment file has a few lines.");
        try
        {
            return s_utf8.GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException error)
        {
            throw new ConcordException($"Cannot read '{path}': it is not UTF-8 text.", error);
        }
    }

    private static List<(string Name, KeyTable Table)> PresetsOf(KeyTable table) =>
    [
        .. from name in table.Preset?.Values ?? []
           select ExperimentPreset.ByName.TryGetValue(name, out var known)
               ? (name, KeyTable.Parse(known.Text, $"the preset {known.Name}"))
               : throw table.Preset!.Place.Wrong($"there is no preset '{name}'. {Nearest.Hint(name, [.. ExperimentPreset.ByName.Keys])}"),
    ];
}
