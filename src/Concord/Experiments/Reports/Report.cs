using System.Text;
using Concord.Cost;
using Concord.Interchange;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>
/// What runs came to, as one page of HTML that needs nothing but a browser: no network and no script. It shows whatever the run
/// folders hold, finished or not, and says what is missing.
/// </summary>
public sealed class Report
{
    /// <summary>The name of the page that a run folder holds.</summary>
    public const string FileName = "report.html";

    private const int Deepest = 4;
    private readonly IReadOnlyList<RunRecord> _runs;

    private Report(IReadOnlyList<RunRecord> runs, IReadOnlyList<(string Folder, string Reason)> leftOut) =>
        (_runs, LeftOut) = (runs, leftOut);

    /// <summary>How many runs it is about.</summary>
    public int Runs => _runs.Count;

    /// <summary>What is missing or odd about the runs: a folder and a sentence each.</summary>
    public IReadOnlyList<(string Run, string Note)> Notes => [.. _runs.SelectMany(run => run.Notes.Select(note => (run.Path, note)))];

    /// <summary>The folders that were given and of which nothing is shown, and why: a sentence each.</summary>
    public IReadOnlyList<(string Folder, string Reason)> LeftOut { get; }

    /// <summary>Whether all folders are shown, and no file in them is damaged.</summary>
    public bool IsWhole => LeftOut.Count == 0 && !_runs.Any(run => run.IsDamaged);

    /// <summary>Reads runs. Nothing is locked or changed: a run may go on meanwhile.</summary>
    /// <param name="folders">Run folders, or folders that have some below them.</param>
    /// <exception cref="ConcordException">None of the folders can be shown: they are missing, cannot be read, or hold no run.</exception>
    public static Report Of(IReadOnlyList<string> folders)
    {
        if (folders.Count == 0) throw new ConcordException("A report takes at least one run folder, and none was given.");
        List<string> found = [];
        List<(string Folder, string Reason)> leftOut = [];
        ConcordException? first = null;
        foreach (var folder in folders)
        {
            try
            {
                found.AddRange(Find(folder));
            }
            catch (ConcordException error)
            {
                first ??= error;
                leftOut.Add((folder, error.Message));
            }
        }
        if (found.Count == 0) throw first!;
        var runs = found.DistinctBy(Path.GetFullPath).Select(RunRecord.Read).ToList();
        DataNames.Unite(runs);
        FillCosts(runs);
        return new(runs, leftOut);
    }

    /// <summary>
    /// Whether a finished run's folder lacks the page that a run leaves, or has one of before its end: the program was killed in between.
    /// </summary>
    /// <param name="folder">The run's folder.</param>
    public static bool IsDue(string folder) =>
        // of what is not there: the year 1601
        File.GetLastWriteTimeUtc(Path.Combine(folder, FileName)) < File.GetLastWriteTimeUtc(Path.Combine(folder, RunFolder.SummaryFile));

    /// <summary>The page.</summary>
    public string ToHtml() => new ReportPage(_runs, LeftOut).Write();

    /// <summary>Writes the page, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ConcordException">It cannot be written.</exception>
    public void Write(string path) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(ToHtml())));

    internal static List<string> Find(string folder)
    {
        if (!Directory.Exists(folder)) throw new ConcordException($"There is no folder '{folder}'. "
            + "Give folders of runs, as concord train and concord compare --out make them.");
        List<string> found = [];
        FileErrors.Explained("read", folder, () => found = RunRecord.IsRun(folder)
            ? [folder]
            : [.. new[] { folder }
                .Concat(Directory.EnumerateDirectories(folder, "*",
                    new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = Deepest, IgnoreInaccessible = true }))
                .Where(RunRecord.IsRun).Order(StringComparer.Ordinal)]);
        return found.Count > 0 ? found : throw new ConcordException($"The folder '{folder}' holds no run, nor do those below it. "
            + "Give folders of runs, as concord train and concord compare --out make them.");
    }

    // A run that is not finished has not said what it costs; what its settings say is the same.
    private static void FillCosts(List<RunRecord> runs)
    {
        var without = runs.Where(run => run.Cost is null && run.KnowsSettings).ToList();
        if (without.Count == 0) return;
        foreach (var same in without.GroupBy(
            run => (run.Rule, run.Settings.GetValueOrDefault("model"), run.Settings.GetValueOrDefault("batch"))))
        {
            var cost = CostOf(same.First());
            foreach (var run in same) run.Cost = cost;
        }
    }

    private static SampleCost? CostOf(RunRecord run)
    {
        try
        {
            var settings = RunSettings.Read(run.Settings);
            settings.Validate();
            return SampleCost.Of(StepWork.Of(settings.Blueprint, new(settings.Batch)), settings.Batch, double.NaN);
        }
        catch (Exception error) when (error is ConcordException or ArgumentException or OverflowException)
        {
            return null;   // settings of another version, or that cannot be run: the page then shows no cost
        }
    }
}
