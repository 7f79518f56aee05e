using System.Globalization;
using System.Text;
using Concord.Diagnostics;
using Concord.Interchange;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>
/// The page of a reproduction: what it claims, and a part for each plan that was run, each between two marks. Writing a part again replaces
/// that part and leaves the rest of the page alone.
/// </summary>
public static class ReproductionPage
{
    private const string DifferenceHead = "minus backprop at equal seeds", DifferenceTail = " (± half the 95 % interval)";
    private const string TableOfFigures = "| runs | figure | ours | published | origin | difference | allowed | verdict |\n| --- | --- | "
        + "---: | ---: | --- | ---: | ---: | --- |\n";

    /// <summary>Where the pages and their index lie, seen from the repository.</summary>
    public static string Folder { get; } = "docs/reproductions";

    /// <summary>The part of the page about one plan, without its marks.</summary>
    /// <param name="entry">The reproduction.</param>
    /// <param name="plan">What was run of it.</param>
    /// <param name="figures">What was found.</param>
    /// <param name="sweep">The runs; null where nothing had to be run.</param>
    /// <param name="trials">The entry's <see cref="Reproduction.Trials"/>; null for none.</param>
    public static string Part(Reproduction entry, ReproductionPlan plan, IReadOnlyList<ReproducedFigure> figures, Sweep? sweep,
        IReadOnlyList<TrialRow>? trials = null) => Part(
        entry, plan, RunsOf(entry, plan, sweep, trials ?? []), figures, entry.Judge(sweep?.Groups ?? [], trials),
        sweep is null ? TableOf(trials ?? [])
            : $"{(entry.Claims.Count == 0 ? "" : TableOf(sweep.Groups))}{WarningsOf(sweep.Groups)}".Trim());

