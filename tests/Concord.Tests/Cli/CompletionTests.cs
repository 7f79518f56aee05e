namespace Concord.Tests.Cli;

/// <summary>A shell is told what the word under the cursor may become.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Theory]
    [InlineData("__complete eval", "evaluate")]
    [InlineData("__complete train --data fash", "fashion-mnist")]
    [InlineData("__complete train --rule dfa --learn", "--learning-rate")]
    [InlineData("__complete compare --rules dfa,sparse", "dfa,sparse-dfa")]
    [InlineData("__complete data fetch kmn", "kmnist")]
    [InlineData("__complete reproduce bats-f", "bats-fashion")]
    [InlineData("__complete train --rule fc1=spars", "fc1=sparse-dfa")]
    [InlineData("__complete train --rule=fc1=spars", "--rule=fc1=sparse-dfa")]
    [InlineData("__complete train --data csv:", "")]
    [InlineData("__complete train --model letnet", "")]
    [InlineData("__complete evaluate table --checkpoint b", "best")]
    [InlineData("__complete train --rule usf --set feedback.sc", "feedback.scale=\nfeedback.scheme=")]
    [InlineData("__complete compare --rules dfa,usf --set feedback.scheme=ro", "feedback.scheme=round-robin")]
    [InlineData("__complete train --rule fc1=usf,*=dfa --set feedback.scal", "feedback.scale=")]
    [InlineData("__complete train --set feedback.pre", "feedback.preset=")]
    public void TheLastWordIsCompleted(string words, string completed)
    {
        var told = _concord.Run(words);
        Assert.Equal((0, completed), (told.ExitCode, told.Out.TrimEnd('\n')));
    }

    /// <summary>As a comparison leaves them.</summary>
    [Fact]
    public void RunsBelowAFolderAreCompleted()
    {
        Assert.Equal(0, _concord.Run("train --data csv:table.csv --model mlp:4-3 --epochs 1 --batch 8 --engine managed --threads 1 "
            + "--seeds 2 --out many").ExitCode);
        Assert.Equal("many/seed-0\nmany/seed-1\n", _concord.Run("__complete resume man").Out);
    }

    [Fact]
    public void BashCompletesByTheScriptAndAcrossTheSignsThatItSplitsWordsAt()
    {
        Assert.Equal(0, _concord.Run("train --data csv:table.csv --model mlp:4-3 --epochs 1 --batch 8 --engine managed --threads 1 "
            + "--out one").ExitCode);
        Directory.CreateDirectory(_concord["other"]);
        var script = _concord.Run("completion bash");
        Assert.Equal(0, script.ExitCode);
        File.WriteAllText(_concord["completion.sh"], script.Out);
        // The program as a shell knows it, under its own name; what a line came to is printed. \t is the Tab key.
        File.WriteAllText(_concord["rc.sh"], ". ./completion.sh\nconcord() { if [ \"$1\" = __complete ]; then \"$program\" \"$library\" "
            + "\"$@\"; else printf '<%s>' \"$@\"; echo; fi; }\n");
        const string Typed = @"concord predict o\t\nconcord train --rul\t\nconcord train --data=fash\t\n"
            + @"concord train --rule fc1=sparse-d\t\nconcord train --rule=fc1=dfa,*=sparse-d\t --seed 1\n"
            + @"concord train --data csv:tab\t\nconcord train --data=csv:tab\t\n"
            + @"concord train --rule usf --set feedback.schem\tround\t\n";
        var told = _concord.RunIn($"export program=$1 library=$2 INPUTRC=/dev/null; printf '{Typed}' | bash --rcfile rc.sh -i", "");
        Assert.Equal(["<predict><one>", "<train><--rule>", "<train><--data=fashion-mnist>", "<train><--rule><fc1=sparse-dfa>",
            "<train><--rule=fc1=dfa,*=sparse-dfa><--seed><1>", "<train><--data><csv:table.csv>", "<train><--data=csv:table.csv>",
            "<train><--rule><usf><--set><feedback.scheme=round-robin>"],
            told.Out.Split('\n').Where(line => line.StartsWith('<')));
        Assert.Contains("Register-ArgumentCompleter", _concord.Run("completion PowerShell").Out, StringComparison.Ordinal);
        Assert.Contains("There is no shell 'tcsh'", _concord.Run("completion tcsh").Error, StringComparison.Ordinal);
    }
}
