using System.Globalization;
using System.Text;
using Concord.Experiments;
using Concord.Interchange;
using Concord.Tests.Cli;
using Concord.Training;

namespace Concord.Tests.Experiments;

/// <summary>Grids that are run, broken off, gone on with, and added up.</summary>
public sealed class SweepTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SweepTests()
    {
        var table = new StringBuilder("a,b,c,d,class\n");
        for (var i = 0; i < 90; i++) table.Append(string.Create(CultureInfo.InvariantCulture,
            $"{Math.Sin(i * 0.7):0.000},{Math.Cos(i * 0.7):0.000},{i % 3 + 0.3 * Math.Sin(3.5 * i):0.000},{i % 7},{"xyz"[i % 3]}\n"));
        File.WriteAllText(_folder["table.csv"], table.ToString());
    }

    public void Dispose() => _folder.Dispose();

    private ExperimentFile Small(params string[] overrides) => ExperimentFile.Parse($$"""
        data: 'csv:{{_folder["table.csv"]}}'
        model: mlp:4-12-8-3
        learningRate: 0.05
        batch: 8
        epochs: 2
        validation: 12
        engine: managed
        checkpointMinutes: 0.000000001
        seeds: 2
        rules:
          backprop:
          sparse-dfa: {feedback.nonZerosPerNeuron: [1, 2]}
        """, "small.yaml", overrides);

    [Fact]
    public void AModelByNameBecomesTheOneForTheData() =>
        Assert.All(Sweep.Open(Small("model=[\"mlp,tanh\",mlp:4-12-8-3]"), _folder["named"]).Cells, cell =>
            Assert.Contains(cell.Settings.Model, (string[])["mlp:4-256-256-3,tanh", "mlp:4-12-8-3"]));

    [Theory]
    [InlineData("data=[glyphs,Glyphs]", "model=mlp", "'backprop data=glyphs seed=0' and 'backprop data=Glyphs seed=0'")]
    [InlineData("data=glyphs", "model=[mlp,\"mlp:784-256-256-10\"]",
        "'backprop model=mlp seed=0' and 'backprop model=mlp:784-256-256-10 seed=0'")]
    [InlineData("model=mlp", "checkpointMinutes=[1,2]", "'backprop checkpointMinutes=1 seed=0' and 'backprop checkpointMinutes=2 seed=0'")]
    public void CellsThatAreTheSameRunAreRefused(string first, string second, string said) => Assert.StartsWith(
        $"The cells {said} are the same run",
        Assert.Throws<ConcordException>(() => Sweep.Open(Small("seeds=1", first, second), _folder["same"])).Message,
        StringComparison.Ordinal);

    [Fact]
    public void ASweepBrokenOffAnywhereGoesOnAndRepeatsNothing()
    {
        var whole = Sweep.Open(Small(), _folder["whole"]);
        Assert.All(whole.Cells, cell => Assert.Equal((CellState.Waiting, 1), (cell.State, cell.Settings.Threads)));
        whole.Run(jobs: 1);
        Assert.Equal(6, whole.Cells.Count(cell => cell.State == CellState.Finished));

        var kills = 0;
        Dictionary<string, DateTime> finished = [];
        for (var round = 0; ; round++)
        {
            var left = 5 + 11 * round % 37;
            FaultInjection.At = point =>
            {
                if (point is "step" or FaultInjection.BeforeRename && Interlocked.Decrement(ref left) == 0) throw new Broken();
            };
            var sweep = Sweep.Open(Small(), _folder["broken"]);
            Assert.All(sweep.Cells.Where(cell => cell.State == CellState.Finished),
                cell => finished.TryAdd(cell.Folder, File.GetLastWriteTimeUtc(Path.Combine(cell.Folder, "summary.json"))));
            if (sweep.Left.Count == 0) break;
            try
            {
                sweep.Run(jobs: 1 + round % 2);
            }
            catch (Broken)
            {
                kills++;
            }
        }
        FaultInjection.At = null;
        Assert.True(kills >= 6, $"only {kills}");
        Assert.Equal(6, finished.Count);
        Assert.All(finished, entry => Assert.Equal(entry.Value, File.GetLastWriteTimeUtc(Path.Combine(entry.Key, "summary.json"))));
        Assert.All(whole.Cells, cell => RunFiles.AssertSame(cell.Folder, Path.Combine(_folder["broken"], Path.GetFileName(cell.Folder))));
    }

    [Fact]
    public void CellsAreKnownAgainInAnotherGrid()
    {
        Sweep.Open(Small("rule=backprop"), _folder["out"]).Run(jobs: 2);
        var wider = Sweep.Open(Small("learningRate=[0.05,0.02]", "checkpointMinutes=3"), _folder["out"]);
        Assert.Equal(2, wider.Cells.Count(cell => cell.State == CellState.Finished));
        Assert.Equal(10, wider.Left.Count);
        // other threads, other bits
        Assert.All(Sweep.Open(Small("rule=backprop", "threads=2"), _folder["out"]).Cells,
            cell => Assert.Equal(CellState.Waiting, cell.State));
        Assert.True(wider.Estimate(jobs: 2) > TimeSpan.Zero);
        Assert.Equal(2, Directory.GetDirectories(_folder["out"]).Length);   // looking leaves nothing behind
    }

    [Fact]
    public void ACancelledSweepSavesAndGoesOn()
    {
        using var source = new CancellationTokenSource();
        var sweep = Sweep.Open(Small(), _folder["out"]);
        Assert.Throws<OperationCanceledException>(
            () => sweep.Run(2, new Listener<SweepProgress>(_ => source.Cancel()), cancellation: source.Token));
        var again = Sweep.Open(Small(), _folder["out"]);
        Assert.Contains(again.Cells, cell => cell.State == CellState.Begun);
        List<SweepProgress> seen = [];
        again.Run(2, new Listener<SweepProgress>(seen.Add));
        Assert.Equal(again.Cells.Count, again.Cells.Count(cell => cell.Result is not null));
        Assert.Equal(1, seen.Max(progress => progress.Done), 9);
    }

    // The second is of one step, whose loss is looked at before it.
    [Theory]
    [InlineData("learningRate=[0.05,1e30]", "rule=backprop")]
    [InlineData("learningRate=[0.05,1e39]", "rule=backprop", "epochs=1", "batch=1000")]
    public void ACellThatDivergesIsRecordedAndTheOthersGoOn(params string[] wild)
    {
        Sweep.Open(Small(wild), _folder["out"]).Run(jobs: 2);
        var sweep = Sweep.Open(Small(wild), _folder["out"]);
        Assert.Empty(sweep.Left);
        Assert.Equal([CellState.Finished, CellState.Finished, CellState.Failed, CellState.Failed], sweep.Cells.Select(cell => cell.State));
        Assert.Contains("diverged", sweep.Cells[2].Failure, StringComparison.Ordinal);
        Assert.Equal([0, 2], sweep.Groups.Select(group => group.Failed));
        Assert.Null(sweep.Groups[1].Result);
    }

    [Fact]
    public void SeedsAreAddedUpAndComparedWithBackprop()
    {
        var sweep = Sweep.Open(Small("seeds=3", "learningRate=[0.05,0.01]"), _folder["out"]);
        sweep.Run(jobs: 2);
        var groups = sweep.Groups;
        Assert.Equal(2 + 4, groups.Count);
        Assert.All(groups.Take(2), group => Assert.Null(group.Reference));
        var sparse = groups.Single(group => group.Label == "sparse-dfa learningRate=0.01 nonZerosPerNeuron=2");
        Assert.Equal("backprop learningRate=0.01", sparse.Reference!.Label);
        Assert.Equal(
            sparse.Cells.Zip(sparse.Reference.Cells, (mine, other) => mine.Result!.Test.Accuracy - other.Result!.Test.Accuracy),
            sparse.Difference!.Values);
        Assert.Equal(sparse.Cells.Select(cell => cell.Result!.Epochs.Max(epoch => epoch.ValidationAccuracy)),
            sparse.Result!.BestValidationAccuracy.Values);
    }

    [Fact]
    public void WhatDoesNotFitIsSaidBeforeAnythingRuns()
    {
        Assert.Contains("sparse-dfa",
            Assert.Throws<ConcordException>(() => Sweep.Open(Small("feedback.nonZerosPerNeuron=9"), _folder["out"])).Message,
            StringComparison.Ordinal);
        Assert.Contains("takes 5 inputs", Assert.Throws<ConcordException>(() => Sweep.Open(Small("model=mlp:5-3"), _folder["out"])).Message,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Fact]
    public void AFolderWithAnotherRunInItIsNotTakenForTheCell()
    {
        var sweep = Sweep.Open(Small("rule=backprop"), _folder["out"]);
        sweep.Run(jobs: 2);
        var (mine, other) = (sweep.Cells[0].Folder, sweep.Cells[1].Folder);
        Directory.Delete(mine, recursive: true);
        Directory.Move(other, mine);
        Assert.Contains("other settings than its name says",
            Assert.Throws<ConcordException>(() => Sweep.Open(Small("rule=backprop"), _folder["out"])).Message, StringComparison.Ordinal);
    }

    private sealed class Broken : Exception;
}
