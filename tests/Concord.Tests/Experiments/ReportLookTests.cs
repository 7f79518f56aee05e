using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Concord.Experiments;
using Concord.Experiments.Charts;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Experiments;

/// <summary>The first screen of a report, and that everybody can read it.</summary>
public sealed partial class ReportLookTests(SampleRuns runs) : IClassFixture<SampleRuns>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ItOpensWithTheAnswer()
    {
        var page = Report.Of([runs.Root]).ToHtml();
        var answer = page[page.IndexOf("<dl class=\"answer\">", StringComparison.Ordinal)..page.IndexOf("What was run",
            StringComparison.Ordinal)];
        Assert.InRange(page.IndexOf("<dl class=\"answer\">", StringComparison.Ordinal), 0, page.IndexOf("<svg", StringComparison.Ordinal));
        Assert.Contains("<dt>rule</dt><dd><b>dfa</b>", answer, StringComparison.Ordinal);   // neither the reference nor the control
        Assert.Contains("2 seeds", answer, StringComparison.Ordinal);
        Assert.Contains("no interval: it takes 3 seeds", answer, StringComparison.Ordinal);
        Assert.Matches("control \\(shallow\\)</dt><dd><b>(NOT )?beaten</b><span>by −?[0-9.]+ standard deviations", answer);
        Assert.Matches("<dt>cost</dt><dd><b>[0-9]+ % of backprop</b>", answer);
        // so short a training is not sound
        Assert.Matches("Something went wrong in [0-9]+ finished runs: [a-z]+ seed [01], ", page);
        Assert.DoesNotContain("failed, and stand in no figure", page, StringComparison.Ordinal);
    }

    [Fact]
    public void TheBestRuleIsChosenByValidationAndNotByTest()
    {
        foreach (var (rule, folder) in (IEnumerable<(string, string)>)[("dfa", "dfa"), ("backprop", "fa")])
        {
            var copy = Directory.CreateDirectory(_folder[folder]).FullName;
            foreach (var file in Directory.GetFiles(Path.Combine(runs.Root, rule, "seed-0")))
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }
        Edit("fa/summary.json", summary => summary["settings"]!["rule"] = "fa");
        var ours = RunFolder.ResultOf(_folder["fa"])!.Validation.Accuracy;
        var (better, worse) = RunFolder.ResultOf(_folder["dfa"])!.Validation.Accuracy > ours ? ("dfa", "fa") : ("fa", "dfa");
        Edit($"{better}/summary.json", summary => summary["testAccuracy"] = 0.25);
        Edit($"{worse}/summary.json", summary => summary["testAccuracy"] = 0.75);
        var page = Report.Of([_folder.Path]).ToHtml();
        Assert.Matches($"<dt>best rule</dt><dd><b>{better}</b><span>test accuracy 25.00 %, 1 seed; chosen by its validation accuracy, "
            + "[0-9.]+ %, of 2 rules", page);

        void Edit(string file, Action<JsonNode> edit)
        {
            var node = JsonNode.Parse(File.ReadAllText(_folder[file]))!;
            edit(node);
            File.WriteAllText(_folder[file], node.ToJsonString());
        }
    }

    [Fact]
    public void OfThreeSeedsThereIsAnInterval()
    {
        var (score, two) = (SeedScore.Of([new(0.9, 1), new(0.91, 1), new(0.92, 1)]), SeedScore.Of([new(0.9, 1), new(0.92, 1)]));
        Assert.Equal("88.52 to 93.48", NumberFormat.Interval(score));   // t(2) = 4.3027, s = 1, over the root of 3
        Assert.Equal(NumberFormat.NoInterval, NumberFormat.Interval(two));
        Assert.Equal("−1.00 ± 2.48", NumberFormat.Difference(new([-0.02, -0.01, 0]), score));
        Assert.Equal("−1.00 (no interval)", NumberFormat.Difference(new([-0.02, 0]), score));
        Assert.Equal(NumberFormat.None, NumberFormat.Difference(new([]), score));
    }

    [Fact]
    public void ARunThatDivergedIsAtTheTop()
    {
        foreach (var (name, rule) in (IEnumerable<(string, string)>)[("good", "backprop"), ("bad", "dfa")])
        {
            var copy = Directory.CreateDirectory(_folder[name]).FullName;
            foreach (var file in Directory.GetFiles(Path.Combine(runs.Root, rule, "seed-1")))
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }
        File.Delete(_folder["bad/summary.json"]);
        File.WriteAllText(_folder["bad/failure.txt"], "The loss is NaN.\n");
        var page = Report.Of([_folder.Path]).ToHtml();
        Assert.Contains("1 run failed, and stand in no figure below: dfa seed 1.", page, StringComparison.Ordinal);
        Assert.InRange(page.IndexOf("1 run failed", StringComparison.Ordinal), 0,
            page.IndexOf("<dl class=\"answer\">", StringComparison.Ordinal));
    }

    [Fact]
    public void OnlyWhatDiffersAndAppliesIsToldOfWhatWasRun()
    {
        runs.Train(runs.Settings with { Rule = "dfa", Epochs = 1, RuleOptions = new Dictionary<string, string>
            { ["feedback.scale"] = "2" } }, _folder["two"]);
        runs.Train(runs.Settings with { Rule = "dfa", Epochs = 1 }, _folder["one"]);
        runs.Train(runs.Settings with { Rule = "backprop", Epochs = 1 }, _folder["backprop"]);
        var page = Report.Of([_folder.Path]).ToHtml();
        var table = page[page.IndexOf("What was run", StringComparison.Ordinal)..page.IndexOf(">Results<", StringComparison.Ordinal)];
        Assert.Equal(["rule", "feedback.scale", "seeds"], Columns().Matches(table).Select(match => match.Groups[1].Value));
        Assert.Contains("<dt>feedback.preset</dt>", page[page.IndexOf("Settings of single rules", StringComparison.Ordinal)..],
            StringComparison.Ordinal);
        Assert.Contains("minus backprop", page, StringComparison.Ordinal);
        Assert.DoesNotContain("minus backprop</th>", Report.Of([_folder["backprop"]]).ToHtml(), StringComparison.Ordinal);   // empty there
    }

    [Fact]
    public void EveryRuleHasAColourAndAMarkerOfItsOwn()
    {
        Assert.All(RuleCatalogue.Names.Where(name => File.Exists(Path.Combine(Repository.Root, "docs", "rules", $"{name}.md"))),
            name => Assert.True(RuleMarks.Knows(name),
            $"{name} belongs to no family in RuleMarks"));
        var marks = RuleCatalogue.Names.Where(RuleMarks.Knows).Select(RuleMarks.Of).ToList();
        Assert.Equal(marks.Count, marks.Distinct().Count());
        var numbers = RuleCatalogue.Names.Where(RuleMarks.Knows).SelectMany(rule => Enumerable.Range(0, Palette.Dashes)
            .Select(place => RuleMarks.NumberOf(rule, place))).ToList();
        Assert.Equal(numbers.Count, numbers.Distinct().Count());
        Assert.Equal(numbers.Count, numbers.Select(number => (Palette.ClassOf(number), Palette.MarkerOf(number))).Distinct().Count());
    }

    /// <summary>At least 3 to 1 with the page, as WCAG asks of what a reader needs to see, in light and dark and on paper.</summary>
    [Fact]
    public void EverySeriesStandsOutFromThePage()
    {
        var themes = Themes().Matches(Palette.Style).Select(match => Colour().Matches(match.Value)
            .ToDictionary(colour => colour.Groups[1].Value, colour => colour.Groups[2].Value)).ToList();
        Assert.Equal(3, themes.Count);
        foreach (var theme in themes)
            for (var series = 0; series < Palette.Colours; series++)
                Assert.True(Contrast(theme[$"s{series}"], theme["page"]) >= 3, $"s{series}: {theme[$"s{series}"]} on {theme["page"]}");

        static double Contrast(string one, string other)
        {
            double[] light = [Luminance(one), Luminance(other)];
            return (light.Max() + 0.05) / (light.Min() + 0.05);
        }

        static double Luminance(string colour)
        {
            var digits = colour.Length == 3 ? string.Concat(colour.Select(digit => $"{digit}{digit}")) : colour;
            double Part(int at) => int.Parse(digits.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0 is var part
                && part <= 0.04045 ? part / 12.92 : Math.Pow((part + 0.055) / 1.055, 2.4);
            return 0.2126 * Part(0) + 0.7152 * Part(2) + 0.0722 * Part(4);
        }
    }

    /// <summary>Headings that skip no level, tables with a caption and heads that say what they are the head of.</summary>
    [Fact]
    public void ItIsInOrderForThoseWhoHearIt()
    {
        var page = Report.Of([runs.Root]).ToHtml();
        var levels = Headings().Matches(page).Select(match => match.Groups[1].Value[0] - '0').ToList();
        Assert.Equal(1, levels[0]);
        Assert.Single(levels, level => level == 1);
        Assert.All(levels.Zip(levels.Skip(1)), pair => Assert.True(pair.Second <= pair.First + 1));
        Assert.All(Heads().Matches(page), head => Assert.Contains("scope=", head.Value, StringComparison.Ordinal));
        Assert.Equal(Tables().Count(page), Captions().Count(page));
        Assert.Equal(Tables().Count(page), Regex.Count(page, "role=\"region\" aria-label=\"[^\"]+\" tabindex=\"0\""));
        Assert.DoesNotContain("<th scope=\"col\" class=\"\"></th>", page, StringComparison.Ordinal);
    }

    [GeneratedRegex("<th scope=\"col\"[^>]*>([^<]*)<")]
    private static partial Regex Columns();

    [GeneratedRegex("--page:#.*?--s7:#[0-9a-f]+", RegexOptions.Singleline)]
    private static partial Regex Themes();

    [GeneratedRegex("--(\\w+):#([0-9a-f]{3,6})")]
    private static partial Regex Colour();

    [GeneratedRegex("<h([1-6])[ >]")]
    private static partial Regex Headings();

    [GeneratedRegex("<th[ >][^>]*>?")]
    private static partial Regex Heads();

    [GeneratedRegex("<table[ >]")]
    private static partial Regex Tables();

    [GeneratedRegex("<table><caption>[^<]+</caption>")]
    private static partial Regex Captions();
}
