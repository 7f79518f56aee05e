using System.Globalization;
using System.Text;
using Concord.Numerics;

namespace Concord.Cost;

/// <summary>Tables of plain text, and how their figures are written.</summary>
internal static class TextTable
{
    /// <summary>Columns as wide as their widest cell; those after the first few are set to the right.</summary>
    public static string Of(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows, int left = 1)
    {
        List<IReadOnlyList<string>> lines = [header, .. rows];
        var widths = header.Select((_, column) => lines.Max(line => line[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var line in lines)
            text.Append(string.Join("  ", line.Select(
                (cell, column) => column < left ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd()).Append('\n');
        return text.ToString(0, text.Length - 1);
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
