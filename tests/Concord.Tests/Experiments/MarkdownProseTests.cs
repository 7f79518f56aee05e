using Concord.Experiments;

namespace Concord.Tests.Experiments;

/// <summary>Prose is broken between words, and joined again as it was; what is no prose stays as it is.</summary>
public sealed class MarkdownProseTests
{
    private static string Words(int count, string word = "word") => string.Join(' ', Enumerable.Repeat(word, count));

    [Theory]
    [InlineData("")]
    [InlineData("- ")]
    [InlineData("  12. ")]
    public void ALongLineIsBrokenAndJoinedAgain(string mark)
    {
        var text = $"# {Words(50)}\n\n{mark}{Words(90)}\n\n{mark}{Words(3)}";
        var lines = MarkdownProse.Break(text).Split('\n');
        Assert.Equal(8, lines.Length);
        Assert.All(lines.Skip(1), line => Assert.InRange(line.Length, 0, MarkdownProse.Width));
        Assert.StartsWith(new string(' ', mark.Length) + "word", lines[3], StringComparison.Ordinal);
        Assert.Equal(text, MarkdownProse.Join(MarkdownProse.Break(text)));
        Assert.Equal(MarkdownProse.Break(text), MarkdownProse.Break(MarkdownProse.Break(text)));
    }

    [Theory]
    [InlineData("| ")]
    [InlineData("    ")]
    [InlineData("# ")]
    [InlineData("<!-- ")]
    public void WhereALineEndHasAMeaningNothingIsBroken(string start) =>
        Assert.Equal(start + Words(90), MarkdownProse.Break(start + Words(90)));

    [Fact]
    public void FencedLinesStay()
    {
        var text = $"```\n{Words(90)}\na\nb\n```\n{Words(3)}\n{Words(4)}";
        Assert.Equal(text, MarkdownProse.Break(text));
        Assert.Equal($"```\n{Words(90)}\na\nb\n```\n{Words(7)}", MarkdownProse.Join(text));
    }

    [Theory]
    [InlineData("-")]
    [InlineData("2.")]
    [InlineData("#")]
    [InlineData("|x|")]
    public void NoLineBeginsWithWhatMarkdownWouldRead(string mark)
    {
        for (var before = 20; before < 30; before++)
            Assert.All(MarkdownProse.Break($"{Words(before)} {mark} {Words(30)}").Split('\n'),
                line => Assert.StartsWith("word", line, StringComparison.Ordinal));
    }

    [Fact]
    public void CodeStaysWhole()
    {
        var lines = MarkdownProse.Break($"{Words(27)} `some code with spaces` {Words(3)}").Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("`some code with spaces`", lines[1], StringComparison.Ordinal);
        Assert.Single(MarkdownProse.Break($"`{Words(90)}`").Split('\n'));   // longer than a line, and no place for a break
    }
}
