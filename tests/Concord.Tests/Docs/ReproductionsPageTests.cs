using System.Text.RegularExpressions;
using Concord.Experiments;

namespace Concord.Tests.Docs;

/// <summary>The page of reproductions says what its own figures come to by the rules and the entries of today.</summary>
public sealed class ReproductionsPageTests
{
    private static readonly string s_folder = Path.Combine(Repository.Root, ReproductionPage.Folder);
    private static readonly IReadOnlyDictionary<string, string> s_pages = Directory.GetFiles(s_folder).ToDictionary(path =>
        Path.GetFileName(path), File.ReadAllText);

    private static IEnumerable<RecordedReproduction> Parts => s_pages.Values.SelectMany(page => RecordedReproduction.Read(page));

    [Fact]
    public void JudgingAgainChangesNothing()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, text) in s_pages) File.WriteAllText(folder[name], text);
        Assert.True(ReproductionPage.Judge(folder[""]) > 30);
        Assert.All(s_pages, page => Assert.Equal(page.Value, File.ReadAllText(folder[page.Key])));   // else: concord reproduce --write-docs
    }

    [Fact]
    public void EveryPartStandsBetweenItsMarksInItsEntrysPage()
    {
        Assert.All(s_pages.Where(page => page.Key != "README.md"), page =>
        {
            var parts = RecordedReproduction.Read(page.Value);
            Assert.Equal(page.Value.Split('\n').Count(line => line.StartsWith("## ", StringComparison.Ordinal)), parts.Count);
            Assert.Equal(page.Value.Split("<!-- generated: ").Length - 1, 1 + parts.Count);
            Assert.All(parts, part => Assert.Equal(page.Key, $"{part.Entry.Name}.md"));
            Assert.All(parts, part => Assert.NotEmpty(part.Figures));
        });
    }

    [Fact]
    public void AClaimThatIsNewerThanThePageIsJudgedByItsFigures()
    {
        const string Claim = "- weight angle fc1, ° is at most 20: rule sal. ";
        var page = s_pages["sal-mnist.md"];
        var older = string.Join('\n', page.Split('\n').Where(line => !line.StartsWith(Claim, StringComparison.Ordinal)));
        Assert.NotEqual(page, older);
        Assert.Equal(RecordedReproduction.Read(page).Select(part => part.Judged()),
            RecordedReproduction.Read(older).Select(part => part.Judged()));
    }

    [Fact]
    public void TheIndexHasARowForEveryPage() => Assert.Equal(
        s_pages.Keys.Where(name => name != "README.md").Order(StringComparer.Ordinal),
        from line in s_pages["README.md"].Split('\n')
        where line.StartsWith("| [", StringComparison.Ordinal)
        select Regex.Match(line, @"\]\((.*?)\)").Groups[1].Value);

    [Fact]
    public void TheIndexCountsWhatAPageSays()
    {
        // 11 of its 12 figures are reproduced, and it claims nothing of several runs together.
        var row = s_pages["README.md"].Split('\n').Single(line => line.StartsWith("| [lighton-mnist]", StringComparison.Ordinal));
        Assert.Contains(" | 11 reproduced, 1 direction only | ", row, StringComparison.Ordinal);
        Assert.Contains("Held: 6 of 6 accuracies, 5 of 6 alignments; 1 in direction only.", s_pages["lighton-mnist.md"],
            StringComparison.Ordinal);
    }

    [Fact]
    public void AFigureIsJudgedTheSameWhereverItStands()
    {
        var shared = from part in Parts
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
    public void TheSameFiguresHaveTheSameToleranceInAllEntries()
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
    public void FiguresStayAsTheyWereMeasured()
    {
        using var folder = new TemporaryFolder();
        // All verdicts, summaries and allowances taken out: they come back, and the measured columns are no others.
        var verdict = new Regex(@"(?<=^\|.*\| )[^|\n]+ \| (reproduced|direction only|missed|not judged \([a-z ]+\)) \|$",
            RegexOptions.Multiline);
        foreach (var (name, text) in s_pages) File.WriteAllText(folder[name], verdict.Replace(text, "0 | missed |"));
        Assert.NotEqual(s_pages["lance-cka.md"], File.ReadAllText(folder["lance-cka.md"]));
        ReproductionPage.Judge(folder[""]);
        Assert.All(s_pages, page => Assert.Equal(page.Value, File.ReadAllText(folder[page.Key])));
    }

    [Theory]
    [InlineData("<!-- generated: nothing --quick -->\n`concord reproduce nothing --quick`: 1 runs\n<!-- end of nothing --quick -->",
        "There is no reproduction 'nothing'")]
    [InlineData("<!-- generated: lighton-mnist --half -->\n`concord reproduce lighton-mnist --half`: "
        + "1 runs\n<!-- end of lighton-mnist --half -->", "there is no such plan")]
    [InlineData("<!-- generated: lighton-mnist --full -->\nwords\n<!-- end of lighton-mnist --full -->", "does not say what was run")]
    public void APartThatIsOfNothingIsNamedAndAllPagesAreLeftAlone(string page, string said)
    {
        using var folder = new TemporaryFolder();
        var other = s_pages["lance-cka.md"].Replace("not judged", "missed", StringComparison.Ordinal);
        File.WriteAllText(folder["a.md"], other);
        File.WriteAllText(folder["b.md"], page);
        Assert.Contains(said, Assert.Throws<ConcordException>(() => ReproductionPage.Judge(folder[""])).Message, StringComparison.Ordinal);
        Assert.Equal((other, page), (File.ReadAllText(folder["a.md"]), File.ReadAllText(folder["b.md"])));
    }

    [Fact]
    public void AReasonThatFiguresShareIsWrittenOnce()
    {
        foreach (var path in Directory.GetFiles(Path.Combine(Repository.Root, "experiments"), "*.yaml"))
        {
            var text = Regex.Replace(File.ReadAllText(path), @"\s+", " ");
            var entry = Reproduction.Find(Path.GetFileNameWithoutExtension(path));
            IEnumerable<string> given = [.. entry.Figures.Select(figure => figure.Reason), entry.Quick.Reason, entry.Full.Reason];
            foreach (var reason in given.Where(reason => reason.Length > 0).Distinct())
                Assert.All([reason, reason.Replace("'", "''", StringComparison.Ordinal)], written =>
                    Assert.True(text.Split(written).Length <= 2, $"{path}: {reason}"));
        }
    }
}
