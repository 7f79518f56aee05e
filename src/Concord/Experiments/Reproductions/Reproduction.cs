using Concord.Numerics;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>
/// A published table: an experiment file that also holds the published figures, where they are from, how far ours may lie from
/// them, and what is run in a quick and in a full reproduction.
/// </summary>
/// <param name="Name">What the command line calls it.</param>
/// <param name="Description">What it shows.</param>
/// <param name="Source">Whose figures these are.</param>
/// <param name="Figures">The published figures.</param>
/// <param name="Tolerance">How far ours may lie from them.</param>
/// <param name="Quick">Minutes, on real data.</param>
/// <param name="Full">The published setting.</param>
public sealed record Reproduction(
    string Name, string Description, string Source, IReadOnlyList<PublishedFigure> Figures, ReproductionTolerance Tolerance,
    ReproductionPlan Quick, ReproductionPlan Full)
{
    private const string Extension = ".yaml";

    private static readonly Lazy<IReadOnlyList<Reproduction>> s_catalogue = new(() =>
        [.. EmbeddedFiles.In("experiments").Select(file => Parse(file.Text, file.Name + Extension))]);

    /// <summary>What a reader must know to read the table; may be empty.</summary>
    public string About { get; init; } = "";

    /// <summary>How far its runs lie from each other.</summary>
    public MeasuredSpread Spread { get; init; } = MeasuredSpread.None;

    /// <summary>
    /// The file's settings outside its plans: those that the published figures are of, as far as no figure says otherwise.
    /// </summary>
    public ExperimentFile? Setting { get; init; }

    internal ReproductionRules Rules => new(Tolerance, Spread);

    /// <summary>What is said of several kinds of runs together.</summary>
    public IReadOnlyList<ReproductionClaim> Claims { get; init; } = [];

    /// <summary>The reproductions that come with Concord, by name: those in the folder <c>experiments</c>.</summary>
    public static IReadOnlyList<Reproduction> Catalogue => s_catalogue.Value;

    /// <summary>One that comes with Concord, or, of a name that ends in <c>.yaml</c>, a file.</summary>
    /// <param name="name">A name of the catalogue, or a path.</param>
    /// <exception cref="ConcordException">There is none, or the file cannot be read.</exception>
    public static Reproduction Find(string name) => name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase)
        ? Parse(ExperimentFile.TextOf(name), name)
        : KnownWords.Find("reproduction", name, Catalogue.ToDictionary(entry => entry.Name));

    /// <summary>Reads a text.</summary>
    /// <param name="text">The text of a file.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="ConcordException">It cannot be read; the message names source, line and what is wrong.</exception>
    public static Reproduction Parse(string text, string source) => ReproductionFile.Parse(text, source);

    /// <summary>Whether anything has to be run for it; else its figures come out of the cost model, or of trials.</summary>
    public bool NeedsRuns { get; } = Figures.Any(figure => !figure.IsModelled && !figure.IsOfTrials);

    /// <summary>What a plan's figures of trials are made of, one by one as they are asked for; nothing if there are none.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="kernels">The engine, of double precision.</param>
    /// <param name="cancellation">Breaks off.</param>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public IEnumerable<TrialRow> Trials(ReproductionPlan plan, Kernels kernels, CancellationToken cancellation = default) =>
        TrialKind.All.SelectMany(kind => kind.Make(
            [.. plan.Experiment.Cells.Where(cell => Figures.Any(figure => figure.Trials == kind && figure.IsOf(cell)))],
            kernels, cancellation));

    /// <summary>Compares the published figures that a plan regenerates with those of its runs.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="groups">The results of its sweep.</param>
    /// <param name="trials">Its <see cref="Trials"/>; null for none.</param>
    /// <returns>One entry for each figure whose runs are part of the plan, in the order of the file.</returns>
    public IReadOnlyList<ReproducedFigure> Compare(
        ReproductionPlan plan, IReadOnlyList<SweepGroup> groups, IReadOnlyList<TrialRow>? trials = null) => Judge(plan,
        [.. Figures.Select(figure => figure.IsModelled ? Modelled(plan, figure)
            : figure.IsOfTrials ? figure.Of(trials ?? []) is { } ours ? (figure, ours) : null
            : Run(groups, figure)).OfType<(PublishedFigure, SeedStatistic?)>()]);

    /// <summary>Judges figures of a plan.</summary>
    internal IReadOnlyList<ReproducedFigure> Judge(ReproductionPlan plan,
        IEnumerable<(PublishedFigure Published, SeedStatistic? Ours)> pairs) =>
        ReproducedFigure.Judge([.. pairs.Select(pair => (pair.Published, pair.Ours, IsCut(plan, pair.Published)))], Rules, plan.Reason);

    /// <summary>
    /// Whether some of a plan's runs are shorter than the published ones, or have fewer samples, and the figures do not say so themselves.
    /// </summary>
    public bool IsCut(ReproductionPlan plan) => Figures.Any(figure => !figure.IsDerived && IsCut(plan, figure));

    private bool IsCut(ReproductionPlan plan, PublishedFigure figure) =>
        plan.Experiment.Cells.FirstOrDefault(figure.IsOf) is { } ours
            && Setting?.Cells.Where(figure.OfAnyLength.IsOf).Any(published => figure.IsCut(ours.Settings, published.Settings)) == true;

    private static (PublishedFigure, SeedStatistic?)? Modelled(ReproductionPlan plan, PublishedFigure figure) =>
        plan.Experiment.Cells.FirstOrDefault(figure.IsOf) is { } cell ? (figure, figure.Of(cell.Settings)) : null;

    private static (PublishedFigure, SeedStatistic?)? Run(IReadOnlyList<SweepGroup> groups, PublishedFigure figure) =>
        groups.FirstOrDefault(one => figure.IsOf(one.Cells[0].Cell)) is { } group ? (figure, figure.Of(group)) : null;

    /// <summary>Compares the claims with the runs of a plan.</summary>
    /// <param name="groups">The results of its sweep.</param>
    /// <param name="trials">The plan's <see cref="Trials"/>; null for none.</param>
    /// <returns>One entry for each claim of which the plan has enough kinds of runs, in the order of the file.</returns>
    public IReadOnlyList<JudgedClaim> Judge(IReadOnlyList<SweepGroup> groups, IReadOnlyList<TrialRow>? trials = null) =>
        [.. Claims.Select(claim => claim.Judge(groups, trials ?? [], Rules)).OfType<JudgedClaim>()];
}
