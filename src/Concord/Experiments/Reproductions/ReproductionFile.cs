using System.Globalization;
using Concord.Interchange;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>Reads the file of a reproduction: the keys of its own here, all others as those of an experiment.</summary>
internal static class ReproductionFile
{
    private const string Source = "source", Origin = "origin", Published = "published", Tolerance = "tolerance", Spread = "spread",
        Quick = "quick", Full = "full", About = "about", Claims = "claims", Reasons = "reasons";
    private const string Minutes = "minutes", Reason = "reason", Points = "points", Cosine = "cosine", Degrees = "degrees", Rank = "rank",
        Concordance = "concordance", Cka = "cka", Ratio = "ratio", Loss = "loss", Spikes = "spikes";
    private const string Runs = "runs", TestAccuracy = "testAccuracy", TestError = "testError", TrainAccuracy = "trainAccuracy",
        Within = "within", By = "by", Bound = "bound", Of = "of", Unpublished = "unpublished";

    private static readonly string[] s_own = [Source, Origin, Published, Tolerance, Spread, Quick, Full, About, Claims, Reasons];

    private static readonly Dictionary<string, (FigureQuantity Quantity, double Least, double Most)> s_ofAll = new()
    {
        [TestAccuracy] = (FigureQuantity.TestAccuracy, 0, 100), [TestError] = (FigureQuantity.TestError, 0, 100),
        ["testLoss"] = (FigureQuantity.TestLoss, 0, 1e6),
        [TrainAccuracy] = (FigureQuantity.TrainAccuracy, 0, 100), ["bestTestAccuracy"] = (FigureQuantity.BestTestAccuracy, 0, 100),
    };

    private static readonly Dictionary<string, (FigureQuantity Quantity, double Least, double Most)> s_ofPorts = new()
    {
        [Cosine] = (FigureQuantity.Cosine, -1, 1), ["gateAngle"] = (FigureQuantity.GateAngle, 0, 180),
        ["weightAngle"] = (FigureQuantity.WeightAngle, 0, 180), ["localAngle"] = (FigureQuantity.LocalAngle, 0, 180),
        ["signalRank"] = (FigureQuantity.SignalRank, 1, 1e6), [Concordance] = (FigureQuantity.Concordance, 0, 1),
        ["feedbackError"] = (FigureQuantity.FeedbackError, 0, 1e6), ["spikesPerNeuron"] = (FigureQuantity.SpikesPerNeuron, 0, 1e6),
        [Cka] = (FigureQuantity.Cka, -1, 1), ["ckaWhereWrong"] = (FigureQuantity.CkaWhereWrong, -1, 1),
        ["ckaBefore"] = (FigureQuantity.CkaBefore, -1, 1), ["ckaBeforeWhereWrong"] = (FigureQuantity.CkaBeforeWhereWrong, -1, 1),
        ["cost"] = (FigureQuantity.Cost, 0, 1e18), ["saving"] = (FigureQuantity.Saving, 0, 1e18),
        ["transport"] = (FigureQuantity.Transport, 0, 1e18), ["stability"] = (FigureQuantity.Stability, -1e6, 1e6),
        ["pair"] = (FigureQuantity.Pair, -1e6, 1e6), ["energy"] = (FigureQuantity.Energy, 0, 1e9),
    };

    private static readonly string[] s_ofFigure = [.. s_ofAll.Keys, .. s_ofPorts.Keys, Runs, Origin, Reason];

    private static readonly Dictionary<string, FigureOrigin> s_origins = new()
    {
        ["paper"] = FigureOrigin.Paper, ["code"] = FigureOrigin.Code, ["slides"] = FigureOrigin.Slides,
        ["measured"] = FigureOrigin.Measured, ["derived"] = FigureOrigin.Derived,
    };

    private static readonly Dictionary<string, ClaimKind> s_claims = new()
    {
        ["rising"] = ClaimKind.Rising, ["falling"] = ClaimKind.Falling, ["unchanged"] = ClaimKind.Unchanged,
        ["atMost"] = ClaimKind.AtMost, ["atLeast"] = ClaimKind.AtLeast,
    };

