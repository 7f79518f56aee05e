using System.Globalization;
using System.Text;
using Concord.Cost;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Tests.Docs;

/// <summary>
/// The tables of docs/cost.md are what the program says. To write them again, run this test with CONCORD_APPROVE=1.
/// </summary>
public sealed class CostPageTests
{
    private static readonly string[] s_published =
    [
        "mlp:784-400-10", "mlp:784-1000-1000-10", "mlp:3072-800-800-800-10", "mlp:3072-1000-1000-1000-10", "mlp:3072-1000-1000-1000-100",
        "mlp:9216-4096-4096-1000", "mlp:25088-4096-4096-1000",
    ];

    [Fact]
    public void TheTablesOfThePageAreWhatTheProgramSays() =>
        GeneratedPart.Check(Path.Combine(Repository.Root, "docs", "cost.md"), "Cost", Generate());

    private static string Generate()
    {
        var text = new StringBuilder();
        text.Append("""
            `concord cost --model mlp:784-1000-1000-10 --rule all --batch 64`:

            ```

            """);
        text.Append(CostComparison.Of("mlp:784-1000-1000-10", Kit.RuleNames, 64));
        text.Append("""

            ```

            The dense networks of Crafton and others 2019, Launay and others 2019, and the dense halves of AlexNet and VGG-16, one
            sample. F: multiply-accumulates forward, and as many for the weight gradient; E: of the error phase under backpropagation, DFA
            and sparse DFA with one non-zero per neuron. The ratios are backpropagation over sparse DFA, of the whole step (2F + E) and of
            the backward phase (F + E), and of the error weights read by all hidden neurons.

            | network | F | E backprop | E dfa | E sparse | step | backward | error weights backprop/dfa | backprop/sparse | dfa/sparse |
            | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |

            """);
        foreach (var model in s_published)
        {
            var comparison = CostComparison.Of(model, ["backprop", "dfa", "sparse-dfa"], 1);
            var sparse = comparison.Costs[2];
            long Error(int rule) => comparison.Costs[rule].Of(Phase.Error).MultiplyAccumulates;
            double Weights(int rule) => comparison.Costs[rule].ErrorWeights;
            text.Append(CultureInfo.InvariantCulture,
                $"| {model[4..]} | {sparse.Of(Phase.Forward).MultiplyAccumulates:N0} | {Error(0):N0} | {Error(1):N0} | {Error(2):N0} ")
                .Append(CultureInfo.InvariantCulture, $"| {comparison.Saving(sparse, StepPart.WholeStep):0.000} | "
                    + $"{comparison.Saving(sparse, StepPart.BackwardPhase):0.000} ")
                .Append(CultureInfo.InvariantCulture,
                    $"| {Weights(0) / Weights(1):0.##} | {Weights(0) / Weights(2):0.#} | {Weights(1) / Weights(2):0} |\n");
        }
        return text.ToString().ReplaceLineEndings("\n").Trim();
    }
}
