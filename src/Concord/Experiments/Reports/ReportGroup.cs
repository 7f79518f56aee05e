using System.Globalization;
using Concord.Diagnostics;
using Concord.Experiments.Charts;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>The part of a report about the runs on one data set.</summary>
internal sealed class ReportGroup
{
    private const int MostMatrices = 16, MostPorts = 8, MostSpikes = 4;
    private readonly IReadOnlyList<Variant> _variants;
    private readonly IReadOnlyList<RunRecord> _twice;
    private readonly IReadOnlyList<string> _ports;
    private string _heading = "";   // the last one

    public ReportGroup(string data, IReadOnlyList<RunRecord> runs)
    {
        Data = data;
        _variants = Variant.Sort(runs, out _twice);
        _ports = [.. runs.SelectMany(run => run.Epochs).SelectMany(epoch => epoch.Alignment).Select(port => port.Port).Distinct()];
    }

    /// <summary>The data set.</summary>
    public string Data { get; }

    /// <summary>What was run, in a line.</summary>
    public string Summary
    {
        get
        {
            var count = _variants.Sum(variant => variant.Runs.Count);
            var seeds = NumberFormat.List(_variants.SelectMany(variant => variant.Runs).Where(run => run.KnowsSettings)
                .Select(run => run.Seed));
            var models = _variants.Select(variant => variant.Settings.GetValueOrDefault("model", "unknown model")).Distinct().ToList();
            return $"{Things.Of(count, "run")} on {Data}, "
                + $"{(models.Count == 1 ? models[0] : Things.Of(models.Count, "model"))}, "
                + $"seeds {(seeds.Length > 0 ? seeds : "unknown")}";
        }
    }

    /// <summary>What is odd about the runs together.</summary>
    public IEnumerable<(string Run, string Note)> Notes =>
        _twice.Select(run => (run.Path, "It repeats the settings and the seed of another run, and is not counted here."));

    /// <summary>Writes it.</summary>
    /// <param name="page">Where to.</param>
    public void Write(Markup page)
    {
        page.Element("h2", Data);
        ReportAnswer.Write(page, _variants);
        WriteDifferences(page);
        WriteResults(page);
        WriteDepth(page);
        WriteAlignment(page);
        WriteActivities(page);
        WriteCurves(page);
        WriteMatrices(page);
        WriteSpikes(page);
        WriteEnergy(page);
        WriteCosts(page);
        WriteSettings(page);
    }

    private int[] Numbers => [.. _variants.Select(variant => variant.Number)];

    private void WriteDifferences(Markup page)
    {
        var keys = Variant.Varying(_variants).Where(key => key != "rule").ToList();   // the label has it
        Heading(page, "What was run");
        if (_variants.Count == 1)
        {
            page.Element("p",
                $"{_variants[0].Label}, {(_variants[0].Runs.Count == 1 ? "one run" : "with several seeds")}. All settings stand below.");
            return;
        }
        page.Element("p", "The settings that differ, where they apply; all others stand at the end. A colour is a family of rules, "
            + "a marker a rule in it, on every page the same.", ("class", "say"));
        Table(page, ["rule", .. keys, "seeds"], variant =>
            [.. keys.Select(key => variant.Applies(key) ? variant.Settings[key] : NumberFormat.None),
            NumberFormat.List(variant.Runs.Select(run => run.Seed))]);
    }

