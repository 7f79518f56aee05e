using System.Globalization;
using Concord.Experiments;
using Concord.Training;

namespace Concord.Tests.Experiments;

/// <summary>Published figures: read, judged, and set beside runs.</summary>
public sealed class ReproductionTests
{
    private const string Small = """
        name: small
        description: A small one.
        source: Nobody 2026
        origin: paper
        data: glyphs
        train: 300
        test: 100
        validation: 0
        model: mlp:784-16-10
        epochs: 5
        engine: managed
        rules:
          backprop:
          dfa: {feedback.scale: [0.5, 1.0]}
        published:
          - {rule: backprop, testAccuracy: 50, reason: 'a made-up | figure'}
          - {rule: dfa, feedback.scale: 1, testError: 60 ± 2, runs: 4, cosine: {fc1: 0.9}, origin: code}
          - {rule: backprop, epochs: 5, testAccuracy: 90}
        tolerance: {points: 100}
        spread: {points: 20, cosine: 0.1, dfa: {points: 30, cosine: 0.02}}
        quick: {epochs: 1, seeds: 2, minutes: 0.1, reason: one epoch}
        full: {seeds: 3}
        """;

    [Fact]
    public void AFileIsReadWhole()
    {
        var entry = Reproduction.Parse(Small, "small.yaml");
        Assert.Equal(("small", "A small one.", "Nobody 2026"), (entry.Name, entry.Description, entry.Source));
        Assert.Equal((100, 0.03), (entry.Tolerance.Points, entry.Tolerance.Cosine));
        Assert.Equal((20, 0.1, double.NaN), (entry.Spread.All.Points, entry.Spread.All.Cosine, entry.Spread.All.Cka));
        Assert.Equal([20, 30, 0.02, 20], entry.Figures.Select(entry.Spread.Of));
        Assert.Equal((2 * 3, 0.1, "one epoch"), (entry.Quick.Experiment.Cells.Count, entry.Quick.Minutes, entry.Quick.Reason));
        Assert.Equal((3 * 3, double.NaN, ""), (entry.Full.Experiment.Cells.Count, entry.Full.Minutes, entry.Full.Reason));
        Assert.All(entry.Quick.Experiment.Cells, cell => Assert.Equal(1, cell.Settings.Epochs));
        Assert.All(entry.Full.Experiment.Cells, cell => Assert.Equal(5, cell.Settings.Epochs));
        Assert.Equal(["backprop", "dfa scale=1", "dfa scale=1", "backprop epochs=5"], entry.Figures.Select(figure => figure.Label));
        Assert.Equal([FigureQuantity.TestAccuracy, FigureQuantity.TestError, FigureQuantity.Cosine, FigureQuantity.TestAccuracy],
            entry.Figures.Select(figure => figure.Quantity));
        var error = entry.Figures[1];
        Assert.Equal((60.0, 2.0, 4, FigureOrigin.Code), (error.Value, error.Std, error.Runs, error.Origin));
        Assert.Equal(("fc1", 0.9, FigureOrigin.Paper), (entry.Figures[2].Port, entry.Figures[2].Value, entry.Figures[0].Origin));
    }

