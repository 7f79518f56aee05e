namespace Concord.Tests.Cli;

/// <summary>A run goes on where the same bits are computed, whatever the engine is called, and elsewhere only if that is wanted.</summary>
public sealed class ArithmeticTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void ARunDoesNotGoOnToOtherBitsByItself()
    {
        Assert.Equal(0, _concord.Run($"{ConcordProgram.SmallRun("run", epochs: 2)}").ExitCode);
        var narrow = ("DOTNET_EnableHWIntrinsic", "0");   // as a build that was compiled ahead of time for the least of processors
        var refused = _concord.Run("resume run --epochs 3", narrow);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("The run in 'run' was computed with managed, products in ", refused.Error, StringComparison.Ordinal);
        Assert.Contains($"resume {_concord["run"]} --other-bits", refused.Error, StringComparison.Ordinal);
        var taken = _concord.Run("resume run --epochs 3 --other-bits", narrow);
        Assert.Equal(0, taken.ExitCode);
        Assert.Contains("to other bits", taken.Out + taken.Error, StringComparison.Ordinal);
        Assert.Equal(0, _concord.Run("resume run --epochs 4", narrow).ExitCode);   // these are its bits now
        var idle = _concord.Run("resume run --epochs 5 --other-bits", narrow);
        Assert.Equal(2, idle.ExitCode);
        Assert.Contains("--other-bits has no effect", idle.Error, StringComparison.Ordinal);
        Assert.Equal(0, _concord.Run("evaluate run").ExitCode);   // nothing goes on there
    }
}
