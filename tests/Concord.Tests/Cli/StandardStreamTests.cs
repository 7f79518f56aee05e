namespace Concord.Tests.Cli;

/// <summary>
/// Streams that cannot be written: a run goes on, what can be told is told on the other stream, and the exit code says the rest.
/// </summary>
public sealed class StandardStreamTests : IDisposable
{
    private const string Full = "the disk is full", Closed = "it is closed";
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [TheoryWith(Need.Linux)]
    [InlineData("rules", ">/dev/full", Full)]
    [InlineData("rules --json", ">/dev/full", Full)]
    [InlineData("train --help", ">/dev/full", Full)]
    [InlineData("", ">&-", Closed)]
    [InlineData("--version", ">&-", Closed)]
    [InlineData("model list --json", ">&-", Closed)]
    public void WhatStandardOutputDoesNotTakeIsToldOnStandardError(string words, string redirection, string why)
    {
        var result = _concord.RunIn($"\"$@\" {redirection}", words);
        Assert.Equal(1, result.ExitCode);
        Assert.Equal($"concord: Not all of standard output could be written: {why}. The command continues without it, "
            + "and its exit code shows it.\n", result.Error);
    }

    [TheoryWith(Need.Linux)]
    [InlineData("bogus", "2>/dev/full")]
    [InlineData("bogus", "2>&-")]
    [InlineData("resume nowhere", "2>/dev/full")]
    [InlineData("bogus --json", "2>&-")]
    public void AMistakeIsToldOnStandardOutputWhereStandardErrorTakesNothing(string words, string redirection)
    {
        var result = _concord.RunIn($"\"$@\" {redirection}", words);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("There is no ", Assert.Single(result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal);
    }

    [TheoryWith(Need.Linux)]
    [InlineData(">/dev/full 2>/dev/full")]
    [InlineData(">&- 2>&-")]
    [InlineData(">&- 2>/dev/full")]
    public void WithNoStreamLeftTheExitCodeSpeaks(string redirection)
    {
        Assert.Equal((2, "", ""), Told("bogus"));
        Assert.Equal((2, "", ""), Told("bogus --json"));
        Assert.Equal((1, "", ""), Told("rules"));

        (int, string, string) Told(string words)
        {
            var result = _concord.RunIn($"\"$@\" {redirection}", words);
            return (result.ExitCode, result.Out, result.Error);
        }
    }

    [FactWith(Need.Linux)]
    public void ARunEndsWholeWhateverTakesItsWords()
    {
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("whole")).ExitCode);
        string[] lines =
        [
            "\"$@\" >/dev/full", "\"$@\" >&-", "\"$@\" --json >/dev/full", "\"$@\" --json >&-", "\"$@\" --json 2>/dev/full",
            "\"$@\" --json 2>&-", "\"$@\" >/dev/full 2>/dev/full", "\"$@\" >&- 2>&-",
            "\"$@\" <&- >&- 2>&-", "{ \"$@\"; echo $? >&3; } 3>code | head -n 1; exit $(cat code)",
        ];
        for (var i = 0; i < lines.Length; i++)
        {
            var result = _concord.RunIn(lines[i], ConcordProgram.SmallRun($"run{i}"));
            Assert.True(result.ExitCode == 1, $"{lines[i]}: {result.ExitCode} {result.Error}");
            RunFiles.AssertSame(_concord["whole"], _concord[$"run{i}"]);
            Assert.True(File.Exists(Path.Combine(_concord[$"run{i}"], "report.html")), lines[i]);
            if (!lines[i].Contains("--json 2>", StringComparison.Ordinal)) continue;
            Assert.Equal(3, result.Events.Count(line => line.GetProperty("event").GetString() == "epoch"));
            Assert.Equal($"run{i}", result.Event("result").GetProperty("run").GetString());
            Assert.Contains("standard error", result.Event("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        }
        Assert.DoesNotContain(Directory.GetFiles(_concord.Folder, "*", SearchOption.AllDirectories),
            file => File.ReadAllText(file).Contains("concord: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("train --data csv:no\e[31mfile\u009b.csv")]
    [InlineData("resume run\e]0;owned\a")]
    [InlineData("train --rule \u202eafd")]
    [InlineData("train --\e[2J")]
    [InlineData("train first\nconcord:\nsecond.yaml")]
    [InlineData("\e[2Jtrain")]
    [InlineData("train --data csv:evil.csv --epochs 1 --engine managed --threads 1 --out run\e[1m --model mlp:1-2", 0)]
    [InlineData("train evil.yaml --epochs 0", 2)]
    public void NoSteeringTextReachesATerminal(string words, int exitCode = 2)
    {
        File.WriteAllText(_concord["evil.csv"], string.Concat(Enumerable.Range(0, 20)
            .Select(i => $"{i},{(i % 2 == 0 ? "c\e[31mat" : "d\u009b\u202eog")}\n")).Insert(0, "a,y\n"));
        File.WriteAllText(_concord["evil.yaml"], "name: \"e\\evil\\a\"\nrule: \"d\\e[5mfa\"\n");
        var result = _concord.Run(words);
        Assert.True(result.ExitCode == exitCode, result.Error);
        var text = result.Out + result.Error;
        Assert.DoesNotContain(text, c => char.IsControl(c) && c != '\n' || c is '\u202e');
        Assert.DoesNotContain(text.Split('\n'), line => line.StartsWith("concord:\n", StringComparison.Ordinal));
        if (exitCode != 0)
        {
            Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            return;
        }
        var evaluated = _concord.Run(words.Split(' ').First(word => word.StartsWith("run", StringComparison.Ordinal))
            .Insert(0, "evaluate "));
        Assert.Contains("c\\u001B[31mat", evaluated.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(evaluated.Out, c => char.IsControl(c) && c != '\n' || c is '\u202e');
        foreach (var file in Directory.GetFiles(Directory.GetDirectories(_concord.Folder, "run*").Single())
            .Where(file => Path.GetExtension(file) is ".yaml" or ".json" or ".jsonl" or ".html"))
            Assert.DoesNotContain(File.ReadAllText(file), c => char.IsControl(c) && c is not ('\n' or '\r' or '\t'));
    }

    [FactWith(Need.Linux)]
    public void AFolderThatIsGoneIsSaid()
    {
        Assert.Equal(0, _concord.RunIn("mkdir gone; cd gone; rmdir ../gone; \"$@\"", "rules dfa").ExitCode);
        var result = _concord.RunIn("mkdir gone; cd gone; rmdir ../gone; \"$@\"",
            "train --model mlp:784-10 --train 20 --validation 10 --test 10 --epochs 1 --engine managed --threads 1 -q");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("is not there any more", Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal);
    }
}