    /// <summary>Reads a text.</summary>
    /// <exception cref="ConcordException">It cannot be read; the message names source, line and what is wrong.</exception>
    public static Reproduction Parse(string text, string source)
    {
        var root = KeyTable.Root(text, source);
        Dictionary<string, (YamlText Key, YamlNode Value)> own = [];
        foreach (var (key, value) in root.Entries)
        {
            if (s_own.Contains(key.Text) && !own.TryAdd(key.Text, (key, value))) throw key.Location.Wrong($"'{key.Text}' is given twice.");
            if (!s_own.Contains(key.Text) && KnownWords.Nearest(key.Text, s_own) is { } near && !ExperimentKeys.IsKnown(key.Text))
                throw key.Location.Wrong($"there is no key '{key.Text}'. Did you mean '{near}'?");
        }
        foreach (var key in (string[])[Source, Origin, Published])
            if (!own.ContainsKey(key)) throw new FileLocation(source, 0).Wrong(
                $"there is no '{key}'; a reproduction needs source, origin ({string.Join(", ", s_origins.Keys)}) and published figures.");
        var experiment = root with { Entries = [.. root.Entries.Where(entry => !own.ContainsKey(entry.Key.Text))] };
        var reasons = new ReproductionReasons(own.TryGetValue(Reasons, out var shared) ? shared.Value : null);
        var (quick, full) = (Plan(experiment, Quick, own, reasons, source), Plan(experiment, Full, own, reasons, source));
        var figures = Figures(own[Published].Value, OriginOf(own[Origin].Value), reasons);
        reasons.CheckUse();
        foreach (var (figure, location) in figures) Check(figure, location, quick, full);
        var claims = own.TryGetValue(Claims, out var said) ? ClaimsOf(said.Value) : [];
        foreach (var (claim, location) in claims)
            if (!new[] { quick, full }.Any(plan => claim.Places.SelectMany(one => plan.Experiment.Cells.Where(one.IsOf)
                .Select(cell => cell.Label)).Distinct().Count() >= claim.LeastKinds))
                throw location.Wrong($"the claim '{claim.Text}' is of {(claim.LeastKinds == 1 ? "no" : "fewer than two kinds of")} runs of "
                    + "the quick and of the full grid.");
        return new(full.Experiment.Name, full.Experiment.Description, Text(own[Source].Value), [.. figures.Select(pair => pair.Figure)],
            own.TryGetValue(Tolerance, out var tolerance) ? ToleranceOf(Tolerance, tolerance.Value, new()) : new(), quick, full)
        {
            Setting = ExperimentFile.Of(KeyTable.Read(experiment), source), Spread = own.TryGetValue(Spread, out var spread) ? SpreadOf(
                spread.Value, [.. quick.Experiment.Cells.Concat(full.Experiment.Cells).Select(cell => cell.Settings.Rule).Distinct()])
                : MeasuredSpread.None,
            About = own.TryGetValue(About, out var about) ? Text(about.Value) : "", Claims = [.. claims.Select(pair => pair.Claim)],
        };
    }

    // A figure that no run would ever regenerate is a slip of the hand, and so is one that several kinds of runs would.
    private static void Check(PublishedFigure figure, FileLocation location, params ReproductionPlan[] plans)
    {
        int Most(ReproductionPlan plan) =>
            plan.Experiment.Cells.Where(cell => figure.IsOf(cell)).Select(cell => cell.Label).Distinct().Count();
        var most = plans.Max(Most);
        if (most != 1) throw location.Wrong($"the figure of '{figure.Label}' is "
            + $"of {(most == 0 ? "no runs of the quick or the full grid" : FormattableString.Invariant($"{most} kinds of runs"))}; "
            + "its keys must name one.");
        if (figure.Quantity == FigureQuantity.BestTestAccuracy
            && plans.SelectMany(plan => plan.Experiment.Cells).Any(cell => figure.IsOf(cell) && cell.Settings.Validation == 0))
            throw location.Wrong($"'bestTestAccuracy' of '{figure.Label}' takes validation samples to choose the epoch by, "
                + "and there is 'validation: 0'.");
        if (figure.Trials is { } trials && plans.SelectMany(plan => plan.Experiment.Cells).Any(cell =>
            figure.IsOf(cell) && (cell.Settings.Model, cell.Settings.Data) != (new RunSettings().Model, new RunSettings().Data)))
            throw location.Wrong($"'{trials.Key}' is of {trials.Own}; take 'model' and 'data' out.");
    }

