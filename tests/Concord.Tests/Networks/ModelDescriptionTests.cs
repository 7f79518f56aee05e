using Concord.Layers;
using Concord.Networks;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Networks;

public sealed class ModelDescriptionTests
{
    [Theory]
    [InlineData("mlp:784-10", "linear 784 -> 10")]
    [InlineData("mlp:6-5-3", "linear 6 -> 5, relu|linear 5 -> 3")]
    [InlineData("mlp:6-5-3,tanh,batchnorm", "linear 6 -> 5, batch norm, tanh|linear 5 -> 3")]
    [InlineData("mlp:6-5-3, leaky-relu, layernorm, dropout=0.5", "linear 6 -> 5, layer norm, leaky-relu, dropout 0.5|linear 5 -> 3")]
    [InlineData("mlp:6-5-3,batchnorm-after,input-dropout=0.1,dropout=0.25", "dropout 0.1, linear 6 -> 5, relu, dropout 0.25, batch norm|linear 5 -> 3")]
    public void StringsBuildWhatTheySay(string text, string layers) =>
        Assert.Equal(layers, string.Join('|', ModelDescription.Parse(text).Blocks.Select(block => string.Join(", ", block.Layers))));

    [Fact]
    public void InitialisersAreNamed()
    {
        foreach (var (name, initializer) in Initializer.ByName) Assert.Equal(initializer, ModelDescription.Parse($"mlp:6-3,init={name}").Parameters[0].Initializer);
    }

    [Theory]
    [InlineData("", "mlp:INPUTS")]
    [InlineData("mlp", "mlp:INPUTS")]
    [InlineData("cnn:3-2", "mlp:INPUTS")]
    [InlineData("mlp:784", "1 width")]
    [InlineData("mlp:784-", "width ''")]
    [InlineData("mlp:784-0-10", "width '0'")]
    [InlineData("mlp:784--5-10", "width ''")]
    [InlineData("mlp:784-2000000-10", "width '2000000'")]
    [InlineData("mlp:784-1e3-10", "width '1e3'")]
    [InlineData("mlp:784-99999999999999999999-10", "whole number")]
    [InlineData("mlp:6-3,tanhh", "Did you mean 'tanh'?")]
    [InlineData("mlp:6-3,", "option ''")]
    [InlineData("mlp:6-3,dropout=1", "rate '1'")]
    [InlineData("mlp:6-3,dropout=0,5", "option '5'")]
    [InlineData("mlp:6-3,dropout=NaN", "rate 'NaN'")]
    [InlineData("mlp:6-3,dropout", "dropout=P")]
    [InlineData("mlp:6-3,batchnorm=1", "batchnorm")]
    [InlineData("mlp:6-3,init=kaiming-uniforn", "Did you mean 'kaiming-uniform'?")]
    public void WhatCannotBeReadIsRefusedInOneLine(string text, string says)
    {
        var message = Assert.Throws<ConcordException>(() => ModelDescription.Parse(text)).Message;
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void AnyTextIsReadOrRefused() => Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
    {
        foreach (var whole in (string[])[text.Get, "mlp:3-2," + text.Get, "mlp:3-" + text.Get])
            try
            {
                ModelDescription.Parse(whole);
            }
            catch (ConcordException)
            {
            }
    }).QuickCheckThrowOnFailure();
}
