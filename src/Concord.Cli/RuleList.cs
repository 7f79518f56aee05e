using Concord.Cost;
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

    /// <summary>
    /// Takes rules that a network cannot have out of a list that nobody wrote by name, and says so: not all are defined on spiking networks
    /// or on those with time steps. A model that no rule fits keeps all, to be refused with the reason that the first has.
    /// </summary>
    /// <param name="output">Told.</param>
    /// <param name="model">The network.</param>
    /// <param name="rules">The list.</param>
    /// <param name="reference">A rule that all networks can have.</param>
    public static void LeaveOutUnfit(Output output, string model, List<string> rules, string reference)
    {
        if (!IsFit(reference)) return;
        List<string> unfit = [.. rules.Where(rule => !IsFit(rule))];
        rules.RemoveAll(unfit.Contains);
        if (unfit.Count > 0 && !output.IsJson) output.Say($"not for this network: {string.Join(", ", unfit)}");

        bool IsFit(string rule)
        {
            try
            {
                return RuleCost.Of(model, rule, rows: 1).Rows == 1;
            }
            catch (ConcordException)
            {
                return false;
            }
        }
    }
}
