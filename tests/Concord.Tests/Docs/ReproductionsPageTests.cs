using System.Text.RegularExpressions;
using Concord.Experiments;
using Concord.Tests.Interchange;

namespace Concord.Tests.Docs;

/// <summary>The page of reproductions says what its own figures come to by the rules and the entries of today.</summary>
public sealed class ReproductionsPageTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(Repository.Root, ReproductionPage.Path));

    [Fact]
    public void Judged_again_nothing_changes()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["page.md"], s_page);
        Assert.True(ReproductionPage.Judge(folder["page.md"]) > 30);
        Assert.Equal(s_page, File.ReadAllText(folder["page.md"]));   // else: concord reproduce --write-docs
    }

    [Fact]
    public void Every_part_stands_between_its_marks()
    {
        var parts = RecordedReproduction.Read(s_page);
        Assert.Equal(s_page.Split('\n').Count(line => line.StartsWith("### ", StringComparison.Ordinal)), parts.Count);
        Assert.Equal(s_page.Split("<!-- generated: ").Length - 1, parts.Count);
        Assert.All(parts, part => Assert.NotEmpty(part.Figures));
    }

    [Fact]
    public void A_figure_is_judged_the_same_wherever_it_stands()
    {
        var shared = from part in RecordedReproduction.Read(s_page)
                     from figure in part.Figures
                     where figure.IsJudged && !figure.Published.IsDerived
                     group figure by (figure.Published.Rule, figure.Published.QuantityName, ReproductionPage.Published(figure.Published),
                         Epochs: figure.Published.Cell.FirstOrDefault(pair => pair.Key == "epochs").Value) into same
                     where same.Count() > 1
                     select same;
        Assert.NotEmpty(shared);
        Assert.All(shared, same => Assert.Single(same.Select(figure => figure.VerdictName).Distinct()));
    }

    [Fact]
    public void The_same_figures_have_the_same_tolerance_in_all_entries()
    {
        var shared = from entry in Reproduction.Catalogue
                     from figure in entry.Figures
                     where double.IsFinite(figure.Value) && !figure.IsDerived
                     group (entry.Name, Tolerance: entry.Tolerance.Of(figure)) by (figure.Rule,
                         figure.QuantityName, ReproductionPage.Published(figure),
                         Epochs: figure.Cell.FirstOrDefault(pair => pair.Key == "epochs").Value) into same
                     where same.Select(one => one.Name).Distinct().Skip(1).Any()
                     select same;
        Assert.NotEmpty(shared);
        Assert.All(shared, same => Assert.Single(same.Select(one => one.Tolerance).Distinct()));
    }

    [Fact]
    public void Figures_stay_as_they_were_measured()
    {
        using var folder = new TemporaryFolder();
        // All verdicts, summaries and allowances taken out: they come back, and the measured columns are no others.
        var bare = Regex.Replace(s_page, @"(?<=^\|.*\| )[^|\n]+ \| (reproduced|direction only|missed|not judged \([a-z ]+\)) \|$",
            "0 | missed |", RegexOptions.Multiline);
        Assert.NotEqual(s_page, bare);
        File.WriteAllText(folder["page.md"], bare);
        ReproductionPage.Judge(folder["page.md"]);
        Assert.Equal(s_page, File.ReadAllText(folder["page.md"]));
    }

    [Theory]
    [InlineData("<!-- generated: nothing --quick -->\n`concord reproduce nothing --quick`: 1 runs\n<!-- end of nothing --quick -->",
        "There is no reproduction 'nothing'")]
    [InlineData("<!-- generated: lighton-mnist --half -->\n`concord reproduce lighton-mnist --half`: "
        + "1 runs\n<!-- end of lighton-mnist --half -->", "there is no such plan")]
    [InlineData("<!-- generated: lighton-mnist --full -->\nwords\n<!-- end of lighton-mnist --full -->", "does not say what was run")]
    public void A_part_that_is_of_nothing_is_named_and_the_page_left_alone(string page, string said)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["page.md"], page);
        Assert.Contains(said, Assert.Throws<ConcordException>(() => ReproductionPage.Judge(folder["page.md"])).Message,
            StringComparison.Ordinal);
        Assert.Equal(page, File.ReadAllText(folder["page.md"]));
    }
}