    private static ReproductionPlan Plan(
        YamlMap experiment, string name, Dictionary<string, (YamlText Key, YamlNode Value)> own, ReproductionReasons reasons, string source)
    {
        var table = KeyTable.Read(experiment);
        var (minutes, reason) = (double.NaN, "");
        if (own.TryGetValue(name, out var section))
        {
            HashSet<string> seen = [];
            foreach (var (key, value) in Entries(section.Value))
            {
                if (!seen.Add(key.Text)) throw key.Location.Wrong($"'{key.Text}' is given twice.");
                if (key.Text == Minutes) minutes = Number(key, value, least: 0);
                else if (key.Text == Reason) reason = reasons.Of(value);
                else if (key.Text == ExperimentKeys.Rules) table.ReplaceRules(key, value);
                else if (key.Text == ExperimentKeys.Pretrain) table.ReplacePretraining(value);
                else table.Override(key, value);
            }
        }
        return new(name, ExperimentFile.Of(table, source), minutes, reason);
    }

    // Numbers for all rules, and mappings like it for single ones.
    private static MeasuredSpread SpreadOf(YamlNode node, IReadOnlyCollection<string> rules)
    {
        var entries = Entries(node);
        Dictionary<string, ReproductionTolerance> byRule = [];
        foreach (var (key, value) in entries)
            if (value is YamlMap && !rules.Contains(key.Text))
                throw key.Location.Wrong($"no run has the rule '{key.Text}'. {KnownWords.Hint(key.Text, rules)}");
            else if (value is YamlMap && !byRule.TryAdd(key.Text, ToleranceOf(Spread, value, ReproductionTolerance.Unknown)))
                throw key.Location.Wrong($"'{key.Text}' is given twice.");
        return new(ToleranceOf(Spread, new YamlMap(node.Location, [.. entries.Where(entry => entry.Value is not YamlMap)]),
            ReproductionTolerance.Unknown), byRule);
    }

    private static ReproductionTolerance ToleranceOf(string what, YamlNode node, ReproductionTolerance tolerance)
    {
        foreach (var (key, value) in Entries(node))
            tolerance = key.Text switch
            {
                Points => tolerance with { Points = Number(key, value, least: 0) },
                Cosine => tolerance with { Cosine = Number(key, value, least: 0) },
                Degrees => tolerance with { Degrees = Number(key, value, least: 0) },
                Rank => tolerance with { Rank = Number(key, value, least: 0) },
                Concordance => tolerance with { Concordance = Number(key, value, least: 0) },
                Cka => tolerance with { Cka = Number(key, value, least: 0) },
                Ratio => tolerance with { Ratio = Number(key, value, least: 0) },
                Loss => tolerance with { Loss = Number(key, value, least: 0) },
                Spikes => tolerance with { Spikes = Number(key, value, least: 0) },
                _ => throw key.Location.Wrong($"there is no key '{key.Text}' of a {what}. "
                    + $"{KnownWords.Hint(key.Text, [Points, Cosine, Degrees, Rank, Concordance, Cka, Ratio, Loss, Spikes])}"),
            };
        return tolerance;
    }

    private static List<(PublishedFigure Figure, FileLocation Location)> Figures(YamlNode node, FigureOrigin usual,
        ReproductionReasons reasons)
    {
        if (node is not YamlList { Items.Count: > 0 } list)
            throw node.Location.Wrong("'published' takes a list of figures, as in '- {rule: dfa, testAccuracy: 97.5}'.");
        return [.. list.Items.SelectMany(item => FiguresOf(item, usual, reasons).Select(figure => (figure, item.Location)))];
    }

