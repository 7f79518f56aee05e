using Concord.Experiments.Charts;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>
/// What a report opens with: the best rule by the validation samples, its gap to backpropagation with the interval, what it costs, whether
/// the control is beaten; and before that, which runs diverged or have something wrong with them.
/// </summary>
internal static class ReportAnswer
{
    private const int MostNamed = 6;

    /// <summary>Writes it.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="variants">The runs of one data set.</param>
    public static void Write(Markup page, IReadOnlyList<Variant> variants)
    {
        WriteBanner(page, variants);
        var finished = variants.Where(variant => double.IsFinite(variant.Test.Shown.Mean)).ToList();
        var control = finished.Find(variant => variant.Rule == Comparison.Control);
        var others = finished.Where(variant => !variant.IsReference && variant != control).ToList();
        var candidates = others.Count > 0 ? others : finished;
        var isValidated = candidates.TrueForAll(variant => double.IsFinite(variant.Validation.Shown.Mean));
        var best = candidates.MaxBy(variant => Merit(isValidated ? variant.Validation : variant.Test));
        if (best is null)
        {
            page.Element("p", "No run is finished yet, so there is no answer.", ("class", "answer"));
            return;
        }
        var reference = best.ReferenceAmong(finished);
        page.Open("dl", ("class", "answer"));
        var seeds = Things.Of(best.Test.Shown.Count, "seed");
        Part(page, others.Count > 1 ? "best rule" : "rule", best.Label,
            $"test {best.Test.Word} {NumberFormat.Score(best.Test)}{(best.Test.IsLoss ? "" : " %")}, {seeds}"
                + (others.Count > 1 ? $"; {Choice(best, isValidated)}, of {Things.Of(others.Count, "rule")}" : ""));
        if (!best.IsReference) Gap(page, best, reference);
        if (best != control) Beaten(page, best, control);
        Cost(page, best, reference);
        page.Close().Line();
    }

    private static double Merit(SeedScore score) => score.IsLoss ? -score.Shown.Mean : score.Shown.Mean;

    private static string Choice(Variant best, bool isValidated) => isValidated
        ? $"chosen by its validation {best.Validation.Word}, {NumberFormat.Score(best.Validation)}{(best.Validation.IsLoss ? "" : " %")}"
        : "chosen by that, since there are no validation samples, which makes it look better than it is";

    private static void Gap(Markup page, Variant best, Variant? reference)
    {
        if (reference is null)
        {
            Part(page, "gap to backprop", NumberFormat.None, "there is no run of backprop here to compare with");
            return;
        }
        var (test, difference) = (best.Test, best.DifferenceTo(reference));
        var (mean, half) = (test.Scale * difference.Mean, test.Scale * difference.HalfWidth95);
        var decimals = test.IsLoss ? NumberFormat.LossDecimals : 2;
        var unit = test.IsLoss ? "" : " points";
        Part(page, "gap to backprop", difference.Count == 0 ? NumberFormat.None
                : $"{(mean > 0 ? "+" : "")}{NumberFormat.Fixed(mean, decimals)}{unit}",
            difference.Count == 0 ? "no seed is common to both"
            : double.IsNaN(half) ? $"{NumberFormat.NoInterval}: it takes {SeedStatistic.LeastSeeds} seeds"
            : $"95 % interval {NumberFormat.Fixed(mean - half, decimals)} to {NumberFormat.Fixed(mean + half, decimals)}"
                + (Math.Abs(mean) > half ? "" : ": with these seeds not to be told from backprop"));
    }

    private static void Beaten(Markup page, Variant best, Variant? control)
    {
        var above = control is null ? double.NaN : best.Test.StandardDeviationsAbove(control.Test);
        Part(page, $"control ({Comparison.Control})", control is null ? NumberFormat.None
            : double.IsNaN(above) ? "not known" : above >= Comparison.Margin ? "beaten" : "NOT beaten",
            control is null ? "there is no run of it, so nothing says whether hidden layers learned"
            : double.IsNaN(above) ? "one seed has no spread"
            : $"by {NumberFormat.Fixed(above, 1)} standard deviations; it has {NumberFormat.Score(control.Test)}"
                + (above >= Comparison.Margin ? "" : ". Hidden layers may not have learned anything"));
    }

    private static void Cost(Markup page, Variant best, Variant? reference)
    {
        var (mine, theirs) = (best.Runs[0].Cost, reference?.Runs[0].Cost);
        var (seconds, memory) = (best.Over(run => run.SecondsPerEpoch).Mean, best.Runs[0].Memory);
        if (mine is null) return;
        Part(page, "cost", theirs is { } whole ? $"{NumberFormat.Fixed(100 * mine.Value.Total / whole.Total, 0)} % of backprop"
            : $"{NumberFormat.Count(mine.Value.Total)} a sample",
            $"multiply-accumulates of a step; {NumberFormat.Seconds(seconds)} s an epoch, {NumberFormat.Bytes(memory?.Training)} of "
                + "memory");
    }

    private static void WriteBanner(Markup page, IReadOnlyList<Variant> variants)
    {
        List<string> failed = Named(variants, run => run.Failure is not null), ill = Named(variants, run => run.Warning is not null);
        if (failed.Count + ill.Count == 0) return;
        page.Open("div", ("class", "banner"), ("role", "note"));
        if (failed.Count > 0) page.Element("p", $"{Things.Of(failed.Count, "run")} failed, and stand in no figure below: "
            + $"{Listed(failed)}.");
        if (ill.Count > 0) page.Element("p", $"Something went wrong in {Things.Of(ill.Count, "finished run")}: "
            + $"{Listed(ill)}. The notes say what.");
        page.Close().Line();
    }

    private static List<string> Named(IReadOnlyList<Variant> variants, Func<RunRecord, bool> isSo) =>
        [.. from variant in variants
            from run in variant.Runs
            where isSo(run)
            select FormattableString.Invariant($"{variant.Label} seed {run.Seed}")];

    private static string Listed(List<string> names) => string.Join(", ", names.Take(MostNamed))
        + (names.Count > MostNamed ? FormattableString.Invariant($" and {names.Count - MostNamed} more") : "");

    private static void Part(Markup page, string name, string figure, string note) =>
        page.Open("div").Element("dt", name).Open("dd").Element("b", figure).Element("span", note).Close().Close();
}
