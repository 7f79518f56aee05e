using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Concord.Data;
using Concord.Interchange;
using Concord.Options;

namespace Concord.Training;

/// <summary>
/// The file <c>experiment.yaml</c> of a run folder: every setting, defaults written out, for people and as an experiment file. What a run
/// goes by stands in its checkpoint. Lines that were edited would be without effect, so they are found.
/// </summary>
internal static class SettingsFile
{
    public const string Name = "experiment.yaml", CommandMark = "# concord ";

    public static void Write(string path, IEnumerable<KeyValuePair<string, string>> settings, IEnumerable<string> commands)
    {
        var text = new StringBuilder("# The resolved settings of this run, every default written out.\n");
        foreach (var command in commands.Where(command => command.Length > 0))
            text.Append("# ").Append(PlainText.Line(command)).Append('\n');
        foreach (var (key, value) in settings) text.Append(key).Append(": ").Append(Scalar(value)).Append('\n');
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>The command lines that the file tells of: what began the run, and what extended it.</summary>
    public static IReadOnlyList<string> Commands(string path) =>
        !File.Exists(path) ? [] : [.. Text(path).Split('\n').TakeWhile(line => line.StartsWith('#'))
            .Where(line => line.StartsWith(CommandMark, StringComparison.Ordinal)).Select(line => line[2..].Trim())];

    /// <summary>The lines that are not as the run wrote them, by meaning; none where there is no such file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">What the run goes by.</param>
    /// <exception cref="ConcordException">The file cannot be read.</exception>
    public static IReadOnlyList<SettingsEdit> Edits(string path, IReadOnlyList<KeyValuePair<string, string>> settings)
    {
        if (!File.Exists(path)) return [];
        var root = YamlTree.Parse(Text(path), path) as YamlMap
            ?? throw new FileLocation(path, 1).Wrong("the settings of a run are a list of "
            + "'key: value' lines; something else stands here.");
        Dictionary<string, string> now = [];
        Flatten("", root);
        return
        [
            .. settings.Where(pair => !now.ContainsKey(pair.Key)).Select(pair => new SettingsEdit(pair.Key, null, pair.Value)),
            .. from pair in now
               let was = settings.Where(setting => setting.Key == pair.Key).Select(setting => setting.Value).FirstOrDefault()
               where was is null || !MeanTheSame(pair.Key, pair.Value, was)
               select new SettingsEdit(pair.Key, pair.Value, was),
        ];

        void Flatten(string prefix, YamlMap map)
        {
            foreach (var (key, value) in map.Entries)
                if (value is YamlMap inner) Flatten($"{prefix}{key.Text}.", inner);
                else if (!now.TryAdd(prefix + key.Text, value is YamlText text ? text.Text : "(a list)"))
                    throw key.Location.Wrong($"'{prefix}{key.Text}' is given twice.");
        }
    }

    private static bool MeanTheSame(string key, string one, string other)
    {
        if (one == other || (key == "data" && DataReference.AreSame(one, other))) return true;
        try
        {
            if (SettingsTable.Find(key) is { } entry) return entry.Write(entry.Read(new(), one)) == entry.Write(entry.Read(new(), other));
        }
        catch (ConcordException)
        {
            return false;   // what cannot be read is no setting of a run
        }
        return OptionType.AreSame(one, other);
    }

    private static string Text(string path) => SmallFile.Text(path, YamlTree.MostBytes, "the settings of a run are shorter");

    // A JSON string is a YAML scalar; plain words and numbers read better without the quotes.
    private static string Scalar(string value) =>
        value.Length > 0 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_') && !value.StartsWith('-') ? value
            : JsonSerializer.Serialize(value, SettingsJson.Default.String);
}

[JsonSerializable(typeof(string))]
internal sealed partial class SettingsJson : JsonSerializerContext;
