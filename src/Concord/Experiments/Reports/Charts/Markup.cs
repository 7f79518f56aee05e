using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Concord.Experiments.Charts;

/// <summary>An attribute of an element: a name of ours, and a value that is escaped when it is written.</summary>
internal readonly record struct MarkupAttribute(string Name, string Value)
{
    public static implicit operator MarkupAttribute((string Name, string Value) pair) => new(pair.Name, pair.Value);

    public static implicit operator MarkupAttribute((string Name, double Value) pair) => new(pair.Name, Markup.Number(pair.Value));
}

/// <summary>HTML and SVG as text. Whatever comes from outside passes through here and is escaped; names of elements are ours.</summary>
internal sealed class Markup
{
    private static readonly HtmlEncoder s_encoder = HtmlEncoder.Create(UnicodeRanges.All);
    private readonly StringBuilder _text = new();
    private readonly Stack<string> _open = new();

    /// <summary>A coordinate, to a hundredth of a pixel.</summary>
    public static string Number(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture) is "-0" or "" ? "0"
        : value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>Begins an element.</summary>
    public Markup Open(string name, params ReadOnlySpan<MarkupAttribute> attributes)
    {
        Tag(name, attributes);
        _text.Append('>');
        _open.Push(name);
        return this;
    }

    /// <summary>Ends the innermost element that is open.</summary>
    public Markup Close()
    {
        _text.Append("</").Append(_open.Pop()).Append('>');
        return this;
    }

    /// <summary>Text, escaped. What no document may hold, or would turn its text round, becomes its code.</summary>
    public Markup Text(string text)
    {
        _text.Append(Escape(text));
        return this;
    }

    /// <summary>An element that holds text alone.</summary>
    public Markup Element(string name, string text, params ReadOnlySpan<MarkupAttribute> attributes) =>
        Open(name, attributes).Text(text).Close();

    /// <summary>A shape, which holds nothing.</summary>
    public Markup Shape(string name, params ReadOnlySpan<MarkupAttribute> attributes)
    {
        Tag(name, attributes);
        _text.Append("/>");
        return this;
    }

    /// <summary>A line end, for those who read the source.</summary>
    public Markup Line()
    {
        _text.Append('\n');
        return this;
    }

    /// <summary>Text of our own that is markup already.</summary>
    public Markup Raw(string markup)
    {
        _text.Append(markup);
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private static string Escape(string text) =>
        s_encoder.Encode(text.Contains('\n', StringComparison.Ordinal) ? string.Join('\n', text.Split('\n').Select(PlainText.Line))
            : PlainText.Line(text));

    private void Tag(string name, ReadOnlySpan<MarkupAttribute> attributes)
    {
        _text.Append('<').Append(name);
        foreach (var (attribute, value) in attributes) _text.Append(' ').Append(attribute).Append("=\"").Append(Escape(value)).Append('"');
    }
}
