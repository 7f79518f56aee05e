using Concord.Training;

namespace Concord.Experiments;

/// <summary>The first page of the folder of reproductions: a row for each entry that has a page, with its verdicts counted.</summary>
internal static class ReproductionIndex
{
    private const string Page = "README.md", Index = "index", NotRun = "not run", NotJudged = "not judged";
    private const string Head = """
        | entry | what it claims | quick | full | claims held, quick | claims held, full |
        | --- | --- | --- | --- | --- | --- |
        """;

    /// <summary>The pages of a folder, in the order of their names; none if there is no such folder.</summary>
    public static IReadOnlyList<string> Pages(string folder) => !Directory.Exists(folder) ? []
        : [.. Directory.GetFiles(folder, "*.md").Where(path => Path.GetFileName(path) != Page).Order(StringComparer.Ordinal)];

    /// <summary>The file of an entry's page.</summary>
    public static string PageOf(Reproduction entry) => $"{RunFolder.NameFor(entry.Name)}.md" is var page && page != Page ? page
        : throw new ConcordException($"A reproduction here cannot be called '{entry.Name}', for {Page} is the index. "
            + "Give it another name.");

    /// <summary>Writes the rows of entries again, and leaves those of other entries alone that still have a page.</summary>
    /// <param name="folder">The folder of the pages.</param>
    /// <param name="pages">The parts of each page.</param>
    public static void Write(string folder, IEnumerable<IReadOnlyList<RecordedReproduction>> pages)
    {
        var path = Path.Combine(folder, Page);
        var text = File.Exists(path) ? MarkedPart.Read(path) : "# Reproductions\n";
        var present = Pages(folder).Select(page => Path.GetFileName(page)).ToHashSet();
        SortedDictionary<string, string> rows = new(StringComparer.Ordinal);
        foreach (var row in MarkedPart.Of(text, Index).Split('\n'))
            if (present.Contains(PageOf(row))) rows[PageOf(row)] = row;
        foreach (var parts in pages.Where(parts => parts.Count > 0)) rows[PageOf(parts[0].Entry)] = Row(parts);
        text = MarkedPart.Put(text, Index, $"{Head}\n{string.Join('\n', rows.Values)}");
        MarkedPart.Write(path, text);
    }

    private static string Row(IReadOnlyList<RecordedReproduction> parts)
    {
        var entry = parts[0].Entry;
        var plans = new[] { entry.Quick, entry.Full }.Select(plan => parts.FirstOrDefault(part => part.Plan == plan)).ToList();
        string[] cells =
        [
            $"[{ReproductionPage.Cell(entry.Name)}]({PageOf(entry)})", ReproductionPage.Cell(entry.Description),
            .. plans.Select(part => part is null ? NotRun : Verdicts(part.Figures)),
            .. plans.Select(part => part is null ? NotRun : Held(part.Claims)),
        ];
        return $"| {string.Join(" | ", cells)} |";
    }

    private static string Verdicts(IReadOnlyList<ReproducedFigure> figures) => Text(
        from figure in figures
        where figure.Verdict != ReproductionVerdict.Unpublished
        group figure by figure.IsJudged ? figure.VerdictName : NotJudged into kind
        orderby kind.Min(figure => figure.Verdict)
        select FormattableString.Invariant($"{kind.Count()} {kind.Key}"));

    private static string Held(IReadOnlyList<JudgedClaim> claims)
    {
        var judged = claims.Where(claim => claim.Verdict != ClaimVerdict.FewSeeds).ToList();
        return Text([
            .. judged.Count > 0 ? [FormattableString.Invariant($"{judged.Count(claim => claim.Holds)} of {judged.Count}")] : (string[])[],
            .. judged.Count < claims.Count ? [FormattableString.Invariant($"{claims.Count - judged.Count} {NotJudged}")] : (string[])[]]);
    }

    private static string Text(IEnumerable<string> parts) => string.Join(", ", parts) is { Length: > 0 } text ? text : NumberFormat.None;

    // | [name](page) | ...
    private static string PageOf(string row) => row.Split("](", 2) is [_, var rest] ? rest.Split(')', 2)[0] : "";
}
