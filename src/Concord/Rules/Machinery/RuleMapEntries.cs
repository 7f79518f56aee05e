using Concord.Networks;

namespace Concord.Rules;

/// <summary>Which rule each block gets, by patterns: the first that fits counts, and an entry that decides nothing is a slip.</summary>
/// <param name="entries">Patterns, tried in order, each with its rule.</param>
internal sealed class RuleMapEntries(IReadOnlyList<(string Pattern, LearningRule Rule)> entries)
{
    /// <summary>The map as it is written.</summary>
    public string Name => string.Join(",", entries.Select(entry => $"{entry.Pattern}={entry.Rule.Name}"));

    /// <summary>Their rules, in order.</summary>
    public IEnumerable<LearningRule> Rules => entries.Select(entry => entry.Rule);

    /// <summary>The rule of a block.</summary>
    /// <exception cref="ConcordException">No pattern fits it.</exception>
    public LearningRule RuleOf(string block)
    {
        foreach (var (pattern, rule) in entries)
            if (BlockPatterns.Matches(pattern, block)) return rule;
        throw new ConcordException($"No rule is given for the block {block}: the map has {Name}. Add '{block}=RULE' or '*=RULE'.");
    }

    /// <summary>The entries that decide something in a network.</summary>
    public IReadOnlyList<(string Pattern, LearningRule Rule)> Within(Network network)
    {
        var blocks = NamesOf(network);
        return [.. entries.Where((_, i) => Obstacle(i, blocks) is null)];
    }

    /// <summary>Refuses entries that decide nothing in a network.</summary>
    /// <exception cref="ConcordException">One fits no block, or none that an entry before it has left.</exception>
    public void Check(Network network)
    {
        var blocks = NamesOf(network);
        for (var i = 0; i < entries.Count; i++)
            if (Obstacle(i, blocks) is { } obstacle) throw obstacle;
    }

    // An entry for all that is left may find nothing left; any other that decides nothing is a slip.
    private ConcordException? Obstacle(int entry, List<string> blocks)
    {
        var pattern = entries[entry].Pattern;
        if (pattern == "*") return null;
        var named = blocks.FindAll(block => BlockPatterns.Matches(pattern, block));
        if (named.Count == 0) return BlockPatterns.Missing($"The rule map {Name}", pattern, blocks);
        bool IsTaken(string block) => entries.Take(entry).Any(earlier => BlockPatterns.Matches(earlier.Pattern, block));
        return named.TrueForAll(IsTaken)
            ? new($"The entry '{pattern}={entries[entry].Rule.Name}' of the rule map {Name} decides nothing: entries before it take "
                + $"{string.Join(", ", named)}, and the first that fits a block counts. Put it before them, or leave it out.")
            : null;
    }

    private static List<string> NamesOf(Network network) => [.. network.Blocks.Select(block => block.Name)];
}
