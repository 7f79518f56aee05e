using Concord.Cost;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Rules;
using Concord.Tests.Rules;
using static System.FormattableString;

namespace Concord.Tests.Golden;

/// <summary>
/// Golden costs: what a step takes, by place, phase, kind of word and period, with what is delivered, brought into parts and
/// held in memory, stays the same for every network under every variant of every rule. It is planned on an engine without memory: no
/// weight is drawn.
/// <para>Figures of work that is done once in so many steps are those of one time; the share of a step follows from them. A change of a
/// figure is a commit of its own that says why; <see cref="GoldenFile"/> says how the files are written then.</para>
/// </summary>
public sealed class GoldenCostTests
{
    private const int Rows = 4;

    [Theory]
    [MemberData(nameof(GoldenVariants.Networks), MemberType = typeof(GoldenVariants))]
    public void EveryVariantCostsWhatItDid(string network) => GoldenFile.Check($"Costs/{GoldenVariants.FileOf(network)}",
    [
        .. from rule in GoldenVariants.RulesOn(network)
           select Plan(rule, network, rule, like: GoldenVariants.PlainOf(rule)),
        .. from rule in Kit.RuleNames
           where Kit.Takes(network, rule)
           select Plan($"{rule}, into the momentum", network, rule, accumulates: true, like: rule),
        .. from rule in GoldenVariants.Recomputed
           select Plan($"{rule}, recomputed", network, rule, activations: ActivationPolicy.Recomputed),
        .. from rule in (string[])["backprop", "dfa", "dfa feedback.preset=launay2019", "dfa feedback.preset=frenkel2021", "drtp"]
           from objective in GoldenVariants.Objectives
           select Plan($"{rule}, {objective.Name}", network, rule, objective: objective.Objective),
        .. from rule in (string[])["backprop", "dfa", "dfa feedback.preset=launay2019", "wm"]
           select Plan($"{rule}, one sample", network, rule, rows: 1, like: rule == "backprop" ? null : "backprop, one sample"),
    ]);

    [Fact]
    public void FrozenBlocksCostWhatTheyDid() => GoldenFile.Check("Costs/frozen",
    [
        .. from frozen in FrozenBlocksTests.Patterns
           from rule in FrozenBlocksTests.Rules.Concat(Kit.RuleNames).Distinct()
           let like = rule == "backprop" ? null : $"backprop, frozen {frozen}"
           select Plan($"{rule}, frozen {frozen}", FrozenBlocksTests.Images, rule, freeze: frozen, like: like),
        .. from rule in FrozenBlocksTests.Rules
           select Plan($"{rule}, features given", FrozenBlocksTests.Images, rule, freeze: "conv*", given: 2, like: $"{rule}, frozen conv*"),
    ]);

    [Theory]
    [InlineData("alexnet")]
    [InlineData("vgg-16")]
    public void NetworksOfThePapersCostWhatTheyDid(string network) => GoldenFile.Check($"Costs/{network}",
    [
        .. from rule in Kit.RuleNames.Concat(Kit.ImageVariants).Append("conv*=shallow,*=sparse-dfa")
           select Plan(rule, network, rule, rows: 32, like: GoldenVariants.PlainOf(rule)),
    ]);

    private static GoldenCase Plan(
        string name, string network, string rule, int rows = Rows, Objective objective = default, bool accumulates = false,
        ActivationPolicy activations = ActivationPolicy.Stored, string? freeze = null, int given = 0, string? like = null)
    {
        var stage = "by its options";
        try
        {
            using var kernels = new PlanningKernels();
            var (made, words) = GoldenVariants.Fitted(network, rule);
            var attached = Kit.Rule(words);
            stage = "by its plan";
            made.Initialize(kernels, RandomStream.FromSeed(0));
            if (freeze is not null) made.Freeze(BlockPatterns.Parse(freeze));
            var plan = new Plan(made, attached, kernels, RandomStream.FromSeed(0));
            if (activations == ActivationPolicy.Recomputed) plan.BackwardPass(new(plan.Network, kernels, default, activations), null);
            stage = "by its cost";
            var transported = GoldenBits.Words(plan.Transport(6).Moved);   // recording moves counters
            var cost = new RuleCost(plan, rows, objective);
            var step = new StepWork(plan, new(rows, objective, accumulates, activations, given));
            return new(name, [.. WorkOf(step).Concat(OthersOf(cost, plan, transported)).Where(line => line.Value.Length > 0)], like);
        }
        catch (ConcordException)
        {
            return new(name, [new(GoldenCase.Refused, stage)]);
        }
    }

    private static IEnumerable<GoldenLine> WorkOf(StepWork step)
    {
        List<string> places = [.. step.Blocks];
        var recorded = step.Recorded.Where(entry => entry.Work != default);
        foreach (var (place, phase, period, work) in recorded.OrderBy(entry => (places.IndexOf(entry.Block), entry.Phase, entry.Period)))
            yield return new($"{place} {Words(phase)}{(period == 1 ? "" : Invariant($" every {period}"))}", Words(work));
    }

    private static IEnumerable<GoldenLine> OthersOf(RuleCost cost, Plan plan, string transported)
    {
        foreach (var part in cost.Breakdown)
            if (part.Phase == Phase.Update) yield return new($"{part.Block} {Words(part.Phase)}", Words(part.Work));
        yield return new("input error", Words(cost.InputError));
        var crossed = plan.Crossed.Select(connection => connection.Weight.Name);
        yield return new("crossed", string.Join(' ', crossed.Order(StringComparer.Ordinal)));
        yield return new("deliveries", string.Join(", ", cost.ErrorFanIns.Select(
            fanIn => Invariant($"{fanIn.Port} {fanIn.Words} from {fanIn.Source} to {fanIn.Neurons}"))));
        var blocks = plan.Network.Blocks.Count;
        foreach (var parts in blocks > 4 ? (int[])[2, blocks] : [blocks])
            yield return new(Invariant($"in {parts} parts"), string.Join(", ", cost.Partition(parts).Parts.Select(
                part => Invariant($"{part.Activations} activations {part.Errors} errors {part.ErrorWires} by wire"))));
        var (weights, activations, signals, gradients, feedback) = cost.Memory;
        var kept = Invariant($"{weights} weights {gradients} gradients {feedback} feedback");
        yield return new("memory", Invariant($"{kept} {activations} activations {signals} signals"));
        yield return new("transport of six steps", transported);
    }

    private static string Words(Phase phase) => phase switch
    {
        Phase.WeightGradient => "gradient",
        Phase.ExtraForward => "forward again",
        _ => phase.ToString().ToLowerInvariant(),
    };

    private static string Words(Work work) =>
        Invariant($"{work.MultiplyAccumulates} macs; reads{Words(work.Read)}; writes{Words(work.Written)}");

    private static string Words(Words words)
    {
        (string Kind, long Count)[] kinds =
        [
            ("weights", words.Weights), ("feedback", words.Feedback), ("activations", words.Activations), ("errors", words.Errors),
            ("gradients", words.Gradients),
        ];
        return string.Concat(kinds.Where(kind => kind.Count != 0).Select(kind => Invariant($" {kind.Count} {kind.Kind}")));
    }
}
