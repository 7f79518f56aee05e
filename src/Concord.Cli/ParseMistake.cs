using System.CommandLine;

namespace Concord.Cli;

/// <summary>What is wrong with a command line, in one line that names the nearest word.</summary>
internal static class ParseMistake
{
    public static ConcordException Explain(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var isRoot = command is RootCommand;
        var line = isRoot ? "concord" : $"concord {command.Name}";
        var unknown = parsed.UnmatchedTokens.FirstOrDefault(IsOption) ?? (parsed.UnmatchedTokens is [var first, ..] ? first : null);
        if (unknown is null) return new($"{parsed.Errors[0].Message.ReplaceLineEndings(" ")} See {line} --help.");
        if (IsOption(unknown))
            return new($"{line} has no option '{unknown}'. {Suggest(unknown, command.Options.Select(option => option.Name))}See {line} --help.");
        if (command.Subcommands.Count > 0)
            return new($"There is no command '{unknown}'. {Nearest.Hint(unknown, [.. command.Subcommands.Select(sub => sub.Name)])}");
        return new($"'{unknown}' is more than {line} takes. See {line} --help.");
    }

    private static bool IsOption(string token) => token.StartsWith('-') && token.Length > 1 && !char.IsAsciiDigit(token[1]);

    private static string Suggest(string given, IEnumerable<string> known) => Nearest.To(given, known) is { } word ? $"Did you mean '{word}'? " : "";
}
