using System.Globalization;
using Concord.Experiments.Charts;

namespace Concord.Experiments;

/// <summary>The page as a whole: head, notes, a part for each data set, the runs with their machines and commands.</summary>
internal sealed class ReportPage(IReadOnlyList<RunRecord> runs, IReadOnlyList<(string Folder, string Reason)> leftOut)
{
    private const string Style =
        """
        *{box-sizing:border-box}body{margin:0 auto;max-width:76rem;padding:1.5rem clamp(.8rem,3vw,2.5rem) 3rem;background:var(--page);
        color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
        h1{font-size:1.7rem;line-height:1.2;margin:.2rem 0 .3rem;text-wrap:balance;overflow-wrap:anywhere}
        h2{font-size:1.3rem;margin:2.6rem 0 .4rem;padding-top:.5rem;border-top:2px solid var(--ink);overflow-wrap:anywhere}
        h3{font-size:1.02rem;margin:1.9rem 0 .3rem}
        p{margin:.35rem 0;max-width:48rem;overflow-wrap:anywhere}.say{color:var(--muted);font-size:.88rem}
        code,pre{font:.86em ui-monospace,"Cascadia Mono",Menlo,Consolas,monospace}
        .notes{margin:1rem 0;padding:.6rem 1rem;border-left:4px solid var(--s5);background:var(--soft);max-width:60rem}
        .notes ul{margin:.2rem 0;padding-left:1.1rem}.notes li{overflow-wrap:anywhere}
        .wide{overflow-x:auto;margin:.5rem 0;background:linear-gradient(to left,var(--page) 30%,transparent) 100% 0/2.5rem 100% no-repeat
        local,linear-gradient(to left,var(--shade),transparent) 100% 0/.9rem 100% no-repeat scroll}
        table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
        caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        th,td{padding:.28rem .9rem .28rem 0;text-align:left;vertical-align:top;white-space:nowrap}
        thead th{font-weight:600;color:var(--muted);border-bottom:1px solid var(--rule);vertical-align:bottom}
        tbody th{font-weight:400}tbody th.long{white-space:normal;overflow-wrap:anywhere;min-width:9rem;max-width:min(22rem,45vw)}
        tr>:first-child{position:sticky;left:0;background:var(--page)}
        td,tbody th{border-bottom:1px solid var(--grid)}td.n,th.n{text-align:right}
        td.long{white-space:normal;overflow-wrap:anywhere;min-width:12rem;max-width:36rem}td.best{font-weight:650}
        .swatch{width:.9em;height:.9em;fill:var(--c);margin-right:.5em;vertical-align:-.08em;
        print-color-adjust:exact;-webkit-print-color-adjust:exact}
        .banner{margin:1rem 0;padding:.5rem 1rem;border:2px solid var(--s2);border-radius:6px;max-width:60rem}
        dl.answer{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.6rem;margin:1rem 0;font-size:1rem}
        dl.answer div{display:block;padding:.6rem .9rem;background:var(--soft);border:0;border-radius:6px}
        dl.answer dd{text-align:left}dl.answer b{display:block;font-size:1.35rem;line-height:1.3}dl.answer span{color:var(--muted);
        font-size:.86rem}
        .charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,27rem),1fr));gap:1.4rem 2rem;margin:.9rem 0}
        .charts.small{grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr))}
        dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.1rem 1.6rem;font-size:.9rem;margin:.5rem 0}
        dl div{display:flex;justify-content:space-between;gap:1rem;border-bottom:1px solid var(--grid);padding:.12rem 0}
        dt{color:var(--muted)}dd{margin:0;text-align:right;overflow-wrap:anywhere}
        footer{margin-top:3rem;color:var(--muted);font-size:.85rem}
        @media print{body{font-size:11px;max-width:none;padding:0}.charts{grid-template-columns:1fr 1fr}
        .charts.small{grid-template-columns:1fr 1fr 1fr}figure,svg,tr{break-inside:avoid}h2,h3{break-after:avoid}.wide{overflow:visible}
        tr>:first-child{position:static}
        th,td{white-space:normal;padding-right:.5rem}}

        """;

