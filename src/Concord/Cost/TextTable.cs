using System.Globalization;
using Concord.Numerics;

namespace Concord.Cost;

/// <summary>Tables of plain text, and how their figures are written.</summary>
internal static class TextTable
{
    private const string Gap = "  ";

    /// <summary>
    /// Columns as wide as their widest cell; those after the first few are set to the right. What does not fit into a line goes on in
    /// further tables, which begin with the same first few.
    /// </summary>
    public static string Of(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows, int left = 1, int width = int.MaxValue)
    {
        List<IReadOnlyList<string>> lines = [header, .. rows];
        var widths = header.Select((_, column) => lines.Max(line => line[column].Length)).ToArray();
        List<List<int>> parts = [[.. Enumerable.Range(0, left)]];
        for (var column = left; column < header.Count; column++)
        {
            if (parts[^1].Count > left && parts[^1].Append(column).Sum(one => widths[one] + Gap.Length) - Gap.Length > width)
                parts.Add([.. Enumerable.Range(0, left)]);
            parts[^1].Add(column);
        }
        return string.Join("\n\n", parts.Select(part => string.Join('\n', lines.Select(line => string.Join(Gap, part.Select(
            column => column < left ? line[column].PadRight(widths[column]) : line[column].PadLeft(widths[column]))).TrimEnd()))));
    }

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string[] Counts(Words words) =>
        [Count(words.Weights), Count(words.Feedback), Count(words.Activations), Count(words.Errors), Count(words.Gradients)];

    /// <summary>How many times as much the first is; a dash where the second is nothing.</summary>
    public static string Ratio(double a, double b) =>
        b == 0 ? "-" : (a / b).ToString(a / b < 10 ? "0.000" : "#,0.0", CultureInfo.InvariantCulture);

    /// <summary>A name of the program as words: <c>WeightGradient</c>, weight gradient.</summary>
    public static string Words<T>(T name) where T : struct, Enum =>
        string.Concat(name.ToString()
            .Select((letter, i) => char.IsUpper(letter) ? $"{(i > 0 ? " " : "")}{char.ToLowerInvariant(letter)}" : $"{letter}"));
}