    [Theory]
    [InlineData("published:", "publishd:", "line 15", "Did you mean 'published'?")]
    [InlineData("source: Nobody 2026\n", "", "small.yaml", "there is no 'source'")]
    [InlineData("origin: paper", "origin: hearsay", "line 4", "there is no origin 'hearsay'")]
    [InlineData("runs: 4", "run: 4", "line 17", "Did you mean 'runs'?")]
    [InlineData("testError: 60 ± 2", "testError: 160 ± 2", "line 17", "from 0 to 100")]
    [InlineData("60 ± 2", "60 ± x", "line 17", "from 0 to 100")]
    [InlineData("fc1: 0.9", "fc1: 1.9", "line 17", "from -1 to 1")]
    [InlineData("feedback.scale: 1,", "", "line 17", "2 kinds of runs")]
    [InlineData("feedback.scale: 1,", "feedback.scale: 3,", "line 17", "no runs")]
    [InlineData("epochs: 5, testAccuracy: 90", "epochs: 5, bestTestAccuracy: 90", "line 18", "takes validation samples")]
    [InlineData("rule: backprop, epochs: 5, testAccuracy: 90", "epochs: 5, testAccuracy: 90", "line 18", "names no rule")]
    [InlineData("rule: backprop, epochs: 5, testAccuracy: 90", "rule: backprop, epochs: 5", "line 18", "no figure")]
    [InlineData("points: 100", "point: 100", "line 19", "Did you mean 'points'?")]
    [InlineData("spread: {points", "spread: {point", "line 20", "no key 'point' of a spread. Did you mean 'points'?")]
    [InlineData("dfa: {points: 30", "dfaa: {points: 30", "line 20", "no run has the rule 'dfaa'. Did you mean 'dfa'?")]
    [InlineData("dfa: {points: 30", "dfa: {point: 30", "line 20", "Did you mean 'points'?")]
    [InlineData("quick: {epochs: 1", "quick: {epoch: 1", "line 21", "Did you mean 'epochs'?")]
    [InlineData("minutes: 0.1", "minutes: soon", "line 21", "takes a number")]
    [InlineData("cosine: {fc1: 0.9}", "cost: {errr: 4}", "line 17", "Did you mean 'error'?")]
    [InlineData("cosine: {fc1: 0.9}", "gateAngle: {fc1: 190}", "line 17", "from 0 to 180")]
    public void AMistakeIsNamedWithItsLine(string right, string wrong, string line, string said)
    {
        var text = Small.Replace(right, wrong, StringComparison.Ordinal);
        Assert.NotEqual(Small, text);
        var message = Assert.Throws<ConcordException>(() => Reproduction.Parse(text, "small.yaml")).Message;
        Assert.Contains(line, message, StringComparison.Ordinal);
        Assert.Contains(said, message, StringComparison.Ordinal);
    }

    private const string Reasons = "\nreasons: {seed: theirs is one seed, net: another net}\n";

    [Fact]
    public void ASharedReasonIsGivenByItsName()
    {
        var text = Small.Replace("runs: 4,", "runs: 4, reason: [a guess, net],", StringComparison.Ordinal)
            .Replace("epochs: 5, testAccuracy: 90", "epochs: 5, testAccuracy: 90, reason: net", StringComparison.Ordinal)
            .Replace("reason: one epoch", "reason: [one epoch, seed]", StringComparison.Ordinal)
            .Replace("full: {", "full: {reason: seed, ", StringComparison.Ordinal) + Reasons;
        var entry = Reproduction.Parse(text, "small.yaml");
        Assert.Equal(["a made-up | figure", "a guess; another net", "a guess; another net", "another net"], entry.Figures.Select(figure =>
            figure.Reason));
        Assert.Equal(("one epoch; theirs is one seed", "theirs is one seed"), (entry.Quick.Reason, entry.Full.Reason));
    }

