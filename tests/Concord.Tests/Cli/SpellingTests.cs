using Concord.Training;

namespace Concord.Tests.Cli;

/// <summary>What people type from habit is taken, and means what it does elsewhere.</summary>
public sealed class SpellingTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void OtherSpellingsOfOptionsAndCapitalsOfRulesAreTaken()
    {
        Assert.Equal(0, _concord.Run("train --data csv:table.csv --model mlp:4-6-3 --rules fc1=DFA,*=Backprop --lr 0.02 --batch-size 16 "
            + "-e 1 --seed 7 --engine managed --threads 1 --out run").ExitCode);
        var settings = RunFolder.SettingsOf(_concord["run"]);
        Assert.Equal(("fc1=dfa,*=backprop", 0.02, 16, 1, 7), (settings.Rule, settings.Optimizer.LearningRate, settings.Batch,
            settings.Epochs, settings.Seed));
        Assert.Equal(0, _concord.Run("compare --data csv:table.csv --model mlp:4-6-3 --rule Fa,EXACT -b 16 -e 1 --seed 7 --engine managed "
            + "--threads 1 --out runs").ExitCode);
        Assert.Equal(["backprop", "fa", "shallow"], Directory.GetDirectories(_concord["runs"]).Select(Path.GetFileName).Order());
        Assert.Equal(["seed-7"], Directory.GetDirectories(_concord["runs/fa"]).Select(Path.GetFileName));
    }

    [Fact]
    public void CapitalsOfNamesDoNotCount()
    {
        Assert.Equal(0, _concord.Run("train --data YIN-Yang --model MLP:4-6-3,TANH --rule DFA --optimizer ADAM --loss MSE --engine MANAGED "
            + "--schedule COSINE --probe Off --normalization UNIT-RANGE --augment NONE --early-stop OFF --train 60 --validation 20 "
            + "--test 20 -e 1 --threads 1 --out run").ExitCode);
        var settings = RunFolder.SettingsOf(_concord["run"]).Write().ToDictionary();
        Assert.Equal(["yin-yang", "mlp:4-6-3,tanh", "dfa", "adam", "mse", "managed", "cosine", "off", "unit-range"],
            ((string[])["data", "model", "rule", "optimizer", "loss", "engine", "schedule", "probe", "normalization"]).Select(key =>
                settings[key]));
        Assert.Equal(0, _concord.Run("evaluate run --checkpoint BEST --on Validation").ExitCode);
        Assert.Contains("model   cnn:", _concord.Run("model show LeNet --data MNIST --rule Sparse-DFA").Out, StringComparison.Ordinal);
        Assert.Equal(0, _concord.Run("cost --model MLP:4-3 --rule FA --technology HOROWITZ-DRAM").ExitCode);
    }

    [Theory]
    [InlineData("train --seed 1 --seeds 2", "Leave one of them out")]
    [InlineData("train --seed 1,2", "takes a whole number of at least 0. Several seeds are --seeds 0,1,2")]
    public void OneSeedIsOneSeed(string words, string because)
    {
        var refused = _concord.Run(words);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(because, refused.Error, StringComparison.Ordinal);
    }
}
