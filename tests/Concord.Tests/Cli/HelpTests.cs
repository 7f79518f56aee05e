using System.Text.RegularExpressions;
using Concord.Training;

namespace Concord.Tests.Cli;

/// <summary>What a newcomer is shown, and the help of commands, in lines that fit.</summary>
public sealed class HelpTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void NoWordsShowTheFirstSteps()
    {
        var result = _concord.Run("");
        Assert.Equal(0, result.ExitCode);
        Assert.True(result.Out.Split('\n').Count(line => line.StartsWith("  concord ", StringComparison.Ordinal)) >= 4, result.Out);
    }

    /// <summary>A screen is 30 lines of 80 characters: the list of commands, and what a newcomer is told, are seen as a whole.</summary>
    [Theory]
    [InlineData("--help")]
    [InlineData("")]
    public void WhatIsSeenFirstFitsAScreen(string words)
    {
        var lines = _concord.Run(words, ("COLUMNS", "80")).Out.TrimEnd('\n').Split('\n');
        Assert.InRange(lines.Length, 8, 30);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
    }

    /// <summary>Every option in a group, every default shown, what people want first before the others, in lines that fit.</summary>
    [Theory]
    [InlineData("train", "--rule", "--epochs, --epoch <N>", "[default: 10]", "--seeds <N>", "[default: 1]")]
    [InlineData("compare", "--rules", "--epochs, --epoch <N>", "[default: 6]", "--seeds <N>", "[default: 3]")]
    public void HelpIsInGroups(string command, string rule, params string[] said)
    {
        var help = _concord.Run($"{command} --help", ("COLUMNS", "90")).Out;
        Assert.False(help.Contains("Other:", StringComparison.Ordinal), "give each new option a group in HelpGroups.cs");
        var lines = help[help.IndexOf("Most wanted:", StringComparison.Ordinal)..help.IndexOf("Examples:", StringComparison.Ordinal)]
            .Split('\n');
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 90));
        var names = lines.Where(line => line.StartsWith("  -", StringComparison.Ordinal)).ToList();
        Assert.Equal(["--data", "--model", rule], names.Take(3).Select(line => line.Trim().Split(' ', ',')[0]));
        for (var i = 0; i < said.Length; i += 2)
        {
            var at = help.IndexOf(said[i], StringComparison.Ordinal);
            var end = help.IndexOf("\n  -", at, StringComparison.Ordinal);
            Assert.Contains(said[i + 1], help[at..end], StringComparison.Ordinal);
        }
        foreach (var name in RunSettings.Declared.Select(setting => setting.Usage.Split(' ')[0]).Where(name => name != ""))
        {
            var option = Regex.Match(help, $"{name}(, --[a-z-]+)* <");
            if (!option.Success) continue;
            Assert.Contains("[default: ", help[option.Index..help.IndexOf("]\n", option.Index, StringComparison.Ordinal)],
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("train", 40)]
    [InlineData("train", 59)]
    [InlineData("compare", 50)]
    [InlineData("compare", 66)]
    public void HelpIsNoWiderThanTheTerminal(string command, int columns) =>
        Assert.All(_concord.Run($"{command} --help", ("COLUMNS", $"{columns}")).Out.Split('\n'),
            line => Assert.InRange(line.Length, 0, columns));

    /// <summary>Examples that a narrow screen breaks are one command to the shell that they are pasted into.</summary>
    [Theory]
    [InlineData("train")]
    [InlineData("cost")]
    public void ExamplesAreWrappedSoThatTheyCanBePasted(string command)
    {
        var narrow = Examples("40");
        Assert.All(narrow.Split('\n'), line => Assert.InRange(line.Length, 0, 50));   // one word is longer than the line
        Assert.Contains(narrow.Split('\n'), line => line.EndsWith(" \\", StringComparison.Ordinal));
        Assert.Equal(Examples("200"), narrow.Replace(" \\\n     ", "", StringComparison.Ordinal));

        string Examples(string columns)
        {
            var help = _concord.Run($"{command} --help", ("COLUMNS", columns)).Out;
            return help[help.IndexOf("Examples:", StringComparison.Ordinal)..];
        }
    }

    /// <summary>What tells of rules keeps to the line: columns that do not fit go on below, and no figure is lost.</summary>
    [Theory]
    [InlineData("cost --model mlp:784-30-10 --rule fa")]
    [InlineData("cost --model mlp:784-30-10 --rule dfa,sparse-dfa,fg-weight")]
    [InlineData("rules dfa")]
    [InlineData("sweep --help")]
    public void NarrowLinesLoseNothing(string words)
    {
        var narrow = _concord.Run(words, ("COLUMNS", "70")).Out;
        Assert.All(narrow.Split('\n'), line => Assert.InRange(line.Length, 0, 70));
        Assert.Empty(Words(_concord.Run(words, ("COLUMNS", "200")).Out).Except(Words(narrow)));

        static IEnumerable<string> Words(string text) => text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
    }
}
