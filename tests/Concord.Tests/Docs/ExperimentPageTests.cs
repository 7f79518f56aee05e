using System.Globalization;
using Concord.Experiments;

namespace Concord.Tests.Docs;

/// <summary>The experiment files that the documentation shows can be read, and hold what is said of them.</summary>
public sealed class ExperimentPageTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "experiments.md"));

    [Fact]
    public void TheExampleHasTheCellsThatThePageSays()
    {
        var experiment = ExperimentFile.Parse(Yaml(s_page), "experiments.md");
        Assert.Equal("sparsity", experiment.Name);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"These are {experiment.Cells.Count} cells."), s_page,
            StringComparison.Ordinal);
        Assert.Equal(2 * 2 * 3, ExperimentFile.Parse(Yaml(s_page), "experiments.md",
            ["rule=[backprop,sparse-dfa]", "epochs=1", "learningRate=0.01"]).Cells.Count);
    }

    [Fact]
    public void TheReadmeShowsAFileThatCanBeRead()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        Assert.Equal(5 * (1 + 3), ExperimentFile.Parse(Yaml(readme), "README.md").Cells.Count);
    }

    [Fact]
    public void TheLayersShownCanBeRead() => Assert.StartsWith("layers: 784; dropout rate=0.1; dense units=400",
        ExperimentFile.Parse(Yaml(s_page.Split("<!-- layers -->")[1]), "experiments.md").Cells.Single().Settings.Model,
        StringComparison.Ordinal);

    [Fact]
    public void TheReproductionShownCanBeRead()
    {
        var shown = Reproduction.Parse(Yaml(s_page.Split("<!-- reproduction -->")[1]), "experiments.md");
        Assert.Equal((2 * 2, 2 * 5, 3), (shown.Quick.Experiment.Cells.Count, shown.Full.Experiment.Cells.Count, shown.Figures.Count));
    }

    [Fact]
    public void ThePresetsAreAllListedWithTheirSources() => Assert.Equal(
        string.Concat(ExperimentPreset.ByName.Values.Select(preset => $"| `{preset.Name}` | {preset.Source} |\n")),
        s_page.Split("| --- | --- |\n")[1].Split("<!-- end of presets -->")[0]);

    private static string Yaml(string page) => page.Split("```yaml\n")[1].Split("```")[0];
}