    private static List<PublishedFigure> FiguresOf(YamlNode item, FigureOrigin usual, ReproductionReasons reasons)
    {
        List<KeyValuePair<string, string>> cell = [];
        List<(FigureQuantity Quantity, string Port, double Value, double Std)> values = [];
        var (runs, origin, reason) = (0, usual, "");
        HashSet<string> seen = [];
        foreach (var (key, value) in Entries(item))
        {
            if (!seen.Add(key.Text)) throw key.Location.Wrong($"'{key.Text}' is given twice.");
            switch (key.Text)
            {
                case var all when s_ofAll.TryGetValue(all, out var known):
                    Add("", value, known);
                    break;
                case var ports when s_ofPorts.TryGetValue(ports, out var known):
                    foreach (var (port, figure) in Entries(value))
                    {
                        if (CountsOf(known.Quantity) is { } counts && !counts.Contains(port.Text))
                            throw port.Location.Wrong($"there is no such figure as '{port.Text}'. {KnownWords.Hint(port.Text, counts)}");
                        Add(port.Text, figure, known);
                    }
                    break;
                case Runs:
                    runs = (int)Number(key, value, least: 1);
                    break;
                case Origin:
                    origin = OriginOf(value);
                    break;
                case Reason:
                    reason = reasons.Of(value);
                    break;
                default:
                    if (key.Text is not (ExperimentKeys.Rule or ExperimentKeys.Preset) && !ExperimentKeys.IsSetting(key.Text)
                        && !ExperimentKeys.IsOption(key.Text))
                        throw key.Location.Wrong($"there is no key '{key.Text}'. "
                            + $"{(KnownWords.Nearest(key.Text, [.. s_ofFigure, ExperimentKeys.Rule]) is { } near ? $"Did you mean '{near}'?"
                                : $"Known: rule, settings, options, {string.Join(", ", s_ofFigure)}.")}");
                    cell.Add(new(key.Text, Text(value)));
                    break;
            }
        }
        if (!cell.Exists(pair => pair.Key == ExperimentKeys.Rule)) throw item.Location.Wrong("this figure names no rule.");
        if (values.Count == 0)
            throw item.Location.Wrong($"there is no figure here; give one of {string.Join(", ", s_ofAll.Keys.Concat(s_ofPorts.Keys))}.");
        IReadOnlyList<KeyValuePair<string, string>> where = [.. cell.OrderBy(pair => pair.Key != ExperimentKeys.Rule)];
        return [.. values.Select(
            value => new PublishedFigure(where, value.Quantity, value.Port, value.Value, value.Std, runs, origin, reason))];