    private void WriteResults(Markup page)
    {
        Heading(page, "Results");
        var (word, unit) = _variants.Any(variant => variant.Test.IsLoss) ? ("loss", "") : ("accuracy", ", %");
        Table(page, ["rule", $"#test {word}{unit}", "#95 % interval", "#minus backprop", "#validation, last epoch", "#best on validation",
            "#at epoch", $"#test at that epoch{unit}", "#s / epoch", "#memory"], variant =>
        {
            var test = variant.Test;
            var reference = variant.ReferenceAmong(_variants);
            var difference = variant.IsReference || reference is null ? null : variant.DifferenceTo(reference);
            var best = variant.Runs.Select(run => EpochMetrics.Best(run.Epochs)).ToList();
            return
            [
                NumberFormat.Score(test), NumberFormat.Interval(test),
                difference is null ? NumberFormat.None : NumberFormat.Difference(difference, test),
                NumberFormat.Score(variant.Validation),
                NumberFormat.Score(SeedScore.Of([.. best.Select(epoch => epoch?.Validation ?? Score.None)])),
                best.Any(epoch => epoch is not null)
                    ? NumberFormat.List(best.Where(epoch => epoch is not null).Select(epoch => (long)epoch!.Epoch)) : NumberFormat.None,
                NumberFormat.Score(variant.ScoreOver(run => run.BestTest)),
                NumberFormat.Seconds(variant.Over(run => run.SecondsPerEpoch).Mean),
                NumberFormat.Bytes(variant.Runs.Select(run => run.Memory?.Training).FirstOrDefault(bytes => bytes is not null)),
            ];
        });
        page.Element("p", $"± after {(unit.Length > 0 ? "an" : "a")} {word}: standard deviation over seeds (n − 1). The "
            + "interval is that of the mean (Student’s t). "
            + $"Minus backprop: mean difference of test {word} at equal seeds, ± half its 95 % interval. "
            + "Test samples are scored once, at the end: with the last epoch’s weights, and with those of the best epoch on validation. "
            + "Seconds: training alone, the median epoch. Memory: all that training holds.", ("class", "say"));
    }

    private void WriteAlignment(Markup page)
    {
        if (_ports.Count == 0) return;
        Heading(page, "Alignment");
        Table(page, ["rule", .. _ports.Select(port => $"#{port}")], variant => [.. _ports.Select(port =>
        {
            var cosine = variant.Over(run => CosineAt(run.Epochs.Count > 0 ? run.Epochs[^1] : null, port))
                with { Void = variant.Runs.Count(run => run.Epochs.Count > 0 && At(run.Epochs[^1], port)?.IsVoid == true) };
            return cosine.Shown(double.IsFinite(cosine.Mean)
                ? $"{NumberFormat.Fixed(PortAlignment.Degrees(cosine.Mean), 1)}°  ({NumberFormat.Spread(cosine.Mean, cosine.Std, 3)})"
                : NumberFormat.None);
        })]);
        page.Element("p", "Angle between the rule’s signal at a port and the true gradient there, after the last epoch, "
            + "and its cosine ± standard deviation over seeds. 0° is backpropagation, 90° chance; a rule without a signal there has none. "
            + PortAlignment.VoidMeaning,
            ("class", "say"));
        WriteGradient(page);
        WriteFeedback(page);
    }

    private void WriteGradient(Markup page)
    {
        if (_variants.All(variant => _ports.All(port => !double.IsFinite(AtEnd(variant, port, at => at.TrueNorm).Mean)))) return;
        Heading(page, "True gradient");
        Table(page, ["rule", .. _ports.Select(port => $"#{port}")], variant => [.. _ports.Select(port =>
        {
            var (norm, batches) = (AtEnd(variant, port, at => at.TrueNorm).Mean, AtEnd(variant, port, at => at.BatchCosine).Mean);
            return $"{NumberFormat.Figures(norm)}{(double.IsFinite(batches) ? $"  ({NumberFormat.Fixed(batches, 2)})" : "")}";
        })]);
        page.Element("p", "Norm of a sample’s true gradient at a port after the last epoch, mean over samples and seeds, and in "
            + "brackets the cosine between its directions in different batches. Where that is over "
            + FormattableString.Invariant($"{PortAlignment.DriftAbove}, one direction that all samples share outweighs the others, and ")
            + "a signal is well aligned by having it.", ("class", "say"));
    }

