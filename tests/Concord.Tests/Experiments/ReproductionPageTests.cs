using System.Globalization;
using Concord.Experiments;
using Concord.Training;

namespace Concord.Tests.Experiments;

/// <summary>Runs are set beside published figures, and written into a page.</summary>
public sealed class ReproductionPageTests
{
    [Fact]
    public void RunsAreSetBesideTheFiguresAndWrittenIntoThePage()
    {
        using var folder = new TemporaryFolder();
        var entry = Reproduction.Parse(ReproductionFileTests.Small, "small.yaml");
        var sweep = Sweep.Open(entry.Quick.Experiment, folder["runs"]);
        sweep.Run(jobs: 2);
        var figures = entry.Compare(entry.Quick, sweep.Groups);
        // the figure at 5 epochs is not part of it
        Assert.Equal(["backprop", "dfa scale=1", "dfa scale=1"], figures.Select(figure => figure.Published.Label));
        var group = sweep.Groups.Single(one => one.Label == "dfa scale=1.0");
        Assert.Equal(100 * (1 - group.Result!.TestAccuracy.Mean), figures[1].Ours!.Mean, 10);
        Assert.Equal(2, figures[1].Ours!.Count);
        Assert.Equal(group.Result.Alignment[0].Cosine.Mean, figures[2].Ours!.Mean);
        Assert.All(figures, figure => Assert.Equal(ReproductionVerdict.CutPlan, figure.Verdict));   // one epoch of five

        // The full plan first, with figures of none of its runs; the quick one goes before it, and is written again.
        ReproductionPage.Write(folder["pages"], entry, entry.Full, [], null);
        File.AppendAllText(folder["pages/small.md"], "\nWords of people.\n");
        File.AppendAllText(folder["pages/README.md"], "\nMore words.\n");
        ReproductionPage.Write(folder["pages"], entry, entry.Quick, [], null);
        Assert.Equal(folder["pages/small.md"], ReproductionPage.Write(folder["pages"], entry, entry.Quick, figures, sweep));
        var page = File.ReadAllText(folder["pages/small.md"]);
        Assert.StartsWith("# small\n\n<!-- generated: small -->\nA small one.\n\nFigures: Nobody 2026\n<!-- end of small -->\n\n"
            + "<!-- generated: small --quick -->\n## quick\n", page, StringComparison.Ordinal);
        Assert.EndsWith("\n<!-- end of small --full -->\n\nWords of people.\n", page, StringComparison.Ordinal);
        Assert.Equal(3, page.Split("<!-- generated: ").Length - 1);
        var index = File.ReadAllText(folder["pages/README.md"]);
        Assert.Contains("| [small](small.md) | A small one. | 3 not judged | – | – | – |\n", index, StringComparison.Ordinal);
        Assert.EndsWith("\nMore words.\n", index, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture,
            $"| backprop | test accuracy, % | {figures[0].Ours!.Mean:0.00} ± {figures[0].Ours!.Std:0.00} | 50.00 | paper |"), page,
            StringComparison.Ordinal);
        Assert.Contains("\nNothing is judged here; 3 not judged for their plan is cut.\n", page, StringComparison.Ordinal);
        Assert.Contains("- dfa scale=1 (test error, %), dfa scale=1 (cosine fc1): one epoch\n", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("claims: [{rising: testAccuracy, of: [{rule: dfa}, {rule: backprop}]}]")]
    public void APageSaysWhatWentWrongInItsRunsAndKeepsIt(string claims)
    {
        using var folder = new TemporaryFolder();
        var entry = Reproduction.Parse($$$"""
            name: wild
            source: Nobody 2026
            origin: paper
            data: glyphs
            train: 400
            test: 100
            validation: 50
            model: mlp:784-32-32-10
            batch: 16
            epochs: 3
            clipNorm: 5
            engine: managed
            rules: {backprop: {learningRate: 3}, dfa: {learningRate: 0.02}}
            published: [{rule: backprop, testAccuracy: 90}]
            {{{claims}}}
            """, "wild.yaml");
        var sweep = Sweep.Open(entry.Quick.Experiment, folder["runs"]);
        sweep.Run(jobs: 2);
        var written = ReproductionPage.Part(entry, entry.Quick, entry.Compare(entry.Quick, sweep.Groups), sweep);
        var part = MarkdownProse.Join(written);
        var tail = ReproductionPage.TailOf(part);
        Assert.Equal(claims.Length > 0, tail.StartsWith(ReproductionPage.TableHead, StringComparison.Ordinal));
        Assert.Contains($"{ReproductionPage.WarningsHead}\n\n- backprop: ", tail, StringComparison.Ordinal);
        Assert.DoesNotContain("- dfa: ", tail, StringComparison.Ordinal);
        Assert.EndsWith(sweep.Groups[0].Result!.Warning, part, StringComparison.Ordinal);
        // judged again, it stays: what is kept of a part is its tail
        Assert.Equal(written, ReproductionPage.Part(entry, entry.Quick, part.Split('\n').First(line => line.StartsWith('`')),
            entry.Compare(entry.Quick, sweep.Groups), entry.Judge(sweep.Groups), tail));
    }

