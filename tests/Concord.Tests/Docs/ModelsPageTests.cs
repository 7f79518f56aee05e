using System.Globalization;
using System.Text;
using Concord.Networks;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Tests.Docs;

/// <summary>
/// The tables of docs/models.md are what the program says. To write them again, run this test with CONCORD_APPROVE=1.
/// </summary>
public sealed class ModelsPageTests
{
    [Fact]
    public void TheTablesOfThePageAreWhatTheProgramSays() =>
        GeneratedPart.Check(Path.Combine(Repository.Root, "docs", "models.md"), "Models", Generate());

    private static string Generate()
    {
        var text = new StringBuilder("| name | on | parameters | forward | feedback: fa | dfa | sparse-dfa | source |\n| --- | --- | ---: "
            + "| ---: | ---: | ---: | ---: | --- |\n");
        foreach (var model in ModelCatalogue.All)
            foreach (var sample in (Shape[])[model.Sample,
                .. model.Name == "lenet" || model.Name == "resnet-18" ? (Shape[])[new(3, 32, 32)] : []])
            {
                var described = ModelCatalogue.Resolve(model.Name, sample, sample == model.Sample ? model.Classes : 10);
                var summary = ModelSummary.Of(described);
                text.Append(CultureInfo.InvariantCulture, $"| `{model.Name}` | {sample} | {summary.Parameters:N0} "
                    + $"| {summary.MultiplyAccumulates:N0} | {Feedback(described, "fa")} | {Feedback(described, "dfa")} | "
                    + $"{Feedback(described, "sparse-dfa")} | {model.Source} |\n");
            }
        text.Append("""

            forward: multiply-accumulates per sample; of spiking networks (bats) additions, for one spike of each neuron. feedback: words of
            memory, four bytes each, with `dfa` as the exact dense projection K x (C H W) at every port.

            What the names stand for:

            ```

            """);
        foreach (var model in ModelCatalogue.All)
        {
            text.Append(CultureInfo.InvariantCulture, $"{model.Name,-14} {model.Usual}\n");
            if (model.Name is "lenet" or "resnet-18")
                text.Append(CultureInfo.InvariantCulture, $"{"",-14} {model.Describe(new(3, 32, 32), 10)}\n");
        }
        return text.Append("```").ToString().ReplaceLineEndings("\n").Trim();
    }

    private static string Feedback(string model, string rule)
    {
        try
        {
            return ModelSummary.Of(model, rule).Cost.Memory.Feedback.ToString("N0", CultureInfo.InvariantCulture);
        }
        catch (ConcordException)
        {
            return "more than fits";
        }
    }
}
