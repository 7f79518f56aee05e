using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>What went wrong in runs that finished: a line each. Of healthy ones, nothing.</summary>
internal static class WarningView
{
    private const int Most = 10;

    public static void Show(IEnumerable<(string Label, RuleResult Result)> results, Output output)
    {
        List<string> lines = [.. results.Where(entry => entry.Result.Warning is not null)
            .Select(entry => $"warning: {(entry.Label.Length > 0 ? $"{entry.Label}: " : "")}{entry.Result.Warning}")];
        foreach (var line in lines.Take(Most)) output.Conclude(line);
        if (lines.Count > Most) output.Conclude(FormattableString.Invariant($"warning: something went wrong in {lines.Count - Most} more; ")
            + "summary.json in their folders says what.");
    }
}
