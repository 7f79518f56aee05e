using System.Text.RegularExpressions;

namespace Concord.Experiments;

/// <summary>
/// Breaks the paragraphs and list items of Markdown into lines, and joins them again. Tables, fenced or indented code, headings and
/// comments stay as they are, because there a line end has a meaning.
/// </summary>
internal static class MarkdownProse
{
    /// <summary>Columns at which a line ends.</summary>
    public const int Width = 140;

    private static readonly Regex s_item = new(@"^\s*([-*+]|\d+[.)]) +");

    // What would begin a list, a heading, a quotation, a table or a rule if it stood at the start of a line.
    private static readonly Regex s_mark = new(@"^([-*+=]+|#+|\d+[.)]|[>|].*|```.*)$");

    /// <summary>The text with each line of prose that is too long broken between words; code and the targets of links stay whole.</summary>
    public static string Break(string text) => string.Join('\n', Lines(text).SelectMany(line =>
        line.IsProse && line.Text.Length > Width ? Broken(line.Text) : [line.Text]));

    /// <summary>The text with each paragraph and each list item in one line.</summary>
    public static string Join(string text)
    {
        List<string> joined = [];
        var isOpen = false;
        foreach (var (line, isProse) in Lines(text))
        {
            if (isOpen && isProse && !s_item.IsMatch(line)) joined[^1] += $" {line.TrimStart()}";
            else joined.Add(line);
            isOpen = isProse;
        }
        return string.Join('\n', joined);
    }

    /// <summary>The lines of a text, and whether each is prose, which may be broken anywhere between words.</summary>
    public static IEnumerable<(string Text, bool IsProse)> Lines(string text)
    {
        bool isFenced = false, isProse = false;
        foreach (var line in text.Split('\n'))
        {
            var start = line.TrimStart();
            var isFence = start.StartsWith("```", StringComparison.Ordinal);
            isFenced ^= isFence;
            // Four columns in, a line goes on with the paragraph before it, or else is code.
            isProse = !isFence && !isFenced && start.Length > 0 && start[0] is not ('|' or '#')
                && !start.StartsWith("<!--", StringComparison.Ordinal) && (isProse || !line.StartsWith("    ", StringComparison.Ordinal));
            yield return (line, isProse);
        }
    }

    /// <summary>The lines of one that is too long; one alone where it has no place for a break.</summary>
    public static IEnumerable<string> Broken(string line)
    {
        var hang = new string(' ', s_item.Match(line) is { Success: true } item ? item.Length : line.Length - line.TrimStart().Length);
        var current = line[..hang.Length];
        var isEmpty = true;
        foreach (var word in Words(line[hang.Length..]))
        {
            if (!isEmpty && current.Length + 1 + word.Length > Width)
            {
                yield return current;
                (current, isEmpty) = (hang, true);
            }
            current += isEmpty ? word : $" {word}";
            isEmpty = false;
        }
        yield return current;
    }

    private static IEnumerable<string> Words(string text)
    {
        var word = "";
        foreach (var part in text.Split(' '))
        {
            var isWhole = word.Length > 0 && word.Count(letter => letter == '`') % 2 == 0 && !s_mark.IsMatch(part);
            if (isWhole) yield return word;
            word = word.Length == 0 || isWhole ? part : $"{word} {part}";
        }
        yield return word;
    }
}
