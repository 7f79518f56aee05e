namespace Concord.Tests.Cli;

/// <summary>Experiment files on the command line.</summary>
public sealed class SweepCommandTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public SweepCommandTests() => File.WriteAllText(_concord["small.yaml"], """
        data: csv:table.csv
        model: mlp:4-12-8-3
        learningRate: 0.05
        batch: 8
        epochs: 3
        validation: 12
        engine: managed
        seeds: 2
        rule: [backprop, dfa]
        """);

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void AKilledSweepGoesOnWithTheSameCommand()
    {
        var dry = _concord.Run("sweep small.yaml --dry-run");
        Assert.True(dry.ExitCode == 0, dry.Error);
        Assert.Contains("4 cells are left", dry.Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_concord["runs"]));

        Assert.Equal(137, _concord.Run("sweep small.yaml --jobs 1", ("CONCORD_FAULT", "step:30")).ExitCode);
        var result = _concord.Run("sweep small.yaml --json");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.True(result.Event("sweep").GetProperty("finished").GetInt32() >= 1);
        Assert.True(result.Event("sweep").GetProperty("left").GetInt32() <= 3);
        var results = result.Events.Where(line => line.GetProperty("event").GetString() == "result").ToList();
        Assert.Equal(["backprop", "dfa"], results.Select(line => line.GetProperty("label").GetString()));
        Assert.Equal(2, results[1].GetProperty("differenceToBackprop").GetProperty("values").GetArrayLength());
        Assert.Equal(4, Directory.GetDirectories(_concord["runs/small"]).Length);

        var again = _concord.Run("sweep small.yaml --quiet");
        Assert.Equal(0, again.ExitCode);
        Assert.Matches(@"^test accuracy backprop [0-9.]+ ± [0-9.]+ %   dfa [^\n]+ \(2 seeds, mean ± standard deviation\)   runs.small\n$",
            again.Out);
        var whole = _concord.Run("sweep small.yaml", ("COLUMNS", "90"));
        Assert.Contains("minus backprop", whole.Out, StringComparison.Ordinal);
        Assert.Contains("(no interval)", whole.Out, StringComparison.Ordinal);   // of two seeds
        Assert.All(whole.Out.Split('\n').SkipWhile(line => !line.StartsWith("accuracy ±", StringComparison.Ordinal)),
            line => Assert.InRange(line.Length, 0, 90));
    }

    [Fact]
    public void AModelThatIsNotGivenFitsTheData()
    {
        File.WriteAllText(_concord["実験.yaml"], "data: csv:table.csv\nbatch: 8\nepochs: 1\nengine: managed\nrule: [backprop, dfa]\n");
        var sweep = _concord.Run("sweep 実験.yaml --json");
        Assert.True(sweep.ExitCode == 0, sweep.Error);
        Assert.Contains("data    table: 72 training and 18 test samples of 4 features (a, b, c, d), label column 'class' of 3 classes (x: "
            + "30, y: 30, z: 30), csv", sweep.Error.Replace("table.csv", "csv", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetDirectories(_concord["runs/実験"]).Length);
        var train = _concord.Run("train 実験.yaml rule=dfa --json --out run");
        Assert.True(train.ExitCode == 0, train.Error);
        var start = train.Event("start");
        Assert.Equal("mlp:4-256-256-3", start.GetProperty("model").GetString());
        var data = start.GetProperty("data");
        Assert.Equal(("class", "[\"a\",\"b\",\"c\",\"d\"]", "[\"x\",\"y\",\"z\"]", "[30,30,30]"),
            (data.GetProperty("label").GetString(), data.GetProperty("features").GetRawText(), data.GetProperty("classNames").GetRawText(),
                data.GetProperty("classCounts").GetRawText()));
    }

    [Fact]
    public void AFailedCellEndsInExitCodeOne()
    {
        var result = _concord.Run("sweep small.yaml learningRate=[0.05,1e30] rule=backprop --set seeds=1 --json --out out");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(["failed", "finished"], result.Events.Where(line => line.GetProperty("event").GetString() == "cell")
            .Select(line => line.GetProperty("state").GetString()).Order());
        Assert.Contains("diverged", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void TrainingTakesAnExperimentFile()
    {
        var result = _concord.Run("train small.yaml rule=dfa feedback.scale=2 --epochs 1 --out run --json");
        Assert.True(result.ExitCode == 0, result.Error);
        var settings = result.Event("start").GetProperty("settings");
        Assert.Equal(("dfa", "2", "1", "8"), (settings.GetProperty("rule").GetString(), settings.GetProperty("feedback.scale").GetString(),
            settings.GetProperty("epochs").GetString(), settings.GetProperty("batch").GetString()));
        Assert.Equal(2, result.Event("result").GetProperty("seeds").GetArrayLength());

        Assert.Equal(0, _concord.Run("train run/seed-1/experiment.yaml --out again").ExitCode);   // what a run leaves is such a file
        RunFiles.AssertSame(_concord["run/seed-1"], _concord["again"]);
    }

    [Theory]
    [InlineData("sweep nothing.yaml", "nothing.yaml")]
    [InlineData("sweep small.yaml epoch=1", "Did you mean 'epochs'?")]
    [InlineData("sweep small.yaml --job 1", "Did you mean '--jobs'?")]
    [InlineData("sweep small.yaml --jobs 0", "--jobs was given '0'")]
    [InlineData("train small.yaml", "Run it with concord sweep")]
    [InlineData("train extra", "'extra'")]
    public void MistakesAreOneLineAndExitCodeTwo(string words, string said)
    {
        var result = _concord.Run(words);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(said, Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_concord["runs"]));
    }
}
