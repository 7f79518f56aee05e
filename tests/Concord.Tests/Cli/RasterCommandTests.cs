using System.Text.Json;

namespace Concord.Tests.Cli;

/// <summary>The spikes of a sample, as the built program shows them.</summary>
public sealed class RasterCommandTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void TheSpikesOfASampleAreDrawnAndTold()
    {
        Assert.Equal(0, _concord.Run("train --data yin-yang --train 200 --test 50 --validation 20 --model "
            + "snn:4-20-3,threshold=0.02/0.1,duration=0.3,refractory=0.001 --rule fa --epochs 1 --engine managed --threads 1 --out run")
            .ExitCode);
        Assert.Contains("Spikes of test sample 0", File.ReadAllText(_concord["run/report.html"]), StringComparison.Ordinal);
        var first = JsonDocument.Parse(File.ReadAllText(_concord["run/spikes.json"])).RootElement;
        Assert.Equal(0, first.GetProperty("sample").GetInt32());

        var told = _concord.Run("raster run --sample 7 --json").Event("raster");
        Assert.Equal(("test", 7), (told.GetProperty("part").GetString(), told.GetProperty("sample").GetInt32()));
        var layers = told.GetProperty("layers").EnumerateArray().ToList();
        Assert.Equal(["input", "fc1", "fc2"], layers.Select(layer => layer.GetProperty("name").GetString()));
        Assert.Equal([4, 20, 3], layers.Select(layer => layer.GetProperty("neurons").GetInt32()));
        Assert.All(layers.Take(2), layer => Assert.True(layer.GetProperty("spikes").GetInt32() > 0));
        Assert.Contains("Potential of output neurons", File.ReadAllText(_concord["run/raster.html"]), StringComparison.Ordinal);
        var seen = JsonDocument.Parse(File.ReadAllText(_concord["run/spikes.json"])).RootElement.GetProperty("layers").EnumerateArray()
            .Select(layer => layer.GetProperty("times").GetArrayLength());
        Assert.Equal(layers.Select(layer => layer.GetProperty("spikes").GetInt32()), seen);
        Assert.Equal(0, _concord.Run("report run").ExitCode);
        Assert.Contains("Spikes of test sample 7", File.ReadAllText(_concord["run/report.html"]), StringComparison.Ordinal);

        var people = _concord.Run("raster run --sample 7 --out elsewhere.html");
        Assert.Equal(0, people.ExitCode);
        Assert.Contains("fc1, 0 to 0.3 s, 2 neurons a row", people.Out, StringComparison.Ordinal);
        Assert.Equal(4 + 10 + 3, people.Out.Split('\n').Count(line => line.StartsWith("  |", StringComparison.Ordinal)));
        Assert.True(File.Exists(_concord["elsewhere.html"]));

        var stability = _concord.Run("stability run --samples 5");
        Assert.Equal(2, stability.ExitCode);
        Assert.Contains("this network answers by spikes", stability.Error, StringComparison.Ordinal);

        var beyond = _concord.Run("raster run --sample 50");
        Assert.Equal(2, beyond.ExitCode);
        Assert.Contains("no sample 50; test samples are numbered from 0 to 49", beyond.Error, StringComparison.Ordinal);
        File.WriteAllText(_concord["run/spikes.json"], "{\"part\":\"test\"}");
        var damaged = _concord.Run("report run");
        Assert.Equal(1, damaged.ExitCode);
        Assert.Contains("spikes.json' is damaged", damaged.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void ARunWithoutSpikesIsRefused()
    {
        Assert.Equal(0, _concord.Run("train --data csv:table.csv --model mlp:4-12-3 --epochs 1 --batch 8 --engine managed --threads 1 "
            + "--out table").ExitCode);
        Assert.False(File.Exists(_concord["table/spikes.json"]));
        var refused = _concord.Run("raster table");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("which has no spikes at exact times", refused.Error, StringComparison.Ordinal);
    }
}
