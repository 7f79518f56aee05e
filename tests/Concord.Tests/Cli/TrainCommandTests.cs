using Concord.Training;

namespace Concord.Tests.Cli;

/// <summary>What concord train says while it trains, and of the result.</summary>
public sealed class TrainCommandTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void TrainingTellsProgramsEverything()
    {
        var result = _concord.Run(ConcordProgram.SmallRun("run") + " --seeds 2 --json");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(["start", "epoch", "epoch", "epoch", "epoch", "epoch", "epoch", "result"],
            result.Events.Select(line => line.GetProperty("event").GetString()));
        var start = result.Event("start");
        foreach (var key in (string[])["engine", "threads", "data", "model", "settings"])
            Assert.True(start.TryGetProperty(key, out _), key);
        var epoch = result.Events[1];
        foreach (var key in (string[])["seed", "epoch", "trainLoss", "trainAccuracy", "validationAccuracy", "alignment", "seconds"])
            Assert.True(epoch.TryGetProperty(key, out _), key);
        var sum = result.Event("result");
        Assert.Equal("brsf", sum.GetProperty("rule").GetString());
        Assert.Equal("csv:table.csv", sum.GetProperty("data").GetString());
        Assert.Equal("run", sum.GetProperty("run").GetString());
        Assert.Equal([0L, 1L], sum.GetProperty("seeds").EnumerateArray().Select(seed => seed.GetInt64()));
        foreach (var key in (string[])["testAccuracy", "validationAccuracy"])
        {
            var accuracy = sum.GetProperty(key);
            var values = accuracy.GetProperty("values").EnumerateArray().Select(value => value.GetDouble()).ToArray();
            Assert.All(values, value => Assert.InRange(value, 0, 1));
            Assert.Equal(values.Average(), accuracy.GetProperty("mean").GetDouble(), 12);
            Assert.Equal(Math.Abs(values[0] - values[1]) / Math.Sqrt(2), accuracy.GetProperty("std").GetDouble(), 12);   // n - 1
        }
        Assert.Equal(["fc1", "fc2"], sum.GetProperty("alignment").EnumerateArray().Select(port => port.GetProperty("port").GetString()));
        var macs = sum.GetProperty("macsPerSample");
        Assert.Equal(4 * 12 + 12 * 8 + 8 * 3, macs.GetProperty("forward").GetDouble());
        Assert.Equal(12 * 8 + 8 * 3, macs.GetProperty("error").GetDouble());
        foreach (var key in (string[])["weightGradient", "adaptation", "extraForward", "probe"])
            Assert.True(macs.TryGetProperty(key, out _), key);
        foreach (var key in (string[])["samplesPerSecond", "secondsPerEpoch"]) Assert.True(sum.GetProperty(key).GetDouble() > 0, key);
        Assert.Contains("test accuracy", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void QuietLeavesTheResult()
    {
        var result = _concord.Run(ConcordProgram.SmallRun("run") + " --quiet");
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("test accuracy", result.Out, StringComparison.Ordinal);
        var line = Assert.Single(result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => !line.StartsWith("warning: ", StringComparison.Ordinal));
        Assert.EndsWith("   run", line, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    /// <summary>A line of progress loses whole fields, and what matters most stays.</summary>
    [Fact]
    public void NarrowLinesLoseWholeFields()
    {
        var words = ConcordProgram.SmallRun("run") + " --early-stop 1";
        var wide = Epochs(_concord.Run(words, ("COLUMNS", "120")).Out);
        Assert.All(wide, line => Assert.EndsWith(" samples/s", line, StringComparison.Ordinal));
        var narrow = _concord.Run(words.Replace("--out run", "--out narrow", StringComparison.Ordinal), ("COLUMNS", "50")).Out;
        Assert.NotEmpty(Epochs(narrow));
        Assert.All(Epochs(narrow).Zip(wide), pair =>
        {
            Assert.InRange(pair.First.Length, 30, 50);
            Assert.Contains("  validation ", pair.First, StringComparison.Ordinal);
            Assert.Empty(pair.First.Split("  ").Except(pair.Second.Split("  ")));
        });

        static List<string> Epochs(string output) =>
            [.. output.Split('\n').Where(line => line.StartsWith("epoch ", StringComparison.Ordinal))];
    }
}
