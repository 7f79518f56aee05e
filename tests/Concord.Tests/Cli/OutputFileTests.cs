using System.Diagnostics;
using Concord.Interchange;
using Concord.Tests.Interchange;
using Concord.Training;

namespace Concord.Tests.Cli;

/// <summary>What a user names for a result destroys nothing that is needed.</summary>
public sealed class OutputFileTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public OutputFileTests() => Assert.Equal(0, _concord.Run("train --data csv:table.csv --model mlp:4-3 --epochs 1 --batch 8 "
        + "--engine managed --threads 1 --out run -q").ExitCode);

    public void Dispose() => _concord.Dispose();

    [FactWith(Need.Linux)]
    public void InputsAndARunsOwnFilesAreRefused()
    {
        File.Copy(_concord["table.csv"], _concord["new.csv"]);
        File.CreateSymbolicLink(_concord["link.csv"], "new.csv");
        Directory.CreateSymbolicLink(_concord["near"], "run");
        using (var link = Process.Start("ln", [_concord["new.csv"], _concord["second.csv"]])) link.WaitForExit();
        File.CreateSymbolicLink(_concord["away"], "run/last.safetensors");
        var before = Contents();

        const string Read = "it is one of the files that are read, and it would be overwritten", Own = "that is a file of the run in";
        Refused("predict run new.csv --out new.csv", Read);
        Refused("predict run new.csv --out ./run/../new.csv", Read);
        Refused("predict run new.csv --out link.csv", Read);
        Refused("predict run new.csv --out second.csv", Read);
        Refused("predict run --data csv:new.csv --out link.csv", "the data are read from it");
        Refused("predict run new.csv --out table.csv", "the data of the run in 'run' lie in it");
        Refused("predict run new.csv --out run/last.safetensors", Own);
        Refused("predict run new.csv --out away", Own);
        Refused("predict run new.csv --out near/best-3.safetensors", Own);   // which is not there, and would be read if it were
        Refused("export run run/last.safetensors --to tensorboard", Own);
        Refused("export run run/summary.json --to nir", Own);
        Refused("report run --out run/metrics.jsonl", Own);
        Refused("raster run --out run/data.json", Own);
        var input = _concord.RunIn("\"$@\" < new.csv", "predict run --out new.csv");
        Assert.Equal(2, input.ExitCode);
        Assert.Contains("standard input is read from it", input.Error, StringComparison.Ordinal);
        Assert.Equal(before, Contents());
        Assert.Equal(0, _concord.Run("predict run new.csv --out run/answers.csv").ExitCode);

        void Refused(string words, string because)
        {
            var refused = _concord.Run(words);
            Assert.Equal((2, ""), (refused.ExitCode, refused.Out));
            Assert.Contains(because, refused.Error, StringComparison.Ordinal);
        }

        string[] Contents() => [.. Directory.EnumerateFiles(_concord.Folder, "*", SearchOption.AllDirectories)
            .Where(file => !file.StartsWith(_concord["cache"], StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(file => $"{file} {new FileInfo(file).LinkTarget} {Convert.ToHexString(File.ReadAllBytes(file))}")];
    }

    [Fact]
    public void AnExperimentIsNotOverwrittenByItsRunsSettings()
    {
        Directory.CreateDirectory(_concord["study"]);
        const string Experiment = "# mine\nname: study\nmodel: mlp:4-3\ndata: csv:table.csv\nepochs: 1\n";
        File.WriteAllText(_concord["study/experiment.yaml"], Experiment);
        var refused = _concord.Run("train study/experiment.yaml --out study");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("Cannot write 'study/experiment.yaml': it is one of the files that are read", refused.Error,
            StringComparison.Ordinal);
        Assert.Equal(Experiment, File.ReadAllText(_concord["study/experiment.yaml"]));
        Assert.Equal(0, _concord.Run("train study/experiment.yaml --out study/run -q").ExitCode);
    }

    /// <summary>Whatever a run leaves is either read again, and kept, or a result that can be made again.</summary>
    [Fact]
    public void EveryFileOfARunIsKnown() => Assert.Equal(["events.out.tfevents.concord", "report.html"],
        Directory.EnumerateFiles(_concord["run"]).Select(file => Path.GetFileName(file)).Where(name => !RunFolder.Keeps(name))
            .Order(StringComparer.Ordinal));

    [OwnDeviceFact]
    public void AFullDeviceIsAPlainLineAndStays()
    {
        OwnDevice.Make(_concord["full"], OwnDevice.Full);
        foreach (var words in (string[])["predict run table.csv --out full", "report run --out full", "export run full --to tensorboard"])
        {
            var failed = _concord.Run(words);
            Assert.Equal((1, ""), (failed.ExitCode, failed.Out));
            Assert.Contains("concord: Cannot write 'full': the disk is full; ", failed.Error, StringComparison.Ordinal);
        }
        Assert.Equal("a device", LibC.SpecialKindOf(_concord["full"]));
    }

    [FactWith(Need.Linux)]
    public void AnOpenFileOfTheShellIsWrittenToInItsPlace()
    {
        var page = _concord.RunIn("{ echo before; \"$@\"; echo after; } > all.csv", "predict run table.csv --out /dev/stdout");
        Assert.Equal(0, page.ExitCode);
        var lines = File.ReadAllLines(_concord["all.csv"]);
        Assert.Equal((93, "before", "after"), (lines.Length, lines[0], lines[^1]));
    }

    [Theory]
    [InlineData("compare --rules fa --train 100 --epochs 1 --seeds 1 --out run")]
    [InlineData("sweep grid.yaml --out run")]
    [InlineData("reproduce yin-yang --out run")]
    [InlineData("train --train 100 --epochs 1 --seeds 2 --out run")]
    public void AFolderOfARunIsNoPlaceForOthers(string words)
    {
        File.WriteAllText(_concord["grid.yaml"], "name: grid\ndata: glyphs\ntrain: 100\nepochs: 1\nrule: [fa, dfa]\n");
        var refused = _concord.Run(words);
        Assert.Equal((2, ""), (refused.ExitCode, refused.Out));
        Assert.Contains("The folder 'run' holds a run already. Continue with it (", refused.Error, StringComparison.Ordinal);
    }
}
