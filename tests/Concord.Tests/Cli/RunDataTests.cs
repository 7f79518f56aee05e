using System.Globalization;

namespace Concord.Tests.Cli;

/// <summary>What becomes of a run whose table changes, moves or is not there, and of one that is shown new samples.</summary>
public sealed class RunDataTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void ChangedDataAreRefusedAndSaidWhatTheyAre()
    {
        Assert.Equal(137, _concord.Run(ConcordProgram.SmallRun("begun"), ("CONCORD_FAULT", "step:12")).ExitCode);
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("done")).ExitCode);
        var good = File.ReadAllLines(_concord["table.csv"]);
        foreach (var (change, said) in ((Action<List<string>>, string)[])
        [
            (rows => rows.RemoveAt(7), "59 training"),
            (rows => rows[7] = rows[7].Replace(rows[7].Split(',')[0], "0.125", StringComparison.Ordinal), "samples have other values"),
            (rows => rows[7] = rows[7][..^1] + (rows[7][^1] == 'x' ? 'y' : 'x'), "labels are others"),
        ])
        {
            var rows = good.ToList();
            change(rows);
            File.WriteAllLines(_concord["table.csv"], rows);
            foreach (var words in said.StartsWith("samples", StringComparison.Ordinal) ? (string[])["resume begun", "evaluate done"]
                : ["resume begun"])
            {
                var refused = _concord.Run(words);
                Assert.True(refused.ExitCode == 2, words + refused.Out + refused.Error);
                var line = Assert.Single(refused.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
                Assert.Contains(said, line, StringComparison.Ordinal);
                Assert.Contains("Put them back", line, StringComparison.Ordinal);
            }
        }
        foreach (var words in (string[])["similarity done begun", "robustness done"])
        {
            var refused = _concord.Run(words);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains("are not those that it was begun with", refused.Error, StringComparison.Ordinal);
        }

        // what the refusal offers works as it is printed, from any folder
        var offered = _concord.Run("evaluate done").Error.Split("new data: ")[1].Trim();
        var taken = _concord.RunPrinted("/", offered + " --json");
        Assert.True(taken.ExitCode == 0, taken.Error);
        var evaluation = taken.Event("evaluation");
        Assert.True(evaluation.GetProperty("newData").GetBoolean());
        Assert.Equal(90, evaluation.GetProperty("samples").GetInt32());
        Assert.Contains("not the run's own", taken.Error, StringComparison.Ordinal);

        File.WriteAllLines(_concord["table.csv"], good);
        Assert.Equal(0, _concord.Run("resume begun").ExitCode);
        RunFiles.AssertSame(_concord["done"], _concord["begun"]);
    }

    [Fact]
    public void ARunIsFoundFromAnyFolderAndItsTableWhereItWasMoved()
    {
        Directory.CreateDirectory(_concord["else where"]);
        Assert.Equal(137, _concord.Run(ConcordProgram.SmallRun("begun"), ("CONCORD_FAULT", "step:12")).ExitCode);
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("done")).ExitCode);
        var elsewhere = _concord.RunIn("cd / && \"$@\"", $"evaluate {_concord["done"]} --json");
        Assert.True(elsewhere.ExitCode == 0, elsewhere.Error);
        Assert.Equal(18, elsewhere.Event("evaluation").GetProperty("samples").GetInt32());
        Assert.False(elsewhere.Event("evaluation").GetProperty("newData").GetBoolean());

        File.Move(_concord["table.csv"], _concord["else where/t.csv"]);
        foreach (var words in (string[])["resume begun", "evaluate done"])
        {
            var missing = _concord.Run(words);
            Assert.Equal(2, missing.ExitCode);
            Assert.Contains("--data csv:NEWPATH", missing.Error, StringComparison.Ordinal);
        }
        File.WriteAllText(_concord["other.csv"], "a,b,c,d,class\n1,2,3,4,x\n1,2,3,5,y\n1,2,3,6,z\n");
        Assert.Contains("are not those that it was begun with", _concord.Run("resume begun --data csv:other.csv").Error,
            StringComparison.Ordinal);
        var moved = _concord.RunPrinted(_concord.Folder, $"concord resume begun --data 'csv:else where/t.csv'");
        Assert.True(moved.ExitCode == 0, moved.Error);
        RunFiles.AssertSame(_concord["done"], _concord["begun"]);
        Assert.Equal(0, _concord.Run("evaluate begun").ExitCode);   // it knows where they lie now
        Assert.Equal(2, _concord.Run("evaluate done").ExitCode);
        Assert.Equal(0, _concord.RunPrinted(_concord.Folder, "concord resume done --data 'csv:else where/t.csv'").ExitCode);
        Assert.Equal(0, _concord.Run("evaluate done").ExitCode);
    }

    [Fact]
    public void ASetThatHasANameIsFoundUnderItsRootAndWhereThatWasMoved()
    {
        Directory.CreateDirectory(_concord["root/signs"]);
        foreach (var (part, count) in ((string, int)[])[("train", 60), ("t10k", 20)])
        {
            File.WriteAllBytes(_concord[$"root/signs/{part}-images-idx3-ubyte"],
                [0, 0, 8, 3, 0, 0, 0, (byte)count, 0, 0, 0, 2, 0, 0, 0, 2, .. Enumerable.Range(0, 4 * count).Select(i => (byte)(37 * i))]);
            File.WriteAllBytes(_concord[$"root/signs/{part}-labels-idx1-ubyte"],
                [0, 0, 8, 1, 0, 0, 0, (byte)count, .. Enumerable.Range(0, count).Select(i => (byte)(i % 3))]);
        }
        Assert.Equal(0, _concord.Run(
            "train --data signs --data-root root --model mlp:4-5-3 --epochs 1 --batch 8 --engine managed --threads 1 --out run").ExitCode);
        Assert.Equal(0, _concord.RunIn("cd / && \"$@\"", $"evaluate {_concord["run"]}").ExitCode);
        Directory.Move(_concord["root"], _concord["moved"]);
        var missing = _concord.Run("evaluate run");
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains($"they lay in '{_concord["root"]}'", missing.Error, StringComparison.Ordinal);
        Assert.Equal(0, _concord.Run("evaluate run --data-root moved").ExitCode);
        Assert.Equal(0, _concord.Run("resume run --data-root moved").ExitCode);
        Assert.Equal(0, _concord.RunIn("cd / && \"$@\"", $"evaluate {_concord["run"]}").ExitCode);

        // packed, the same; another byte, not
        using (var packed = new System.IO.Compression.GZipStream(File.Create(_concord["moved/signs/train-images-idx3-ubyte.gz"]),
            System.IO.Compression.CompressionLevel.Fastest))
            packed.Write(File.ReadAllBytes(_concord["moved/signs/train-images-idx3-ubyte"]));
        var bytes = File.ReadAllBytes(_concord["moved/signs/train-images-idx3-ubyte"]);
        File.Delete(_concord["moved/signs/train-images-idx3-ubyte"]);
        Assert.Equal(0, _concord.Run("evaluate run").ExitCode);
        bytes[^1]++;
        File.WriteAllBytes(_concord["moved/signs/train-images-idx3-ubyte"], bytes);
        Assert.Contains("samples have other values", _concord.Run("evaluate run").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void NewDataGoThroughTheRunsOwnNormalisationWithClassesByName()
    {
        Assert.Equal(0, _concord.Run(
            "train --data csv:table.csv --model mlp:4-12-3 --epochs 20 --batch 8 --engine managed --threads 1 --out run").ExitCode);
        var rows = File.ReadAllLines(_concord["table.csv"]);
        double Accuracy(string words) => _concord.Run($"{words} --json") is { ExitCode: 0 } result
            ? result.Event("evaluation").GetProperty("accuracy").GetDouble() : double.NaN;

        File.WriteAllLines(_concord["same.csv"], [rows[0], .. rows[1..].Reverse()]);
        var whole = Accuracy("evaluate run --data csv:same.csv");
        Assert.True(whole > 0.8, $"{whole}");
        // the table moved by a constant: normalised by itself it would be as easy as before
        File.WriteAllLines(_concord["shifted.csv"], [rows[0], .. rows[1..].Select(row => string.Join(',', row.Split(',').Select(
            (word, i) => i == 2 ? (double.Parse(word, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture) : word)))]);
        Assert.InRange(Accuracy("evaluate run --data csv:shifted.csv"), 0, whole - 0.3);

        // two of the classes alone: each keeps its number in the run
        var two = rows[1..].Where(row => row[^1] != 'x').ToArray();
        File.WriteAllLines(_concord["two.csv"], [rows[0], .. two]);
        var confusion = _concord.Run("evaluate run --data csv:two.csv --json").Event("evaluation").GetProperty("confusion");
        Assert.Equal([0, 30, 30], confusion.EnumerateArray().Select(row => row.EnumerateArray().Sum(count => count.GetInt32())));
        Assert.True(confusion[1][1].GetInt32() > 20 && confusion[2][2].GetInt32() > 20, confusion.ToString());

        File.WriteAllLines(_concord["foreign.csv"], rows.Select(row => row.Replace(",z", ",w", StringComparison.Ordinal)));
        var foreign = _concord.Run("evaluate run --data csv:foreign.csv");
        Assert.Equal(2, foreign.ExitCode);
        Assert.Contains("has no w", foreign.Error, StringComparison.Ordinal);
        Assert.Contains("--data names others", _concord.Run("evaluate run --data csv:same.csv --on validation").Error,
            StringComparison.Ordinal);

        foreach (var words in (string[])["robustness run --data csv:same.csv --epsilon 0,0.1", "similarity run run --data csv:same.csv"])
        {
            var result = _concord.Run($"{words} --json");
            Assert.True(result.ExitCode == 0, result.Error);
            Assert.True(result.Events[^1].GetProperty("newData").GetBoolean());
            Assert.Contains("90 samples of csv:same.csv, not the run's own", result.Error, StringComparison.Ordinal);
        }
    }

    // The label's column is part of how a run's table is read, wherever the table lies and whatever stands last in it.
    [Fact]
    public void ATableIsReadWithTheRunsOwnLabelColumn()
    {
        string Turned(string row) => row.Split(',') is [.. var features, var label] ? string.Join(',', [label, .. features]) : row;
        var rows = File.ReadAllLines(_concord["table.csv"]).Select(row => row.Replace("class", "kind", StringComparison.Ordinal)).ToArray();
        File.WriteAllLines(_concord["own.csv"], rows.Select(Turned));
        Assert.Equal(0, _concord.Run(
            "train --data csv:own.csv#kind --model mlp:4-12-3 --epochs 2 --batch 8 --engine managed --threads 1 --out run").ExitCode);
        File.WriteAllLines(_concord["new.csv"], [Turned(rows[0]), .. rows[1..20].Select(Turned)]);
        File.WriteAllLines(_concord["last.csv"], rows[..20]);
        File.WriteAllLines(_concord["renamed.csv"], [.. rows[..20].Select(row => row.Replace("kind", "sort", StringComparison.Ordinal))]);
        foreach (var table in (string[])["new", "last", "renamed", "new.csv#kind"])
        {
            var evaluated =
                _concord.Run($"evaluate run --data csv:{(table.Contains('#', StringComparison.Ordinal) ? table : $"{table}.csv")} --json");
            Assert.True(evaluated.ExitCode == 0, evaluated.Error);
            Assert.Equal(19, evaluated.Event("evaluation").GetProperty("samples").GetInt32());
        }
        File.Move(_concord["own.csv"], _concord["moved.csv"]);
        Assert.False(_concord.Run("evaluate run --data csv:moved.csv --json").Event("evaluation").GetProperty("newData").GetBoolean());
        Assert.Equal(2, _concord.Run("evaluate run").ExitCode);
        var resumed = _concord.Run("resume run --data csv:moved.csv");
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Equal(0, _concord.Run("evaluate run").ExitCode);
    }

    // One class, one row, columns in another order, no header, and a column whose spread single precision would lose.
    [Fact]
    public void ANewTableIsReadAsTheRunsOwn()
    {
        var rows = File.ReadAllLines(_concord["table.csv"]);
        string Late(string row) => string.Join(',', row.Split(',').Select((word, i) => i != 2 ? word
            : string.Create(CultureInfo.InvariantCulture, $"{1.6e9 + double.Parse(word, CultureInfo.InvariantCulture):0.000}")));
        string[] late = [rows[0], .. rows[1..].Select(Late)];
        File.WriteAllLines(_concord["late.csv"], late);
        Assert.Equal(0, _concord.Run(
            "train --data csv:late.csv --model mlp:4-12-3 --epochs 20 --batch 8 --engine managed --threads 1 --out run").ExitCode);
        ProgramResult Evaluate(params string[] lines)
        {
            File.WriteAllLines(_concord["new.csv"], lines);
            return _concord.Run("evaluate run --data csv:new.csv --json");
        }
        double Accuracy(params string[] lines) => Evaluate(lines).Event("evaluation").GetProperty("accuracy").GetDouble();
        Assert.True(Accuracy(late) > 0.8);
        string[] x = [.. late[1..].Where(row => row[^1] == 'x')];
        Assert.True(Accuracy([late[0], .. x]) > 0.8);
        Assert.True(Evaluate(late[0], x[0]).Event("evaluation").GetProperty("samples").GetInt32() == 1);
        string Turned(string row) => row.Split(',') is [var a, var b, .. var rest] ? string.Join(',', [b, a, .. rest]) : row;
        foreach (var wrong in (string[][])[[.. late.Select(Turned)], ["e," + late[0], .. late[1..].Select(row => "1," + row)], late[1..]])
        {
            var refused = Evaluate(wrong);
            Assert.Equal(2, refused.ExitCode);
            Assert.Contains(wrong[0] == late[1] ? "header" : "the features a, b, c, d were expected", refused.Error,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ARunOfBeforeTheRecordGoesOnWithALine()
    {
        Assert.Equal(137, _concord.Run(ConcordProgram.SmallRun("begun"), ("CONCORD_FAULT", "step:12")).ExitCode);
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("done")).ExitCode);
        Directory.CreateDirectory(_concord["old"]);
        foreach (var file in Directory.GetFiles(_concord["done"])) File.Copy(file, Path.Combine(_concord["old"], Path.GetFileName(file)));
        foreach (var run in (string[])["begun", "old"])
            foreach (var file in (string[])["data.json", "normalization.safetensors"]) File.Delete(Path.Combine(_concord[run], file));
        var evaluated = _concord.Run("evaluate old");
        Assert.Equal(0, evaluated.ExitCode);
        Assert.Contains("older than the record", evaluated.Out, StringComparison.Ordinal);
        File.Copy(_concord["table.csv"], _concord["same.csv"]);
        Assert.Contains("90 samples of csv:same.csv, treated as new", _concord.Run("evaluate old --data csv:same.csv").Out,
            StringComparison.Ordinal);
        var resumed = _concord.Run("resume begun");
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Contains("older than the record", resumed.Out, StringComparison.Ordinal);
        RunFiles.AssertSame(_concord["done"], _concord["begun"]);
        Assert.DoesNotContain("older", _concord.Run("evaluate begun").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void CellsOfASweepAreOfTheSameData()
    {
        File.WriteAllText(_concord["small.yaml"],
            "data: csv:table.csv\nmodel: mlp:4-6-3\nepochs: 2\nbatch: 8\nengine: managed\nseeds: 2\nrule: dfa\n");
        Assert.Equal(137, _concord.Run("sweep small.yaml --jobs 1", ("CONCORD_FAULT", "step:12")).ExitCode);
        var cells = Directory.GetDirectories(_concord["runs/small"]);
        var good = File.ReadAllText(_concord["table.csv"]);
        File.WriteAllText(_concord["table.csv"],
            good.Replace(",x\n", ",y\n", StringComparison.Ordinal).Replace("0.000", "0.500", StringComparison.Ordinal) + "1,1,1,1,x\n");
        var refused = _concord.Run("sweep small.yaml");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("are not those that it was begun with", refused.Error, StringComparison.Ordinal);
        File.WriteAllText(_concord["table.csv"], good);
        foreach (var cell in cells) File.Delete(Path.Combine(cell, "data.json"));   // as of a sweep that was begun before
        Assert.Equal(0, _concord.Run("sweep small.yaml").ExitCode);
        Assert.Equal(cells.Order(), Directory.GetDirectories(_concord["runs/small"]).Intersect(cells).Order());
        Assert.Equal(2, Directory.GetDirectories(_concord["runs/small"]).Length);
    }
}
