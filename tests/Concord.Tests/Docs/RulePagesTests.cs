using Concord.Cost;
using Concord.Networks;
using Concord.Numerics.Engines;
using Concord.Numerics;
using Concord.Rules;
using System.Globalization;
using System.Text;

namespace Concord.Tests.Docs;

/// <summary>
/// Every rule has a page in docs/rules, whose generated part (equation, options, cost) says what the program says. To write the
/// generated parts again, run this test with CONCORD_APPROVE=1.
/// </summary>
public sealed class RulePagesTests
{
    public static TheoryData<string> Rules => new(RuleCatalogue.Names);

    [Theory]
    [MemberData(nameof(Rules))]
    public void TheGeneratedPartOfAPageIsWhatTheProgramSays(string name) =>
        GeneratedPart.Check(Path.Combine(Repository.Root, "docs", "rules", $"{name}.md"), name, Generate(RuleCatalogue.Find(name)));

    [Fact]
    public void ThereIsNoPageOfARuleThatDoesNotExist()
    {
        var pages = Directory.GetFiles(Path.Combine(Repository.Root, "docs", "rules"), "*.md").Select(Path.GetFileNameWithoutExtension)
            .Where(page => page != "README");
        Assert.Empty(pages.Except(RuleCatalogue.Names));
    }

    private static string Generate(RuleDescription description)
    {
        var rule = RuleCatalogue.Create(description.Name);
        using var kernels = Engines.Create("double");
        var model = description.NeedsTime
            ? "lif:784-256-256-10,steps=25,input=poisson,ends=each,detached-reset,readout=linear" : "mlp:784-256-256-10";
        var network = ModelDescription.Parse(model);
        network.Initialize(kernels, RandomStream.FromSeed(0));
        var plan = new Plan(network, rule, kernels, RandomStream.FromSeed(0));
        var cost = StepWork.Of(new(() => ModelDescription.Parse(model), () => RuleCatalogue.Create(description.Name)),
            new(1));

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            | | |
            | --- | --- |
            | signal | `{description.Equation.Replace("|", "\\|", StringComparison.Ordinal)}` |
            | source | {description.Paper} |
            | reads of the forward weights | {description.Reads} |
            | a block waits for | {description.Locking} |

            On `{model}`, one sample:

            | | multiply-accumulates |
            | --- | ---: |
            | forward | {cost.Of(Phase.Forward).MultiplyAccumulates:N0} |{SecondPass(cost, plan)}
            | error | {cost.Of(Phase.Error).MultiplyAccumulates:N0} |
            | weight gradient | {cost.Of(Phase.WeightGradient).MultiplyAccumulates:N0} |
            | feedback memory (words) | {plan.FeedbackWords:N0} |

            ```
            {plan}
            ```

            """);
        if (description.Options.Count > 0)
        {
            var values = RuleCatalogue.Resolve(description.Name).Resolved;
            text.Append("\n| option | default | meaning | values | applies only with |\n| --- | --- | --- | --- | --- |\n");
            foreach (var option in description.Options.OrderBy(option => option.Key, StringComparer.Ordinal))
                text.Append(CultureInfo.InvariantCulture,
                    $"| `{option.Key}` | `{values[option.Key]}` | {Cell(option.Meaning)} | {option.Values} | {option.Needs} |\n");
        }
        return text.ToString().ReplaceLineEndings("\n").Trim();
    }

    private static string SecondPass(StepWork cost, Plan plan) => cost.Of(Phase.ExtraForward).MultiplyAccumulates is > 0 and var again
        ? string.Create(CultureInfo.InvariantCulture, $"\n| {(plan.Tangents is null ? "second pass" : "tangents")} | {again:N0} |") : "";

    private static string Cell(string text) =>
        text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
