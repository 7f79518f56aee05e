namespace Concord;

/// <summary>Commands that people are told to give next. They work as they are printed, from any folder.</summary>
public static class NextCommand
{
    /// <summary>The environment variable by which a launcher says how it was called.</summary>
    internal const string Variable = "CONCORD_LAUNCHER";

    /// <summary>How this program is called: by its name, or by the launcher's path where it is not found by its name.</summary>
    public static string Program => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } launcher ? Quote(launcher) : "concord";

    /// <summary>A command of this program.</summary>
    /// <param name="words">Its words, unquoted. Paths should be absolute (<see cref="Path.GetFullPath(string)"/>).</param>
    public static string Command(params IEnumerable<string> words)
    {
        List<string> line = [.. words];
        if (s_also is [var option, ..] && !line.Contains(option) && line is not ["data" or "report", ..]) line.AddRange(s_also);
        return string.Join(' ', line.Select(Quote).Prepend(Program));
    }

    private static volatile IReadOnlyList<string> s_also = [];

    /// <summary>Has all commands from now on end with an option that they need, unless they have it: the plugins at hand.</summary>
    /// <param name="words">The option and its values, unquoted.</param>
    public static void Append(IReadOnlyList<string> words) => s_also = words;

    /// <summary>A command of this program whose words may be paths as somebody gave them in a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="words">Its words, unquoted.</param>
    public static string CommandIn(string folder, IEnumerable<string> words) => $"cd {Quote(folder)} && {Command(words)}";

    /// <summary>Words with some options left out, and others in their place.</summary>
    /// <param name="words">The words; an option and its value are two.</param>
    /// <param name="options">Options and their new values; null to leave one out.</param>
    public static IReadOnlyList<string> With(IReadOnlyList<string> words, params (string Option, string? Value)[] options)
    {
        List<string> kept = [];
        for (var i = 0; i < words.Count; i++)
            if (Array.Exists(options, option => option.Option == words[i])) i++;
            else kept.Add(words[i]);
        return [.. kept,
            .. options.Where(option => option.Value is not null).SelectMany(option => (string[])[option.Option, option.Value!])];
    }

    /// <summary>A word as a POSIX shell takes it back.</summary>
    public static string Quote(string word) => word.Length > 0
        && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:=,+*#@%".Contains(c, StringComparison.Ordinal)) && !word.StartsWith('#')
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
