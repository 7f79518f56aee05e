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
    [InlineData("mlp:6-5-3,tanh,dropout-before=0.5,batchnorm-after", "linear 6 -> 5, dropout 0.5, tanh, batch norm|linear 5 -> 3")]
    [InlineData("mlp:6-5x3-4x1-3", "linear 6 -> 5, relu|linear 5 -> 5, relu|linear 5 -> 5, relu|linear 5 -> 4, relu|linear 4 -> 3")]
    [InlineData("mlp:6-5-3,leaky-relu=0.1", "linear 6 -> 5, leaky-relu 0.1|linear 5 -> 3")]
    [InlineData("mlp:6-5-3,leaky-relu=0.01", "linear 6 -> 5, leaky-relu|linear 5 -> 3")]
    [InlineData("mlp:6-5-3,elu=2.5", "linear 6 -> 5, elu 2.5|linear 5 -> 3")]
    [InlineData("mlp:6-5-4-3,tanh,mask.fc2=0.1475", "linear 6 -> 5, tanh|linear 5 -> 4 (a share of 0.1475 learns), tanh|linear 4 -> 3")]
    [InlineData("mlp:6-5-4-3,mask.fc3=1,mask.fc1=0.5:as-released", "linear 6 -> 5 (a share of 0.5 learns, as released), relu|linear 5 -> 4, relu|linear 4 -> 3 (a share of 1 learns)")]
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
    [InlineData("mlp:6-5x0-3", "'5x0'")]
    [InlineData("mlp:6-5x-3", "'5x'")]
    [InlineData("mlp:6-5x2x2-3", "'5x2x2'")]
    [InlineData("mlp:6-5x1001-3", "1 to 1000")]
    [InlineData("mlp:6-x3-3", "width ''")]
    [InlineData("mlp:6-3,leaky-relu=-0.1", "'-0.1'")]
    [InlineData("mlp:6-3,elu=-1", "at least 0")]
    [InlineData("mlp:6-3,elu=NaN", "'NaN'")]
    [InlineData("mlp:6-3,elu=inf", "'inf'")]
    [InlineData("mlp:6-3,tanh=1", "leaky-relu=SLOPE")]
    [InlineData("mlp:6-5-3,mask.fc3=0.5", "fc1 to fc2")]
    [InlineData("mlp:6-5-3,mask.conv1=0.5", "'conv1'")]
    [InlineData("mlp:6-5-3,mask.fc1=0", "(0, 1]")]
    [InlineData("mlp:6-5-3,mask.fc1=1.5", "'1.5'")]
    [InlineData("mlp:6-5-3,mask.fc1=0.5:released", "as-released")]
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
