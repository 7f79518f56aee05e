using Concord.Rules;

namespace Concord.Tests.Rules;

public sealed class RuleCatalogueTests
{
    [Theory]
    [InlineData("backprob", "Did you mean 'backprop'?")]
    [InlineData("sparse-dfq", "Did you mean 'sparse-dfa'?")]
    [InlineData("nonsense-altogether", "Known: backprop, shallow")]
    [InlineData("dfa feedback.presett=unit", "Did you mean 'feedback.preset'?")]
    [InlineData("dfa feedback.preset=launay2018", "Did you mean 'launay2019'?")]
    [InlineData("backprop feedback.scale=1", "takes no options")]
    [InlineData("fa feedback.preset=unit", "has no option 'feedback.preset'")]
    [InlineData("sparse-dfa feedback.nonZerosPerNeuron=-1", "whole number of at least 0")]
    [InlineData("dfa feedback.scale=0,5", "with a point for decimals")]
    [InlineData("dfa feedback.scale=NaN", "a number of at least 0")]
    [InlineData("dfa feedback.asReleased=yes", "true or false")]
    [InlineData("usf feedback.concordance=1.5", "a number from 0 to 1")]
    [InlineData("fbp feedback.scheme=random feedback.fraction=0", "above 0 and at most 1")]
    [InlineData("fbp feedback.fraction=0.1", "it applies only with feedback.scheme=random")]
    [InlineData("fbp feedback.threshold=0.1", "it applies only with feedback.scheme=threshold")]
    [InlineData("fbp feedback.scheme=topk", "Did you mean 'top-k'?")]
    [InlineData("fbp feedback.period=-1", "whole number of at least 0")]
    [InlineData("fa feedback.start=copied feedback.rank=2", "it applies only with feedback.start=random")]
    [InlineData("fa feedback.start=copy", "Known: random, signed, copied")]
    [InlineData("fa feedback.start=copied feedback.init=kaiming-normal", "it applies only with feedback.start=random or signed")]
    [InlineData("fa feedback.rank=2 feedback.shape=dense", "it applies only with feedback.rank=0")]
    [InlineData("sn feedback.init=kaiming-normal", "usf, brsf or frsf")]
    [InlineData("fbp feedback.period=0 feedback.scheme=top-k", "it applies only with feedback.period or feedback.earlySteps above 0")]
    [InlineData("fbp feedback.earlyPeriod=3", "it applies only with feedback.earlySteps above 0")]
    [InlineData("fbp feedback.earlySteps=3 feedback.earlyPeriod=0", "whole number of at least 1")]
    [InlineData("dfa feedback.kernel=8", "it applies only with feedback.projection=kernel")]
    [InlineData("dfa feedback.projection=kernel feedback.dilation=3", "it applies only with feedback.projection=dilated")]
    [InlineData("dfa feedback.classes=uniform", "it applies only with feedback.nonZerosPerNeuron")]
    [InlineData("usf feedback.scale=0.1 feedback.init=kaiming-normal", "it applies only with feedback.scale=0")]
    [InlineData("dfa feedback.kernel=banana", "whole number of at least 1")]
    [InlineData("symmetric-alignment alignment.std=2", "it applies only with alignment.amp, alignment.sparse or alignment.null")]
    [InlineData("activation-alignment alignment.twoNullTerms=true", "it applies only with alignment.null")]
    [InlineData("fc1=sn,fc2=fbp feedback.threshold=1", "it applies only with feedback.scheme=threshold")]
    public void MistakesAreNamedWithTheNearestWord(string rule, string says) =>
        Assert.Contains(says, Assert.Throws<ConcordException>(() => Kit.Rule(rule)).Message, StringComparison.Ordinal);

    [Fact]
    public void EveryRuleMakesItselfUnderItsName() =>
        Assert.All(RuleCatalogue.All, rule => Assert.Equal(rule.Name, RuleCatalogue.Create(rule.Name).Name));

