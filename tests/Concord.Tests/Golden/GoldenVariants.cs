using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;
using Concord.Tests.Rules;
using Concord.Tests.Training;
using Concord.Training;

namespace Concord.Tests.Golden;

/// <summary>What golden figures are of: every rule, network and optimizer that some test has, and what no other test would list.</summary>
internal static class GoldenVariants
{
    /// <summary>Every variant of a rule, some of which no network takes.</summary>
    public static IReadOnlyList<string> Rules { get; } =
    [
        .. Kit.RuleVariants.Concat(Kit.RareVariants).Concat(ClosedFormTests.Rules).Concat(
        [
            "fbp feedback.period=3 feedback.scheme=threshold feedback.threshold=0.001",
            "fa feedback.start=signed feedback.init=lecun-normal", "fa feedback.shape=dense feedback.init=xavier-normal",
            "wm mirror.steps=5 mirror.every=2 mirror.batch=20 mirror.centre=false",
            "wm mirror.output=logistic mirror.steps=2", "activation-alignment alignment.noise=uniform alignment.std=2 alignment.rate=0.01",
            "symmetric-alignment alignment.sparse=0.3", "information-alignment alignment.null=0",
            "dfa feedback.preset=launay2019 feedback.shared=false", "dfa feedback.preset=unit feedback.scale=2.5", "dfa feedback.scale=0",
            "dfa feedback.shared=true feedback.projection=channel-wise", "dfa feedback.projection=kernel feedback.kernel=5",
            "dfa feedback.projection=dilated feedback.dilation=3", "sign-dfa feedback.asReleased=true", "drtp feedback.asReleased=true",
            "fc1=dfa,fc2=sign-dfa,*=backprop feedback.preset=launay2019", "fc1=backprop,*=dfa feedback.preset=launay2019",
            "fc1=shallow,fc2=fa,*=sn feedback.period=2", "fc1=wm,fc2=symmetric-alignment,*=brsf mirror.steps=2",
            // Refused: by options, or by the outputs, ports or blocks of a network.
            "fa feedback.shape=dense feedback.start=copied", "fa feedback.rank=2 feedback.start=signed", "dfa feedback.kernel=5",
            "dfa feedback.projection=kernel feedback.kernel=4", "fbp feedback.fraction=0.5", "dfa feedback.rank=4",
            "sparse-dfa feedback.nonZerosPerNeuron=4", "sparse-dfa feedback.rank=2", "sparse-dfa feedback.shared=true",
            "dfa feedback.preset=tinydfa feedback.rank=2", "sparse-dfa feedback.projection=kernel",
            "dfa feedback.rank=2 feedback.projection=kernel", "dfa feedback.projection=dilated feedback.preset=launay2019",
            "fc1=backprop,fc2=shallow,*=backprop", "fc1=dfa",
        ]).Distinct(),
    ];

    /// <summary>Networks that every variant is tried on.</summary>
    public static IEnumerable<string> NetworkNames => Kit.Networks.Concat(RecomputedActivationsTests.Deep);

    /// <summary>The same, as cases of a test.</summary>
    public static TheoryData<string> Networks() => Kit.Data(NetworkNames);

    /// <summary>The variants that are tried on a network: all of them; on the few deep ones the rules by their bare names.</summary>
    public static IEnumerable<string> RulesOn(string network) =>
        (RecomputedActivationsTests.Deep.Contains(network) ? Kit.RuleNames : Rules).Where(rule => Kit.Takes(network, rule));

    /// <summary>The bare name of a variant's rule; null for a bare name and for a map.</summary>
    public static string? PlainOf(string rule) =>
        Kit.RuleNames.FirstOrDefault(name => rule.StartsWith($"{name} ", StringComparison.Ordinal));

    /// <summary>Rules that are tried with recomputed activations: those that can be, and all others, which are refused.</summary>
    public static IEnumerable<string> Recomputed => RecomputedActivationsTests.Recomputable.Concat(Kit.RuleNames).Distinct();

    /// <summary>Losses, one with smoothed targets.</summary>
    public static IEnumerable<(string Name, Objective Objective)> Objectives =>
    [
        .. Kit.LossesOfNumbers.Select(loss => (loss, new Objective(Objective.ByName[loss]))),
        ("cross-entropy, smoothed", new(LossKind.SoftmaxCrossEntropy, 0.1)),
    ];

    /// <summary>Every optimizer with every setting of its own, the usual one first.</summary>
    public static IEnumerable<OptimizerSettings> Optimizers =>
    [
        .. new OptimizerSettings[]
        {
            new(), new(BiasRate: 0.25), new(KeepSigns: true), new(OptimizerKind.Manhattan, KeepSigns: true), new(ConstrainWeights: true),
            new(NormalizeIncoming: IncomingNorm.Unit), new(OptimizerKind.Adam, NormalizeIncoming: IncomingNorm.Start),
            new(OptimizerKind.Muon, Momentum: 0), new(OptimizerKind.Muon, ClipNorm: 0.5, WeightDecay: 0.1, DecoupledDecay: true),
        }.Union(Each(OptimizerTests.Settings())).Union(Each(LimitIdentityTests.Decays())).Union(OptimizerSettings.ByName.Values),
    ];

    private static IEnumerable<OptimizerSettings> Each(IEnumerable<object[]> rows) => rows.Select(row => (OptimizerSettings)row[0]);

    /// <summary>A network, and the rule's words as they fit it.</summary>
    public static (Network Network, string Rule) Fitted(string network, string rule) => (Kit.Network(network), Kit.Fitting(rule, network));

    /// <summary>A name as one of a file.</summary>
    public static string FileOf(string name) => string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-'));
}
