using System.Globalization;

namespace Concord.Experiments.Charts;

/// <summary>
/// Colours that people with any colour vision can tell apart: those of Okabe and Ito (2008), the first the ink itself; orange, sky blue and
/// yellow darkened on white, so that each stands out from the page by a contrast of at least 3 to 1. A series' number has its colour, its
/// dashes and its marker (<see cref="RuleMarks"/>).
/// </summary>
internal static class Palette
{
    /// <summary>How many colours there are, and how many kinds of dashes.</summary>
    public const int Colours = 8, Dashes = 3;

    /// <summary>The marker of a series, by its number.</summary>
    public static int MarkerOf(int series) => series / (Colours * Dashes);

    /// <summary>The class of a series, by its number.</summary>
    public static string ClassOf(int series) => string.Create(CultureInfo.InvariantCulture,
        $"s{series % Colours}{(series / Colours % Dashes) switch { 0 => "", 1 => " d1", _ => " d2" }}");

    /// <summary>The style sheet of all charts.</summary>
    public const string Style =
        """
        :root{color-scheme:light dark;--page:#fff;--ink:#1a1a1a;--muted:#5c5c5c;--grid:#e3e3e3;--rule:#bdbdbd;--soft:#f5f6f8;
        --shade:#0003;--heat:#0072b2;
        --s0:#1a1a1a;--s1:#0072b2;--s2:#d55e00;--s3:#009e73;--s4:#cc79a7;--s5:#b26f00;--s6:#2f8fc4;--s7:#857800}
        @media (prefers-color-scheme:dark){:root{--page:#15171a;--ink:#ececec;--muted:#a8acb3;--grid:#2d3137;--rule:#565c66;
        --soft:#1e2126;--shade:#fff3;
        --heat:#56b4e9;
        --s0:#ececec;--s1:#4aa8e8;--s2:#f0803c;--s3:#1fc39a;--s4:#dd9bc0;--s5:#f0b030;--s6:#8fd0f5;--s7:#f0e442}}
        @media print{:root{color-scheme:light;--page:#fff;--ink:#000;--muted:#444;--grid:#ddd;--rule:#aaa;--soft:#fff;
        --heat:#0072b2;--shade:transparent;
        --s0:#000;--s1:#0072b2;--s2:#d55e00;--s3:#009e73;--s4:#cc79a7;--s5:#b26f00;--s6:#2f8fc4;--s7:#857800}}
        .chart{display:block;width:100%;height:auto;max-width:42rem;
        font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;
        overflow:visible}
        .chart text{fill:var(--ink)}.chart .name{font-size:13.5px;font-weight:600}
        .chart .unit,.chart .mark{fill:var(--muted);font-size:11px}.chart .none{fill:var(--muted)}
        .chart .end{text-anchor:end}.chart .middle{text-anchor:middle}.chart .cell{font-size:10px;text-anchor:middle}
        .chart .cell.on{fill:var(--page)}
        .chart .grid{stroke:var(--grid)}.chart .axis{stroke:var(--rule);fill:none}.chart .frame{fill:none;stroke:var(--rule)}
        .chart .line{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}
        .chart .band{fill:var(--c);opacity:.16}.chart .lead{stroke:var(--c);fill:none}.chart .lead.far{stroke-dasharray:1 4}
        .chart .dot{fill:var(--c);stroke:transparent;stroke-width:9}.chart .dot.hid{fill:transparent}
        .chart .dot.seed{fill-opacity:.55}
        .chart .dot:hover{fill:var(--c);stroke:var(--c);stroke-width:3}.chart .spot{fill:var(--c);fill-opacity:.8;stroke:var(--page)}
        .chart .tick{fill:none;stroke:var(--c);stroke-width:1.2}.chart .bar{fill:var(--c)}.chart .bar:hover{stroke:var(--ink)}
        .chart .heat{fill:var(--heat)}.chart .heat:hover{stroke:var(--ink)}
        .s0{--c:var(--s0)}.s1{--c:var(--s1)}.s2{--c:var(--s2)}.s3{--c:var(--s3)}.s4{--c:var(--s4)}.s5{--c:var(--s5)}.s6{--c:var(--s6)}
        .s7{--c:var(--s7)}.chart .d1{stroke-dasharray:6 4}.chart .d2{stroke-dasharray:2 4}
        .chart .d1 .spot,.chart .spot.d1,.swatch.d1{fill:var(--page);fill-opacity:1;stroke:var(--c);stroke-width:1.6;stroke-dasharray:none}
        .chart .d2 .spot,.chart .spot.d2,.swatch.d2{fill:var(--c);fill-opacity:.35;stroke:var(--c);stroke-width:1.6;stroke-dasharray:none}

        """;
}
