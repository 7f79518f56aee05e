using System.Text.Json;

namespace Concord.Tests.Cli;

/// <summary>What is said of finished runs: how alike they are, and what they withstand.</summary>
public sealed class SavedRunCommandTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void StabilityIsAskedOfANetworkAndOfARun()
    {
        var trial = _concord.Run("stability --model mlp:4-24-3,tanh --data csv:table.csv --rule fa --samples 8 --json").Event("stability");
        Assert.True(trial.GetProperty("isSolution").GetBoolean());
        Assert.Equal(24, trial.GetProperty("eigenvalues").GetArrayLength());
        var kick = trial.GetProperty("kick");
        Assert.True(kick.GetProperty("agrees").GetBoolean());
        Assert.Equal(trial.GetProperty("verdict").GetString() == "stable", kick.GetProperty("exponent").GetDouble() > 0);
        Assert.Equal(["fc1", "fc2"],
            trial.GetProperty("alignment").GetProperty("blocks").EnumerateArray().Select(block => block.GetProperty("block").GetString()));

        Assert.Equal(0, _concord.Run("train --data csv:table.csv --model mlp:4-12-3 --rule brsf --epochs 1 --batch 8 --engine managed "
            + "--threads 1 --out run").ExitCode);
        var run = _concord.Run("stability run --samples 5 --json").Event("stability");
        Assert.Equal((10, "cross-entropy", 5), (run.GetProperty("eigenvalues").GetArrayLength(), run.GetProperty("loss").GetString(),
            run.GetProperty("samples").GetInt32()));
        Assert.False(run.TryGetProperty("kick", out _));
        var people = _concord.Run("stability run");
        Assert.Equal(0, people.ExitCode);
        Assert.Contains("so this is no fixed point", people.Out, StringComparison.Ordinal);
        Assert.Contains("this is the kernel of one draw", people.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void VarianceIsMeasuredOfANetworkAndOfARunAndLagWhereItIsAskedFor()
    {
        var rows = _concord.Run("variance --model mlp:4-8-3,tanh --data csv:table.csv --rules fg-weight,fdfa,dfa --set feedback.rate=0.2 "
            + "--batch 16 --samples 32 --draws 20 --json").Events;
        Assert.Equal(["backprop all weights, by batches", "fg-weight all weights", "fdfa hidden weights", "fdfa feedback fc1",
            "dfa hidden weights"], rows.Select(row => $"{row.GetProperty("rule")} {row.GetProperty("of")}"));
        Assert.Equal(4 * 8 + 8 + 8 * 3 + 3 - 1, rows[1].GetProperty("predicted").GetDouble());   // 1 and -1
        Assert.Equal(0, rows[4].GetProperty("variance").GetDouble());
        Assert.All(rows, row => Assert.Equal(row.GetProperty("total").GetDouble(),
            row.GetProperty("bias").GetDouble() + row.GetProperty("variance").GetDouble(), 1e-12));

        Assert.Equal(["backprop", "dfa", "fa"], _concord.Run("variance --model rnn:28x28-6-10 --batch 16 --samples 32 --draws 20 --json")
            .Events.Select(row => row.GetProperty("rule").GetString()));
        Assert.Contains("not for this network: fg-weight, fg-activity, fdfa",
            _concord.Run("variance --model rnn:28x28-6-10 --batch 16 --samples 32 --draws 20").Out, StringComparison.Ordinal);

        Assert.Contains("not for this network: wm, activation-alignment",
            _concord.Run("compare --rules all --data glyphs --train 20 --validation 20 --test 20 --epochs 0 --seeds 1 "
                + "--model rnn:28x28-6-10 --probe off --engine managed --threads 1 --out all").Out, StringComparison.Ordinal);

        Assert.Equal(0, _concord.Run("train --data csv:table.csv --model mlp:4-12-3 --rule fdfa --set feedback.rate=0.1 --epochs 3 "
            + "--batch 8 --probe feedback --engine managed --threads 1 --out run").ExitCode);
        var port = JsonDocument.Parse(File.ReadAllText(Path.Combine(_concord["run"], "summary.json"))).RootElement
            .GetProperty("alignment")[0];
        Assert.Equal(port.GetProperty("feedbackError").GetDouble(),
            port.GetProperty("feedbackLag").GetDouble() + port.GetProperty("feedbackVariance").GetDouble(), 1e-12);
        Assert.InRange(port.GetProperty("feedbackCosine").GetDouble(), -1, 1);
        Assert.Contains("Direct feedback", File.ReadAllText(Path.Combine(_concord["run"], "report.html")), StringComparison.Ordinal);
        var people = _concord.Run("variance run --rules fdfa,fa --draws 20 --batch 8");
        Assert.True(people.ExitCode == 0, people.Error);
        Assert.Contains("feedback fc1", people.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void RunsAreComparedWithTheControls()
    {
        const string Common = "train --model mlp:784-24-16-10 --train 600 --test 300 --validation 60 --epochs 12 --batch 16 --engine "
            + "managed --threads 1 --learning-rate 0.02";
        Assert.Equal(0, _concord.Run($"{Common} --rule backprop --seeds 2 --out bp").ExitCode);
        Assert.Equal(0, _concord.Run($"{Common} --rule dfa --out dfa").ExitCode);
        Assert.Equal(0, _concord.Run(
            "train --data csv:table.csv --model mlp:4-12-3 --epochs 1 --batch 8 --engine managed --threads 1 --out table").ExitCode);

        var similarity = _concord.Run("similarity bp/seed-0 dfa --samples 300 --json").Event("similarity");
        var layers = similarity.GetProperty("layers").EnumerateArray().ToList();
        Assert.Equal(["fc1", "fc2", "fc3"], layers.Select(layer => layer.GetProperty("layer").GetString()));
        Assert.EndsWith(Path.Combine("bp", "seed-1"), similarity.GetProperty("control").GetString(), StringComparison.Ordinal);
        Assert.Equal(256, similarity.GetProperty("samples").GetInt32());
        foreach (var layer in layers)
            foreach (var key in (string[])["cka", "otherSeed", "beforeTraining"])
                Assert.InRange(layer.GetProperty(key).GetDouble(), -0.2, 0.9999);
        Assert.Equal(3, similarity.GetProperty("matrix").GetArrayLength());
        Assert.Equal(layers[1].GetProperty("cka").GetDouble(), similarity.GetProperty("matrix")[1][1].GetDouble());

        var wrong = _concord.Run("similarity bp/seed-0 dfa --samples 300 --where-wrong --json").Event("similarity");
        Assert.InRange(wrong.GetProperty("samples").GetInt32(), 4, 200);
        Assert.NotEqual(layers[0].GetProperty("cka").GetDouble(), wrong.GetProperty("layers")[0].GetProperty("cka").GetDouble());
        Assert.Equal("all", similarity.GetProperty("which").GetString());
        // a run differs from itself nowhere
        Assert.Equal(0, _concord.Run("similarity dfa dfa --where-wrong --json").Event("similarity").GetProperty("samples").GetInt32());

        var itself = _concord.Run("similarity dfa dfa --samples 256 --json").Event("similarity");
        Assert.All(itself.GetProperty("layers").EnumerateArray(), layer => Assert.Equal(1, layer.GetProperty("cka").GetDouble(), 1e-6));
        Assert.Equal(JsonValueKind.Null, itself.GetProperty("control").ValueKind);
        Assert.All(itself.GetProperty("layers").EnumerateArray(),
            layer => Assert.Equal(JsonValueKind.Null, layer.GetProperty("otherSeed").ValueKind));

        var people = _concord.Run("similarity bp/seed-0 dfa").Out;
        Assert.Contains("before training", people, StringComparison.Ordinal);
        Assert.Contains("Both began with the weights that seed 0 draws", people, StringComparison.Ordinal);

        var attacks = _concord.Run("robustness bp/seed-0 dfa --epsilon 0,8/255,0.2 --json").Events;
        Assert.Equal(["bp/seed-0", "dfa"], attacks.Select(attack => attack.GetProperty("run").GetString()));
        foreach (var attack in attacks)
        {
            var points = attack.GetProperty("points").EnumerateArray().ToList();
            var accuracy = points.Select(point => point.GetProperty("accuracy").GetDouble()).ToList();
            Assert.Equal(8 / 255.0, points[1].GetProperty("epsilon").GetDouble(), 1e-12);
            Assert.True(accuracy[0] > 0.5 && accuracy[1] < accuracy[0] && accuracy[2] < 0.2, string.Join(' ', accuracy));
            Assert.All(points, point => Assert.InRange(point.GetProperty("accuracy").GetDouble(), point.GetProperty("low").GetDouble(),
                point.GetProperty("high").GetDouble()));
            var evaluated = _concord.Run($"evaluate {attack.GetProperty("run").GetString()} --json").Event("evaluation");
            Assert.Equal(evaluated.GetProperty("accuracy").GetDouble(), accuracy[0], 1e-12);
        }
        var steps = _concord.Run("robustness dfa --attack pgd --steps 5 --epsilon 8/255 --samples 200 --json").Event("robustness");
        Assert.Equal(200, steps.GetProperty("samples").GetInt32());
        // own data: the range is what occurs
        Assert.Equal(0, _concord.Run("robustness table --epsilon 0,0.1 --attack pgd --steps 3").ExitCode);

        foreach (var (words, says) in ((string, string)[])
        [
            ("similarity dfa", "RUN"), ("similarity dfa table", "Give runs of one data set"), ("similarity dfa nowhere",
                "There is no folder 'nowhere'"), ("similarity dfa dfa --samples 3", "it takes at least 4"),
            ("similarity dfa dfa --control table", "Give runs of one data set"), ("robustness dfa --epsilon 8/0", "'8/0'"),
            ("robustness dfa --epsilon 0,2", "is it 0.2?"), ("robustness dfa --epsilon 1,2", "numbers from 0 to 1"),
            ("robustness dfa --attack fgms", "Did you mean 'fgsm'?"), ("robustness dfa --steps 0", "at least one"), ("robustness nowhere",
                "There is no folder 'nowhere'"),
        ])
        {
            var refused = _concord.Run(words);
            Assert.True(refused.ExitCode == 2, $"{words}: {refused.ExitCode} {refused.Out}{refused.Error}");
            Assert.Contains(says, refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AReportIsWrittenWithoutTheFoldersThatAreBad()
    {
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("good", epochs: 1)).ExitCode);
        foreach (var file in Directory.GetFiles(_concord["good"]))
        {
            Directory.CreateDirectory(_concord["bad"]);
            File.Copy(file, Path.Combine(_concord["bad"], Path.GetFileName(file)));
        }
        File.WriteAllText(Path.Combine(_concord["bad"], "summary.json"), "null");
        var result = _concord.Run("report good bad none --out page.html --json");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("none is left out: There is no folder 'none'", result.Error, StringComparison.Ordinal);
        Assert.Contains("bad: 'bad/summary.json' is damaged: the whole is null", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, result.Event("report").GetProperty("runs").GetInt32());
        Assert.StartsWith("none: There is no folder", result.Event("report").GetProperty("leftOut")[0].GetString(),
            StringComparison.Ordinal);
        Assert.Contains("It is left out. There is no folder", File.ReadAllText(_concord["page.html"]), StringComparison.Ordinal);
        Assert.Equal(2, _concord.Run("report none").ExitCode);
        var resumed = _concord.Run("resume bad");
        Assert.Equal(2, resumed.ExitCode);
        Assert.Contains("'bad/summary.json' is damaged: the whole is null",
            Assert.Single(resumed.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }
}
