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
        Directory.CreateDirectory(_concord["rows"]);
        var folder = _concord.Run("predict run rows");
        Assert.Equal(2, folder.ExitCode);
        Assert.Contains("'rows' is a folder; tables or images were expected. Name the files in it", folder.Error, StringComparison.Ordinal);
    }
}
