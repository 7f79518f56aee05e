using Concord.Experiments;
using Concord.Networks;

namespace Concord.Tests.Experiments;

/// <summary>Models that are lists of layers.</summary>
public sealed class LayerNodesTests
{
    private const string Layers = """
        data: mnist
        model:
          - input: 784
          - dropout: 0.1
          - dense: {units: 50, init: zero, mask: 0.5, maskAsReleased: true}
          - layernorm
          - leaky-relu: {slope: 0.1}
          - dropout: {rate: 0.25}
          - dense: 10
        """;

    private const string Line = "layers: 784; dropout rate=0.1; dense units=50 init=zero mask=0.5 maskAsReleased=true; layernorm; "
        + "leaky-relu slope=0.1; dropout rate=0.25; dense units=10";

    [Fact]
    public void AListBecomesALineThatResolvedSettingsKeep()
    {
        var settings = ExperimentFile.Parse(Layers, "here.yaml").Cells.Single().Settings;
        Assert.Equal(Line, settings.Model);
        Assert.Equal(settings.Write(), Concord.Training.RunSettings.Read(settings.Write()).Write());
        Assert.Equal(Line, ExperimentFile.Parse($"model: '{Line}'", "here.yaml").Cells.Single().Settings.Model);
    }

    [Theory]
    [InlineData("mlp:6-5-4-3,tanh", "layers: 6; dense units=5; tanh; dense units=4; tanh; dense units=3")]
    [InlineData("mlp:6-5-3,elu=2,dropout=0.5,input-dropout=0.1,init=zero,bias=0.1", "layers: 6; dropout rate=0.1; "
        + "dense units=5 init=zero bias=0.1; elu scale=2; dropout rate=0.5; dense units=3 bias=0.1 init=zero")]
    [InlineData("mlp:6-5-3,batchnorm,gain=2.5", "layers: 6; dense units=5 gain=2.5; batchnorm; relu; dense units=3 gain=2.5")]
    [InlineData("cnn:2x6x6-c3k3p1-r3-r4s2-gap-3,batchnorm,tanh", "layers: 2x6x6; convolution filters=3 size=3 padding=1; batchnorm; tanh; "
        + "residual filters=3 norm=batchnorm activation=tanh; tanh; residual filters=4 stride=2 norm=batchnorm activation=tanh; tanh; "
        + "global-pool; dense units=3")]
    [InlineData("cnn:2x6x6-c2k3-r3-gap-3,gain=0.5", "layers: 2x6x6; convolution filters=2 size=3 gain=0.5; relu; "
        + "residual filters=3 shortcut=convolution gain=0.5; relu; global-pool; dense units=3 gain=0.5")]
    [InlineData("mlp:6-5-3,mask.fc1=0.5:as-released", "layers: 1x2x3; dense units=5 mask=0.5 maskAsReleased=true; relu; dense units=3")]
    public void WhatBothCanSayIsTheSameNetwork(string text, string layers)
    {
        using var kernels = Kit.Single();
        var (one, other) = (Kit.Learner(text, "dfa", kernels), Kit.Learner(layers, "dfa", kernels));
        Assert.Equal(one.Network.ToString(), other.Network.ToString());
        Assert.Equal(one.Network.Parameters.Select(parameter => parameter.Name),
            other.Network.Parameters.Select(parameter => parameter.Name));
        for (var step = 0; step < 2; step++)
        {
            Kit.Step(one, 4, step);
            Kit.Step(other, 4, step);
        }
        Assert.Equal(Kit.Bytes(one.Network), Kit.Bytes(other.Network));
    }

    [Fact]
    public void ModelsOfBothFormsAreAnAxis() =>
        Assert.Equal(["mlp:784-5-10", "layers: 784; dense units=10", "layers: 784; dense units=5; tanh; dense units=10"],
        ExperimentFile.Parse("model: ['mlp:784-5-10', [{input: 784}, {dense: 10}], [{input: 784}, {dense: 5}, tanh, {dense: 10}]]",
            "here.yaml").Cells.Select(cell => cell.Settings.Model));

    [Theory]
    [InlineData("- layernorm", "- layrnorm", "line 6", "Did you mean 'layernorm'?")]
    [InlineData("units: 50", "unit: 50", "line 5", "Did you mean 'units'?")]
    [InlineData("units: 50", "units: 0", "line 5", "whole number from 1")]
    [InlineData("units: 50, ", "", "line 5", "The option units of the layer dense is missing")]
    [InlineData("init: zero", "init: zeros", "line 5", "Did you mean 'zero'?")]
    [InlineData("init: zero", "units: 7", "line 5", "given twice")]
    [InlineData("init: zero", "init: 'a;b'", "line 5", "takes a word or a number")]
    [InlineData("mask: 0.5", "mask: 2", "line 5", "above 0 and at most 1")]
    [InlineData("- layernorm", "- layernorm: 3", "line 6", "takes no options")]
    [InlineData("slope: 0.1", "slope: -1", "line 7", "at least 0")]
    [InlineData("rate: 0.25", "rate: 1", "line 8", "at least 0 and below 1")]
    [InlineData("- input: 784", "- input: 28x", "line 3", "1x28x28")]
    [InlineData("  - input: 784\n", "", "line 3", "begins with '- input: 784'")]
    [InlineData("- dense: 10", "- {dense: 10, tanh: }", "line 9", "a layer is its kind")]
    [InlineData("- dense: 10", "- dense: [10]", "line 9", "takes keys: units")]
    public void AMistakeIsNamedWithItsLine(string right, string wrong, string line, string said)
    {
        var text = Layers.Replace(right, wrong, StringComparison.Ordinal);
        Assert.NotEqual(Layers, text);
        var message = Assert.Throws<ConcordException>(() => ExperimentFile.Parse(text, "here.yaml")).Message;
        Assert.Contains(line, message, StringComparison.Ordinal);
        Assert.Contains(said, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("layers: 784", "lists no layer")]
    [InlineData("layers: ; dense units=10", "were given as ''")]
    [InlineData("layers: 784; tanh", "no layer with weights")]
    [InlineData("layers: 784; ; dense units=10", "There is no layer ''")]
    [InlineData("layers: 784; dense 10", "'10' where KEY=VALUE")]
    [InlineData("layers: 784; dense units=10 units=10", "'units' twice")]
    [InlineData("layers: 784; dense units=10; tanh scale=2", "takes no options")]
    public void LinesThatCannotBeReadAreRefused(string text, string says) =>
        Assert.Contains(says, Assert.Throws<ConcordException>(() => ModelDescription.Parse(text)).Message, StringComparison.Ordinal);
}
