using System.IO.Enumeration;

namespace Concord.Networks;

/// <summary>
/// Blocks named by patterns with <c>*</c>, as <c>conv*,fc1</c>; <c>none</c> is no block at all. Rule maps use the same patterns.
/// </summary>
public sealed record BlockPatterns
{
    private const string NoneWord = "none";
    private readonly string[] _patterns;

    private BlockPatterns(string[] patterns) => _patterns = patterns;

    /// <summary>No block.</summary>
    public static BlockPatterns None { get; } = new([]);

    /// <summary>Whether there is no pattern.</summary>
    public bool IsNone => _patterns.Length == 0;

    /// <summary>Reads patterns with commas between them, or <c>none</c>.</summary>
    /// <exception cref="ConcordException">A pattern is empty.</exception>
    public static BlockPatterns Parse(string text)
    {
        if (text == NoneWord) return None;
        var patterns = text.Split(',', StringSplitOptions.TrimEntries);
        return patterns.All(pattern => pattern.Length > 0) ? new(patterns) : throw new ConcordException(
            $"The blocks '{text}' cannot be read; write names or patterns with commas between them, as conv*,fc1, or none.");
    }

    /// <summary>These and some blocks more.</summary>
    internal BlockPatterns And(IReadOnlyList<string> blocks) => new([.. _patterns, .. blocks]);

    /// <summary>Whether one pattern names a block.</summary>
    public static bool Matches(string pattern, string block) => FileSystemName.MatchesSimpleExpression(pattern, block, ignoreCase: false);

    /// <summary>Whether a block is named.</summary>
    public bool Match(string block) => Array.Exists(_patterns, pattern => Matches(pattern, block));

    /// <summary>Refuses a pattern that names no block of a network: a slip of the pen would change nothing, in silence.</summary>
    /// <param name="setting">The setting that the patterns are given by.</param>
    /// <param name="network">The network.</param>
    /// <exception cref="ConcordException">There is one.</exception>
    internal void Check(string setting, Network network)
    {
        List<string> blocks = [.. network.Blocks.Select(block => block.Name)];
        if (FirstIdle(blocks) is { } idle) throw Missing($"The setting {setting}", idle, blocks);
    }

    /// <summary>The message about a pattern that names no block.</summary>
    /// <param name="what">Where the pattern was given.</param>
    /// <param name="pattern">The pattern.</param>
    /// <param name="blocks">The blocks that there are.</param>
    /// <param name="where">Where they were looked for.</param>
    internal static ConcordException Missing(string what, string pattern, IReadOnlyCollection<string> blocks,
        string where = "in the network") =>
        new($"{what} names '{pattern}', and there is no such block {where}. {KnownWords.Hint(pattern, blocks)}");

    /// <summary>A pattern that names none of these blocks; null if each names one.</summary>
    internal string? FirstIdle(IReadOnlyCollection<string> blocks) =>
        Array.Find(_patterns, pattern => !blocks.Any(block => Matches(pattern, block)));

    /// <inheritdoc/>
    public bool Equals(BlockPatterns? other) => other is not null && _patterns.SequenceEqual(other._patterns);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>What <see cref="Parse"/> takes back.</summary>
    public override string ToString() => IsNone ? NoneWord : string.Join(',', _patterns);
}