    private readonly Markup _page = new();

    /// <summary>Writes it.</summary>
    public string Write()
    {
        var groups = runs.GroupBy(run => run.Data).Select(group => new ReportGroup(group.Key, [.. group])).ToList();
        var rules = runs.Select(run => run.Rule).Distinct().ToList();
        var title = $"{string.Join(", ", groups.Select(group => group.Data))}: "
            + $"{(rules.Count <= 8 ? string.Join(", ", rules) : Things.Of(rules.Count, "rule"))}";
        _page.Raw("<!DOCTYPE html>\n");
        _page.Open("html", ("lang", "en")).Open("head").Shape("meta", ("charset", "utf-8"));
        _page.Shape("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
        _page.Shape("meta", ("http-equiv", "Content-Security-Policy"), ("content", "default-src 'none'; style-src 'unsafe-inline'"));
        _page.Element("title", title).Open("style").Raw(Palette.Style).Raw(Style).Close().Close().Line().Open("body");
        _page.Open("main").Element("h1", title);
        _page.Element("p", string.Join(" · ", groups.Select(group => group.Summary)), ("class", "say"));
        WriteNotes(groups);
        foreach (var group in groups) group.Write(_page);
        WriteRuns();
        _page.Close().Element("footer",
            $"Written by {Training.Machine.Program}. Colours after Okabe and Ito. Point at a dot or a cell to read its value.");
        return _page.Close().Close().Line().ToString();
    }

    private void WriteNotes(List<ReportGroup> groups)
    {
        List<(string Run, string Note)> notes = [.. leftOut.Select(folder => (folder.Folder, $"It is left out. {folder.Reason}")),
            .. groups.SelectMany(group => group.Notes), .. runs.SelectMany(run => run.Notes.Select(note => (run.Path, note)))];
        if (groups.Count > 1) notes.Insert(0,
            ("", "These runs are of different data sets. Each has a part of its own below; nothing is compared across them."));
        if (notes.Count == 0) return;
        _page.Open("div", ("class", "notes")).Element("b", "Please note").Open("ul");
        foreach (var (run, note) in notes)
        {
            _page.Open("li");
            if (run.Length > 0) _page.Element("code", run).Text(": ");
            _page.Text(note).Close();
        }
        _page.Close().Close().Line();
    }

    private void WriteRuns()
    {
        _page.Element("h2", "Machine, commands and runs");
        foreach (var same in runs.GroupBy(run => (run.Machine, run.Engine, run.Program)))
        {
            var said = string.Join("; ", new[] { same.Key.Machine, same.Key.Engine, same.Key.Program }.Where(text => text.Length > 0));
            _page.Element("p", $"{Things.Of(same.Count(), "run")} on: "
                + $"{(said.Length > 0 ? said : "unknown, for what is not finished does not say")}");
        }
        foreach (var command in runs.Select(run => run.Command).Where(command => command.Length > 0).Distinct())
            _page.Open("p").Element("code", command).Close();
        var isLoss = runs.All(run => run.Test.IsLoss || double.IsNaN(run.Test.Merit)) && runs.Any(run => run.Test.IsLoss);
        ReportTable.Write(_page, "Runs", ["run", "rule", "#seed", "#epochs", isLoss ? "#test loss" : "#test accuracy, %", "state"],
            runs.Select(run => (IReadOnlyList<string>)
        [
            run.Path, run.Rule, run.KnowsSettings ? run.Seed.ToString(CultureInfo.InvariantCulture)
                : NumberFormat.None, run.EpochsDone.ToString(CultureInfo.InvariantCulture),
            isLoss ? NumberFormat.Fixed(run.Test.Loss, NumberFormat.LossDecimals)
                : run.Test.IsLoss ? NumberFormat.Named(run.Test) : NumberFormat.Fixed(100 * run.Test.Accuracy, 2),
            run.IsFinished ? "finished" : "not finished",
        ]));
    }
}
