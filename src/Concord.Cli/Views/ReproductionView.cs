using Concord.Experiments;
using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>Shows reproductions: what there is, and what one found.</summary>
internal static class ReproductionView
{
    public static void List(Output output)
    {
        var width = Reproduction.Catalogue.Select(entry => entry.Name.Length).DefaultIfEmpty().Max();
        foreach (var entry in Reproduction.Catalogue)
        {
            output.Say(FormattableString.Invariant(
                $"{entry.Name.PadRight(width)}  {Things.Of(entry.Figures.Count, "figure")}; {(entry.NeedsRuns
                    ? FormattableString.Invariant($"quick {Size(entry.Quick)}; full {Size(entry.Full)}") : "no runs")}"));
            output.Say($"    {entry.Description}");
            output.Say($"    {entry.Source}");
            output.Event("reproduction", () => new ReproductionEvent(
                entry.Name, entry.Description, entry.Source, entry.Figures.Count, Of(entry.Quick), Of(entry.Full)));
        }
        output.Say("concord reproduce NAME runs one. Times are those of two cores.");
    }

    public static void Show(Output output, Reproduction entry, ReproductionPlan plan, IReadOnlyList<ReproducedFigure> figures,
        IReadOnlyList<JudgedClaim> claims)
    {
        var table = new TextTable("runs", "figure", ">ours", ">published", "origin", ">difference", ">allowed", "verdict");
        foreach (var figure in figures)
        {
            var published = figure.Published;
            table.Row(published.Label, published.QuantityName, ReproductionPage.Ours(figure), ReproductionPage.Published(published),
                ReproductionPage.OriginName(published.Origin), ReproductionPage.Difference(figure), ReproductionPage.Allowed(figure),
                figure.VerdictName);
            output.Event("figure", () => Of(entry, plan, figure));
        }
        output.Show(table);
        foreach (var reason in figures.Select(figure => figure.Reason).Where(reason => reason.Length > 0).Distinct())
            output.Say($"a likely reason: {reason}");
        foreach (var claim in claims) output.Say($"{claim.Claim.Text}. {ReproductionPage.Ours(claim)}: {claim.VerdictName}.");
        foreach (var claim in claims)
            output.Event("claim", () => new ClaimEvent(
                entry.Name, claim.Claim.Text, [.. claim.Ours.Select(ours => ours?.Mean ?? double.NaN)], claim.Holds, claim.VerdictName));
        output.Conclude(ReproductionPage.Summary(figures, claims, entry.IsCut(plan)) + (figures.Count < entry.Figures.Count
            ? FormattableString.Invariant($" {entry.Figures.Count - figures.Count} more are not part of --{plan.Name}.") : ""));
    }

    private static FigureEvent Of(Reproduction entry, ReproductionPlan plan, ReproducedFigure figure)
    {
        var (published, ours) = (figure.Published, figure.Ours);
        return new(
            entry.Name, plan.Name, published.Cell.ToDictionary(), published.Quantity.ToString(),
            published.Port.Length > 0 ? published.Port : null, published.Value, published.Std,
            ReproductionPage.OriginName(published.Origin), ours?.Mean ?? double.NaN, ours?.Std ?? double.NaN, ours?.Count ?? 0,
            figure.Difference, figure.Allowed, figure.VerdictName, figure.Reason);
    }

    private static PlanSize Of(ReproductionPlan plan) => new(plan.Experiment.Cells.Count, plan.Minutes);

    private static string Size(ReproductionPlan plan) => double.IsNaN(plan.Minutes)
        ? Things.Of(plan.Experiment.Cells.Count, "run")
        : FormattableString.Invariant($"{Things.Of(plan.Experiment.Cells.Count, "run")}, about {plan.Minutes:0.#} min");
}
