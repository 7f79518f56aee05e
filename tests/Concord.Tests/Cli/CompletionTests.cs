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
    [InlineData("__complete train --model letnet", "")]
    [InlineData("__complete evaluate table --checkpoint b", "best")]
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
    public void BashCompletesRunsAndOptionsByTheScript()
    {
        Assert.Equal(0, _concord.Run("train --data csv:table.csv --model mlp:4-3 --epochs 1 --batch 8 --engine managed --threads 1 "
            + "--out one").ExitCode);
        Directory.CreateDirectory(_concord["other"]);
        var script = _concord.Run("completion bash");
        Assert.Equal(0, script.ExitCode);
        File.WriteAllText(_concord["completion.sh"], script.Out);
        // The program as a shell knows it, under its own name.
        const string Ask = "program=$1 library=$2; concord() { \"$program\" \"$library\" \"$@\"; }; . ./completion.sh; "
            + "COMP_WORDS=(concord predict o); COMP_CWORD=2; _concord; printf '%s;' \"${COMPREPLY[@]}\"; "
            + "COMP_WORDS=(concord train --rul); COMP_CWORD=2; _concord; printf '%s;' \"${COMPREPLY[@]}\"";
        var told = _concord.RunIn($"exec bash -c '{Ask.Replace("'", "'\\''", StringComparison.Ordinal)}' bash \"$@\"", "");
        Assert.Equal("one;--rule;--rules;", told.Out);
        Assert.Contains("There is no shell 'tcsh'", _concord.Run("completion tcsh").Error, StringComparison.Ordinal);
    }
}
