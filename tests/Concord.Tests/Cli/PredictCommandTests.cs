using System.Text.Json;

namespace Concord.Tests.Cli;

/// <summary>A trained network's answers, as the built program gives them.</summary>
public sealed class PredictCommandTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void TablesAreAnsweredInCsvOrJson()
    {
        Assert.Equal(0, _concord.Run("train --data csv:table.csv --model mlp:4-12-3 --epochs 2 --batch 8 --engine managed --threads 1 "
            + "--out run").ExitCode);
        var bare = string.Join('\n', File.ReadLines(_concord["table.csv"]).Take(4).Select(line => line[..line.LastIndexOf(',')])) + "\n";
        File.WriteAllText(_concord["new.csv"], bare);
        File.Delete(_concord["table.csv"]);

        var answered = _concord.Run("predict run new.csv");
        Assert.Equal(0, answered.ExitCode);
        var lines = answered.Out.Split('\n');
        Assert.Equal("label,probability x,probability y,probability z", lines[0]);
        Assert.Equal(5, lines.Length);   // and nothing behind the last line end
        Assert.Contains("3 samples answered (last.safetensors)", answered.Error, StringComparison.Ordinal);
        Assert.Equal(answered.Out, _concord.RunIn("\"$@\" < new.csv", "predict run -q").Out);
        Assert.Equal(0, _concord.Run("predict run new.csv --out said.csv").ExitCode);
        Assert.Equal(answered.Out, File.ReadAllText(_concord["said.csv"]));

        var told = _concord.Run("predict run new.csv new.csv --json").Events;
        Assert.Equal([0, 1, 2, 3, 4, 5], told.Select(line => line.GetProperty("sample").GetInt32()));
        Assert.Equal(lines[1].Split(',')[0], told[3].GetProperty("label").GetString());
        Assert.Equal(3, told[0].GetProperty("probabilities").GetArrayLength());

        File.WriteAllText(_concord["other.csv"], "a,b,c,e\n1,2,3,4\n");
        File.WriteAllText(_concord["said.csv"], "kept");
        var refused = _concord.Run("predict run other.csv --out said.csv");
        Assert.Equal((2, ""), (refused.ExitCode, refused.Out));
        Assert.Contains("lacks d and has e, which the network does not know. It takes the 4 features a, b, c, d, in that order",
            refused.Error, StringComparison.Ordinal);
        Assert.Equal("kept", File.ReadAllText(_concord["said.csv"]));
        Assert.Equal(2, _concord.Run("predict run new.csv --json --out said.csv").ExitCode);
        Assert.Equal(2, _concord.Run("predict nowhere new.csv").ExitCode);
        Assert.Contains("Write concord predict run new.csv.", _concord.Run("predict new.csv run").Error, StringComparison.Ordinal);
        Assert.Contains("Is it separated by semicolons? Write commas in place of them.",
            _concord.RunIn("printf 'a;b;c;d\\n1,5;2;3;4\\n' | \"$@\"", "predict run").Error, StringComparison.Ordinal);
        Assert.Contains("takes 4, and no images of one or three channels",
            _concord.RunIn("printf '\\211PNG\\r\\n\\032\\n' | \"$@\"", "predict run").Error, StringComparison.Ordinal);
        Directory.CreateDirectory(_concord["rows"]);
        var folder = _concord.Run("predict run rows");
        Assert.Equal(2, folder.ExitCode);
        Assert.Contains("'rows' is a folder; tables or images were expected. Name the files in it", folder.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void SamplesOfADataSetAreAnsweredBesideWhatTheyAre()
    {
        Assert.Equal(0, _concord.Run("train --data csv:table.csv --model mlp:4-12-3 --epochs 2 --batch 8 --validation 12 --engine managed "
            + "--threads 1 --out run").ExitCode);
        var told = _concord.Run("predict run --data csv:table.csv");
        Assert.Equal(0, told.ExitCode);
        var lines = told.Out.TrimEnd('\n').Split('\n');
        Assert.Equal("row,true label,label,probability x,probability y,probability z", lines[0]);
        var rows = lines[1..].Select(line => line.Split(',')).ToList();
        Assert.Equal(Enumerable.Range(0, rows.Count).Select(row => $"{row}"), rows.Select(row => row[0]));
        var right = rows.Count(row => row[1] == row[2]);
        var scored = _concord.Run("evaluate run --json").Event("evaluation");
        Assert.Equal(scored.GetProperty("samples").GetInt32(), rows.Count);
        Assert.Equal(scored.GetProperty("accuracy").GetDouble(), (double)right / rows.Count, 1e-9);
        Assert.Equal(told.Out, _concord.Run("predict run --on test --quiet").Out);

        Assert.Equal(12, _concord.Run("predict run --on validation --json").Events.Count);
        File.WriteAllText(_concord["new.csv"], "a,b,c,d,class\n0.1,0.2,0.3,4,z\n");
        var one = _concord.Run("predict run --data csv:new.csv --out said.csv");
        Assert.Equal((0, ""), (one.ExitCode, one.Out));
        Assert.StartsWith("0,z,", File.ReadAllLines(_concord["said.csv"])[1], StringComparison.Ordinal);
        Assert.Equal("z", _concord.Run("predict run --data csv:new.csv --json").Events[0].GetProperty("trueLabel").GetString());
    }

    [Fact]
    public void ADataSetThatDoesNotFitIsRefused()
    {
        Assert.Equal(0, _concord.Run("train --data csv:table.csv --model mlp:4-3 --epochs 1 --batch 8 --engine managed --threads 1 "
            + "--out run").ExitCode);
        File.WriteAllText(_concord["other.csv"], "a,b,c,d,class\n1,2,3,4,v\n");
        Refused("--data glyphs", "are 1x28x28, but those of the run in 'run' are 4. Give data of that shape");
        Refused("--data csv:other.csv", "which has no v. It knows x, y, z; use the same names");
        Refused("--on test table.csv", "Leave one of them out");
        Refused("table.csv --data-root .", "give --data as well, or leave it out");

        void Refused(string words, string because)
        {
            var refused = _concord.Run($"predict run {words}");
            Assert.Equal((2, ""), (refused.ExitCode, refused.Out));
            Assert.Contains(because, refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void RealTargetsStandBesideTheOutputs()
    {
        Assert.Equal(0, _concord.Run("train --data teacher-student --model mlp:100-4-5 --train 60 --validation 20 --test 30 --epochs 1 "
            + "--batch 20 --engine managed --threads 1 --out run").ExitCode);
        var lines = _concord.Run("predict run --on test").Out.TrimEnd('\n').Split('\n');
        Assert.StartsWith("row,target 0,target 1,target 2,target 3,target 4,output 0,", lines[0], StringComparison.Ordinal);
        Assert.Equal((31, 11), (lines.Length, lines[1].Split(',').Length));
    }
}
