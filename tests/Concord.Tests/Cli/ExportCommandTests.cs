namespace Concord.Tests.Cli;

/// <summary>Figures that leave for other programs, as a user does it.</summary>
public sealed class ExportCommandTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void FiguresLeaveAsTablesAndForTensorBoard()
    {
        Assert.Equal(0, _concord.Run("train --data csv:table.csv --model mlp:4-6-3 --batch 8 --epochs 2 --engine managed --threads 1 "
            + "--seeds 2 --out runs").ExitCode);
        var csv = _concord.Run("export runs --to csv");
        Assert.Equal((0, ""), (csv.ExitCode, csv.Error));
        Assert.Contains($"export  {Path.Combine("runs", "csv")}", csv.Out, StringComparison.Ordinal);
        Assert.Contains("2 runs: activity-norms.csv, alignment.csv, ", csv.Out, StringComparison.Ordinal);
        Assert.Equal(5, File.ReadAllLines(_concord["runs/csv/epochs.csv"]).Length);
        Assert.Equal(0, _concord.Run("export runs/seed-1 elsewhere --to csv -q").ExitCode);
        Assert.Equal(3, File.ReadAllLines(_concord["elsewhere/epochs.csv"]).Length);

        var own = _concord["runs/seed-1/events.out.tfevents.concord"];
        var written = File.ReadAllBytes(own);
        Assert.Equal(0, _concord.Run("export runs/seed-1 copy.tfevents").ExitCode);
        Assert.Equal(written.Length, new FileInfo(_concord["copy.tfevents"]).Length);
        File.WriteAllText(own, "damaged");
        Assert.Equal(0, _concord.Run("export runs/seed-1 --to tensorboard").ExitCode);
        Assert.Equal(File.ReadAllBytes(_concord["copy.tfevents"]), File.ReadAllBytes(own));
    }

    [Theory]
    [InlineData("export nowhere --to csv", "nowhere")]
    [InlineData("export nowhere --to tensorboard", "nowhere")]
    [InlineData("export nowhere --to csv --samples 3 --lossy", "--lossy, --samples have no effect with --to csv")]
    [InlineData("export nowhere --to tensorboard --checkpoint best", "--checkpoint has no effect")]
    [InlineData("export table.csv --to csv", "table.csv")]
    [InlineData("export nowhere run.onnx", "The name of 'run.onnx' does not say what is to be written. Give --to with nir or nir-data")]
    public void BadInputIsALine(string words, string message)
    {
        var refused = _concord.Run(words);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
    }
}
