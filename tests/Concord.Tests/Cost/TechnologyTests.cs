using Concord.Cost;
using Concord.Numerics;

namespace Concord.Tests.Cost;

/// <summary>Energy, and the ways to say what it is reckoned with.</summary>
public sealed class TechnologyTests
{
    private static readonly Work s_work = new(100, new(Weights: 10, Feedback: 2, Activations: 30, Errors: 4),
        new(Activations: 5, Gradients: 6));

    [Fact]
    public void EnergyIsAsWorkedOutByHand()
    {
        var energy = Technology.Default.Of(s_work);
        Assert.Equal(100 * (0.9 + 3.7), energy.Arithmetic, 1e-9);
        Assert.Equal((10 + 2 + 6) * 50, energy.Parameters, 1e-9);      // 1 MB, half of 100 pJ
        Assert.Equal((30 + 4 + 5) * 10, energy.Activations, 1e-9);     // 32 KB, half of 20 pJ
        Assert.Equal(460 + 900 + 390, energy.Total, 1e-9);
        Assert.Equal(460 + 18 * 650 + 39 * 50, Technology.ByName["horowitz-dram"].Of(s_work).Total, 1e-9);
        Assert.Equal(460 + 57 * 5, Technology.ByName["horowitz-local"].Of(s_work).Total, 1e-9);
    }

    [Fact]
    public void FiguresOfOnesOwnAreTaken()
    {
        Assert.Equal(100 * 3 + 18 * 4 + 39 * 0.5, Technology.Parse("add=1,multiply=2,parameters=4,activations=0.5").Of(s_work).Total, 1e-9);
        Assert.Equal(100 * 4.6 + 18 * 7 + 39 * 10, Technology.Parse("horowitz-sram,parameters=7").Of(s_work).Total, 1e-9);
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["mine.txt"], "# picojoules\nadd = 1\nmultiply = 2   # guessed\n\nparameters = 4\nactivations = 0.5\n");
        var mine = Technology.Parse(folder["mine.txt"]);
        Assert.Equal("mine", mine.Name);
        Assert.Equal(100 * 3 + 18 * 4 + 39 * 0.5, mine.Of(s_work).Total, 1e-9);
    }

    [Theory]
    [InlineData("horowitz-srem", "Did you mean 'horowitz-sram'?")]
    [InlineData("add=1,multiply=2", "parameters of the technology 'add=1,multiply=2' is missing")]
    [InlineData("add=-1", "at least 0")]
    [InlineData("add=1,5", "technology '5'")]
    [InlineData("add=1,add=2", "twice")]
    [InlineData("ad=1", "Did you mean 'add'?")]
    [InlineData("add=NaN", "'NaN'")]
    public void MistakesAreExplained(string text, string said) =>
        Assert.Contains(said, Assert.Throws<ConcordException>(() => Technology.Parse(text)).Message, StringComparison.Ordinal);
}