        void Add(string port, YamlNode node, (FigureQuantity Quantity, double Least, double Most) known)
        {
            var figure = Text(node) == Unpublished ? (double.NaN, double.NaN) : Figure(node, known.Least, known.Most);
            values.Add((known.Quantity, port, figure.Item1, figure.Item2));
        }
    }

    // What stands in a port's place where something is counted.
    private static IReadOnlyList<string>? CountsOf(FigureQuantity quantity) => quantity switch
    {
        FigureQuantity.Cost or FigureQuantity.Saving => [.. CostCount.ByName.Keys],
        FigureQuantity.Transport => [PublishedFigure.MovedWeights, PublishedFigure.MovedBits],
        _ => TrialKind.Of(quantity) is { } trials ? [.. trials.Measures.Keys] : null,
    };

    private static List<(ReproductionClaim Claim, FileLocation Location)> ClaimsOf(YamlNode node) =>
        node is YamlList { Items.Count: > 0 } list
        ? [.. list.Items.Select(item => (ClaimOf(item), item.Location))]
        : throw node.Location.Wrong("'claims' takes a list of claims, as in '- {rule: dfa, falling: cosine fc2}'.");

    // The runs are those of all combinations of the listed values, in that order; where keys are left open, in the order of the grid. What
    // is no product is a list of runs, each with keys of its own.
    private static ReproductionClaim ClaimOf(YamlNode item)
    {
        (ClaimKind Kind, FigureQuantity Quantity, string Port)? said = null;
        var (within, by, bound) = (double.NaN, double.NaN, double.NaN);
        HashSet<string> seen = [];
        List<IReadOnlyList<KeyValuePair<string, string>>> cells = [[]];
        foreach (var (key, value) in Entries(item))
        {
            if (!seen.Add(key.Text)) throw key.Location.Wrong($"'{key.Text}' is given twice.");
            if (s_claims.TryGetValue(key.Text, out var kind))
            {
                var (quantity, port) = QuantityOf(value);
                said = said is null ? (kind, quantity, port)
                    : throw key.Location.Wrong($"a claim says one thing: {string.Join(", ", s_claims.Keys)}.");
            }
            else if (key.Text == Within) within = Number(key, value, least: 0);
            else if (key.Text == Bound) bound = Number(key, value, least: double.NegativeInfinity);
            else if (key.Text == By) by = Number(key, value, least: double.NegativeInfinity);
            else if (key.Text == Of && value is YamlList runs)
                cells = [.. from cell in cells from run in runs.Items select (IReadOnlyList<KeyValuePair<string, string>>)[.. cell,
                    .. from one in Entries(run) select new KeyValuePair<string, string>(CellKey(one.Key), Text(one.Value))]];
            else
                cells = [.. from cell in cells from text in value is YamlList list ? list.Items.Select(Text)
                    : [Text(value)] select (IReadOnlyList<KeyValuePair<string, string>>)[.. cell, new(CellKey(key), text)]];
        }
        if (said is not { } claim) throw item.Location.Wrong("this claim states no relation; "
            + $"give one of {string.Join(", ", s_claims.Keys)}, as in 'falling: cosine fc2'.");
        var (isUnchanged, isBound) = (claim.Kind == ClaimKind.Unchanged, claim.Kind is ClaimKind.AtMost or ClaimKind.AtLeast);
        if (double.IsNaN(within) == isUnchanged)
            throw item.Location.Wrong($"'{Within}' belongs to 'unchanged' only: how far apart figures may lie.");
        if (double.IsNaN(bound) == isBound)
            throw item.Location.Wrong($"'{Bound}' belongs to 'atMost' and 'atLeast' only: the number that figures are held against.");
        if (!double.IsNaN(by) && (isUnchanged || isBound))
            throw item.Location.Wrong($"'{By}' belongs to 'rising' and 'falling' only: the least step from each figure to the next.");
        return new(claim.Kind, isUnchanged ? within : isBound ? bound : double.IsNaN(by) ? 0 : by, [.. cells.Select(
            cell => new PublishedFigure(cell, claim.Quantity, claim.Port, double.NaN, double.NaN, 0, FigureOrigin.Measured, ""))]);
    }

    private static string CellKey(YamlText key) =>
        key.Text is ExperimentKeys.Rule or ExperimentKeys.Preset || ExperimentKeys.IsSetting(key.Text) || ExperimentKeys.IsOption(key.Text)
        ? key.Text
        : throw key.Location.Wrong($"there is no key '{key.Text}' of a claim. "
            + $"{KnownWords.Hint(key.Text, [.. s_claims.Keys, Within, By, Bound, Of, ExperimentKeys.Rule])}");

    // Claims are of runs or of trials.
    private static (FigureQuantity Quantity, string Port) QuantityOf(YamlNode node) =>
        Text(node).Split(' ', StringSplitOptions.RemoveEmptyEntries) switch
    {
        [var measure, var port] when s_ofPorts.TryGetValue(measure, out var known) && CountsOf(known.Quantity)?.Contains(port) != false
            && known.Quantity is not (FigureQuantity.Cost or FigureQuantity.Saving) => (known.Quantity, port),
        [var share] when s_ofAll.TryGetValue(share, out var known) => (known.Quantity, ""),
        _ => throw node.Location.Wrong($"'{Text(node)}' stands where a quantity is expected: {string.Join(", ", s_ofAll.Keys)}, "
            + $"or one of {string.Join(", ", s_ofPorts.Keys)} and a port, as in 'cosine fc2'."),
    };

    // 97.5, or with its standard deviation 97.5 ± 0.2
    private static (double Value, double Std) Figure(YamlNode node, double least, double most)
    {
        var parts = Text(node).Split('±', StringSplitOptions.TrimEntries);
        double[] numbers = [.. parts.Select(
            part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN)];
        return (numbers is [_] or [_, >= 0]) && numbers[0] >= least && numbers[0] <= most
            ? (numbers[0], numbers.Length == 2 ? numbers[1] : double.NaN)
            : throw node.Location.Wrong(FormattableString.Invariant($"'{Text(node)}' stands where a figure from {least} to {most} is ")
                + "expected, as in 0.97, or with its standard deviation 0.97 ± 0.01.");
    }

    private static FigureOrigin OriginOf(YamlNode node) => s_origins.TryGetValue(Text(node), out var origin)
        ? origin
        : throw node.Location.Wrong($"there is no origin '{Text(node)}'. {KnownWords.Hint(Text(node), s_origins.Keys)}");

    private static double Number(YamlText key, YamlNode node, double least) =>
        double.TryParse(Text(node), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least
            && double.IsFinite(number)
            ? number
            : throw node.Location.Wrong(
                FormattableString.Invariant($"'{key.Text}' was given as '{Text(node)}'; it takes a number of at least {least}."));

    internal static IReadOnlyList<(YamlText Key, YamlNode Value)> Entries(YamlNode node) =>
        node is YamlMap map ? map.Entries : throw node.Location.Wrong("'key: value' lines are expected here.");

    internal static string Text(YamlNode node) => node is YamlText { Text.Length: > 0 } text ? text.Text
        : throw node.Location.Wrong("a text or a number is expected here.");
}
