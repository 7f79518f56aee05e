using System.Diagnostics;

namespace Concord.Tests;

/// <summary>Commands that are printed for people go through a shell as they are meant.</summary>
public sealed class NextCommandTests
{
    [FactWith(Need.Unix)]
    public void AShellTakesEveryWordBack()
    {
        string[] words = ["plain", "", "two words", "it's", "\"double\"", "$HOME", "`id`", "a;b", "fc*=dfa", "~", "#comment",
            "csv:/a b/t.csv#class", "back\\slash", "new\nline", "ä", "!x", "{a,b}", "[0]", "-q", "a=b&c", "(x)", "?"];
        var start = new ProcessStartInfo("sh") { RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"concord() {{ printf '%s\\0' \"$@\"; }}; {NextCommand.Command(words)}");
        start.Environment.Remove(NextCommand.Variable);
        using var shell = Process.Start(start)!;
        Assert.Equal(string.Concat(words.Select(word => word + '\0')), shell.StandardOutput.ReadToEnd());
        shell.WaitForExit();
    }

    [Fact]
    public void OptionsAreReplacedOrLeftOut()
    {
        string[] words = ["train", "--seeds", "3", "--rule", "dfa", "--out", "x"];
        Assert.Equal(["train", "--rule", "dfa", "--seeds", "1,2", "--out", "/x"],
            NextCommand.With(words, ("--seeds", "1,2"), ("--out", "/x")));
        Assert.Equal(["train", "--seeds", "3", "--rule", "dfa"], NextCommand.With(words, ("--out", null)));
        Assert.Equal("cd '/a b' && concord train", NextCommand.CommandIn("/a b", ["train"]));
    }

    [Theory]
    [InlineData("resume", "/runs/glyphs-dfa", "concord resume /runs/glyphs-dfa")]
    [InlineData("resume", "/my runs/a", "concord resume '/my runs/a'")]
    public void PlainWordsStayPlain(string command, string folder, string line) => Assert.Equal(line, NextCommand.Command(command, folder));
}
