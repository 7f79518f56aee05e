using System.Globalization;
using System.Text.RegularExpressions;
using Concord.Diagnostics;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>
/// A part of a reproduction's page, read back: figures as they were measured, to be judged again by what holds today. A figure that its
/// entry no longer has is left out; one that was not measured is not there.
/// </summary>
internal sealed class RecordedReproduction
{
    private static readonly Regex s_marks =
        new(@"<!-- generated: (?<name>\S+) --(?<plan>\S+) -->\n(?<text>.*?)\n<!-- end of \k<name> --\k<plan> -->",
            RegexOptions.Singleline | RegexOptions.ExplicitCapture);
    private static readonly Regex s_cells = new(@"(?<!\\)\|");
    private static readonly Regex s_claimLine = new(@"^- (?<text>.+)\. (?<ours>[^:]+): (holds|does not hold|not judged \(few seeds\))\.$",
        RegexOptions.ExplicitCapture);
    private static readonly Regex s_seeds = new(@"; seeds ((?<list>\d+(, \d+)*)|\d+ to \d+ \((?<count>\d+)\));",
        RegexOptions.ExplicitCapture);
    private static readonly Regex s_void =
        new($@"^(?<figure>.+) \({PortAlignment.VoidWord} in (?<missing>\d+) of \d+\)$", RegexOptions.ExplicitCapture);
    private readonly int _seeds;

    private RecordedReproduction(Reproduction entry, string plan, string text)
    {
        (Entry, Text) = (entry, text);
        Plan = plan == entry.Quick.Name ? entry.Quick : plan == entry.Full.Name ? entry.Full
            : throw new ConcordException($"The page has a part '{entry.Name} --{plan}', and there is no such plan. Take the part out.");
        _seeds = SeedsOf(Runs);
    }

    /// <summary>What it is of.</summary>
    public Reproduction Entry { get; }

    /// <summary>What was run of it.</summary>
    public ReproductionPlan Plan { get; }

    /// <summary>The part without its marks, each paragraph and each list item in one line.</summary>
    public string Text { get; }

    /// <summary>All parts of a page.</summary>
    /// <param name="page">Its text.</param>
    /// <param name="known">An entry that may be none of the catalogue's.</param>
    /// <exception cref="ConcordException">A part is of no entry or plan that is known.</exception>
    public static IReadOnlyList<RecordedReproduction> Read(string page, Reproduction? known = null) =>
    [
        .. from match in s_marks.Matches(page)
           let name = match.Groups["name"].Value
           select new RecordedReproduction(known is not null && name == RunFolder.NameFor(known.Name) ? known : Reproduction.Find(name),
               match.Groups["plan"].Value, MarkdownProse.Join(match.Groups["text"].Value.Trim())),
    ];

    /// <summary>The figures, judged.</summary>
    public IReadOnlyList<ReproducedFigure> Figures
    {
        get
        {
            var rows = Rows;
            return Entry.Judge(Plan, from figure in Entry.Figures
                                       where rows.ContainsKey(PlaceOf(figure))
                                       select (figure, StatisticOf(rows[PlaceOf(figure)])));
        }
    }

    // What stands in the table of figures as ours, by runs and quantity.
    private Dictionary<(string Runs, string Quantity), string> Rows =>
        Text.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => s_cells.Split(line.Trim('|', ' ')).Select(cell => cell.Trim()).ToList())
            .Where(row => row.Count == 8).DistinctBy(row => (row[0], row[1])).ToDictionary(row => (row[0], row[1]), row => row[2]);

    private static (string, string) PlaceOf(PublishedFigure figure) =>
        (ReproductionPage.Cell(figure.Label), ReproductionPage.Cell(figure.QuantityName));

    /// <summary>The claims, judged. One that is newer than the page is, where the table of figures has all that it takes.</summary>
    public IReadOnlyList<JudgedClaim> Claims
    {
        get
        {
            var lines = Text.Split('\n').Select(line => s_claimLine.Match(line)).Where(match => match.Success).DistinctBy(
                match => match.Groups["text"].Value).ToDictionary(match => match.Groups["text"].Value, match => match.Groups["ours"].Value);
            var rows = Rows;
            return [.. from claim in Entry.Claims
                       let said = lines.GetValueOrDefault(ReproductionPage.Cell(claim.Text))
                       let shown = said?.Split(", ")
                           ?? [.. claim.Places.Select(PlaceOf).Where(rows.ContainsKey).Select(place => rows[place])]
                       where said is not null || (shown.Length == claim.Places.Count && shown.Length >= claim.LeastKinds)
                       select claim.Judge([.. shown.Select(ours => StatisticOf(ours))], Entry.Rules)];
        }
    }

    /// <summary>The part with verdicts, summary and words of today.</summary>
    public string Judged() => ReproductionPage.Part(Entry, Plan, Runs, Figures, Claims, ReproductionPage.TailOf(Text));

    // What was run stands in a line of its own.
    private string Runs => Text.Split('\n').FirstOrDefault(line => line.StartsWith("`concord reproduce ", StringComparison.Ordinal))
        ?? throw new ConcordException($"The page's part '{Entry.Name} --{Plan.Name}' does not say what was run. "
            + "Take the part out, or run it again.");

    // "seeds 0, 1, 2", or a long list by its ends: "seeds 0 to 9 (10)"
    private static int SeedsOf(string runs) => s_seeds.Match(runs) is not { Success: true } seeds ? 1
        : seeds.Groups["count"].Success ? int.Parse(seeds.Groups["count"].ValueSpan, CultureInfo.InvariantCulture)
        : seeds.Groups["list"].Value.Split(',').Length;

    // 97.56 ± 0.04, or 97.56 of one run, perhaps with "(VOID in 1 of 3)" behind it; VOID of no run
    private SeedStatistic? StatisticOf(string shown)
    {
        if (shown == PortAlignment.VoidWord) return new([double.NaN]) { Void = 1 };
        if (s_void.Match(shown) is { Success: true } some)
        {
            var missing = int.Parse(some.Groups["missing"].ValueSpan, CultureInfo.InvariantCulture);
            return StatisticOf(some.Groups["figure"].Value, _seeds - missing) is not { } known ? null
                : new([.. known.Values, .. Enumerable.Repeat(double.NaN, missing)]) { Void = missing };
        }
        return StatisticOf(shown, _seeds);
    }

    private static SeedStatistic? StatisticOf(string shown, int seeds)
    {
        double[] numbers = [.. shown.Split('±').Select(part => double.TryParse(part.Trim().Replace('−', '-'), NumberStyles.Float,
            CultureInfo.InvariantCulture, out var number) ? number : double.NaN)];
        return double.IsNaN(numbers[0]) ? null : numbers is [var mean, var std] && seeds > 1 ? SeedStatistic.Of(mean, std, seeds)
            : new([numbers[0]]);
    }
}
