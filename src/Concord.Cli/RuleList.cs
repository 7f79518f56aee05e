using Concord.Rules;

namespace Concord.Cli;

/// <summary>Names of rules as a command line lists them: <c>dfa,fa</c>, or <c>all</c>.</summary>
internal static class RuleList
{
    /// <summary>Reads a list; <c>all</c> stands for those that networks without time steps can have.</summary>
    /// <exception cref="ConcordException">There is a name among them that is none.</exception>
    public static List<string> Read(string given)
    {
        if (given == RuleCatalogue.Every) return [.. RuleCatalogue.Timeless];
        List<string> rules = [.. given.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        if (rules.Contains(RuleCatalogue.Every))
            throw new ConcordException($"The rules '{given}' name 'all' among others. Write 'all' by itself, or the names.");
        return [.. rules.Select(rule => RuleCatalogue.Find(rule).Name)];
    }
}
