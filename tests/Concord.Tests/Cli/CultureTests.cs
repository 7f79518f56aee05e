using System.Globalization;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Cli;

/// <summary>Numbers are written alike whatever the culture of the machine.</summary>
public sealed class CultureTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void ADecimalCommaChangesNothing()
    {
        (string, string)[] german = [("LANG", "de_DE.UTF-8"), ("LC_ALL", "de_DE.UTF-8"), ("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "0")];
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("here")).ExitCode);
        Assert.Equal(0, _concord.Run(ConcordProgram.SmallRun("there"), german).ExitCode);
        RunFiles.AssertSame(_concord["here"], _concord["there"]);
        Assert.Equal(_concord.Run("evaluate here").Out, _concord.Run("evaluate there", german).Out);
        Assert.Equal(_concord.Run("rules dfa").Out, _concord.Run("rules dfa", german).Out);
        Assert.Equal(2, _concord.Run("train --learning-rate 0,1", german).ExitCode);
    }

    [Fact]
    public void TheLibraryWritesNumbersAlikeInEveryCulture()
    {
        var settings = new RunSettings { Optimizer = new(LearningRate: 0.0125), Model = "mlp:4-8-3", Rule = "dfa" };
        string Text()
        {
            using var kernels = Engines.Create("managed", 1);
            var learner = new Learner(Kit.Made(ModelDescription.Parse(settings.Model), RuleCatalogue.Create("dfa")), new(),
                settings.Optimizer, kernels, 0);
            return string.Join('\n', [.. settings.Write().Select(pair => pair.ToString()), learner.Plan.ToString(),
                learner.Network.ToString(), new Shape(1000, 2).ToString()]);
        }
        var (before, plain) = (CultureInfo.CurrentCulture, Text());
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
            Assert.Equal("0,5", 0.5.ToString(CultureInfo.CurrentCulture));   // or this test tests nothing
            Assert.Equal(plain, Text());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
