using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Concord.Interchange;

/// <summary>A part of a YAML file.</summary>
internal abstract record YamlNode(FileLocation Location);

/// <summary>A word, a number or a text; the reader makes no difference between them.</summary>
/// <param name="Location">Where it was written.</param>
/// <param name="Text">The text.</param>
/// <param name="FollowsComma">Whether it stands right after the comma of a list, with no space in between.</param>
internal sealed record YamlText(FileLocation Location, string Text, bool FollowsComma = false) : YamlNode(Location);

/// <summary>A list.</summary>
internal sealed record YamlList(FileLocation Location, IReadOnlyList<YamlNode> Items) : YamlNode(Location);

/// <summary>A mapping, in the order of the file.</summary>
internal sealed record YamlMap(FileLocation Location, IReadOnlyList<(YamlText Key, YamlNode Value)> Entries) : YamlNode(Location);

/// <summary>
/// Reads the part of YAML that settings need: one document of mappings, lists and texts. Anchors, aliases and tags are refused,
/// and size, depth and number of parts are bounded, so that no file takes more time or memory than its size.
/// </summary>
internal sealed class YamlTree
{
    public const int MostBytes = 1 << 20;
    private const int MostDepth = 8, MostParts = 50_000;

    private readonly string _source;
    private readonly Parser _parser;
    private int _parts;

    private YamlTree(string text, string source) => (_source, _parser) = (source, new(new StringReader(text)));

    /// <summary>Reads a text; an empty one is an empty mapping.</summary>
    /// <exception cref="ConcordException">It is no such YAML; the message has the line.</exception>
    public static YamlNode Parse(string text, string source)
    {
        if (text.Length > MostBytes)
            throw new ConcordException($"{source}: the file has more than {MostBytes} characters; an experiment file has a few lines.");
        Characters(text, source);
        var tree = new YamlTree(text, source);
        tree.Next();   // the stream begins
        if (tree.Next() is not DocumentStart) return new YamlMap(new(source, 1), []);
        var root = tree.Node(tree.Next(), 0);
        tree.Next();   // the document ends
        return tree.Next() is DocumentStart more
            ? throw tree.At(more).Wrong("a second document begins here; an experiment file holds one.") : root;
    }

    // YAML has no control characters, but the scanner takes NUL for the end of the file and would drop what follows.
    private static void Characters(string text, string source)
    {
        var (line, indents) = (1, true);
        foreach (var c in text)
        {
            if (c == '\t' && indents) throw new FileLocation(source, line).Wrong("the line is indented with a tab; YAML takes spaces.");
            if (c is '\uFFFD' || (char.IsControl(c) && c is not ('\r' or '\n' or '\t' or '\u0085')))
                throw new FileLocation(source,
                    line).Wrong($"there is the character U+{((int)c).ToString("X4", CultureInfo.InvariantCulture)}, "
                    + "which no text has; write the file as plain UTF-8.");
            if (c == '\n') line++;
            indents = c == '\n' || (indents && c == ' ');
        }
    }

    private ParsingEvent Next()
    {
        try
        {
            return _parser.MoveNext() ? _parser.Current! : new StreamEnd();
        }
        catch (YamlException error)
        {
            var inner = error.InnerException?.Message ?? error.Message;
            var hint = inner.Contains("cannot start any token", StringComparison.Ordinal)
                ? " Put words that begin with a sign in quotes." : "";
            throw new FileLocation(_source,
                (int)error.Start.Line).Wrong($"this cannot be read as YAML: {inner.ReplaceLineEndings(" ").TrimEnd('.')}.{hint}", error);
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or FormatException or OverflowException
            or IndexOutOfRangeException)
        {
            throw new ConcordException($"{_source}: this cannot be read as YAML: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    private FileLocation At(ParsingEvent part) => new(_source, (int)part.Start.Line);

    private YamlNode Node(ParsingEvent part, int depth)
    {
        var location = At(part);
        if (part is AnchorAlias) throw location.Wrong("a reference (*name) stands here; experiment files have none. Write the value out.");
        if (part is NodeEvent { Anchor.IsEmpty: false })
            throw location.Wrong("an anchor (&name) stands here; experiment files have none. Write the value out where it is needed.");
        if (part is NodeEvent { Tag: { IsEmpty: false, IsNonSpecific: false } })
            throw location.Wrong("a tag (!name) stands here; experiment files have none.");
        if (depth > MostDepth) throw location.Wrong($"mappings and lists lie deeper than {MostDepth} in one another; settings never do.");
        if (++_parts > MostParts) throw location.Wrong($"the file has more than {MostParts} parts; an experiment file has a few lines.");
        switch (part)
        {
            case Scalar scalar:
                return new YamlText(location, scalar.Value);
            case SequenceStart:
                List<YamlNode> items = [];
                var end = -1L;
                for (var next = Next(); next is not SequenceEnd; next = Next())
                {
                    var item = Node(next, depth + 1);
                    items.Add(item is YamlText text && next.Start.Index == end + 1 ? text with { FollowsComma = true } : item);
                    end = next.End.Index;
                }
                return new YamlList(location, items);
            case MappingStart:
                List<(YamlText, YamlNode)> entries = [];
                for (var next = Next(); next is not MappingEnd; next = Next())
                {
                    var key = Node(next, depth + 1) as YamlText
                        ?? throw At(next).Wrong("a list or a mapping stands where a key is expected.");
                    entries.Add((key, Node(Next(), depth + 1)));
                }
                return new YamlMap(location, entries);
            default:
                throw location.Wrong("the file ends in the middle of something.");
        }
    }
}
