using System.Text.Json;
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
                $"{entry.Name.PadRight(width)}  {entry.Figures.Count} {(entry.Figures.Count == 1 ? "figure" : "figures")}; {(entry.NeedsRuns
                    ? FormattableString.Invariant($"quick {Size(entry.Quick)}; full {Size(entry.Full)}") : "no runs")}"));
            output.Say($"    {entry.Description}");
            output.Say($"    {entry.Source}");
            output.Event("reproduction", json =>
            {
                json.WriteString("name", entry.Name);
                json.WriteString("description", entry.Description);
                json.WriteString("source", entry.Source);
                json.WriteNumber("figures", entry.Figures.Count);
                foreach (var plan in (ReproductionPlan[])[entry.Quick, entry.Full])
                {
                    json.WriteStartObject(plan.Name);
                    json.WriteNumber("runs", plan.Experiment.Cells.Count);
                    json.WriteFinite("minutes", plan.Minutes);
                    json.WriteEndObject();
                }
            });
        }
        output.Say("concord reproduce NAME runs one. Times are those of two cores.");
    }

    public static void Show(Output output, Reproduction entry, ReproductionPlan plan, IReadOnlyList<ReproducedFigure> figures,
        IReadOnlyList<JudgedClaim> claims)
    {
        var table = Format.Table("runs", "figure", ">ours", ">published", "origin", ">difference", ">allowed", "verdict");
        foreach (var figure in figures)
        {
            var published = figure.Published;
            table.Row(published.Label, published.QuantityName, ReproductionPage.Ours(figure), ReproductionPage.Published(published),
                ReproductionPage.OriginName(published.Origin), ReproductionPage.Difference(figure), ReproductionPage.Allowed(figure),
                figure.VerdictName);
            output.Event("figure", json => Write(json, entry, plan, figure));
        }
        output.Show(table, always: true);
        foreach (var reason in figures.Select(figure => figure.Reason).Where(reason => reason.Length > 0).Distinct())
            output.Conclude($"a likely reason: {reason}");
        foreach (var claim in claims) output.Conclude($"{claim.Claim.Text}. {ReproductionPage.Ours(claim)}: {claim.VerdictName}.");
        foreach (var claim in claims) Write(output, entry, claim);
        output.Conclude(ReproductionPage.Summary(figures, claims, entry.IsCut(plan)) + (figures.Count < entry.Figures.Count
            ? FormattableString.Invariant($" {entry.Figures.Count - figures.Count} more are not part of --{plan.Name}.") : ""));
    }

    private static void Write(Output output, Reproduction entry, JudgedClaim claim) => output.Event("claim", json =>
    {
        json.WriteString("reproduction", entry.Name);
        json.WriteString("claim", claim.Claim.Text);
        json.WriteStartArray("ours");
        foreach (var ours in claim.Ours)
            if (ours is { } known && double.IsFinite(known.Mean)) json.WriteNumberValue(known.Mean);
            else json.WriteNullValue();
        json.WriteEndArray();
        json.WriteBoolean("holds", claim.Holds);
        json.WriteString("verdict", claim.VerdictName);
    });

    private static void Write(Utf8JsonWriter json, Reproduction entry, ReproductionPlan plan, ReproducedFigure figure)
    {
        json.WriteString("reproduction", entry.Name);
        json.WriteString("plan", plan.Name);
        json.WriteStartObject("cell");
        foreach (var (key, value) in figure.Published.Cell) json.WriteString(key, value);
        json.WriteEndObject();
        json.WriteString("quantity", figure.Published.Quantity.ToString());
        if (figure.Published.Port.Length > 0) json.WriteString("port", figure.Published.Port);
        json.WriteFinite("published", figure.Published.Value);
        json.WriteFinite("publishedStd", figure.Published.Std);
        json.WriteString("origin", ReproductionPage.OriginName(figure.Published.Origin));
        json.WriteFinite("ours", figure.Ours?.Mean ?? double.NaN);
        json.WriteFinite("std", figure.Ours?.Std ?? double.NaN);
        json.WriteNumber("seeds", figure.Ours?.Count ?? 0);
        json.WriteFinite("difference", figure.Difference);
        json.WriteFinite("allowed", figure.Allowed);
        json.WriteString("verdict", figure.VerdictName);
        json.WriteString("reason", figure.Reason);
    }

    private static string Size(ReproductionPlan plan) => double.IsNaN(plan.Minutes)
        ? FormattableString.Invariant($"{plan.Experiment.Cells.Count} runs")
        : FormattableString.Invariant($"{plan.Experiment.Cells.Count} runs, about {plan.Minutes:0.#} min");
}
