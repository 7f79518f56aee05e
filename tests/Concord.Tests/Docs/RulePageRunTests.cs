using Concord.Rules;
using Concord.Tests.Cli;
using Concord.Tests.Golden;

namespace Concord.Tests.Docs;

/// <summary>
/// Every rule's page has a command, and what it printed about the result. To write these parts again, run the test with CONCORD_APPROVE=1.
/// One page is tried each time, and all of them behind <c>--all</c>.
/// </summary>
public sealed class RulePageRunTests
{
    public static TheoryData<string> Rules => new(RuleCatalogue.Names);

    [GoldenBitsFact]
    public void ThePageOfDfaShowsWhatItsCommandPrints() => Check("dfa");

    [GoldenBitsTheory, Trait("Category", "Long")]
    [MemberData(nameof(Rules))]
    public void APageShowsWhatItsCommandPrints(string rule) => Check(rule);

    private static void Check(string rule)
    {
        // a ReLU dies of a signal that does not shrink, and larger steps along random directions diverge
        var model = RuleCatalogue.Find(rule).NeedsTime ? " --model lif:784-100-10,steps=5,input=poisson,ends=each"
            : rule == "drtp" ? " --model mlp:784-256-256-10,tanh" : "";
        var rate = rule == "fg-weight" ? " --lr 0.0001" : rule == "fg-activity" ? " --lr 0.001" : "";
        var words = $"train --rule {rule}{model}{rate} --train 4000 --validation 500 --test 1000 --epochs 3 --batch 32";
        using var program = new ConcordProgram();
        var result = program.Run($"{words} --engine managed --threads 1");
        Assert.True(result.ExitCode == 0, result.Error);
        var lines = result.Out.Split('\n').Where(line => line.StartsWith("test accuracy ", StringComparison.Ordinal)
            || line.StartsWith("alignment ", StringComparison.Ordinal));
        GeneratedPart.Check(Path.Combine(Repository.Root, "docs", "rules", $"{rule}.md"), rule, $"""
            Try it:

                ./concord {words}

            It ends with (managed engine, one thread; on other engines the last digits differ):

            ```
            {string.Join('\n', lines.Select(line => line.TrimEnd()))}
            ```
            """, "printed");
    }
}
