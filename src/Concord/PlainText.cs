using System.Buffers;
using System.Globalization;
using System.Text;

namespace Concord;

/// <summary>
/// Makes text out of files, servers and arguments fit to be shown: what would steer a terminal, break a line or turn characters round
/// is written out.
/// </summary>
public static class PlainText
{
    private const int FirstTag = 0xE0000, LastTag = 0xE0FFF;

    // Marks that change the order of the characters next to them (Unicode Standard Annex 9), old controls of format, and annotations.
    private static readonly SearchValues<char> s_marks =
        SearchValues.Create("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
            + "\u206a\u206b\u206c\u206d\u206e\u206f\ufeff\ufff9\ufffa\ufffb");

    /// <summary>
    /// The text in one line: line ends and tabs become spaces; other control characters, marks of direction, invisible tags and halves
    /// of surrogate pairs become their codes, as <c>\u001B</c>.
    /// </summary>
    /// <param name="text">Any text.</param>
    public static string Line(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~')) return text;
        text = text.ReplaceLineEndings(" ");
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length;)
        {
            var isWhole = Rune.TryGetRuneAt(text, i, out var rune);
            var code = isWhole ? rune.Value : text[i];
            if (code == '\t') plain.Append(' ');
            else if (isWhole && !IsSteering(rune)) plain.Append(rune);
            else plain.Append(code > char.MaxValue ? $"\\U{code:X8}" : $"\\u{code:X4}");
            i += isWhole ? rune.Utf16SequenceLength : 1;
        }
        return plain.ToString();
    }

    private static bool IsSteering(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || rune.IsBmp && s_marks.Contains((char)rune.Value)
        || rune.Value is >= FirstTag and <= LastTag;
}
