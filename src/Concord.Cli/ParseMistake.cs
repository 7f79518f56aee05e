using System.CommandLine;
using System.CommandLine.Parsing;

namespace Concord.Cli;

/// <summary>What is wrong with a command line, in one line that names the nearest word.</summary>
internal static class ParseMistake
{
    public static ConcordException Explain(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var line = LineOf(command);
        var first = parsed.UnmatchedTokens is [var token, ..] ? token : null;
        var unknown = command.Subcommands.Count > 0 ? first : parsed.UnmatchedTokens.FirstOrDefault(IsOption) ?? first;
        if (unknown is null && NoNumber(parsed.Errors[0]) is { } odd) return new($"{odd} See {line} --help.");
        if (unknown is null) return new($"{parsed.Errors[0].Message.ReplaceLineEndings(" ")} See {line} --help.");
        if (IsOption(unknown)) return NoOption(command, line, unknown);
        if (command.Subcommands.Count > 0)
            return new($"There is no command '{unknown}'. {KnownWords.Hint(unknown, [.. command.Subcommands.Select(sub => sub.Name)])}");
        return new($"'{unknown}' is more than {line} takes. See {line} --help.");
    }

    /// <summary>
    /// Refuses a mistyped option among the words of a command: where any word may stand, the parser takes it for one. What follows
    /// <c>--</c> is meant as a word, and a command that shows its help does nothing else.
    /// </summary>
    /// <exception cref="ConcordException">There is one.</exception>
    public static void Check(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.Action != command.Action || parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash)) return;
        if (parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(words => words.Tokens)
            .FirstOrDefault(token => IsOption(token.Value)) is { } option)
            throw NoOption(command, LineOf(command), option.Value);
    }

    // The parser would name the program's own types.
    private static string? NoNumber(ParseError error) =>
        error.SymbolResult is OptionResult { Option: { } option, Tokens: [{ Value: { } given }] }
        && (option.ValueType == typeof(int) || option.ValueType == typeof(int?) || option.ValueType == typeof(long))
        ? $"{option.Name} was given '{given}'; it takes a whole number."
        : null;

    private static ConcordException NoOption(Command command, string line, string given) =>
        new($"{line} has no option '{given}'. "
            + $"{Suggest(given, command.Options.SelectMany(option => option.Aliases.Prepend(option.Name)))}See {line} --help.");

    // As it is typed: a command of a command after that.
    private static string LineOf(Command command) => command is RootCommand ? "concord"
        : $"{LineOf(command.Parents.OfType<Command>().First())} {command.Name}";

    private static bool IsOption(string token) => token.StartsWith('-') && token.Length > 1 && !char.IsAsciiDigit(token[1]);

    private static string Suggest(string given, IEnumerable<string> known) =>
        KnownWords.Nearest(given, known) is { } word ? $"Did you mean '{word}'? " : "";
}
