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
        var unknown = command.Subcommands.Count > 0 ? first
            : parsed.UnmatchedTokens.FirstOrDefault(IsOption) ?? AmongWords(parsed) ?? first;
        if (unknown is null) return new($"{Said(parsed.Errors[0], command, line)} See {line} --help.");
        if (IsOption(unknown)) return NoOption(command, line, unknown);
        if (parsed.Tokens[0] is { Type: not TokenType.Command } before && before.Value == unknown)
            command = (Command)parsed.RootCommandResult.Command;
        if (command.Subcommands.Count > 0)
            return new($"There is no command '{unknown}'. {KnownWords.Hint(unknown, [.. command.Subcommands.Select(sub => sub.Name)])}");
        return new($"'{unknown}' is more than {line} takes. See {line} --help.");
    }

    /// <summary>
    /// Refuses a mistyped option among the words of a command: where any word may stand, the parser takes it for one. What follows
    /// <c>--</c> is meant as a word, and a command that shows its help does nothing else. Refuses options with an empty word too, as a
    /// script gives them whose variable is not set: a default in its place might run for hours.
    /// </summary>
    /// <exception cref="ConcordException">There is one.</exception>
    public static void Check(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.Action != command.Action) return;
        if (AmongWords(parsed) is { } option) throw NoOption(command, LineOf(command), option);
        if (parsed.CommandResult.Children.OfType<OptionResult>().FirstOrDefault(given => given.Tokens.Any(token => token.Value.Length == 0))
            is { Option: var empty })
            throw new ConcordException($"{empty.Name} was given an empty word. It takes {Value(empty)}: {empty.Description}. Leave it out "
                + "for its default.");
    }

    // A mistyped option that was taken for one of a command's words.
    private static string? AmongWords(ParseResult parsed) => parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash) ? null
        : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(words => words.Tokens).Select(token => token.Value)
            .FirstOrDefault(IsOption);

    // The parser's own words would name the program's types, and not what to give.
    private static string Said(ParseError error, Command command, string line) => error.SymbolResult switch
    {
        OptionResult { Tokens.Count: 0, Option: var option } => $"{option.Name} was given no value. It takes "
            + $"{Value(option)}: {option.Description}.",
        OptionResult { Option: var option, Tokens: [var given] } => $"{option.Name} was given '{given.Value}'; it takes {KindOf(option)}.",
        OptionResult { Option: var option, Tokens: var given } => $"{option.Name} was given {given.Count} times ("
            + $"{string.Join(", ", given.Select(token => $"'{token.Value}'"))}), and takes one value. Leave the others out.",
        _ when command.Arguments.FirstOrDefault(argument => Count(error, argument) < argument.Arity.MinimumNumberOfValues) is { } missing =>
            $"{line} was given {(Count(error, missing) == 0 ? $"no {missing.Name}" : $"one {missing.Name} alone")}; it takes "
                + $"{missing.Description}.",
        _ => $"{line} does nothing by itself. Give one of its commands: {string.Join(", ", command.Subcommands.Select(sub => sub.Name))}.",
    };

    private static int Count(ParseError error, Argument argument) =>
        (error.SymbolResult as CommandResult ?? error.SymbolResult?.Parent as CommandResult)?.Children.OfType<ArgumentResult>()
            .FirstOrDefault(result => result.Argument == argument)?.Tokens.Count ?? 0;

    private static string Value(Option option) => option.HelpName is { } name ? $"<{name}>" : "one";

    private static string KindOf(Option option) => (Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType) switch
    {
        var type when type == typeof(int) || type == typeof(long) => "a whole number",
        var type when type == typeof(double) => "a number, with a point for decimals",
        var type when type == typeof(bool) => "no value",
        _ => $"{Value(option)}: {option.Description}",
    };

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