    [Fact]
    public void TransportIsAShareOfBackpropagations()
    {
        const string Text = """
            name: moved
            source: Nobody 2026
            origin: derived
            data: glyphs
            train: 320
            test: 100
            validation: 0
            model: mlp:784-16-10
            batch: 32
            epochs: 1
            engine: managed
            rules:
              backprop:
              usf:
              dfa:
              fbp: [{feedback.period: [5, 10]}, {feedback.period: 1, feedback.scheme: top-k, feedback.fraction: 0.1}]
            published:
              - {rule: backprop, transport: {weights: 1, bits: 1}}
              - {rule: usf, transport: {weights: 1, bits: 0.03125}}
              - {rule: dfa, transport: {weights: 0, bits: 0}}
              - {rule: fbp, feedback.scheme: full, feedback.period: 5, transport: {weights: 0.2, bits: 0.2}}
              - {rule: fbp, feedback.scheme: top-k, transport: {weights: 0.1, bits: 0.125}}
            claims:
              - {rule: [usf, backprop], rising: transport bits}
              - {rule: fbp, feedback.scheme: full, falling: transport weights}
              - {of: [{rule: backprop}, {rule: fbp, feedback.period: 5}, {rule: fbp, feedback.scheme: top-k}], falling: transport weights}
            """;
        using var folder = new TemporaryFolder();
        var entry = Reproduction.Parse(Text, "moved.yaml");
        var sweep = Sweep.Open(entry.Quick.Experiment, folder["runs"]);
        sweep.Run(jobs: 2);
        // 16 x 10 weights are crossed; an index of 160 takes 8 bits beside the 32 of its number.
        var figures = entry.Compare(entry.Quick, sweep.Groups);
        Assert.Equal([1, 1, 1, 1 / 32.0, 0, 0, 0.2, 0.2, 0.1, 0.125], figures.Select(figure => figure.Ours!.Mean));
        Assert.All(figures, figure => Assert.Equal(ReproductionVerdict.Reproduced, figure.Verdict));
        Assert.All(entry.Judge(sweep.Groups), claim => Assert.True(claim.Holds));
        Assert.Equal("weights moved, backprop 1 falls strictly: backprop; fbp period=5; fbp scheme=top-k", entry.Claims[2].Text);
        Assert.Contains("there is no key 'rul' of a claim", Assert.Throws<ConcordException>(() => Reproduction.Parse(Text.Replace(
            "{of: [{rule: backprop}", "{of: [{rul: backprop}", StringComparison.Ordinal), "moved.yaml")).Message, StringComparison.Ordinal);
        Assert.Equal("bits moved, backprop 1", figures[1].Published.QuantityName);
        Assert.Contains("there is no such figure as 'bit'. Did you mean 'bits'?", Assert.Throws<ConcordException>(
            () => Reproduction.Parse(Text.Replace("bits: 0.125", "bit: 0.125", StringComparison.Ordinal), "moved.yaml")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void RepresentationsAreSetBesideThoseOfBackpropagation()
    {
        const string Text = """
            name: alike
            source: Nobody 2026
            origin: paper
            data: glyphs
            train: 300
            test: 300
            validation: 20
            model: mlp:784-16-10
            epochs: 2
            engine: managed
            rules: {backprop: , fa: , shallow: {epochs: 0}}
            published:
              - {rule: fa, concordance: {fc1: 0.5}, cka: {fc1: 0.9, fc2: unpublished}, ckaWhereWrong: {fc1: 0.9},
                 ckaBefore: {fc1: 0.9, fc2: unpublished}, ckaBeforeWhereWrong: {fc1: 0.9}}
              - {rule: backprop, cka: {fc1: unpublished, fc9: unpublished}}
              - {rule: shallow, cka: {fc1: unpublished}, ckaWhereWrong: {fc1: unpublished}}
            claims:
              - {rule: [shallow, fa], rising: cka fc2}
            tolerance: {concordance: 0.25, cka: 0.01}
            spread: {concordance: 0.05}
            quick: {seeds: 2}
            full: {seeds: 1}
            """;
        using var folder = new TemporaryFolder();
        var entry = Reproduction.Parse(Text, "alike.yaml");
        Assert.Equal((0.25, 0.01), (entry.Tolerance.Concordance, entry.Tolerance.Cka));
        var sweep = Sweep.Open(entry.Quick.Experiment, folder["runs"]);
        sweep.Run(jobs: 2);
        var figures = entry.Compare(entry.Quick, sweep.Groups);
        ReproducedFigure Figure(string rule, FigureQuantity quantity, string port) => figures.Single(
            figure => figure.Published.Label == rule && figure.Published.Quantity == quantity && figure.Published.Port == port);

        var concordance = Figure("fa", FigureQuantity.Concordance, "fc1");
        Assert.Equal(ReproductionVerdict.Reproduced, concordance.Verdict);
        Assert.Equal(sweep.Groups.Single(group => group.Label == "fa").Result!.Runs.Select(run => run.Alignment[0].WeightAgreement),
            concordance.Ours!.Values);
        Assert.Equal("sign concordance fc1", concordance.Published.QuantityName);

        // By hand: each seed beside backpropagation's run of that seed.
        using var kernels = Concord.Numerics.Engines.Engines.Create("managed", 1);
        var data = Concord.Data.Dataset.Load("glyphs");
        SavedNetwork Of(string rule, int seed) =>
            SavedNetwork.Open(sweep.Cells.Single(cell => cell.Cell.Label == rule && cell.Settings.Seed == seed).Folder, data, kernels);
        double Between(SavedNetwork one, SavedNetwork other, ComparedSamples which = ComparedSamples.All) =>
            Similarity.Between(one, other, one.Split!.Test, 300, which: which).Of("fc1");
        Assert.Equal([Between(Of("backprop", 0), Of("fa", 0)), Between(Of("backprop", 1), Of("fa", 1))],
            Figure("fa", FigureQuantity.Cka, "fc1").Ours!.Values);
        Assert.Equal([Between(Of("backprop", 0), Of("fa", 0), ComparedSamples.FirstAloneIsRight), Between(Of("backprop", 1), Of("fa", 1),
            ComparedSamples.FirstAloneIsRight)], Figure("fa", FigureQuantity.CkaWhereWrong, "fc1").Ours!.Values);
        // once, not both ways round
        Assert.Equal([Between(Of("backprop", 1), Of("backprop", 0))], Figure("backprop", FigureQuantity.Cka, "fc1").Ours!.Values);
        Assert.Equal(Between(Of("backprop", 0), SavedNetwork.Open(Of("fa", 0).Folder, data, kernels, untrained: true)),
            Figure("shallow", FigureQuantity.Cka, "fc1").Ours!.Values[0], 1e-12);
        Assert.Null(Figure("backprop", FigureQuantity.Cka, "fc9").Ours);

        // Before the activation it is another figure, and at the output, which has none, the same.
        Assert.NotEqual(Figure("fa", FigureQuantity.Cka, "fc1").Ours!.Values, Figure("fa", FigureQuantity.CkaBefore, "fc1").Ours!.Values);
        Assert.Equal(Figure("fa", FigureQuantity.Cka, "fc2").Ours!.Values, Figure("fa", FigureQuantity.CkaBefore, "fc2").Ours!.Values);
        SavedNetwork Before(string rule, int seed) =>
            SavedNetwork.Open(Of(rule, seed).Folder, data, kernels, at: Concord.Networks.Placement.PreActivation);
        Assert.Equal([Between(Before("backprop", 0), Before("fa", 0)), Between(Before("backprop", 1), Before("fa", 1))],
            Figure("fa", FigureQuantity.CkaBefore, "fc1").Ours!.Values);
        Assert.Equal([Between(Before("backprop", 0), Before("fa", 0), ComparedSamples.FirstAloneIsRight), Between(Before("backprop", 1),
            Before("fa", 1), ComparedSamples.FirstAloneIsRight)], Figure("fa", FigureQuantity.CkaBeforeWhereWrong, "fc1").Ours!.Values);
        Assert.Equal("CKA fc1 before activation, where it is wrong",
            Figure("fa", FigureQuantity.CkaBeforeWhereWrong, "fc1").Published.QuantityName);
        Assert.Equal(2, Assert.Single(entry.Judge(sweep.Groups)).Ours.Count);
    }

    private const string Spikes = """
        name: spikes
        description: How often neurons fire.
        source: nobody
        origin: measured
        data: glyphs
        train: 60
        test: 20
        validation: 0
        probe: off
        model: snn:784-12-10,weights=-0.2/0.4
        rules:
          backprop:
            - {rateStrength: [0, 1], rateTarget: 0.2}
            - {model: 'snn:784-10,weights=-0.2/0.4'}
        published:
          - {rule: backprop, rateStrength: 0, model: 'snn:784-12-10,weights=-0.2/0.4', spikesPerNeuron: {fc1: 4, fc2: 0.5, fc3: 1}}
        claims:
          - {rule: backprop, model: 'snn:784-12-10,weights=-0.2/0.4', rateStrength: [0, 1], falling: spikesPerNeuron fc1}
        quick:
          epochs: 1
          seeds: 2
        full:
          epochs: 1
        """;

    // A tenth of four spikes, and 0.1 where there is less than one.
    [Fact]
    public void SpikesPerNeuronAreFiguresByLayer()
    {
        var entry = Reproduction.Parse(Spikes, "spikes.yaml");
        Assert.Equal([0.4, 0.1], entry.Figures.Take(2).Select(figure => entry.Tolerance.Of(figure)));
        using var folder = new TemporaryFolder();
        var sweep = Sweep.Open(entry.Quick.Experiment, folder["runs"]);
        sweep.Run(jobs: 2);
        var figures = entry.Compare(entry.Quick, sweep.Groups);
        var runs = sweep.Groups[0].Result!.Runs;
        Assert.Equal([runs.Average(run => run.Spikes[0].SpikesPerNeuron), runs.Average(run => run.Spikes[1].SpikesPerNeuron)],
            figures.Take(2).Select(figure => figure.Ours!.Mean));
        Assert.Null(figures[2].Ours);   // there is no such layer
        Assert.Equal(2, Assert.Single(entry.Judge(sweep.Groups)).Ours.Count);
        var part = ReproductionPage.Part(entry, entry.Quick, figures, sweep);
        Assert.Contains("| spikes per neuron fc1 | spikes per neuron fc2 |", part, StringComparison.Ordinal);
        Assert.Contains(part.Split('\n'), line => line.Contains("model=snn:784-10", StringComparison.Ordinal)
            && line.EndsWith("| – |", StringComparison.Ordinal));   // it has no fc2
    }

    [Fact]
    public void ClaimsAreOfSeveralRunsInTheOrderGivenElseThatOfTheGrid()
    {
        var small = ReproductionFileTests.Small.Replace("validation: 0", "validation: 100\nprobe: feedback", StringComparison.Ordinal);
        var entry = Reproduction.Parse($"{small}\n{ReproductionFileTests.Claims}", "small.yaml");
        Assert.Equal("What a reader must know.", entry.About);
        Assert.Equal((ClaimKind.Unchanged, 100.0), (entry.Claims[2].Kind, entry.Claims[2].Margin));
        Assert.Equal("cosine fc1 falls strictly: rule dfa; feedback.scale 1, 0.5", entry.Claims[1].Text);
        using var folder = new TemporaryFolder();
        var sweep = Sweep.Open(entry.Quick.Experiment, folder["runs"]);
        sweep.Run(jobs: 2);
        var (groups, judged) = (sweep.Groups, entry.Judge(sweep.Groups));
        Assert.Equal(6, judged.Count);   // the last is of five epochs
        SweepGroup Of(string label) => groups.Single(group => group.Label == label);
        Assert.Equal([100 * Of("dfa scale=0.5").Result!.TestAccuracy.Mean, 100 * Of("dfa scale=1.0").Result!.TestAccuracy.Mean],
            judged[0].Ours.Select(ours => ours!.Mean));
        Assert.Equal([Of("dfa scale=1.0").Result!.Alignment[0].Cosine.Mean, Of("dfa scale=0.5").Result!.Alignment[0].Cosine.Mean],
            judged[1].Ours.Select(ours => ours!.Mean));
        Assert.Equal([.. new[] { "dfa scale=0.5", "dfa scale=1.0", "backprop" }
            .Select(label => Math.Round(100 * Of(label).Result!.TrainAccuracy.Mean, 9))],
            judged[2].Ours.Select(ours => Math.Round(ours!.Mean, 9)));
        Assert.Equal([.. new[] { "dfa scale=0.5", "dfa scale=1.0", "backprop" }
            .Select(label => Math.Round(100 * Of(label).Result!.BestTestAccuracy.Mean, 9))],
            judged[3].Ours.Select(ours => Math.Round(ours!.Mean, 9)));
        Assert.Equal([.. new[] { "dfa scale=0.5", "dfa scale=1.0", "backprop" }
            .Select(label => Math.Round(Of(label).Result!.Runs.Average(run => run.Test.Loss), 9))],
            judged[4].Ours.Select(ours => Math.Round(ours!.Mean, 9)));
        Assert.Equal([.. new[] { "dfa scale=0.5", "dfa scale=1.0" }
            .Select(label => Math.Round(Of(label).Result!.Runs.Average(run => run.Alignment[0].FeedbackError), 9))],
            judged[5].Ours.Select(ours => Math.Round(ours!.Mean, 9)));
        var part = ReproductionPage.Part(entry, entry.Quick, entry.Compare(entry.Quick, groups), sweep);
        Assert.Contains("\n\nWhat a reader must know.\n\nFigures: ", File.ReadAllText(ReproductionPage.Write(folder["pages"], entry,
            entry.Quick, [], null)), StringComparison.Ordinal);
        Assert.Contains($"- train accuracy, % stays within 100: rule dfa, backprop. {ReproductionPage.Ours(judged[2])}: "
            + $"{judged[2].VerdictName}.", part, StringComparison.Ordinal);
        Assert.Contains("| runs | train accuracy, % | test accuracy, % | minus backprop at equal seeds, points (± half the 95 % interval) "
            + "| cosine fc1 |", part, StringComparison.Ordinal);
        double[] apart = [.. Of("dfa scale=0.5").Result!.TestAccuracy.Values.Zip(Of("backprop").Result!.TestAccuracy.Values,
            (mine, other) => 100 * (mine - other))];
        var row = part.Split('\n').Single(line => line.StartsWith("| dfa scale=0.5 |", StringComparison.Ordinal)
            && line.Split('|').Length == 7);
        var cell = row.Split('|')[4].Trim().Replace('\u2212', '-').Split(" (");
        Assert.Equal(apart.Average(), double.Parse(cell[0], System.Globalization.CultureInfo.InvariantCulture), 0.0051);
        Assert.Equal("no interval)", cell[1]);   // of two seeds
    }
}
