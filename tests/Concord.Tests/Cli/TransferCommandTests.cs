namespace Concord.Tests.Cli;

/// <summary>
/// Transfer as a user does it: a run, another that starts from it with frozen layers, a sweep over both, and files that are no good.
/// </summary>
public sealed class TransferCommandTests
{
    private const string Common = "--data csv:table.csv --batch 8 --validation 12 --epochs 2 --engine managed --threads 1 --probe off";

    [Fact]
    public void TheLineOfAlignmentLeavesFrozenBlocksOut()
    {
        using var concord = new ConcordProgram();
        var probed = Common.Replace(" --probe off", "", StringComparison.Ordinal);
        var run = concord.Run($"train {probed} --model mlp:4-12-8-3 --freeze fc1 --rule dfa");
        Assert.True(run.ExitCode == 0, run.Error);
        var line = Assert.Single(run.Out.Split('\n'), line => line.StartsWith("alignment ", StringComparison.Ordinal));
        Assert.Matches(@"^alignment fc2 cosine -?0\.\d+ \(", line);
    }

    [Fact]
    public void ARunStartsFromAnotherAndKeepsTheFeaturesOfItsFrozenLayers()
    {
        using var concord = new ConcordProgram();
        Assert.Equal(0, concord.Run($"train {Common} --model mlp:4-12-8-3 --out base").ExitCode);
        const string head = "--model mlp:4-12-9-3 --weights base/last.safetensors --fresh fc2,fc3 --freeze fc1 --rule sparse-dfa --json";
        var (first, second) = (concord.Run($"train {Common} {head} --out first"),
            concord.Run($"train {Common} {head} --cache-features off --out second"));
        Assert.True(first.ExitCode == 0, first.Error);
        Assert.Contains("none: frozen", first.Error, StringComparison.Ordinal);
        Assert.Contains("features of fc1", first.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("features of", second.Error, StringComparison.Ordinal);
        Assert.Equal(Accuracy(first), Accuracy(second));
        Assert.Single(Directory.GetFiles(Path.Combine(concord["cache"], "concord", "features")));

        File.WriteAllText(concord["grid.yaml"],
            """
            data: csv:table.csv
            model: mlp:4-12-8-3
            epochs: 1
            validation: 12
            engine: managed
            weights: base/last.safetensors
            freeze: [none, fc1, "fc1,fc2"]
            rules:
              dfa:
            """);
        Assert.Equal(0, concord.Run("sweep grid.yaml --out grid --jobs 1").ExitCode);
        File.Move(concord["base/last.safetensors"], concord["moved.safetensors"]);
        var moved = concord.Run("sweep grid.yaml weights=moved.safetensors --out grid --jobs 1");   // the same bytes are the same cells
        Assert.True(moved.ExitCode == 0, moved.Error);
        Assert.Contains("3 finished", moved.Out, StringComparison.Ordinal);
        Assert.Equal(0, concord.Run("evaluate first").ExitCode);
    }

    [Fact]
    public void APretrainingIsDoneOnceAndTheOthersStartFromIt()
    {
        using var concord = new ConcordProgram();
        const string Text = """
            data: csv:table.csv
            model: mlp:4-12-9-3
            epochs: 1
            validation: 12
            engine: managed
            fresh: fc2,fc3
            freeze: fc1
            pretrain: {data: csv:table.csv, model: mlp:4-12-3, rule: backprop, epochs: 2, validation: 12, engine: managed}
            rules: {dfa: , backprop: }
            """;
        File.WriteAllText(concord["two.yaml"], Text);
        Assert.Contains("The pre-training is still to be run", concord.Run("sweep two.yaml --out two --dry-run").Out,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(concord["two"]));
        var first = concord.Run("sweep two.yaml --out two --jobs 1");
        Assert.True(first.ExitCode == 0, first.Error);
        var before = Assert.Single(Directory.GetDirectories(concord["two/pretraining"]));
        var hash = Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(before, "last.safetensors"))));
        var runs = Directory.GetDirectories(concord["two"])
            .Where(folder => !folder.EndsWith("pretraining", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, runs.Count);
        Assert.All(runs, run => Assert.Contains(hash, File.ReadAllText(Path.Combine(run, "experiment.yaml")), StringComparison.Ordinal));
        var again = concord.Run("sweep two.yaml --out two --jobs 1");
        Assert.Contains("2 finished", again.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("pretraining in", again.Out, StringComparison.Ordinal);

        foreach (var (from, to, expected) in ((string, string, string)[])
            [("epochs: 2", "epochs: [1, 2]", "'pretrain' is one run, but 2 are described"),
                ("freeze: fc1", "weights: some.safetensors", "'weights' and 'pretrain' are both given"),
             ("epochs: 2", "epohcs: 2", "epochs"), ("epochs: 2", "pretrain: {epochs: 1}", "has none of its own")])
        {
            File.WriteAllText(concord["bad.yaml"], Text.Replace(from, to, StringComparison.Ordinal));
            var bad = concord.Run("sweep bad.yaml --out bad");
            Assert.Equal(2, bad.ExitCode);
            Assert.Contains(expected, bad.Error, StringComparison.Ordinal);
        }
        var train = concord.Run("train two.yaml rule=dfa --out one");
        Assert.Equal(2, train.ExitCode);
        Assert.Contains("Run it with concord sweep", train.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void WeightsThatDoNotFitAreBadInputAndLeaveNoFolder()
    {
        using var concord = new ConcordProgram();
        Assert.Equal(0, concord.Run($"train {Common} --model mlp:4-12-3 --out base").ExitCode);
        File.WriteAllBytes(concord["cut.safetensors"], File.ReadAllBytes(concord["base/last.safetensors"])[..^1]);
        foreach (var (words, expected) in ((string, string)[])
            [("--model mlp:4-11-3 --weights base/last.safetensors", "fc1.weight is F32 [12, 4] in the file, needed is F32 [11, 4]"),
             ("--model mlp:4-12-3 --weights cut.safetensors", "The file is damaged"), ("--model mlp:4-12-3 --weights gone.safetensors",
                 "there is no such file"),
             ("--model mlp:4-12-3 --fresh fc2", "--weights FILE"), ("--model mlp:4-12-3 --freeze conv*", "Known: fc1, fc2"),
             ("--model mlp:4-12-3 --freeze fc*", "nothing is left to learn"), ("--model mlp:4-12-3 --freeze fc2 --cache-features on",
                 "no block from the lowest up is frozen")])
        {
            var result = concord.Run($"train {Common} {words} --out none");
            Assert.Equal(2, result.ExitCode);
            Assert.Contains(expected, result.Error, StringComparison.Ordinal);
            Assert.False(Directory.Exists(concord["none"]));
        }
    }

    private static double Accuracy(ProgramResult result) =>
        result.Event("result").GetProperty("testAccuracy").GetProperty("mean").GetDouble();
}