    [Theory]
    [InlineData("", "no figure and no plan gives the reason 'net'")]
    [InlineData("reason: nett", "there is no reason 'nett'. Did you mean 'net'?")]
    [InlineData("reason: [net, ]]", "cannot be read")]
    [InlineData("reason: {net: 1}", "a text or a number is expected")]
    [InlineData("reason: []", "a text or a number is expected")]
    public void AMistakeInAReasonIsNamed(string reason, string said)
    {
        var text = Small.Replace("full: {seeds: 3}", $"full: {{seeds: 3, {reason}}}\nreasons: {{net: another net}}",
            StringComparison.Ordinal);
        Assert.Contains(said, Assert.Throws<ConcordException>(() => Reproduction.Parse(text, "small.yaml")).Message,
            StringComparison.Ordinal);
        Assert.Contains("Write a sentence, or name one under 'reasons'", Assert.Throws<ConcordException>(() =>
            Reproduction.Parse(Small.Replace("one epoch", "epoch", StringComparison.Ordinal), "small.yaml")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ReproducedIsWithinTheToleranceOrTwoCombinedStandardErrors()
    {
        // Ours: mean 92, s^2 = 12, s^2/n = 4. Published 97 ± 6 of 4 runs: 36/4 = 9. Two combined errors: 2 sqrt(13) = 7.2.
        var wide = One(Published("dfa", 97, std: 6, runs: 4), 92 - Math.Sqrt(12), 92, 92 + Math.Sqrt(12));
        Assert.Equal((Math.Round(2 * Math.Sqrt(13), 12), ReproductionVerdict.Reproduced), (Math.Round(wide.Allowed, 12), wide.Verdict));
        Assert.Equal(-5, wide.Difference, 12);
        // Without the number of published runs only ours count: 2 s/sqrt(3) = 4 < 5.
        var narrow = One(Published("dfa", 97, std: 6), 92 - Math.Sqrt(12), 92, 92 + Math.Sqrt(12));
        Assert.Equal((4.0, ReproductionVerdict.Missed), (Math.Round(narrow.Allowed, 9), narrow.Verdict));
        // One run of ours has no spread, but it is known that runs lie close together; the tolerance is one point, its edge included.
        Assert.Equal(ReproductionVerdict.Reproduced, One(Published("dfa", 97), 98).Verdict);
        Assert.Equal(ReproductionVerdict.Missed, One(Published("dfa", 97), 98.01).Verdict);
        Assert.Equal(ReproductionVerdict.Missed, One(Published("dfa", 97)).Verdict);
        var cosine = Published("dfa", 0.5) with { Quantity = FigureQuantity.Cosine, Port = "fc1" };
        Assert.Equal(ReproductionVerdict.Reproduced, One(cosine, 0.529).Verdict);
        Assert.Equal(ReproductionVerdict.Missed, One(cosine, 0.531).Verdict);
    }

    [Fact]
    public void DirectionIsTheOrderAgainstTheOthers()
    {
        var (low, middle, near, high) = (Published("drtp", 80), Published("dfa", 90), Published("fa", 90.5), Published("backprop", 98));
        // dfa and fa are closer than the tolerance, and have no order; all others do.
        Assert.Equal([ReproductionVerdict.DirectionOnly, ReproductionVerdict.DirectionOnly, ReproductionVerdict.DirectionOnly,
            ReproductionVerdict.Reproduced],
            Verdicts((low, 75), (middle, 87), (near, 86), (high, 98)));
        // drtp above dfa is against the order for both, and no matter to backprop.
        Assert.Equal([ReproductionVerdict.Missed, ReproductionVerdict.Missed, ReproductionVerdict.DirectionOnly],
            Verdicts((low, 87), (middle, 86), (high, 96)));
        // A published spread decides where there is one: 1.6 and 2 lie 0.4 apart, 2 sqrt(0.1^2 + 0.1^2) = 0.28.
        Assert.Equal([ReproductionVerdict.Missed, ReproductionVerdict.Missed],
            Verdicts((Published("backprop", 1.6, std: 0.1), 6), (Published("dfa", 2, std: 0.1), 5)));
        Assert.Equal([ReproductionVerdict.DirectionOnly, ReproductionVerdict.DirectionOnly],
            Verdicts((Published("backprop", 1.6, std: 0.1), 5), (Published("dfa", 2, std: 0.1), 6)));
    }

    [Fact]
    public void AReasonIsGivenUnlessItIsReproduced()
    {
        var figure = Published("dfa", 97) with { Reason = "another net" };
        string Of(double ours, bool isCut = false) =>
            ReproducedFigure.Judge([(figure, new([ours]), isCut)], s_calm, "few epochs")[0].Reason;
        Assert.Equal(["another net; few epochs", "", "another net; few epochs"], [Of(80), Of(97), Of(97, isCut: true)]);
    }

    [Fact]
    public void CountsComeOutOfTheModelAndMustBeExact()
    {
        const string Counts = """
            name: counts
            source: Nobody 2026
            origin: derived
            batch: 2
            rules: {backprop: , dfa: , sparse-dfa: {feedback.nonZerosPerNeuron: [1, 2]}, pepita: }
            model: mlp:7-5-4-3
            published:
              - {rule: dfa, cost: {forward: 134, error: 54, errorWeights: 27}, saving: {error: 1.185}}
              - {rule: sparse-dfa, feedback.nonZerosPerNeuron: 1, cost: {error: 19}}
              - {rule: backprop, cost: {stepWithInputError: 402}}
              - {rule: pepita, cost: {errorWeights: 21}}
              - {rule: backprop, testAccuracy: unpublished}
            """;
        var entry = Reproduction.Parse(Counts, "counts.yaml");
        Assert.True(entry.NeedsRuns);
        var figures = entry.Compare(entry.Quick, []);
        // 7 x 5 + 5 x 4 + 4 x 3 = 67 forward; DFA 3 x (5 + 4) = 27, backprop 20 + 12 = 32; sparse 9; two samples each, but what a neuron
        // receives is of one. PEPITA brings three errors to the seven elements of the input.
        Assert.Equal([134, 54, 27, 32.0 / 27, 18, 402, 21], figures.Select(figure => figure.Ours!.Mean));
        Assert.Equal([ReproductionVerdict.Reproduced, ReproductionVerdict.Reproduced, ReproductionVerdict.Reproduced,
            ReproductionVerdict.Reproduced, ReproductionVerdict.Missed, ReproductionVerdict.Reproduced, ReproductionVerdict.Reproduced],
            figures.Select(figure => figure.Verdict));   // a count is right or wrong
        Assert.Equal((-1.0, 0.0), (figures[4].Difference, figures[4].Allowed));
        Assert.Contains("| dfa | MACs of the error phase | 54 | 54 | derived | 0 | 0 | reproduced |",
            ReproductionPage.Part(entry, entry.Quick, figures, null), StringComparison.Ordinal);
        Assert.Contains("by the cost model, without a run", ReproductionPage.Part(entry, entry.Quick, figures, null),
            StringComparison.Ordinal);
        Assert.False(Reproduction.Find("crafton-cost").NeedsRuns);
        Assert.All(Reproduction.Find("crafton-cost").Compare(Reproduction.Find("crafton-cost").Quick, []),
            figure => Assert.Equal(ReproductionVerdict.Reproduced, figure.Verdict));
    }

    [Fact]
    public void WhatWasNotPublishedIsShownWithoutAVerdict()
    {
        var ours = ReproducedFigure.Judge([(Published("fa", double.NaN), new([80]), false), (Published("dfa", 79), new([80]), false),
            (Published("backprop", 98), new([96]), false)], s_calm);
        Assert.Equal([ReproductionVerdict.Unpublished, ReproductionVerdict.Reproduced, ReproductionVerdict.DirectionOnly],
            ours.Select(figure => figure.Verdict));
        Assert.Equal("Held: 1 of 2 accuracies; 1 in direction only; 1 of ours has no published figure.",
            ReproductionPage.Summary(ours, [], isCut: false));
        Assert.Equal(("–", "–", "–"),
            (ReproductionPage.Published(ours[0].Published), ReproductionPage.Difference(ours[0]), ReproductionPage.Allowed(ours[0])));
    }

    [Fact]
    public void SeveralPresetsAreAnAxis()
    {
        var text = Small.Replace("data: glyphs", "preset: [akrout-mnist, akrout-mnist-as-released]\ndata: glyphs", StringComparison.Ordinal)
            .Replace("{rule: backprop, testAccuracy", "{rule: backprop, preset: akrout-mnist, testAccuracy", StringComparison.Ordinal)
            .Replace("{rule: dfa, feedback", "{rule: dfa, preset: akrout-mnist-as-released, feedback", StringComparison.Ordinal)
            .Replace("backprop, epochs: 5", "backprop, preset: akrout-mnist, epochs: 5", StringComparison.Ordinal);
        var entry = Reproduction.Parse(text, "small.yaml");
        Assert.Equal(2 * 2 * 3, entry.Quick.Experiment.Cells.Count);
        Assert.Equal("backprop preset=akrout-mnist", entry.Quick.Experiment.Cells[0].Label);
        var figure = entry.Figures.Single(one => one.Quantity == FigureQuantity.TestError);
        Assert.Equal([false], entry.Quick.Experiment.Cells.Where(figure.IsOf).Select(cell => cell.Settings.Shuffle).Distinct());
        Assert.Contains("same settings under another preset",
            Assert.Throws<ConcordException>(() => ExperimentFile.Parse("preset: [akrout-mnist, akrout-mnist]", "here.yaml")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void TheCatalogueIsTheFolder()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "experiments"), "*.yaml").Select(Path.GetFileNameWithoutExtension)
            .Order(StringComparer.Ordinal);
        Assert.Equal(files, Reproduction.Catalogue.Select(entry => entry.Name));
        Assert.All(Reproduction.Catalogue, entry =>
        {
            Assert.NotEmpty(entry.Description);
            Assert.All(entry.Figures,
                figure => Assert.Contains(entry.Full.Experiment.Cells.Concat(entry.Quick.Experiment.Cells), figure.IsOf));
        });
        Assert.Contains("Did you mean 'lighton-mnist'?", Assert.Throws<ConcordException>(() => Reproduction.Find("lightn-mnist")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void RunsAreSetBesideTheFiguresAndWrittenIntoThePage()
    {
        using var folder = new TemporaryFolder();
        var entry = Reproduction.Parse(Small, "small.yaml");
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

    private const string Claims = """
        about: What a reader must know.
        claims:
          - {rule: dfa, rising: testAccuracy}
          - {rule: dfa, feedback.scale: [1, 0.5], falling: cosine fc1}
          - {rule: [dfa, backprop], unchanged: trainAccuracy, within: 100}
          - {rule: [dfa, backprop], unchanged: bestTestAccuracy, within: 100}
          - {rule: [dfa, backprop], unchanged: testLoss, within: 100}
          - {rule: dfa, falling: feedbackError fc1}
          - {rule: dfa, epochs: 5, falling: testError}
        """;

    [Fact]
    public void ClaimsAreOfSeveralRunsInTheOrderGivenElseThatOfTheGrid()
    {
        var small = Small.Replace("validation: 0", "validation: 100\nprobe: feedback", StringComparison.Ordinal);
        var entry = Reproduction.Parse($"{small}\n{Claims}", "small.yaml");
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
        var (mean, half) = (apart.Average(), 12.7062 * Math.Abs(apart[0] - apart[1]) / 2);   // Student's t of one degree of freedom
        var row = part.Split('\n').Single(line => line.StartsWith("| dfa scale=0.5 |", StringComparison.Ordinal)
            && line.Split('|').Length == 7);
        var cell = row.Split('|')[4].Trim().Replace('\u2212', '-').Split(" ± ");
        Assert.Equal(mean, double.Parse(cell[0], System.Globalization.CultureInfo.InvariantCulture), 0.0051);
        Assert.Equal(half, double.Parse(cell[1], System.Globalization.CultureInfo.InvariantCulture), 0.0051);
    }

    [Theory]
    [InlineData(ClaimKind.Rising, 0, new[] { 1.0, 2, 3 }, true, "rises strictly")]
    [InlineData(ClaimKind.Rising, 0, new[] { 1.0, 2, 2 }, false, "rises strictly")]
    [InlineData(ClaimKind.Rising, 0.5, new[] { 1.0, 2, 2.5 }, true, "rises by at least 0.5")]
    [InlineData(ClaimKind.Rising, 0.5, new[] { 1.0, 2, 2.4 }, false, "rises by at least 0.5")]
    [InlineData(ClaimKind.Rising, -0.5, new[] { 2.0, 1.5, 9 }, true, "falls by at most 0.5")]
    [InlineData(ClaimKind.Rising, -0.5, new[] { 2.0, 1.4 }, false, "falls by at most 0.5")]
    [InlineData(ClaimKind.Falling, 0, new[] { 3.0, 2, 1 }, true, "falls strictly")]
    [InlineData(ClaimKind.Falling, 0, new[] { 3.0, 1, 2 }, false, "falls strictly")]
    [InlineData(ClaimKind.Falling, 0, new[] { 3.0, double.NaN, 1 }, false, "falls strictly")]
    [InlineData(ClaimKind.Falling, 0.5, new[] { 3.0, 2.6 }, false, "falls by at least 0.5")]
    [InlineData(ClaimKind.Falling, -0.5, new[] { 3.0, 3.4 }, true, "rises by at most 0.5")]
    [InlineData(ClaimKind.Unchanged, 0.5, new[] { 1.0, 1.5, 1.25 }, true, "stays within 0.5")]
    [InlineData(ClaimKind.Unchanged, 0.5, new[] { 1.0, 1.25, 1.75 }, false, "stays within 0.5")]
    [InlineData(ClaimKind.Unchanged, 0.5, new[] { 1.0, double.NaN }, false, "stays within 0.5")]
    public void AClaimHoldsOrNot(ClaimKind kind, double margin, double[] means, bool holds, string said)
    {
        var claim = new ReproductionClaim(kind, margin, [Published("dfa", double.NaN)]);
        Assert.Equal(holds, claim.Holds(means));
        Assert.Contains($" {said}: ", claim.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rising: testAccuracy", "risin: testAccuracy", "Did you mean 'rising'?")]
    [InlineData("rising: testAccuracy", "rising: cosine", "'cosine fc2'")]
    [InlineData("rising: testAccuracy", "rising: testAccuracy, falling: testError", "says one thing")]
    [InlineData("rising: testAccuracy", "epochs: 1", "states no relation")]
    [InlineData("rising: testAccuracy", "rising: testAccuracy, within: 1", "'within' belongs to 'unchanged'")]
    [InlineData(", within: 100", "", "'within' belongs to 'unchanged'")]
    [InlineData("within: 100", "within: 100, by: 1", "'by' belongs to 'rising'")]
    [InlineData("rising: testAccuracy", "rising: testAccuracy, by: much", "'by'")]
    [InlineData("rule: dfa, rising", "rule: backprop, rising", "fewer than two kinds of runs")]
    public void AMistakeInAClaimIsNamed(string right, string wrong, string said)
    {
        var text = $"{Small}\n{Claims}".Replace(right, wrong, StringComparison.Ordinal);
        Assert.NotEqual($"{Small}\n{Claims}", text);
        Assert.Contains(said, Assert.Throws<ConcordException>(() => Reproduction.Parse(text, "small.yaml")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void APlanMayHaveRulesOfItsOwn()
    {
        var entry = Reproduction.Parse(Small.Replace("quick: {epochs: 1,",
            "quick: {rules: {backprop: , dfa: {feedback.scale: 1}}, epochs: 1,", StringComparison.Ordinal), "small.yaml");
        Assert.Equal((2 * 2, 3 * 3), (entry.Quick.Experiment.Cells.Count, entry.Full.Experiment.Cells.Count));
    }

    private static PublishedFigure Published(string rule, double value, double std = double.NaN, int runs = 0) =>
        new([new("rule", rule)], FigureQuantity.TestAccuracy, "", value, std, runs, FigureOrigin.Paper, "");

    // Runs that are known to lie close together, so that one decides.
    private static readonly ReproductionRules s_calm = new(new(),
        new(new(0, 0, 0, 0, 0, 0, 0), new Dictionary<string, ReproductionTolerance>()));

    private static ReproducedFigure One(PublishedFigure figure, params double[] ours) =>
        ReproducedFigure.Judge([(figure, new(ours), false)], s_calm)[0];

    private static IEnumerable<ReproductionVerdict> Verdicts(params (PublishedFigure, double)[] pairs) =>
        ReproducedFigure.Judge([.. pairs.Select(pair => (pair.Item1, (SeedStatistic?)new SeedStatistic([pair.Item2]), false))], s_calm)
            .Select(figure => figure.Verdict);
}
