using System.CommandLine;
using Concord.Cli;
using Concord.Training;

namespace Concord.Tests.Cli;

/// <summary>All commands with all their options, as they are declared.</summary>
public sealed class CommandsTests
{
    private static readonly string[] s_closed = ["NAME", "FORMAT", "UNIT", "A,B,C", "RUN"];

    private static readonly (string[] Words, Command Command)[] s_commands = [.. Below(Application.Root(), [])];

    /// <summary>Of an option that takes a word of a list, a shell offers the words, and completes each of them.</summary>
    [Fact]
    public void EachOptionWithAListOfWordsIsCompletedWithThem()
    {
        var count = 0;
        foreach (var (words, command) in s_commands)
            foreach (var option in command.Options.Where(option => s_closed.Contains(option.HelpName)
                || option.Name is "--model" or "--schedule"))
            {
                var values = Completion.ValuesOf(option).ToList();
                Assert.True(values.Count > 0 || option.HelpName == "RUN", $"{string.Join(' ', words)} {option.Name} has no values.");
                foreach (var value in values)
                    Assert.Contains(value, Completion.Of(Application.Root(), [.. words, option.Name, value[..1]]));
                count++;
            }
        Assert.True(count > 60, $"{count} options are few.");
        foreach (var setting in RunSettings.Declared.Where(setting => setting.Choices.Count > 0 && setting.Usage.Length > 0))
            Assert.Empty(setting.Choices.Except(Completion.ValuesOf(s_commands.Single(one => one.Command.Name == "train").Command.Options
                .Single(option => option.Name == setting.Usage.Split(' ')[0]))));
    }

    /// <summary>What makes a network or a rule takes those of a plugin.</summary>
    [Fact]
    public void EachCommandThatMakesNetworksTakesPlugins()
    {
        string[] making = ["--model", "--rule", "--rules", "--checkpoint"];
        foreach (var (words, command) in s_commands.Where(one => one.Command.Options.Any(option => making.Contains(option.Name))))
            Assert.True(command.Options.Any(option => option.Name == "--plugin"), $"{string.Join(' ', words)} takes no --plugin.");
    }

    /// <summary>What is missing, or no number, is told by what was given, what was expected and where to look; never in the parser's words.
    /// </summary>
    [Fact]
    public void MistakesAreToldInOneForm()
    {
        foreach (var (words, command) in s_commands)
        {
            if (command.Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > 0) is { } needed)
                Assert.Equal($"concord {string.Join(' ', words)} was given no {needed.Name}; it takes {needed.Description}. See concord "
                    + $"{string.Join(' ', words)} --help.", Mistake(words));
            string[] given = [.. words, .. command.Arguments.SelectMany(argument =>
                Enumerable.Repeat("1", argument.Arity.MinimumNumberOfValues))];
            foreach (var option in command.Options.Where(option => option.ValueType != typeof(bool) && option.Name[1] == '-'
                && option.Arity.MinimumNumberOfValues > 0))
            {
                Assert.StartsWith($"{option.Name} was given no value. It takes <", Mistake([.. given, option.Name]),
                    StringComparison.Ordinal);
                if (option.Arity.MaximumNumberOfValues == 1)
                    Assert.StartsWith($"{option.Name} was given 2 times ('1', '2'), and takes one value.",
                        Mistake([.. given, option.Name, "1", option.Name, "2"]), StringComparison.Ordinal);
                var type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
                if (type == typeof(int) || type == typeof(long) || type == typeof(double))
                    Assert.StartsWith($"{option.Name} was given 'x'; it takes a {(type == typeof(double) ? "number" : "whole number")}",
                        Mistake([.. given, option.Name, "x"]), StringComparison.Ordinal);
            }
        }
        Assert.Equal("concord model does nothing by itself. Give one of its commands: list, show, layers, options. "
            + "See concord model --help.", Mistake(["model"]));
        Assert.StartsWith("There is no command 'foo'. ", Mistake(["foo", "train"]), StringComparison.Ordinal);
        Assert.StartsWith("concord export has no option '--out'. ", Mistake(["export", "run", "--to", "csv", "--out", "x"]),
            StringComparison.Ordinal);
    }

    /// <summary>A default in the place of an empty word might run for hours.</summary>
    [Fact]
    public void AnEmptyWordIsRefused()
    {
        foreach (var words in (string[][])[["compare", "--rules", ""], ["train", "--epoch", "1", "--data", ""]])
            Assert.Contains("was given an empty word. It takes <",
                Assert.Throws<ConcordException>(() => ParseMistake.Check(Application.Root().Parse(words))).Message,
                StringComparison.Ordinal);
        Assert.Contains("names none", Assert.Throws<ConcordException>(() => RuleList.Read(",")).Message, StringComparison.Ordinal);
    }

    private static string Mistake(string[] words) => ParseMistake.Explain(Application.Root().Parse(words)).Message;

    private static IEnumerable<(string[] Words, Command Command)> Below(Command command, string[] words) =>
        command.Subcommands.SelectMany(below => Below(below, [.. words, below.Name]).Prepend(([.. words, below.Name], below)));
}