    [Fact]
    public void ResolvedOptionsHoldEveryDefault()
    {
        var options = RuleCatalogue.Resolve("sparse-dfa", new Dictionary<string, string> { ["feedback.scale"] = "2" });
        Assert.Equal(
            ["feedback.asReleased=false", "feedback.classes=balanced", "feedback.dilation=2", "feedback.kernel=3",
                "feedback.nonZerosPerNeuron=1", "feedback.preset=nokland2016", "feedback.projection=exact", "feedback.rank=0",
                "feedback.scale=2", "feedback.shared=preset"],
            options.Resolved.Select(entry => $"{entry.Key}={entry.Value}"));
        RuleCatalogue.Create("sparse-dfa", options.Resolved);   // what was resolved can be given again
    }

    [Theory]
    [InlineData("dfa feedback.kernel=3")]   // as a resolved experiment has it
    [InlineData("sn feedback.fraction=1.0")]
    [InlineData("fc1=sn,fc2=frsf feedback.init=kaiming-normal")]
    [InlineData("fc1=frsf,fc2=sn feedback.init=kaiming-normal")]
    public void AnOptionWithoutEffectIsAcceptedWhereItIsTheDefaultOrAppliesToAnotherRule(string rule) => Kit.Rule(rule);

    [Fact]
    public void AMapKeepsNoDefaultInWhichItsRulesDiffer()
    {
        // a refresh every 100 steps and every step; one non-zero and a dense matrix
        var options = RuleCatalogue.Resolve("fc1=fbp,fc2=sparse-dfa,fc3=sn,fc4=dfa");
        Assert.DoesNotContain("feedback.period", options.Resolved.Keys);
        Assert.DoesNotContain("feedback.nonZerosPerNeuron", options.Resolved.Keys);
        Assert.Contains("feedback.period", options.Keys);
        Assert.Equal("false", options.Resolved["feedback.asReleased"]);
        RuleCatalogue.Create("fc1=fbp,fc2=sn", new Dictionary<string, string> { ["feedback.period"] = "7" });
        Assert.Throws<ConcordException>(
            () => RuleCatalogue.Create("fc1=fbp,fc2=sn", new Dictionary<string, string> { ["feedback.perid"] = "7" }));
    }

    [Fact]
    public void SparseFeedbackBeyondTheOutputsIsRefused()
    {
        using var kernels = Kit.Double();
        Assert.Contains("choose 1 to 3",
            Assert.Throws<ConcordException>(() => Kit.Learner("mlp:6-5-3", "sparse-dfa feedback.nonZerosPerNeuron=4", kernels)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ConcordException>(() => Kit.Learner("mlp:6-5-3", "sparse-dfa feedback.shared=true", kernels));
        Assert.Contains("choose 1 to 3",
            Assert.Throws<ConcordException>(() => Kit.Learner("mlp:6-5-3", "dfa feedback.rank=4", kernels)).Message,
            StringComparison.Ordinal);
        Assert.Contains("reaches 2 of 3 outputs",
            Assert.Throws<ConcordException>(() => Kit.Learner("mlp:6-5-3", "sparse-dfa feedback.rank=2", kernels)).Message,
            StringComparison.Ordinal);
        Assert.Contains("feedback.shared=false",
            Assert.Throws<ConcordException>(() => Kit.Learner("mlp:6-5-3", "dfa feedback.preset=tinydfa feedback.rank=2", kernels)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void PlansPrintWhereSignalsComeFrom()
    {
        using var kernels = Kit.Double();
        string Table(string rule) => Kit.Learner("mlp:6-5-4-3", rule, kernels).Plan.ToString();
        Assert.Equal("""
            block  signal from  feedback tensor  exact
            fc1    fc2          its own weight   yes
            fc2    fc3          its own weight   yes
            fc3    the loss     -                yes
            """.ReplaceLineEndings("\n"), Table("backprop"));
        Assert.Contains("fc1    the output, in one hop  dense 3x5, uniform, std 0.258", Table("dfa"), StringComparison.Ordinal);
        Assert.Contains("fc2    the output, in one hop  sparse 3x4, 1 of 3 per neuron, balanced", Table("sparse-dfa"),
            StringComparison.Ordinal);
        Assert.Contains("fc1    none: does not learn", Table("shallow"), StringComparison.Ordinal);
        Assert.Contains("random 5x4", Table("fa"), StringComparison.Ordinal);
    }
}
