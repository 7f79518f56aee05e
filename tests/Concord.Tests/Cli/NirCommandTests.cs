namespace Concord.Tests.Cli;

/// <summary>A network that leaves for another program and comes back, as a user does it.</summary>
public sealed class NirCommandTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void ANetworkLeavesAndComesBack()
    {
        const string Small = " --batch 8 --validation 12 --engine managed --threads 1 --seeds 2, --out ";
        const string Data = " --data csv:table.csv";
        Assert.Equal(0, _concord.Run($"train{Data} --model lif:4-12-3,steps=5,reset=hard --epochs 2{Small}run").ExitCode);
        var told = _concord.Run("export run net.nir --json");
        Assert.Equal(0, told.ExitCode);
        Assert.Equal(("net.nir", "nir"), (told.Event("export").GetProperty("path").GetString(),
            told.Event("export").GetProperty("format").GetString()));
        var import = _concord.Run("import net.nir --steps 5 --set surrogate=triangular --out back --json");
        Assert.Equal(0, import.ExitCode);
        Assert.Equal("layers: 4; dense units=12; repeat steps=5; lif leak=0.9 threshold=1 reset=hard surrogate=triangular; dense units=3; "
            + "leaky leak=0.9; mean", import.Event("import").GetProperty("model").GetString());
        double Accuracy(string words) => _concord.Run($"{words} --json").Event("result").GetProperty("testAccuracy").GetProperty("mean")
            .GetDouble();
        Assert.Equal(_concord.Run("evaluate run --json").Event("evaluation").GetProperty("accuracy").GetDouble(),
            Accuracy($"train back/model.yaml{Data} --epochs 0{Small}same"));
        Assert.InRange(Accuracy($"train back/model.yaml{Data} --rule dfa --epochs 1{Small}further"), 0, 1);

        var spikes = _concord.Run("export run spikes.nir --to nir-data --samples 3");
        Assert.True(spikes.ExitCode == 0, spikes.Error);
        Assert.Contains("spikes of fc1.lif", spikes.Out, StringComparison.Ordinal);
        Assert.Contains("membrane of fc2.leaky", spikes.Out, StringComparison.Ordinal);   // the mean over the steps stands behind it
        Assert.DoesNotContain("lost", spikes.Out, StringComparison.Ordinal);
        Assert.Contains("warning: the file's metadata say that a step is 0.001 s, and it is read with 0.002 s (--dt)",
            _concord.Run("import net.nir --dt 0.002 --out other").Out, StringComparison.Ordinal);
        Assert.Contains("the scheme is exact, and it is read with euler (--scheme)",
            _concord.Run("import net.nir --scheme euler --out euler --quiet").Out, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", _concord.Run("import net.nir --out again").Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lif:4-12-3,steps=5", "fc1.lif: a spike takes the threshold off (reset=soft)")]
    [InlineData("mlp:4-12-3", "The layer fc1.activation (relu) has no node in NIR.")]
    public void WhatCannotBeSaidIsRefused(string model, string message)
    {
        Assert.Equal(0, _concord.Run($"train --data csv:table.csv --model {model} --epochs 0 --engine managed --threads 1 "
            + "--out run").ExitCode);
        var refused = _concord.Run("export run");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_concord["run/network.nir"]));
        var lossy = _concord.Run("export run --lossy");
        Assert.Equal(model[0] == 'l' ? 0 : 2, lossy.ExitCode);
        if (lossy.ExitCode == 0) Assert.Contains($"lost    {message}", lossy.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("import table.csv", "cannot be read as HDF5")]
    [InlineData("import nothing.nir", "there is no such file")]
    [InlineData("import table.csv --dt -1", "takes a number above 0 (--dt)")]
    [InlineData("import table.csv --input sideways", "sideways")]
    [InlineData("export nowhere", "nowhere")]
    [InlineData("export nowhere --to onnx", "onnx")]
    [InlineData("export nowhere --to nir-data --samples 0", "--samples was given 0; give 1 or more to record")]
    public void BadInputIsALine(string words, string message)
    {
        var refused = _concord.Run(words);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
        Assert.Single(refused.Error.TrimEnd().Split('\n'));
    }
}