    /// <summary>The same of what was recorded: what was run, and its tail (<see cref="TailOf"/>), as they stand on the page.</summary>
    internal static string Part(
        Reproduction entry, ReproductionPlan plan, string runs, IReadOnlyList<ReproducedFigure> figures,
        IReadOnlyList<JudgedClaim> claims, string tail)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"## {plan.Name}\n\n{runs}\n\n").Append(figures.Count == 0 ? "" : TableOfFigures);
        foreach (var figure in figures)
        {
            var published = figure.Published;
            text.Append(CultureInfo.InvariantCulture,
                $"| {Cell(published.Label)} | {Cell(published.QuantityName)} | {Ours(figure)} | {Published(published)} ")
                .Append(CultureInfo.InvariantCulture,
                    $"| {(double.IsNaN(published.Value) ? NumberFormat.None : OriginName(published.Origin))} ")
                .Append(CultureInfo.InvariantCulture, $"| {Difference(figure)} | {Allowed(figure)} | {figure.VerdictName} |\n");
        }
        text.Append(CultureInfo.InvariantCulture, $"\n{Summary(figures, claims, entry.IsCut(plan))}\n");
        List<IGrouping<string, ReproducedFigure>> reasons = [.. figures.Where(figure => figure.Reason.Length > 0)
            .GroupBy(figure => figure.Reason)];
        if (reasons is [var only]) text.Append(CultureInfo.InvariantCulture, $"\nA likely reason: {Cell(only.Key)}.\n");
        else foreach (var reason in reasons)
            text.Append(CultureInfo.InvariantCulture,
                $"\n- {Cell(string.Join(", ", reason.Select(figure => $"{figure.Published.Label} ({figure.Published.QuantityName})")))}: "
                    + $"{Cell(reason.Key)}");
        if (claims.Count > 0) text.Append(CultureInfo.InvariantCulture,
            $"{(reasons.Count > 1 ? "\n" : "")}\n{ClaimsHead}{(entry.IsCut(plan) ? ", whose plan is cut" : "")}:\n\n");
        foreach (var claim in claims)
            text.Append(CultureInfo.InvariantCulture, $"- {Cell(claim.Claim.Text)}. {Ours(claim)}: {claim.VerdictName}.\n");
        if (tail.Length > 0) text.Append(CultureInfo.InvariantCulture, $"\n{tail}");
        return MarkdownProse.Break(text.ToString().Trim());
    }

    internal const string ClaimsHead = "What is claimed of several runs together", TableHead = "All runs:",
        WarningsHead = "Something went wrong in runs that finished:";

    /// <summary>What of a part is about its runs alone, whatever was published: the table of all, and what went wrong in some.</summary>
    internal static string TailOf(string part)
    {
        int[] heads = [.. TrialKind.All.Select(kind => kind.TableHead).Concat([TableHead, WarningsHead])
            .Select(head => part.IndexOf(head, StringComparison.Ordinal)).Where(at => at >= 0)];
        return heads.Length == 0 ? "" : part[heads.Min()..];
    }

    private static string WarningsOf(IReadOnlyList<SweepGroup> groups)
    {
        List<string> lines = [.. from one in groups let warning = one.Result?.Warning where warning is not null
            select $"- {Cell(one.Label)}: {Cell(warning)}"];
        return lines.Count == 0 ? "" : $"\n{WarningsHead}\n\n{string.Join('\n', lines)}";
    }

    private static string RunsOf(Reproduction entry, ReproductionPlan plan, Sweep? sweep, IReadOnlyList<TrialRow> trials)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"`concord reproduce {entry.Name} --{plan.Name}`: ");
        if (trials.Count > 0) text.Append(CultureInfo.InvariantCulture,
            $"{trials.Count} {TrialKind.Of(trials[0]).Things}; seeds {NumberFormat.List(trials.Select(row => row.Cell.Settings.Seed))}; ");
        else if (sweep is null) text.Append("by the cost model, without a run; ");
        else text.Append(CultureInfo.InvariantCulture,
            $"{sweep.Cells.Count} runs; epochs {NumberFormat.List(sweep.Cells.Select(cell => (long)cell.Settings.Epochs))}; "
                + $"seeds {NumberFormat.List(sweep.Cells.Select(cell => cell.Settings.Seed))}; ")
            .Append(CultureInfo.InvariantCulture, $"{string.Join(", ", sweep.Cells.Select(cell => Things.Of(cell.Settings.Threads,
                $"{cell.Settings.Engine} thread", $"{cell.Settings.Engine} threads")).Distinct())} a run; ");
        return text.Append(CultureInfo.InvariantCulture, $"{Machine.Program}.").ToString();
    }

    private static string TableOf(IReadOnlyList<TrialRow> trials)
    {
        static string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |\n";
        if (trials.Count == 0) return "";
        var kind = TrialKind.Of(trials[0]);
        return $"{kind.TableHead}\n\n{Line(kind.Heads)}{Line(kind.Heads.Select(_ => "---"))}"
            + $"{string.Concat(trials.Select(row => Line(row.Figures.Select(Cell))))}\n{kind.Closing(trials)}";
    }

    // Claims are of runs that may have no published figures, so all runs are shown with them.
    private static string TableOf(IReadOnlyList<SweepGroup> groups)
    {
        var text = new StringBuilder();
        var ports = groups.SelectMany(group => group.Result?.Alignment ?? []).Select(port => port.Port).Distinct().ToList();
        var spiking = groups.SelectMany(group => group.Result?.Spikes ?? []).Select(layer => layer.Layer).Distinct().ToList();
        var circuits = groups.SelectMany(group => group.Result?.Energy ?? []).Select(layer => layer.Layer).Distinct().ToList();
        var isPaired = groups.Any(group => group.Difference is not null);
        var isLoss = groups.Any(group => group.Result?.Test.IsLoss == true);
        var (measure, points) = isLoss ? ("loss", "") : ("accuracy, %", ", points");
        List<string> heads = [$"train {measure}", $"test {measure}",
            .. isPaired ? [$"{DifferenceHead}{points}{DifferenceTail}"] : (string[])[],
            .. ports.Select(port => $"cosine {port}"), .. spiking.Select(layer => $"spikes per neuron {layer}"),
            .. circuits.Select(layer => $"energy {layer}, {LayerEnergy.Unit}")];
        text.Append(CultureInfo.InvariantCulture, $"{TableHead}\n\n| runs |{string.Concat(heads.Select(head => $" {head} |"))}\n| --- "
            + $"|{string.Concat(heads.Select(_ => " ---: |"))}\n");
        foreach (var group in groups)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {Cell(group.Label)} |");
            IEnumerable<string> cells = ["failed", .. Enumerable.Repeat("", heads.Count - 1)];
            if (group.Result is { } result)
            {
                var cosines = ports.Select(port => result.Alignment.FirstOrDefault(one => one.Port == port)?.Cosine is { } cosine
                    ? NumberFormat.Spread(cosine, 3) : NumberFormat.None);
                cells = [NumberFormat.Score(result.Train), NumberFormat.Score(result.Test),
                    .. isPaired ? (string[])[Paired(group)] : [], .. cosines, .. spiking.Select(layer =>
                        result.Spikes.FirstOrDefault(one => one.Layer == layer).SpikesPerNeuron is { } often ? NumberFormat.Spread(often, 2)
                        : NumberFormat.None),
                    .. circuits.Select(layer => result.Energy.FirstOrDefault(one => one.Layer == layer).Energy is { } energy
                        ? NumberFormat.Spread(energy, 3) : NumberFormat.None)];
            }
            text.Append(CultureInfo.InvariantCulture, $"{string.Concat(cells.Select(cell => cell.Length == 0 ? " |" : $" {cell} |"))}\n");
        }
        if (groups.Any(group => group.Result?.Alignment.Any(port => port.Cosine.Void > 0) == true))
            text.Append(CultureInfo.InvariantCulture, $"\n{PortAlignment.VoidMeaning}\n");
        return text.ToString();
    }

    // The reference itself has none.
    private static string Paired(SweepGroup group) => group.Difference is not { } difference ? NumberFormat.None
        : (difference.Mean > 0 ? "+" : "") + NumberFormat.Difference(difference, group.Result!.Test);

    /// <summary>Our figures of a claim, in its order, as they are shown.</summary>
    public static string Ours(JudgedClaim claim) => string.Join(", ", claim.Ours.Select(
        ours => ours is null ? NumberFormat.None : NumberFormat.Spread(ours, claim.Claim.Places[0].Decimals)));

    /// <summary>The verdicts counted, in a sentence or two: what was judged by kind, counts last, and what was not.</summary>
    /// <param name="figures">The figures.</param>
    /// <param name="claims">The claims.</param>
    /// <param name="isCut">Whether they are of a cut plan (<see cref="Reproduction.IsCut(ReproductionPlan)"/>).</param>
    public static string Summary(IReadOnlyList<ReproducedFigure> figures, IReadOnlyList<JudgedClaim> claims, bool isCut)
    {
        int Count(ReproductionVerdict verdict) => figures.Count(figure => figure.Verdict == verdict);
        static string Text(IEnumerable<(int Count, string Words)> parts) => string.Join(", ",
            parts.Where(part => part.Count > 0).Select(part => FormattableString.Invariant($"{part.Count} {part.Words}")));

        var judged = figures.Where(figure => figure.IsJudged).ToLookup(figure => figure.Published.Family);
        var decided = claims.Where(claim => claim.Verdict != ClaimVerdict.FewSeeds).ToList();
        var claimed = isCut ? "claims of a cut plan" : "claims";
        IReadOnlyList<string> held =
        [
            .. from family in new FigureFamily?[] { FigureFamily.Accuracies, FigureFamily.Alignments, FigureFamily.Representations, null,
                FigureFamily.Counts }
               let all = family is { } of ? judged[of].Count() : decided.Count
               where all > 0
               select FormattableString.Invariant(
                   $"{(family is { } some ? judged[some].Count(figure => figure.Verdict == ReproductionVerdict.Reproduced)
                       : decided.Count(claim => claim.Holds))} of {all} {family?.ToString().ToLowerInvariant() ?? claimed}"),
        ];
        string[] sentences =
        [
            held.Count > 0 ? $"Held: {string.Join(", ", held)}" : "Nothing is judged here",
            Text([(Count(ReproductionVerdict.DirectionOnly), "in direction only"), (Count(ReproductionVerdict.Missed), "missed")]),
            Text([(Count(ReproductionVerdict.CutPlan), "not judged for their plan is cut"),
                (Count(ReproductionVerdict.FewSeeds), "not judged for want of seeds"),
                (claims.Count - decided.Count, claims.Count - decided.Count == 1 ? "claim not judged for want of seeds"
                    : "claims not judged for want of seeds"), (Count(ReproductionVerdict.Unpublished),
                    Count(ReproductionVerdict.Unpublished) == 1 ? "of ours has no published figure" : "of ours have no published figure")]),
        ];
        return $"{string.Join("; ", sentences.Where(sentence => sentence.Length > 0))}.";
    }

    /// <summary>
    /// Judges the figures that stand on the pages again, and writes their verdicts and summaries; figures stay as they were measured.
    /// </summary>
    /// <param name="folder">The folder of the pages.</param>
    /// <returns>How many parts were judged.</returns>
    /// <exception cref="ConcordException">
    /// There are no pages, one cannot be read or written, or a part is of no entry or plan that is known; then no page was changed.
    /// </exception>
    public static int Judge(string folder)
    {
        var paths = ReproductionIndex.Pages(folder);
        if (paths.Count == 0)
            throw new ConcordException($"There is no page in '{folder}' to judge again; concord reproduce NAME --write-docs writes one, "
                + "in the folder of Concord's sources.");
        Dictionary<string, string> texts = [];
        Dictionary<string, IReadOnlyList<RecordedReproduction>> parts = [];
        foreach (var path in paths)
        {
            var text = MarkedPart.Read(path);
            foreach (var part in parts[path] = RecordedReproduction.Read(text)) text = Put(text, part.Entry, part.Plan, part.Judged());
            texts[path] = text;
        }
        foreach (var (path, text) in texts) MarkedPart.Write(path, text);
        ReproductionIndex.Write(folder, parts.Values);
        return parts.Values.Sum(page => page.Count);
    }

    /// <summary>Our figure with its standard deviation, as it is shown.</summary>
    public static string Ours(ReproducedFigure figure) =>
        figure.Ours is { } ours ? NumberFormat.Spread(ours, figure.Published.Decimals) : NumberFormat.None;

    /// <summary>A published figure with its standard deviation where there is one, as it is shown.</summary>
    public static string Published(PublishedFigure figure) => NumberFormat.Spread(figure.Value, figure.Std, figure.Decimals);

    /// <summary>The difference with its sign, as it is shown.</summary>
    public static string Difference(ReproducedFigure figure) =>
        (figure.Difference > 0 ? "+" : "") + NumberFormat.Fixed(figure.Difference, figure.Published.Decimals);

    /// <summary>How much of a difference is allowed, as it is shown.</summary>
    public static string Allowed(ReproducedFigure figure) => NumberFormat.Fixed(figure.Allowed, figure.Published.Decimals);

    /// <summary>Where a figure stands, in a word.</summary>
    public static string OriginName(FigureOrigin origin) => origin == FigureOrigin.Measured ? "re-implementation"
        : origin.ToString().ToLowerInvariant();

    /// <summary>
    /// Puts what was found of a plan into its entry's page, in place of the plan's earlier part, and counts it in the index.
    /// </summary>
    /// <param name="folder">The folder of the pages; made if it is missing.</param>
    /// <param name="entry">The reproduction.</param>
    /// <param name="plan">What was run of it.</param>
    /// <param name="figures">What was found.</param>
    /// <param name="sweep">The runs; null where nothing had to be run.</param>
    /// <param name="trials">The entry's <see cref="Reproduction.Trials"/>; null for none.</param>
    /// <returns>The page.</returns>
    /// <exception cref="ConcordException">The page or the index cannot be read or written.</exception>
    public static string Write(string folder, Reproduction entry, ReproductionPlan plan,
        IReadOnlyList<ReproducedFigure> figures, Sweep? sweep, IReadOnlyList<TrialRow>? trials = null)
    {
        FileErrors.MakeFolder(folder);
        var path = Path.Combine(folder, ReproductionIndex.PageOf(entry));
        var text = File.Exists(path) ? MarkedPart.Read(path) : $"# {Cell(entry.Name)}\n";
        text = Put(text, entry, plan, Part(entry, plan, figures, sweep, trials));
        MarkedPart.Write(path, text);
        ReproductionIndex.Write(folder, [RecordedReproduction.Read(text, entry)]);
        return path;
    }

    // What it claims stands first, then the quick plan, then the full one.
    private static string Put(string page, Reproduction entry, ReproductionPlan plan, string part)
    {
        var name = RunFolder.NameFor(entry.Name);
        var about = entry.About.Length > 0 ? $"{Cell(entry.About)}\n\n" : "";
        page = MarkedPart.Put(page, name,
            MarkdownProse.Break($"{Cell(entry.Description)}\n\n{about}Figures: {Cell(entry.Source)}"));
        return MarkedPart.Put(page, $"{name} --{plan.Name}", part, plan == entry.Quick ? $"{name} --{entry.Full.Name}" : null);
    }

    // A file's words must not end a cell of the table or a mark of the page.
    internal static string Cell(string text) =>
        PlainText.Line(text).Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Trim();
}
