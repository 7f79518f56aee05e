using System.Diagnostics;
using Concord.Interchange;
using Concord.Numerics;
using Concord.Tests.Interchange;

namespace Concord.Tests.Cli;

/// <summary>Runs of the built program that do not end by themselves, and folders that they cannot have.</summary>
public sealed class BrokenOffTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Theory]
    [InlineData("step:5")]
    [InlineData("temporary written:5")]
    [InlineData("before rename:6")]
    [InlineData("before rename:7")]
    [InlineData("after rename:5")]
    [InlineData("middle of line:2")]
    public void AKilledRunGoesOnToTheSameBits(string fault)
    {
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("whole")).ExitCode);
        Assert.Equal(137, _concord.Run(ConcordProgram.SmallRun("killed"), ("CONCORD_FAULT", fault)).ExitCode);
        var resumed = _concord.Run("resume killed");
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        RunFiles.AssertSame(_concord["whole"], _concord["killed"]);
        Assert.DoesNotContain(Directory.GetFiles(_concord["killed"]), file => file.EndsWith(".tmp", StringComparison.Ordinal));

        var again = _concord.Run("resume killed");
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("is finished", again.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("before rename:1")]
    [InlineData("temporary written:2")]
    [InlineData("before rename:4")]
    public void ARunKilledBeforeItsFirstCheckpointIsBegunAgain(string fault)
    {
        Assert.Equal(137, _concord.Run(ConcordProgram.SmallRun("killed", epochs: 1), ("CONCORD_FAULT", fault)).ExitCode);
        Assert.Contains("Begin again", _concord.Run("resume killed").Error, StringComparison.Ordinal);
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("killed", epochs: 1)).ExitCode);
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("whole", epochs: 1)).ExitCode);
        RunFiles.AssertSame(_concord["whole"], _concord["killed"]);
    }

    [Theory]
    [SignalData("INT")]
    [SignalData("TERM")]
    [SignalData("HUP")]
    public async Task AnInterruptSavesAndSaysHowToGoOn(string signal)
    {
        using (var process = _concord.Start(ConcordProgram.SmallRun("run", epochs: 300_000) + " --json"))
        {
            var errors = process.StandardError.ReadToEndAsync();
            await Epoch(process, 2);
            await Send(signal, process);
            var rest = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.Equal(130, process.ExitCode);
            Assert.Contains("concord resume ", await errors, StringComparison.Ordinal);
            Assert.Contains("\"exitCode\":130", rest, StringComparison.Ordinal);
        }
        Assert.False(File.Exists(Path.Combine(_concord["run"], ".lock")));
        Assert.Equal(0, _concord.Run("evaluate run").ExitCode);
    }

    [FactWith(Need.Unix)]
    public async Task SeedsThatWereNotBegunAreTrainedByTheCommandThatIsPrinted()
    {
        string printed;
        using (var process = _concord.Start(ConcordProgram.SmallRun("run", epochs: 300_000) + " --seeds 3 --json"))
        {
            var errors = process.StandardError.ReadToEndAsync();
            while (await process.StandardOutput.ReadLineAsync() is { } line && !line.Contains("\"epoch\":2,", StringComparison.Ordinal)) { }
            using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
                await kill.WaitForExitAsync();
            await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            printed = await errors;
        }
        Assert.Contains($"concord resume {Path.Combine(_concord["run"], "seed-0")}", printed, StringComparison.Ordinal);
        var left = printed.Split("were not begun, 1, 2: ")[1].Split('\n')[0]
            .Replace("--epochs 300000", "--epochs 1", StringComparison.Ordinal);
        var result = _concord.RunPrinted("/", left);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(["seed-0", "seed-1", "seed-2"],
            Directory.GetDirectories(_concord["run"]).Select(path => Path.GetFileName(path)).Order());
        Assert.True(File.Exists(Path.Combine(_concord["run"], "seed-2", "summary.json")));
    }

    [FactWith(Need.Unix)]
    public async Task AComparisonGoesOnByTheCommandThatIsPrinted()
    {
        const string Words = "compare --data csv:table.csv --model mlp:4-6-3 --rules dfa --batch 8 --epochs 200 --seeds 1 --validation 12 "
            + "--engine managed --threads 1 --out kept";
        string printed;
        using (var process = _concord.Start(Words + " --json"))
        {
            var errors = process.StandardError.ReadToEndAsync();
            while (await process.StandardOutput.ReadLineAsync() is { } line && !(line.Contains("\"rule\":\"dfa\"", StringComparison.Ordinal)
                && line.Contains("\"epoch\":2,", StringComparison.Ordinal))) { }
            await Send("TERM", process);
            await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.Equal(130, process.ExitCode);
            printed = await errors;
        }
        Assert.Contains("Finished: backprop/seed-0. Under way: dfa/seed-0.", printed, StringComparison.Ordinal);
        var first = File.ReadAllText(_concord["kept/backprop/seed-0/summary.json"]);
        var done = _concord.RunPrinted("/", printed.Split("To go on with all of it: ")[1].Split('\n')[0]);
        Assert.True(done.ExitCode == 0, done.Error);
        Assert.Equal(first, File.ReadAllText(_concord["kept/backprop/seed-0/summary.json"]));   // not run again
        Assert.Equal(0, _concord.Run(Words.Replace("kept", "whole", StringComparison.Ordinal)).ExitCode);
        foreach (var rule in (string[])["dfa", "shallow"])
            RunFiles.AssertSame(_concord[$"whole/{rule}/seed-0"], _concord[$"kept/{rule}/seed-0"]);
        var other = _concord.Run(Words.Replace("200", "3", StringComparison.Ordinal));
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("holds a run with other settings than are asked for now: it has epochs=200", other.Error, StringComparison.Ordinal);
    }

    [FactWith(Need.Linux)]
    public async Task UnderNohupAClosedTerminalIsNoReasonToStop()
    {
        using var process = _concord.StartUnder("nohup", ConcordProgram.SmallRun("run", epochs: 300_000) + " --json");
        var errors = process.StandardError.ReadToEndAsync();
        await Epoch(process, 2);
        await Send("HUP", process);
        await Epoch(process, 20);   // it goes on
        await Send("TERM", process);
        var rest = process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        await rest;
        Assert.Equal(130, process.ExitCode);
        Assert.Contains("concord resume ", await errors, StringComparison.Ordinal);
    }

    // What would take for ever: a mirror phase is part of a run that is saved; whitening and reading come before there is any.
    [Theory]
    [SignalData("train --data csv:table.csv --model mlp:4-12-3 --rule wm --set mirror.steps=1000000000 --epochs 1 --validation 12 "
        + "--out run", "TERM", true)]
    [SignalData("train --data csv:table.csv --model mlp:4-12-3 --rule fc1=wm,*=backprop --set mirror.steps=1000000000 --epochs 1 "
        + "--validation 12 --out run", "HUP", true)]
    [SignalData("sweep mirror.yaml --out run", "TERM", true)]
    [SignalData("train --normalization zca --train 3000 --epochs 1 --validation 12 --out run", "TERM", false)]
    [SignalData("bench", "TERM", false)]
    public async Task WhatComesBeforeTrainingIsBrokenOffAsWell(string words, string signal, bool saves)
    {
        File.WriteAllText(_concord["mirror.yaml"],
            "data: csv:table.csv\nmodel: mlp:4-12-3\nvalidation: 12\nepochs: 1\nrule: wm\nmirror.steps: 1000000000\n");
        using var process = _concord.Start($"{words}{(words.StartsWith("bench", StringComparison.Ordinal) ? "" : saves ? " --json" : "")}");
        var errors = process.StandardError.ReadToEndAsync();
        if (saves)
            while (!Directory.Exists(_concord["run"])
                || !Directory.EnumerateFiles(_concord["run"], "last.safetensors", SearchOption.AllDirectories).Any()) await Task.Delay(20);
        else
            while (await process.StandardOutput.ReadLineAsync() is { } line && !line.StartsWith("whiten", StringComparison.Ordinal)
                && !line.StartsWith("engine", StringComparison.Ordinal)) { }
        await Send(signal, process);
        var rest = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(130, process.ExitCode);
        Assert.EndsWith("Interrupted.\n", await errors, StringComparison.Ordinal);
        if (saves) Assert.Contains("\"exitCode\":130", rest, StringComparison.Ordinal);
        else Assert.False(Directory.Exists(_concord["run"]));
    }

    [Fact]
    public void AReportThatAKillPreventedIsWrittenByResume()
    {
        Assert.Equal(137, _concord.Run(ConcordProgram.SmallRun("run", epochs: 1), ("CONCORD_FAULT", "before rename:8")).ExitCode);
        var report = Path.Combine(_concord["run"], "report.html");
        Assert.True(File.Exists(Path.Combine(_concord["run"], "summary.json")));
        Assert.False(File.Exists(report));
        Assert.Contains("report.html, which was missing", _concord.Run("resume run").Out, StringComparison.Ordinal);
        Assert.True(File.Exists(report));
        Assert.DoesNotContain("report.html", _concord.Run("resume run").Out, StringComparison.Ordinal);

        File.SetLastWriteTimeUtc(report, DateTime.UtcNow.AddHours(-1));   // one that somebody made while the run was under way
        Assert.Contains("report.html, which was missing", _concord.Run("resume run").Out, StringComparison.Ordinal);
    }

    private static async Task Epoch(Process process, int number)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line
            && !line.Contains(FormattableString.Invariant($"\"epoch\":{number},"), StringComparison.Ordinal)) { }
    }

    private static async Task Send(string signal, Process process)
    {
        using var kill = Process.Start("kill", ["-" + signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    [Fact]
    public async Task OneFolderHoldsOneRun()
    {
        using (var process = _concord.Start(ConcordProgram.SmallRun("run", epochs: 300_000) + " --json"))
        {
            while (await process.StandardOutput.ReadLineAsync() is { } line && !line.Contains("\"epoch\":2,", StringComparison.Ordinal)) { }
            var drain = process.StandardOutput.ReadToEndAsync();
            foreach (var words in (string[])["resume run", ConcordProgram.SmallRun("run")])
            {
                var second = _concord.Run(words);
                Assert.Equal(2, second.ExitCode);
                Assert.Contains($"in use by process {process.Id}", second.Error, StringComparison.Ordinal);
            }
            process.Kill();
            await process.WaitForExitAsync();
            await drain;
        }
        var third = _concord.Run(ConcordProgram.SmallRun("run"));
        Assert.Equal(2, third.ExitCode);
        Assert.Contains("holds a run already", third.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunsThatBeginAtOnceTakeAFolderEach()
    {
        var words = ConcordProgram.SmallRun("x", epochs: 1).Replace(" --out x", "", StringComparison.Ordinal);
        var seeds = words.Replace("train ", "train --seeds 2 ", StringComparison.Ordinal);
        var results = await Task.WhenAll(new[] { words, words, seeds, words }
            .Select(line => Task.Run(() => _concord.Run(line + " --json"))));
        Assert.All(results, result => Assert.True(result.ExitCode == 0, result.Error));
        var folders = results.Select(result => result.Event("result").GetProperty("run").GetString()!).ToList();
        Assert.Equal(["runs/table-brsf", "runs/table-brsf-2", "runs/table-brsf-3", "runs/table-brsf-4"],
            folders.Order(StringComparer.Ordinal));
        Assert.True(File.Exists(Path.Combine(_concord[folders[2]], "seed-1", "summary.json")));
        Assert.All(folders.Except([folders[2]]), folder => Assert.True(File.Exists(Path.Combine(_concord[folder], "summary.json"))));
    }

    [Fact]
    public void AFreeNameIsGivenOnce()
    {
        var root = _concord["new/runs"];
        var names = new System.Collections.Concurrent.ConcurrentBag<string>();
        Directory.CreateDirectory(root);
        File.WriteAllText(Path.Combine(root, "a-b-2"), "");
        if (!OperatingSystem.IsWindows()) File.CreateSymbolicLink(Path.Combine(root, "a-b-3"), "nowhere");
        Parallel.For(0, 64, _ => names.Add(Concord.Training.RunFolder.MakeFree(root, "a b")));
        Assert.Equal(64, names.Distinct().Count());
        Assert.All(names, name => Assert.True(Directory.Exists(name) && Directory.GetFileSystemEntries(name).Length == 0, name));
        foreach (var name in (string[])["実験", "..", "/", new string('n', 5000)])
            Assert.Equal(Path.GetFullPath(root), Path.GetDirectoryName(Path.GetFullPath(Concord.Training.RunFolder.MakeFree(root, name))));
        Assert.Throws<ConcordException>(() => Concord.Training.RunFolder.MakeFree(Path.Combine(root, "a-b-2"), "x"));
    }

    [Fact]
    public void AFolderThatCannotBeWrittenIsRefused()
    {
        File.WriteAllText(_concord["file"], "");
        var result = _concord.Run(ConcordProgram.SmallRun("file/run"));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("file/run", Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal);
    }

    [SmallDiskFact]
    public void AFullDiskIsSaidInOneLine()
    {
        using var disk = new SmallDisk();
        var result = _concord.Run(
            $"train --data csv:table.csv --model mlp:4-400-3 --epochs 2 --engine managed --threads 1 --validation 12 --out {disk["run"]}");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("the disk is full", Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFiles(disk["run"]), file => file.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [TheoryWith(Need.Linux)]
    [InlineData(30, "metrics.jsonl", 2000)]
    [InlineData(30, "last.safetensors", 1)]
    public void AFileBeyondTheLimitOnSizesIsSaidInOneLine(int kilobytes, string file, int epochs)
    {
        var model = file.StartsWith("last", StringComparison.Ordinal) ? "4-4000-3" : "4-3";
        var result = _concord.RunIn($"ulimit -f {2 * kilobytes}; \"$@\"", $"train --data csv:table.csv --model mlp:{model} --epochs "
            + $"{epochs} --engine managed --threads 1 --validation 12 --out run -q", ("DOTNET_EnableWriteXorExecute", "0"));
        Assert.True(result.ExitCode == 1, $"{result.ExitCode} {result.Error}");
        var line = Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"{file}': the file would be larger than is allowed here (ulimit -f)", line, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFiles(_concord["run"]), left => left.EndsWith(".tmp", StringComparison.Ordinal));
        if (epochs == 1) return;
        Assert.Equal(0, _concord.Run("evaluate run").ExitCode);
    }

    [Fact]
    public void DivergenceIsAFailureThatKeepsTheLastGoodCheckpoint()
    {
        var result = _concord.Run(
            "train --data csv:table.csv --learning-rate 1e30 --epochs 50 --validation 12 --engine managed --threads 1 --out run --json");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(1, result.Event("error").GetProperty("exitCode").GetInt32());
        Assert.Contains("--learning-rate", result.Event("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, _concord.Run("evaluate run").ExitCode);
    }

    [Fact]
    public void ForeignCheckpointsAreRefused()
    {
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("run", epochs: 1)).ExitCode);
        Assert.Equal(0,
            _concord.Run(ConcordProgram.SmallRun("other", epochs: 1).Replace("4-12-8-3", "4-12-9-3", StringComparison.Ordinal)).ExitCode);
        string mine = Path.Combine(_concord["run"], "last.safetensors"), others = Path.Combine(_concord["other"], "last.safetensors");
        Refused("fc2", () => Rewrite(others, mine, metadata => metadata["state"] = Metadata(mine)["state"]));
        Refused("version 99", () => Rewrite(mine, mine, metadata => metadata["concord"] = "99"));
        Refused("not a checkpoint of Concord's", () => Rewrite(mine, mine, metadata => metadata.Remove("concord")));
        Refused("is damaged", () => Rewrite(mine, mine, metadata => metadata["state"] = "{\"Step\":\"x\"}"));
        Refused("last.safetensors", () => File.WriteAllBytes(mine, [.. BitConverter.GetBytes(long.MaxValue), .. "{}"u8]));
        Refused("last.safetensors", () => File.WriteAllText(mine, "nothing of the kind"));

        void Refused(string said, Action spoil)
        {
            var good = File.ReadAllBytes(mine);
            File.Delete(Path.Combine(_concord["run"], "summary.json"));
            spoil();
            foreach (var words in (string[])["resume run", "evaluate run"])
            {
                var result = _concord.Run(words);
                Assert.True(result.ExitCode == 2, result.Error);
                Assert.Contains(said, Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)),
                    StringComparison.Ordinal);
            }
            File.WriteAllBytes(mine, good);
        }
    }

    private static Dictionary<string, string> Metadata(string path)
    {
        using var file = SafeTensorsFile.Open(path);
        return new(file.Metadata);
    }

    private static void Rewrite(string source, string target, Action<Dictionary<string, string>> change)
    {
        var metadata = Metadata(source);
        change(metadata);
        List<SafeTensorsEntry> entries = [];
        using (var file = SafeTensorsFile.Open(source))
            foreach (var name in file.Names)
            {
                var tensor = new Tensor(new([.. file.Describe(name).Dimensions.Select(axis => (int)axis)]), ElementType.Single);
                file.Read(name, tensor);
                entries.Add(new(name, tensor));
            }
        SafeTensors.Write(target, entries, metadata);
    }
}