    private void WriteFeedback(Markup page)
    {
        if (_variants.All(variant => _ports.All(port => !double.IsFinite(Error(variant, port).Mean)))) return;
        Heading(page, "Direct feedback");
        Table(page, ["rule", .. _ports.Select(port => $"#{port}")], variant => [.. _ports.Select(port =>
        {
            var (error, variance) = (Error(variant, port), AtEnd(variant, port, at => at.FeedbackVariance));
            return !double.IsFinite(error.Mean) ? NumberFormat.None
                : $"{NumberFormat.Spread(error.Mean, error.Std, 3)}{(!double.IsFinite(variance.Mean) ? ""
                    : $" = lag {NumberFormat.Fixed(error.Mean - variance.Mean, 3)} + variance {NumberFormat.Fixed(variance.Mean, 3)}")}, "
                    + $"cosine {NumberFormat.Fixed(AtEnd(variant, port, at => at.FeedbackCosine).Mean, 3)}";
        })]);
        page.Element("p", "Squared distance of the feedback from the mean derivative of the outputs by the port, relative to its "
            + "square, after the last epoch; ± over seeds. Of feedback that averages estimates: the part by which it is behind (lag), "
            + "and the part by which estimates vary.", ("class", "say"));

        static SeedStatistic Error(Variant variant, string port) => AtEnd(variant, port, at => at.FeedbackError);
    }

    private void WriteDepth(Markup page)
    {
        List<(Variant Trained, Variant Control)> pairs = [.. from trained in _variants
            from control in _variants
            where trained.IsControlledBy(control)
            select (trained, control)];
        if (pairs.Count == 0) return;
        Heading(page, "Depth utility");
        ReportTable.Write(page, _heading,
            ["rule", "frozen", "#test accuracy, %", "#with them frozen, %", "#utility, points", "#95 % interval", "at least 2"],
            pairs.Select(pair =>
            {
                var utility = pair.Trained.DifferenceTo(pair.Control);
                var (mean, half) = (100 * utility.Mean, 100 * utility.HalfWidth95);
                return (IReadOnlyList<string>)
                [
                    pair.Trained.Rule, pair.Control.Settings["freeze"], NumberFormat.Percent(pair.Trained.Test.Accuracy),
                    NumberFormat.Percent(pair.Control.Test.Accuracy), NumberFormat.Spread(mean, 100 * utility.Std, 2),
                    double.IsFinite(half) ? $"{NumberFormat.Fixed(mean - half, 2)} to {NumberFormat.Fixed(mean + half, 2)}"
                        : NumberFormat.NoInterval,
                    DepthControl.IsWorth(utility) switch { true => "yes", false => "no", null => "not decided with these seeds" },
                ];
            }), [.. pairs.Select(pair => pair.Trained.Number)]);
        page.Element("p", "What training blocks is worth: test accuracy less that of the same run with them frozen as they were drawn, at "
            + "equal seeds, ± standard deviation over seeds (n − 1). At least 2 points, or not, where the whole interval says so.",
            ("class", "say"));
    }

    private void WriteActivities(Markup page)
    {
        static IReadOnlyList<ActivityNorm> Of(RunRecord run) => run.Epochs.Count > 0 ? run.Epochs[^1].ActivityNorms : [];
        List<string> blocks = [.. _variants.SelectMany(variant => variant.Runs).SelectMany(Of).Select(norm => norm.Block).Distinct()];
        if (blocks.Count == 0) return;
        Heading(page, "Activities");
        Table(page, ["rule", .. blocks.Select(block => $"#{block}")], variant => [.. blocks.Select(block =>
        {
            SeedStatistic Over(Func<ActivityNorm, double> figure) =>
                variant.Over(run => Of(run).FirstOrDefault(norm => norm.Block == block) is { } norm ? figure(norm) : double.NaN);
            var (norm, growth) = (Over(norm => norm.Norm).Mean, Over(norm => norm.Growth).Mean);
            return double.IsFinite(growth) ? $"{NumberFormat.Figures(norm)}  (× {NumberFormat.Figures(growth)})"
                : NumberFormat.Figures(norm);
        })]);
        page.Element("p", "Norm of a hidden block’s activity after the last epoch, mean over samples and seeds, and in brackets its "
            + "growth: how many times that of the block below it is, their widths allowed for. A healthy network stays under 5; "
            + FormattableString.Invariant($"one over {ActivityNorm.MostGrowth} is failing."), ("class", "say"));
    }

    private void WriteCurves(Markup page)
    {
        Heading(page, "Learning curves");
        var validated = _variants.SelectMany(variant => variant.Runs).SelectMany(run => run.Epochs)
            .Any(epoch => double.IsFinite(epoch.Validation.Merit));
        var hasClasses = !_variants.Any(variant => variant.Runs.Any(run => run.Epochs.Any(epoch => epoch.Epoch > 0 && epoch.Train.IsLoss)));
        page.Element("p", "Mean over the seeds, and a band of one standard deviation to either side; under "
            + FormattableString.Invariant($"{SeedStatistic.LeastSeeds} seeds a point for each, and no band."), ("class", "say"));
        page.Open("div", ("class", "charts"));
        if (validated && hasClasses) Accuracy("Validation accuracy", epoch => epoch.ValidationAccuracy);
        if (hasClasses) Accuracy("Training accuracy", epoch => epoch.TrainAccuracy);
        if (validated) Loss("Validation loss", epoch => epoch.ValidationLoss);
        Loss("Training loss", epoch => epoch.TrainLoss);
        page.Close();
        if (_ports.Count == 0) return;

        Heading(page, "Alignment over time");
        if (_ports.Count > MostPorts)
            page.Element("p", $"{MostPorts} of {_ports.Count} ports, evenly spread; the table above has all.", ("class", "say"));
        page.Open("div", ("class", "charts"));
        foreach (var port in _ports.Count <= MostPorts ? _ports
            : [.. Enumerable.Range(0, MostPorts).Select(i => _ports[i * (_ports.Count - 1) / (MostPorts - 1)])])
            (Lines(new($"Alignment at {port}", "epoch", "cosine with the true gradient", "No alignment was measured at this port."),
                epoch => CosineAt(epoch, port), 3) with { Always = [0, 1], Floor = -1, Ceiling = 1 }).Draw(page);
        Scatter().Draw(page);
        page.Close();

        void Accuracy(string name, Func<EpochMetrics, double> figure) =>
            (Lines(new(name, "epoch", "%", "No epoch is done yet."), epoch => 100 * figure(epoch), 2) with { Floor = 0,
                Ceiling = 100 }).Draw(page);

        void Loss(string name, Func<EpochMetrics, double> figure) =>
            (Lines(new(name, "epoch", "loss per sample", "No epoch is done yet."), figure, 4) with { MayBeLogarithmic = true }).Draw(page);
    }

    private LineChart Lines(ChartText text, Func<EpochMetrics, double> figure, int decimals) =>
        new(text, [.. _variants.Select(variant => new ChartSeries(variant.Label, variant.Number, Points(variant, figure, decimals))
            { Seeds = Seeds(variant, figure, decimals) })]);

    private static List<ChartPoint> Points(Variant variant, Func<EpochMetrics, double> figure, int decimals) =>
    [
        .. variant.Runs.SelectMany(run => run.Epochs).GroupBy(epoch => epoch.Epoch).OrderBy(same => same.Key).Select(same =>
        {
            var value = new SeedStatistic([.. same.Select(figure)]);
            var says = $"{variant.Label}, epoch {same.Key.ToString(CultureInfo.InvariantCulture)}: "
                + $"{NumberFormat.Spread(value.Mean, value.Std, decimals)} ({Things.Of(value.Count, "seed")})";
            return value.Count < SeedStatistic.LeastSeeds ? new ChartPoint(same.Key, value.Mean, double.NaN, double.NaN, says)
                : new ChartPoint(same.Key, value.Mean, value.Mean - value.Std, value.Mean + value.Std, says);
        }),
    ];

    private static List<ChartPoint> Seeds(Variant variant, Func<EpochMetrics, double> figure, int decimals) =>
        variant.Runs.Count is 1 or >= SeedStatistic.LeastSeeds ? []
        : [.. from run in variant.Runs
              from epoch in run.Epochs
              select new ChartPoint(epoch.Epoch, figure(epoch), double.NaN, double.NaN, FormattableString.Invariant(
                  $"{variant.Label}, seed {run.Seed}, epoch {epoch.Epoch}: {NumberFormat.Fixed(figure(epoch), decimals)}"))];

    private ScatterChart Scatter() => new(
        _variants.Any(variant => variant.Test.IsLoss)
            ? new("Loss against alignment", "mean cosine over the ports, last epoch", "test loss",
                "No finished run has both a loss and an alignment.")
            : new("Accuracy against alignment", "mean cosine over the ports, last epoch", "test accuracy, %",
                "No finished run has both an accuracy and an alignment."),
        [.. _variants.Select(variant => new ChartSeries(variant.Label, variant.Number, [.. variant.Runs.Select(run =>
        {
            var cosine = run.Epochs.Count == 0 ? double.NaN
                : run.Epochs[^1].Alignment.Select(port => port.Cosine).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
            return new ChartPoint(cosine, run.Test.IsLoss ? run.Test.Loss : 100 * run.Test.Accuracy,
                double.NaN, double.NaN, string.Create(CultureInfo.InvariantCulture, $"{variant.Label}, seed {run.Seed}: "
                    + $"{(run.Test.IsLoss ? NumberFormat.Named(run.Test) : $"{NumberFormat.Fixed(100 * run.Test.Accuracy, 2)} %")}, "
                    + $"cosine {NumberFormat.Fixed(cosine, 3)}"));
        })]))]) { Floor = 0, Ceiling = _variants.Any(variant => variant.Test.IsLoss) ? double.PositiveInfinity : 100 };

    private void WriteMatrices(Markup page)
    {
        var shown = _variants.Where(variant => variant.Runs.Any(run => run.Confusion.Length > 0)).ToList();
        if (shown.Count == 0) return;
        Heading(page, "Which classes are taken for which");
        page.Element("p", "Test samples of all seeds together, in per cent of the true class; the shade is the root of the share.",
            ("class", "say"));
        page.Open("div", ("class", "charts small"));
        foreach (var variant in shown.Take(MostMatrices)) new HeatMap(variant.Label, Sum(variant), "There are no test samples.").Draw(page);
        page.Close();
        if (shown.Count > MostMatrices) page.Element("p", $"Only the first {MostMatrices} of {shown.Count} are drawn.", ("class", "say"));
    }

    private static long[][] Sum(Variant variant)
    {
        var matrices = variant.Runs.Select(run => run.Confusion).Where(confusion => confusion.Length > 0)
            .GroupBy(confusion => confusion.Length).First().ToList();
        return [.. matrices[0].Select((row, i) => row.Select((_, j) => matrices.Sum(matrix => matrix[i][j])).ToArray())];
    }

    private void WriteSpikes(Markup page)
    {
        SpikeTable.Write(page, [.. from variant in _variants
                                   from layer in variant.Runs[0].Epochs is [.., var last] ? last.Spikes : []
                                   select (variant.Label, variant.Number, layer)]);
        List<(string Label, SpikeRecord Spikes)> shown = [.. _variants.SelectMany(variant => variant.Runs
            .Where(run => run.Spikes is not null).Take(1).Select(run => (variant.Label, run.Spikes!)))];
        if (shown.Count == 0) return;
        Heading(page, "The spikes of a sample");
        page.Element("p", "Of one run each. concord raster RUN --sample K draws another sample, here as well when the report is written "
            + "again.", ("class", "say"));
        page.Open("div", ("class", "charts"));
        foreach (var (label, spikes) in shown.Take(MostSpikes)) SpikeCharts.Draw(page, spikes, shown.Count > 1 ? label : "");
        page.Close();
        if (shown.Count > MostSpikes) page.Element("p", $"Only the first {MostSpikes} of {shown.Count} are drawn.", ("class", "say"));
    }

    private void WriteEnergy(Markup page)
    {
        List<(Variant Variant, LayerEnergy Layer)> rows = [.. from variant in _variants
                                                              from layer in variant.Runs[0].Epochs is [.., var last] ? last.Energy : []
                                                              select (variant, layer)];
        if (rows.Count == 0) return;
        Heading(page, "Energy of circuits");
        ReportTable.Write(page, _heading, ["rule", "layer", "#spikes of a neuron", $"#energy, {LayerEnergy.Unit}"],
            rows.Select(row => (IReadOnlyList<string>)[row.Variant.Label, row.Layer.Layer,
                NumberFormat.Fixed(row.Layer.SpikesPerNeuron, 2), NumberFormat.Fixed(row.Layer.Energy, 3)]),
            [.. rows.Select(row => row.Variant.Number)]);
        page.Element("p", "What the supply gives for the spikes of a sample after the last epoch, of one run each: C is a neuron's "
            + "capacitance, V the supply's voltage. What leaks away is not in it.", ("class", "say"));
    }

    private void WriteCosts(Markup page)
    {
        if (_variants.All(variant => variant.Runs[0].Cost is null)) return;
        Heading(page, "Cost of a training sample");
        var reference = _variants.FirstOrDefault(variant => variant.IsReference)?.Runs[0].Cost;
        Table(page, ["rule", "#forward", "#error", "#weight gradient", "#adaptation", "#extra forward", "#sum", "#of backprop", "#probe",
            "#weights", "#feedback", "#training"], variant =>
        {
            var (cost, memory) = (variant.Runs[0].Cost,
                variant.Runs.Select(run => run.Memory).FirstOrDefault(memory => memory is not null));
            string Of(Func<SampleCost, double> figure) => cost is { } known ? NumberFormat.Count(figure(known)) : NumberFormat.None;
            return
            [
                Of(c => c.Forward), Of(c => c.Error), Of(c => c.WeightGradient), Of(c => c.Adaptation), Of(c => c.ExtraForward),
                Of(c => c.Total),
                cost is { } mine && reference is { } theirs ? $"{NumberFormat.Fixed(100 * mine.Total / theirs.Total, 1)} %"
                    : NumberFormat.None,
                Of(c => c.Probe), NumberFormat.Bytes(memory?.Weights), NumberFormat.Bytes(memory?.Feedback),
                NumberFormat.Bytes(memory?.Training),
            ];
        });
        page.Element("p", "Multiply-accumulates by phase, and bytes of memory. The error phase carries signals down; the probe "
            + "that measures alignment is no part of a rule’s cost or of the sum. The percentage is a share of the whole step of backprop.",
            ("class", "say"));
    }

    private void WriteSettings(Markup page)
    {
        var known = _variants.Where(variant => variant.Runs[0].KnowsSettings).ToList();
        if (known.Count == 0) return;
        Heading(page, "Settings that all runs share");
        page.Open("dl");
        foreach (var key in Variant.Keys(known).Except(Variant.Differing(_variants)))
            page.Open("div").Element("dt", key).Element("dd", known[0].Settings[key]).Close();
        page.Close().Line();
        var single = Variant.Differing(_variants).Except(Variant.Varying(_variants)).ToList();
        if (single.Count == 0) return;
        Heading(page, "Settings of single rules");
        page.Open("dl");
        foreach (var key in single)
        {
            var those = known.Where(variant => variant.Settings.ContainsKey(key)).ToList();
            var values = those.GroupBy(variant => variant.Settings[key]).Select(same => $"{same.Key} ({(same.Count() <= 3
                ? string.Join(", ", same.Select(variant => variant.Label)) : Things.Of(same.Count(), "rule"))})");
            page.Open("div").Element("dt", key).Element("dd", string.Join("; ", values)).Close();
        }
        page.Close().Line();
    }

    private void Heading(Markup page, string text) => page.Element("h3", _heading = text);

    private void Table(Markup page, IReadOnlyList<string> columns, Func<Variant, IReadOnlyList<string>> cells)
    {
        ReportTable.Write(page, _heading, columns, _variants.Select(variant => (IReadOnlyList<string>)[variant.Label, .. cells(variant)]),
            Numbers);
    }

    private static double CosineAt(EpochMetrics? epoch, string port) => At(epoch, port)?.Cosine ?? double.NaN;

    private static SeedStatistic AtEnd(Variant variant, string port, Func<PortAlignment, double> figure) => variant.Over(run =>
        run.Epochs.Count > 0 && At(run.Epochs[^1], port) is { } at ? figure(at) : double.NaN);

    private static PortAlignment? At(EpochMetrics? epoch, string port) => epoch?.Alignment.FirstOrDefault(entry => entry.Port == port);
}
