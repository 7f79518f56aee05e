using Concord.Experiments;

namespace Concord.Tests.Experiments;

/// <summary>Files of published figures: what is read, and how a mistake is named.</summary>
public sealed class ReproductionFileTests
{
    internal const string Small = """
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

    internal const string Claims = """
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

    [Theory]
    [InlineData("rising: testAccuracy", "risin: testAccuracy", "Did you mean 'rising'?")]
    [InlineData("rising: testAccuracy", "rising: cosine", "'cosine fc2'")]
    [InlineData("rising: testAccuracy", "rising: testAccuracy, falling: testError", "says one thing")]
    [InlineData("rising: testAccuracy", "epochs: 1", "states no relation")]
    [InlineData("rising: testAccuracy", "rising: testAccuracy, within: 1", "'within' belongs to 'unchanged'")]
    [InlineData(", within: 100", "", "'within' belongs to 'unchanged'")]
    [InlineData("within: 100", "within: 100, by: 1", "'by' belongs to 'rising'")]
    [InlineData("rising: testAccuracy", "rising: testAccuracy, by: much", "'by'")]
    [InlineData("within: 100", "within: 100, bound: 1", "'bound' belongs to 'atMost' and 'atLeast'")]
    [InlineData("rising: testAccuracy", "atMost: testAccuracy", "'bound' belongs to 'atMost' and 'atLeast'")]
    [InlineData("rising: testAccuracy", "atLeast: testAccuracy, bound: 1, by: 1", "'by' belongs to 'rising'")]
    [InlineData("rule: dfa, rising: testAccuracy", "rule: fa, atLeast: testAccuracy, bound: 1", "is of no runs")]
    [InlineData("rule: dfa, rising", "rule: backprop, rising", "fewer than two kinds of runs")]
    public void AMistakeInAClaimIsNamed(string right, string wrong, string said)
    {
        var text = $"{Small}\n{Claims}".Replace(right, wrong, StringComparison.Ordinal);
        Assert.NotEqual($"{Small}\n{Claims}", text);
        Assert.Contains(said, Assert.Throws<ConcordException>(() => Reproduction.Parse(text, "small.yaml")).Message,
            StringComparison.Ordinal);
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
    public void APlanMayHaveRulesOfItsOwn()
    {
        var entry = Reproduction.Parse(Small.Replace("quick: {epochs: 1,",
            "quick: {rules: {backprop: , dfa: {feedback.scale: 1}}, epochs: 1,", StringComparison.Ordinal), "small.yaml");
        Assert.Equal((2 * 2, 3 * 3), (entry.Quick.Experiment.Cells.Count, entry.Full.Experiment.Cells.Count));
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
}
