namespace Concord;

/// <summary>Commands that people are told to give next. They work as they are printed, from any folder.</summary>
public static class FollowUp
{
    /// <summary>The environment variable by which a launcher says how it was called.</summary>
    internal const string Variable = "CONCORD_LAUNCHER";

    /// <summary>How this program is called: by its name, or by the launcher's path where it is not found by its name.</summary>
    public static string Program => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } launcher ? Quote(launcher) : "concord";

    /// <summary>A command of this program.</summary>
    /// <param name="words">Its words, unquoted. Paths should be absolute (<see cref="Path.GetFullPath(string)"/>).</param>
    public static string Command(params IEnumerable<string> words) => string.Join(' ', words.Select(Quote).Prepend(Program));

    /// <summary>A word as a POSIX shell takes it back.</summary>
    public static string Quote(string word) => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./:=,+*#@%".Contains(c, StringComparison.Ordinal)) && !word.StartsWith('#')
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
