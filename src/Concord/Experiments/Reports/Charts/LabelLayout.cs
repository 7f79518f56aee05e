using System.Globalization;

namespace Concord.Experiments.Charts;

/// <summary>How much room text takes. A font that the reader chooses cannot be measured, so these are on the large side.</summary>
internal static class LabelLayout
{
    /// <summary>Height of a line of the charts' text, in pixels of the drawing.</summary>
    public const double Size = 12;

    /// <summary>Room that a text takes in a line, in pixels of the drawing.</summary>
    public static double Width(string text, double size = Size) => size * text.Sum(c => c switch
    {
        'i' or 'j' or 'l' or 'I' or '.' or ',' or ':' or ';' or '\'' or '|' or '!' or ' ' or '-' or '(' or ')' => 0.39,
        'f' or 'r' or 't' or '/' or '[' or ']' => 0.45,
        'm' or 'w' or 'M' or 'W' or '%' or '@' or '=' or '<' or '>' or '+' => 0.95,
        >= 'A' and <= 'Z' => 0.72,
        < '\x7f' => 0.62,
        '±' or '−' or '°' or '·' => 0.8,
        '…' => 0.9,
        _ => 1.0,
    });

    /// <summary>A text that takes no more room than that; where something is left out it ends in an ellipsis.</summary>
    public static string Fit(string text, double width, double size = Size)
    {
        if (Width(text, size) <= width) return text;
        var elements = new StringInfo(text);
        for (var count = elements.LengthInTextElements - 1; count > 0; count--)
        {
            var shorter = elements.SubstringByTextElements(0, count) + "…";
            if (Width(shorter, size) <= width) return shorter;
        }
        return "…";
    }

    /// <summary>
    /// Moves labels apart, as little as may be in the sum of squares, and keeps their order: isotonic regression by pooling
    /// neighbours, on the places less their rank times the gap.
    /// </summary>
    /// <param name="wanted">Where each would like to be, in any order.</param>
    /// <param name="gap">The least distance of two.</param>
    /// <param name="low">None is below.</param>
    /// <param name="high">None is above, unless there are too many for the room.</param>
    public static double[] Spread(IReadOnlyList<double> wanted, double gap, double low, double high)
    {
        var order = Enumerable.Range(0, wanted.Count).OrderBy(i => wanted[i]).ToArray();
        List<(double Sum, int Count)> pools = [];
        for (var rank = 0; rank < order.Length; rank++)
        {
            pools.Add((wanted[order[rank]] - rank * gap, 1));
            while (pools.Count > 1 && pools[^2].Sum / pools[^2].Count > pools[^1].Sum / pools[^1].Count)
            {
                pools[^2] = (pools[^2].Sum + pools[^1].Sum, pools[^2].Count + pools[^1].Count);
                pools.RemoveAt(pools.Count - 1);
            }
        }
        var (placed, next) = (new double[wanted.Count], 0);
        var most = Math.Max(low, high - (wanted.Count - 1) * gap);
        foreach (var (sum, count) in pools)
            for (var i = 0; i < count; i++, next++) placed[order[next]] = Math.Clamp(sum / count, low, most) + next * gap;
        return placed;
    }
}
