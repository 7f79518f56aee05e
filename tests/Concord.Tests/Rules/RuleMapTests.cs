using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using static Concord.Tests.Rules.PaperNetwork;

namespace Concord.Tests.Rules;

public sealed class RuleMapTests
{
    [Fact]
    public void TheLowerBlockGetsTheTrueDerivativeOfWhatTheUpperReceived()
    {
        using var kernels = Kit.Double();
        var learner = Kit.Learner("mlp:6-5-4-3-2,tanh", "fc1=backprop,fc2=dfa,fc3=dfa,fc4=backprop", kernels);
        Kit.Fill(learner.Pass, 4);
        Tensor? received = null, arrived = null;
        learner.Step(0, _ =>
            (received, arrived) = (learner.BackwardPass.SignalAt(learner.Network.Ports[1]),
                learner.BackwardPass.SignalAt(learner.Network.Ports[0])));
        var x2 = learner.Pass.At(learner.Network.Ports[1]);
        var delta = Map(Read(received!.ToArray(), 4, 4), (s, n, j) => s * (1 - x2[n * 4 + j] * x2[n * 4 + j]));
        var w2 = Transpose(Read(Kit.Parameter(learner.Network, "fc2.weight").Value.ToArray(), 5, 4));
        Kit.Close(Flat(Times(delta, w2)), arrived!.ToArray(), 1e-13);
        Assert.True(learner.Plan.WantsInput(learner.Network.Blocks[1]));
        Assert.False(learner.Plan.WantsInput(learner.Network.Blocks[2]));
        Assert.False(learner.Plan.WantsInput(learner.Network.Blocks[3]));
    }

    [Fact]
    public void AMapOfOneRuleIsThatRule()
    {
        using var kernels = Kit.Single();
        foreach (var rule in Kit.RuleNames)
        {
            var network = Kit.Takes("residual", rule) ? "residual" : "mlp:6-5-4-3,gelu,batchnorm";
            var (alone, mapped) = (Kit.Learner(network, rule, kernels), Kit.Learner(network, $"*={rule}", kernels));
            for (var step = 0; step < 2; step++)
            {
                Kit.Step(alone, 4, step);
                Kit.Step(mapped, 4, step);
            }
            Assert.Equal(Kit.Bytes(alone.Network), Kit.Bytes(mapped.Network));
            Assert.Equal(alone.Plan.FeedbackWords, mapped.Plan.FeedbackWords);
            Assert.Equal(alone.Plan.Needs, mapped.Plan.Needs);
        }
    }

    [Fact]
    public void PatternsAreTriedInOrder()
    {
        using var kernels = Kit.Double();
        var plan = Kit.Learner("mlp:6-5-4-3-2", "fc1=shallow,fc*=sparse-dfa", kernels).Plan;
        Assert.Equal([Route.None, Route.From(plan.Network.OutputPort), Route.From(plan.Network.OutputPort), Route.Arriving],
            plan.Network.Ports.Select(plan.RouteAt));
        Assert.Equal(["fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias", "fc4.weight", "fc4.bias"],
            plan.Learners.Select(parameter => parameter.Name));
        Assert.Equal(["feedback.fc2", "feedback.fc3"], plan.Feedback.Select(entry => entry.Name));
    }

    [Fact]
    public void EachConnectionAsksTheRuleOfItsPort()
    {
        using var kernels = Kit.Double();
        var plan = Kit.Learner("mlp:6-5-4-3-2", "fc1=fa,fc2=backprop,*=kolen-pollack", kernels).Plan;
        Assert.Equal([false, true, false],
            Enumerable.Range(1, 3).Select(i => plan.CarrierOf(plan.Network.Blocks[i].Sequence.EnteringConnections[0]).Exact));
        Assert.Equal(Needs.Update, plan.Needs);
        Assert.Equal(["feedback.fc2.weight", "feedback.fc4.weight"], plan.Feedback.Select(entry => entry.Name));
        Assert.Equal([false, false, false, true], plan.Rows.Select(row => row.Exact));
    }

    [Fact]
    public void FeedbackNamesAreUniqueWhereTwoRulesShareMatricesOfTheirOwn()
    {
        using var kernels = Kit.Double();
        var plan = Kit.Learner("mlp:6-5-4-3-2", "fc1=dfa,fc2=sign-dfa,*=backprop feedback.preset=launay2019", kernels).Plan;
        Assert.Equal(2, plan.Feedback.Select(entry => entry.Name).Distinct().Count());
    }

    [Theory]
    [InlineData("fc1=backprop,fc2=shallow,*=backprop", "fc1")]
    [InlineData("fc2=fa,*=shallow", "fc2")]
    public void AStarvingBlockIsRefusedByName(string map, string block)
    {
        using var kernels = Kit.Double();
        var message = Assert.Throws<ConcordException>(() => Kit.Learner("mlp:6-5-4-3-2", map, kernels)).Message;
        Assert.StartsWith($"No signal reaches the block {block} ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void BlocksWithoutARuleAndUnreadableMapsAreRefused()
    {
        using var kernels = Kit.Double();
        Assert.Contains("No rule is given for the block fc2",
            Assert.Throws<ConcordException>(() => Kit.Learner("mlp:6-5-3", "fc1=dfa", kernels)).Message, StringComparison.Ordinal);
        Assert.Contains("BLOCK=RULE", Assert.Throws<ConcordException>(() => Kit.Rule("fc1=dfa,backprop")).Message,
            StringComparison.Ordinal);
        Assert.Contains("Did you mean 'dfa'?", Assert.Throws<ConcordException>(() => Kit.Rule("fc1=dfaa")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fcl=shallow,fc*=dfa", "names 'fcl', and there is no such block in the network. Did you mean 'fc1'? Known: fc1, fc2, fc3.")]
    [InlineData("fcl=shallow,fc2=dfa,fc3=dfa", "names 'fcl'")]   // before the block that is left without a rule
    [InlineData("conv*=shallow,*=dfa", "names 'conv*', and there is no such block in the network. Known: fc1, fc2, fc3.")]
    [InlineData("fc4=dfa,*=fa", "Did you mean 'fc1'?")]
    [InlineData("FC1=dfa,*=fa", "Did you mean 'fc1'?")]
    [InlineData("fc*=dfa,fc1=shallow", "The entry 'fc1=shallow' of the rule map fc*=dfa,fc1=shallow decides nothing: "
        + "entries before it take fc1")]
    [InlineData("fc1=dfa,fc1=fa,*=fa", "The entry 'fc1=fa'")]
    public void EntriesThatDecideNothingAreRefusedByName(string map, string says)
    {
        using var kernels = Kit.Double();
        Assert.Contains(says, Assert.Throws<ConcordException>(() => Kit.Learner("mlp:6-5-4-3", map, kernels)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void TheRestOfAMapMayBeNothing()
    {
        using var kernels = Kit.Double();
        var plan = Kit.Learner("mlp:6-5-3", "fc1=dfa,fc2=fa,*=shallow", kernels).Plan;
        Assert.Equal(Route.From(plan.Network.OutputPort), plan.RouteAt(plan.Network.Ports[0]));
    }

    [Fact]
    public void AMapOfAnOlderRunIsReadWithoutWhatDecidesNothing()
    {
        using var kernels = Kit.Double();
        var within = RuleMap.Within(Kit.Rule("fcl=shallow,fc*=dfa,fc1=fa"), Kit.Network("mlp:6-5-3"));
        Assert.Equal("fc*=dfa", within.Name);
        within.Check(Kit.Network("mlp:6-5-3"));
    }
}
