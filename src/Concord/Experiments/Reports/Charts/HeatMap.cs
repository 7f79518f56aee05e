using System.Globalization;
using System.Text;

namespace Concord.Experiments.Charts;

/// <summary>
/// Counts in a square: rows the true class, columns the one answered. The shade is the root of a cell's share of its row, so that
/// a few mistakes are visible next to many right answers. Large ones are drawn in eight shades, without figures.
/// </summary>
/// <param name="Name">What it shows.</param>
/// <param name="Counts">The counts, square.</param>
/// <param name="Otherwise">What it says if there are none.</param>
internal sealed record HeatMap(string Name, IReadOnlyList<IReadOnlyList<long>> Counts, string Otherwise)
{
    private const int MostCells = 20, Shades = 8;
    private const double Side = 280, Left = 50, Top = 62, Width = 340, RoomForNumber = 18;

    /// <summary>Draws it.</summary>
    public void Draw(Markup page)
    {
        var total = Counts.Sum(row => row.Sum());
        if (total == 0)
        {
            Plot.Empty(page, new(Name, "", "", Otherwise));
            return;
        }
        var cell = Side / Counts.Count;
        Plot.Head(page, Name, Top + Side + 10, Width);
        page.Element("text", "answered", ("class", "unit middle"), ("x", Left + Side / 2), ("y", 38));
        page.Element("text", "true", ("class", "unit end"), ("x", Left - 24), ("y", Top + Side / 2 + 4));
        DrawNumbers(page, cell);
        if (Counts.Count <= MostCells) DrawCells(page, cell);
        else DrawShades(page, cell);
        page.Shape("rect", ("class", "frame"), ("x", Left), ("y", Top), ("width", Side), ("height", Side));
        page.Close().Line();
    }

    private void DrawNumbers(Markup page, double cell)
    {
        var stride = (int)Math.Ceiling(RoomForNumber / cell);
        for (var i = 0; i < Counts.Count; i += stride)
        {
            var label = i.ToString(CultureInfo.InvariantCulture);
            page.Element("text", label, ("class", "mark middle"), ("x", Left + (i + 0.5) * cell), ("y", Top - 6));
            page.Element("text", label, ("class", "mark end"), ("x", Left - 5), ("y", Top + (i + 0.5) * cell + 4));
        }
    }

    private void DrawCells(Markup page, double cell)
    {
        for (var i = 0; i < Counts.Count; i++)
        {
            var sum = Counts[i].Sum();
            for (var j = 0; j < Counts.Count; j++)
            {
                if (Counts[i][j] == 0) continue;
                var share = (double)Counts[i][j] / sum;
                double x = Left + j * cell, y = Top + i * cell;
                page.Open("rect", ("class", "heat"), ("x", x), ("y", y), ("width", cell), ("height", cell),
                    ("fill-opacity", Math.Max(0.02, Math.Sqrt(share))))
                    .Element("title", string.Create(CultureInfo.InvariantCulture,
                        $"true {i}, answered {j}: {Counts[i][j]} of {sum} ({100 * share:0.0} %)")).Close();
                if (share >= 0.005 && cell >= RoomForNumber)
                    page.Element("text", string.Create(CultureInfo.InvariantCulture, $"{100 * share:0}"), ("class",
                        share > 0.3 ? "cell on" : "cell"), ("x", x + cell / 2), ("y", y + cell / 2 + 3.5), ("pointer-events", "none"));
            }
        }
    }

    private void DrawShades(Markup page, double cell)
    {
        var paths = new StringBuilder[Shades];
        for (var i = 0; i < Counts.Count; i++)
        {
            var sum = Counts[i].Sum();
            for (var j = 0; j < Counts.Count; j++)
            {
                if (Counts[i][j] == 0) continue;
                var shade = Math.Clamp((int)(Math.Sqrt((double)Counts[i][j] / sum) * Shades), 0, Shades - 1);
                (paths[shade] ??= new()).Append(CultureInfo.InvariantCulture, $"M{j} {i}h1v1h-1z");
            }
        }
        page.Open("g", ("transform",
            $"translate({Markup.Number(Left)} {Markup.Number(Top)}) scale({cell.ToString("0.####", CultureInfo.InvariantCulture)})"));
        for (var shade = 0; shade < Shades; shade++)
            if (paths[shade] is { } path)
                page.Shape("path", ("class", "heat"), ("fill-opacity", (shade + 1.0) / Shades), ("d", path.ToString()));
        page.Close();
    }
}
