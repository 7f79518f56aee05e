using System.Text.Json;
using Concord.Networks;
using Concord.Options;
using Concord.Rules;
using Concord.Training;

namespace Concord.Tests.Cli;

/// <summary>Rules, models and layers are listed with their options, for people and for programs.</summary>
public sealed class CatalogueCommandTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void RulesAreListedForPrograms() =>
        Assert.Equal(RuleCatalogue.Names, _concord.Run("rules --json").Events.Select(line => line.GetProperty("name").GetString()!));

    [Fact]
    public void RulesOptionsAreExplainedForPrograms()
    {
        var rule = _concord.Run("rules dfa --json").Event("rule");
        Assert.Equal("nokland2016", rule.GetProperty("options").GetProperty("feedback.preset").GetString());
        AssertDeclared(RuleCatalogue.Find("dfa").Options, rule);
    }

    [Fact]
    public void LayersAreListedWithTheirOptions()
    {
        var layers = _concord.Run("model layers --json").Events;
        Assert.Equal(LayerKind.All.Select(kind => kind.Name), layers.Select(line => line.GetProperty("name").GetString()!));
        foreach (var (kind, line) in LayerKind.All.Zip(layers)) AssertDeclared(kind.Options, line);
        var people = _concord.Run("model layers dense").Out;
        Assert.Contains("units (must be given)", people, StringComparison.Ordinal);
        Assert.Contains("Applies only with mask.", people, StringComparison.Ordinal);
        Assert.DoesNotContain("convolution", people, StringComparison.Ordinal);
    }

    [Fact]
    public void OptionsOfModelStringsAreListed()
    {
        var ofModels = _concord.Run("model options --json").Events;
        AssertDeclared(ModelOptions.Declared, ofModels[0]);
        AssertDeclared(RecurrentModel.Declared, ofModels[1]);
        AssertDeclared(ClockedModel.Declared, ofModels[2]);
        AssertDeclared(CircuitModel.Declared, ofModels[3]);
        AssertDeclared(SpikingOptions.Declared, ofModels[4]);
        Assert.Contains("no-bias = false", _concord.Run("model options").Out, StringComparison.Ordinal);
    }

    private static void AssertDeclared(IReadOnlyList<Option> options, JsonElement line)
    {
        var defaults = OptionValues.Defaults(options);
        Assert.Equal(
            options.Select(
                option => (option.Key, option.IsRequired ? null : defaults[option.Key], option.Meaning, option.Values, option.Needs)),
            line.GetProperty("declared").EnumerateArray().Select(declared => (declared.GetProperty("key").GetString()!,
                declared.GetProperty("default").GetString(), declared.GetProperty("meaning").GetString()!,
                declared.GetProperty("values").GetString()!, declared.GetProperty("appliesWith").GetString())));
    }

    [Fact]
    public void ModelsAreListedAndShownForPrograms()
    {
        Assert.Equal(ModelCatalogue.Names, _concord.Run("model list --json").Events.Select(line => line.GetProperty("name").GetString()!));
        var shown = _concord.Run("model show lenet --data cifar-10 --rule fa --batch 32 --json").Event("model");
        Assert.Equal(128_842, shown.GetProperty("parameters").GetInt64());
        Assert.Equal(5_107_584, shown.GetProperty("forwardMultiplyAccumulates").GetInt64());
        Assert.Equal("conv1.weight 32x3x3x3",
            $"{shown.GetProperty("weights")[0].GetProperty("name")} {shown.GetProperty("weights")[0].GetProperty("shape")}");
        Assert.Equal("32x15x15", shown.GetProperty("layers")[2].GetProperty("output").GetString());
        Assert.Equal(64 * 32 * 9 + 128 * 64 * 9 + 256 * 128 + 10 * 256,
            shown.GetProperty("memoryWords").GetProperty("feedback").GetInt64());
        Assert.Equal(32, shown.GetProperty("batch").GetInt32());
    }
}
