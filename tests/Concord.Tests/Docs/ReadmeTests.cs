using Concord.Cost;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Docs;

/// <summary>What the README shows is compiled, run and equal to what is compiled and run.</summary>
public sealed class ReadmeTests
{
    private static readonly string s_readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    private static ChainRule Rule(int period) => new("rare-transport", (connection, _) => new RareTransport(connection, period));

    private static string Source(string file) => File.ReadAllText(Path.Combine(Repository.Root, "tests", "Concord.Tests", "Docs", file));

    /// <summary>A screen is 30 lines: on it stand what Concord is, the first command, and all that it prints.</summary>
    [Fact]
    public void TheFirstScreenHasTheFirstCommandAndItsResult()
    {
        var screen = s_readme.Split('\n')[..30];
        Assert.Contains("    ./concord compare", screen);
        foreach (var rule in Comparison.DefaultRules)
            Assert.Contains(screen, line => line.StartsWith($"| {rule} |", StringComparison.Ordinal));
    }

    [Fact]
    public void TheNewRuleIsShownAsItIs()
    {
        var source = Source("RareTransport.cs");
        Assert.Contains(source[(source.IndexOf('\n', StringComparison.Ordinal) + 1)..].Trim(), s_readme, StringComparison.Ordinal);
    }

    [Fact]
    public void TheNewRuleIsCountedAlthoughItStatesNothing()
    {
        const string Model = "mlp:6-5-4-3,tanh";
        var cost = StepWork.Of(new(() => ModelDescription.Parse(Model), () => Rule(3)), new(4));
        // The weights of fc2 and fc3, 5 x 4 and 4 x 3, are copied once in three steps.
        Assert.Equal(new Work(0, new(Weights: 20 / 3), new(Feedback: 20 / 3)), cost.Of(Phase.Adaptation, "fc2"));
        Assert.Equal(new Work(0, new(Weights: 12 / 3), new(Feedback: 12 / 3)), cost.Of(Phase.Adaptation, "fc3"));
        Assert.Equal(default, cost.Of(Phase.Adaptation, "fc1"));
        Assert.Equal(4 * 20, cost.Of(Phase.Error, "fc2").MultiplyAccumulates);
        Assert.Equal((0, 20), (cost.Of(Phase.Error, "fc2").Read.Weights, cost.Of(Phase.Error, "fc2").Read.Feedback));
        using var kernels = Kit.Double();
        var learner = new Learner(Kit.Made(ModelDescription.Parse(Model), Rule(3)), new(), Kit.PlainSgd, kernels, seed: 1);
        kernels.Log = new();
        for (var step = 0; step < 6; step++)
        {
            Kit.Step(learner, 4, step);
            foreach (var phase in (Phase[])[Phase.Forward, Phase.Error, Phase.WeightGradient, Phase.Adaptation])
                Assert.Equal(cost.Over(step + 1, phase), kernels.Log[phase]);
        }
    }

    [Fact]
    public void TheNewRuleHasFifteenLines()
    {
        var source = Source("RareTransport.cs");
        var body = source[(source.IndexOf("\n{\n", StringComparison.Ordinal) + 3)..source.TrimEnd().LastIndexOf('\n')];
        Assert.InRange(body.Split('\n').Length, 1, 15);
    }

    [Fact]
    public void TheSampleIsTheNewRuleAndShownWhole()
    {
        var sample = File.ReadAllText(Path.Combine(Repository.Root, "samples", "new-rule.cs"));
        Assert.Contains($"```csharp\n{sample}```", File.ReadAllText(Path.Combine(Repository.Root, "CONTRIBUTING.md")),
            StringComparison.Ordinal);
        foreach (var line in Source("RareTransport.cs").Split('\n').Skip(1)) Assert.Contains(line, sample, StringComparison.Ordinal);
    }

    [Fact]
    public void OwnDataIsShownAsItIs()
    {
        var lines = Source("OwnData.cs").Split('\n');
        var shown = lines.SkipWhile(line => !line.Contains("README: begin", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.Contains("README: end", StringComparison.Ordinal));
        Assert.Contains(string.Join('\n', shown.Select(line => line.Length > 8 ? line[8..] : "")), s_readme, StringComparison.Ordinal);
    }

    [Fact]
    public void OwnDataLearns()
    {
        var stream = RandomStream.FromSeed(3);
        var inputs = new float[900, 8];
        var labels = new int[900];
        for (var i = 0; i < 900; i++)
        {
            for (var j = 0; j < 8; j++) inputs[i, j] = (float)stream.Uniform((ulong)(8 * i + j)) - 0.5f;
            labels[i] = inputs[i, 0] * inputs[i, 1] > 0.02f ? 0 : inputs[i, 2] > inputs[i, 3] ? 1 : 2;   // not linearly separable
        }
        Assert.InRange(OwnData.Run(inputs, labels), 0.6, 1);
    }

    [Fact]
    public void TheNewRuleRefreshesWhenItShould()
    {
        using var kernels = Engines.Create("managed", 1);
        var learner = new Learner(Kit.Made(ModelDescription.Parse("mlp:6-5-4-3,tanh"), Rule(3)), new(), new(), kernels, seed: 1);
        learner.Pass.Begin(4);
        kernels.FillNormal(RandomStream.FromSeed(2), 0, 1, learner.Pass.Input);
        kernels.OneHot([0, 1, 2, 0], learner.Pass.Targets);
        var (_, copy) = learner.Plan.Feedback[0];
        var weight = learner.Network.Blocks[1].Parameters[0].Value;
        List<bool> stale = [];
        for (var step = 0; step < 7; step++)
        {
            var before = weight.ToArray();
            learner.Step(0.1);
            stale.Add(!copy.ToArray().SequenceEqual(before));   // what the signal of this step crossed
        }
        Assert.Equal([false, true, true, false, true, true, false], stale);
    }
}
