using System.Text;
using Concord.Interchange;

namespace Concord.Experiments;

/// <summary>A part of a page that the program writes, between two marks; what stands outside them is for people.</summary>
internal static class MarkedPart
{
    /// <summary>The page with a part in place of its earlier text; a new part goes before another, or else to the end.</summary>
    /// <param name="page">The page.</param>
    /// <param name="name">The part's name in its marks.</param>
    /// <param name="text">Its text.</param>
    /// <param name="before">The part that it goes before if it is new.</param>
    public static string Put(string page, string name, string text, string? before = null)
    {
        var marked = $"{Begin(name)}\n{text}\n{End(name)}";
        if (Find(page, name) is var (from, to)) return $"{page[..from]}{marked}{page[to..]}";
        return before is not null && Find(page, before) is var (other, _)
            ? $"{page[..other]}{marked}\n\n{page[other..]}"
            : $"{page.TrimEnd()}\n\n{marked}\n";
    }

    /// <summary>The text of a part; empty if the page does not have it.</summary>
    public static string Of(string page, string name) =>
        Find(page, name) is var (from, to) ? page[(from + Begin(name).Length)..(to - End(name).Length)].Trim() : "";

    /// <summary>The text of a page, which may begin with a mark.</summary>
    /// <exception cref="ConcordException">It cannot be read.</exception>
    public static string Read(string path) => Encoding.UTF8.GetString(SmallFile.Bytes(path, 1 << 24, "a page of reproductions is shorter"));

    /// <summary>Writes a page as a whole.</summary>
    /// <exception cref="ConcordException">It cannot be written.</exception>
    public static void Write(string path, string text) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    private static (int From, int To)? Find(string page, string name) =>
        page.IndexOf(Begin(name), StringComparison.Ordinal) is >= 0 and var from
        && page.IndexOf(End(name), from, StringComparison.Ordinal) is > 0 and var to
            ? (from, to + End(name).Length)
            : null;

    private static string Begin(string name) => $"<!-- generated: {name} -->";

    private static string End(string name) => $"<!-- end of {name} -->";
}
