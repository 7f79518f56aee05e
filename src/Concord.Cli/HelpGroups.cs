using System.CommandLine;
using System.Text;

namespace Concord.Cli;

/// <summary>The options of commands that have many: in groups, those that people want first before all others.</summary>
internal static class HelpGroups
{
    /// <summary>The word for a flag that was not given.</summary>
    public const string Off = "off";

    private const int Many = 25, WidestNames = 32, NarrowColumn = 6;
    private const int LeastRoom = 30;   // for nearly all words of descriptions
    private const string Help = "--help", Default = "[default: ";

    private static readonly (string Title, string[] Options)[] s_groups =
    [
        ("Most wanted", ["--data", "--model", "--rule", "--rules"]),
        ("Comparison", ["--tune", "--quick", "--depth-utility", "--depth-ladder"]),
        ("Length and repeats", ["--epochs", "--batch", "--seeds", "--seed", "--early-stop"]),
        ("Rule", ["--set", "--pre-align", "--plugin"]),
        ("Data", ["--data-root", "--train", "--validation", "--test", "--normalization", "--zca-epsilon", "--augment"]),
        ("Optimizer", ["--optimizer", "--learning-rate", "--schedule", "--momentum", "--nesterov", "--epsilon", "--tensorflow-epsilon",
            "--weight-decay", "--decoupled-decay", "--clip-value", "--clip-norm", "--signed", "--keep-signs", "--constrain-weights",
            "--normalize-incoming"]),
        ("Loss", ["--loss", "--label-smoothing", "--spike-targets", "--loss-time", "--rate-strength", "--rate-target", "--weight-bump"]),
        ("Starting weights and frozen blocks", ["--weights", "--fresh", "--freeze", "--cache-features"]),
        ("What is measured", ["--probe", "--probe-every"]),
        ("Machine and memory", ["--engine", "--threads", "--activations", "--window", "--precision", "--deterministic-kernels",
            "--checkpoint-minutes"]),
        ("Output", ["--out", "--json", "--quiet", Help]),
    ];

    /// <summary>Whether a command has so many options that they are shown in groups.</summary>
    public static bool Has(Command command) => command.Options.Count >= Many;

    /// <summary>The options of a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="width">Characters in a line.</param>
    public static string Of(Command command, int width)
    {
        var text = new StringBuilder();
        var left = command.Options.Where(option => !option.Hidden).ToList();
        var column = Math.Min(WidestNames, left.Max(option => Names(option).Length)) + 4;
        if (width - column < LeastRoom) column = NarrowColumn;   // below the names
        foreach (var (title, names) in s_groups.Append(("Other", [.. left.Select(option => option.Name)])))
        {
            var options = names.Select(name => left.Find(option => option.Name == name)).OfType<Option>().ToList();
            if (options.Count == 0) continue;
            text.Append(title).Append(":\n");
            foreach (var option in options)
            {
                left.Remove(option);
                Write(text, Names(option), Description(option), column, width);
            }
            text.Append('\n');
        }
        return text.ToString();
    }

    private static string Names(Option option) => string.Join(", ", option.Aliases.Prepend(option.Name)
        .Where(name => name != "-?").OrderBy(name => name.StartsWith("--", StringComparison.Ordinal)).ThenBy(name => name != option.Name))
        + (option.HelpName is { } value ? $" <{value}>" : "");

    private static string Description(Option option)
    {
        var text = option.Name == Help ? "this text" : option.Description ?? "";
        return option.ValueType != typeof(bool) || option.Name == Help || text.Contains(Default, StringComparison.Ordinal) ? text
            : WithDefault(text, Off);
    }

    /// <summary>A description with the default behind it.</summary>
    public static string WithDefault(string description, string value) => $"{description} {Default}{value}]";

    private static void Write(StringBuilder text, string names, string description, int column, int width)
    {
        var line = names.Length == 0 ? "" : $"  {names}".PadRight(column);
        if (line.Length > column)
        {
            text.Append(line).Append('\n');
            line = new string(' ', column);
        }
        // what stands without names may be a path or a command, which is to be copied whole
        foreach (var word in Words(description, names.Length == 0 ? int.MaxValue : Math.Max(1, width - column)))
        {
            if (line.Length > column && line.Length + word.Length > width)
            {
                text.Append(line.TrimEnd()).Append('\n');
                line = new string(' ', column);
            }
            line += $"{word} ";
        }
        text.Append(line.TrimEnd()).Append('\n');
    }

    /// <summary>A text in lines that are no longer than a width, of which all but the first are indented.</summary>
    public static string Wrapped(string description, int width, int indent = 0)
    {
        var text = new StringBuilder();
        Write(text, "", description, indent, width);
        return text.ToString();
    }

    // A default stays in one piece where a line has room for it, and a word that is longer than a line is cut, if it can be behind a comma.
    private static IEnumerable<string> Words(string description, int room)
    {
        var at = description.LastIndexOf(Default, StringComparison.Ordinal);
        return at < 0 || description.Length - at > room ? description.Split(' ').SelectMany(Pieces)
            : [.. description[..at].TrimEnd().Split(' ').SelectMany(Pieces), description[at..]];

        IEnumerable<string> Pieces(string word)
        {
            while (word.Length > room)
            {
                var end = word.LastIndexOf(',', room - 1) is > 0 and var comma ? comma + 1 : room;
                yield return word[..end];
                word = word[end..];
            }
            yield return word;
        }
    }
}
