using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Training;

namespace Concord.Tests.Docs;

/// <summary>What the README shows is compiled, run and equal to what is compiled and run.</summary>
public sealed class ReadmeTests
{
    private static readonly string s_readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    private static string Source(string file) => File.ReadAllText(Path.Combine(Repository.Root, "tests", "Concord.Tests", "Docs", file));

    [Fact]
    public void The_new_rule_is_shown_as_it_is()
    {
        var source = Source("RareTransport.cs");
        Assert.Contains(source[(source.IndexOf('\n', StringComparison.Ordinal) + 1)..].Trim(), s_readme, StringComparison.Ordinal);
    }

    [Fact]
    public void The_new_rule_has_thirty_lines()
    {
        var source = Source("RareTransport.cs");
        Assert.InRange(source[source.IndexOf("public sealed class", StringComparison.Ordinal)..].Trim().Split('\n').Length, 1, 30);
    }

    [Fact]
    public void Own_data_is_shown_as_it_is()
    {
        var lines = Source("OwnData.cs").Split('\n');
        var shown = lines.SkipWhile(line => !line.Contains("README: begin", StringComparison.Ordinal)).Skip(1).TakeWhile(line => !line.Contains("README: end", StringComparison.Ordinal));
        Assert.Contains(string.Join('\n', shown.Select(line => line.Length > 8 ? line[8..] : "")), s_readme, StringComparison.Ordinal);
    }

    [Fact]
    public void Own_data_learns()
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
    public void The_new_rule_refreshes_when_it_should()
    {
        using var kernels = Engines.Create("managed", 1);
        var learner = new Learner(ModelDescription.Parse("mlp:6-5-4-3,tanh"), new RareTransport(3), new(), new OptimizerSettings(), kernels, seed: 1);
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
