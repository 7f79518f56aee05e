using Concord.Cost;
using Concord.Rules;

namespace Concord.Cli;

/// <summary>Names of rules as a command line lists them: <c>dfa,fa</c>, or <c>all</c>.</summary>
internal static class RuleList
{
    /// <summary>Reads a list; <c>all</c> stands for every rule of the catalogue.</summary>
    /// <exception cref="ConcordException">There is a name among them that is none.</exception>
    public static List<string> Read(string given)
    {
        if (IsEvery(given)) return [.. RuleCatalogue.Names];
        List<string> rules = [.. given.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        if (rules.Count == 0) throw new ConcordException($"The list of rules '{given}' names none. Write names, as dfa,fa, or all.");
        if (rules.Exists(IsEvery))
            throw new ConcordException($"The rules '{given}' name 'all' among others. Write 'all' by itself, or the names.");
        return [.. rules.Select(rule => RuleCatalogue.Find(rule).Name)];
    }

    /// <summary>Whether a word stands for every rule.</summary>
    public static bool IsEvery(string? given) => RuleCatalogue.Every.Equals(given, StringComparison.OrdinalIgnoreCase);

    /// <summary>The same by what a step takes, which is known without an engine.</summary>
    public static void LeaveOutUnfit(Output output, string model, List<string> rules, string reference) =>
        LeaveOutUnfit(output, rules, reference, rule => RuleCost.Of(model, rule, rows: 1));

    /// <summary>
    /// Takes rules that a network cannot have out of a list that nobody wrote by name, and says which and why: not all are defined on
    /// spiking networks, or on those without time steps. A network that no rule fits keeps all, to be refused with the reason that the
    /// first has.
    /// </summary>
    /// <param name="output">Told, a line for each reason.</param>
    /// <param name="rules">The list.</param>
    /// <param name="reference">A rule that all networks can have.</param>
    /// <param name="check">Throws a <see cref="ConcordException"/> for a rule that the network cannot have.</param>
    public static void LeaveOutUnfit(Output output, List<string> rules, string reference, Action<string> check)
    {
        if (ReasonOf(reference) is not null) return;
        var unfit = rules.Select(rule => (Rule: rule, Reason: ReasonOf(rule))).Where(one => one.Reason is not null).ToList();
        rules.RemoveAll(rule => unfit.Exists(one => one.Rule == rule));
        if (output.IsJson) return;
        foreach (var alike in unfit.GroupBy(one => one.Reason!.Replace($"The rule {one.Rule} ", "", StringComparison.Ordinal)))
            output.Explain($"not for this network: {string.Join(", ", alike.Select(one => one.Rule))} ({alike.First().Reason})");

        // the first sentence; the others say what else to give
        string? ReasonOf(string rule)
        {
            try
            {
                check(rule);
                return null;
            }
            catch (ConcordException error)
            {
                return error.Message.Split(". ")[0].TrimEnd('.');
            }
        }
    }
}
