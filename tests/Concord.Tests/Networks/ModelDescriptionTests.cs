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
    [InlineData("mlp:6-5-3,batchnorm-after,input-dropout=0.1,dropout=0.25", "dropout 0.1, linear 6 -> 5, relu, dropout 0.25, "
        + "batch norm|linear 5 -> 3")]
    [InlineData("mlp:6-5-3,tanh,dropout-before=0.5,batchnorm-after", "linear 6 -> 5, dropout 0.5, tanh, batch norm|linear 5 -> 3")]
    [InlineData("mlp:6-5x3-4x1-3", "linear 6 -> 5, relu|linear 5 -> 5, relu|linear 5 -> 5, relu|linear 5 -> 4, relu|linear 4 -> 3")]
    [InlineData("mlp:6-5-3,leaky-relu=0.1", "linear 6 -> 5, leaky-relu 0.1|linear 5 -> 3")]
    [InlineData("mlp:6-5-3,batchnorm,no-norm,activation=tanh,norm=layernorm", "linear 6 -> 5, layer norm, tanh|linear 5 -> 3")]
    [InlineData("mlp:6-5-3,batchnorm,no-norm,dropout=0.5,dropout=0", "linear 6 -> 5, relu|linear 5 -> 3")]
    [InlineData("mlp:6-5-3,leaky-relu=0.01", "linear 6 -> 5, leaky-relu|linear 5 -> 3")]
    [InlineData("mlp:6-5-3,elu=2.5", "linear 6 -> 5, elu 2.5|linear 5 -> 3")]
    [InlineData("mlp:6-5-4-3,tanh,mask.fc2=0.1475", "linear 6 -> 5, tanh|linear 5 -> 4 (a share of 0.1475 learns), tanh|linear 4 -> 3")]
    [InlineData("mlp:6-5-4-3,mask.fc3=1,mask.fc1=0.5:as-released", "linear 6 -> 5 (a share of 0.5 learns, as released), "
        + "relu|linear 5 -> 4, relu|linear 4 -> 3 (a share of 1 learns)")]
    public void StringsBuildWhatTheySay(string text, string layers) =>
        Assert.Equal(layers, string.Join('|', ModelDescription.Parse(text).Blocks.Select(block => string.Join(", ", block.Layers))));

    [Theory]
    [InlineData("cnn:3x32x32-c32k3-p2-c64k3-p2-c128k3-gap-256-10",
        "conv1: convolution 3x3, 32 filters, relu, max pool 2x2 stride 2|conv2: convolution 3x3, 64 filters, relu, max pool 2x2 stride "
            + "2|conv3: convolution 3x3, 128 filters, relu, global average pool|fc1: linear 128 -> 256, relu|fc2: linear 256 -> 10")]
    [InlineData("cnn:4x9x8-c8k3s2p1d2g4-m3s2p1-a2s1-5x2-3,tanh,batchnorm,no-bias,dropout=0.5",
        "conv1: convolution 3x3 stride 2 padding 1 dilation 2, 8 filters, 4 groups, no bias, batch norm, "
            + "tanh, max pool 3x3 stride 2 padding 1, average pool 2x2|fc1: linear 8 -> 5, batch norm, tanh, dropout 0.5|fc2: "
            + "linear 5 -> 5, batch norm, tanh, dropout 0.5|fc3: linear 5 -> 3")]
    [InlineData("cnn:2x6x6-d0.1-c3k3x2-d0.2-4-3,batchnorm-after,input-dropout=0.3",
        "conv1: dropout 0.3, dropout 0.1, convolution 3x3, 3 filters, relu, batch norm|conv2: convolution 3x3, 3 filters, relu, "
            + "batch norm, dropout 0.2|fc1: flatten, linear 12 -> 4, relu, batch norm|fc2: linear 4 -> 3")]
    [InlineData("cnn:2x6x6-r2-r4s2x2-gap-3,batchnorm,no-bias",
        "unit1: residual (convolution 3x3 padding 1, 2 filters, no bias, batch norm, relu, convolution 3x3 padding 1, 2 filters, "
            + "no bias, batch norm), relu|unit2: residual (convolution 3x3 stride 2 padding 1, 4 filters, no bias, batch norm, "
            + "relu, convolution 3x3 padding 1, 4 filters, no bias, batch norm; shortcut convolution 1x1 stride 2, 4 filters, no bias, "
            + "batch norm), relu|unit3: residual (convolution 3x3 padding 1, 4 filters, no bias, batch norm, relu, "
            + "convolution 3x3 padding 1, 4 filters, no bias, batch norm), relu, global average pool|fc1: linear 4 -> 3")]
    [InlineData("cnn:1x4x4-6-3,mask.fc1=0.5", "fc1: linear 16 -> 6 (a share of 0.5 learns), relu|fc2: linear 6 -> 3")]
    public void StringsOfImagesBuildWhatTheySay(string text, string blocks) =>
        Assert.Equal(blocks, string.Join('|', ModelDescription.Parse(text).Blocks));

    [Fact]
    public void InitialisersAreNamed()
    {
        foreach (var (name, initializer) in Initializer.ByName)
            Assert.Equal(initializer, ModelDescription.Parse($"mlp:6-3,init={name}").Parameters[0].Initializer);
    }

    [Theory]
    [InlineData("", "mlp:INPUTS")]
    [InlineData("mpl:784-10", "mlp:INPUTS")]
    [InlineData("lenett", "Did you mean 'lenet'?")]
    [InlineData("lenet,tanhh", "Did you mean 'tanh'?")]
    [InlineData("mlp:6-3,no-bias", "The option no-bias was given 'true', but it has no effect here; it applies only with convolutions")]
    [InlineData("cnn", "cnn:CHANNELSxHEIGHTxWIDTH")]
    [InlineData("cnn:3-2", "the image '3'")]
    [InlineData("cnn:3x32-c4k3-10", "the image '3x32'")]
    [InlineData("cnn:0x32x32-c4k3-10", "the image '0x32x32'")]
    [InlineData("cnn:3x32x32", "append '-10'")]
    [InlineData("cnn:3x32x32-c4k3", "ends with 'c4k3'")]
    [InlineData("cnn:3x32x32-10-p2", "ends with 'p2'")]
    [InlineData("cnn:3x32x32-c4-10", "'c4', which has no kernel size")]
    [InlineData("cnn:3x32x32-ck3-10", "no whole number after 'c'")]
    [InlineData("cnn:3x32x32-c4k3q2-10", "'q', which has no effect there")]
    [InlineData("cnn:3x32x32-c4k3k3-10", "'k' twice")]
    [InlineData("cnn:3x32x32-c4k3s-10", "no whole number after 's'")]
    [InlineData("cnn:3x32x32-c4k3s0-10", "at least 1")]
    [InlineData("cnn:3x32x32-c0k3-10", "0 filters")]
    [InlineData("cnn:3x32x32-c4k3g2-10", "conv1 was given 2 groups for 3 channels and 4 filters")]
    [InlineData("cnn:3x32x32-c4k9999-10", "at most 4096 is possible")]
    [InlineData("cnn:3x32x32-c4k3x0-10", "repeated 0 times")]
    [InlineData("cnn:3x32x32-p2k3-10", "'k', which has no effect there")]
    [InlineData("cnn:3x32x32-z2-10", "'z2'")]
    [InlineData("cnn:3x32x32--10", "is empty")]
    [InlineData("cnn:3x32x32-d1-10", "rate of the model")]
    [InlineData("cnn:3x8x8-c4k5-c4k5-10", "conv2 has a window 5x5, which does not fit an image of 4x4: it needs 5x5 at least")]
    [InlineData("cnn:3x8x8-c4k3-p2-p2-p2-10", "conv1.pool3 has a window 2x2")]
    [InlineData("cnn:3x8x8-16-c4k3-10", "conv1 was given an input of shape 16; it takes images")]
    [InlineData("cnn:3x8x8-c4k3-p2s2p2-10", "nothing but padding")]
    [InlineData("cnn:3x8x8-r4-10,batchnorm-after", "'batchnorm' or 'layernorm'")]
    [InlineData("cnn:16384x300x300-c1048576k3-10", "more than the 2,147,483,647")]
    [InlineData("cnn:3x16384x16384-c16k1-10", "more than the 2,147,483,647")]
    [InlineData("cnn:3x224x224-1048576-10", "The weight of the dense layer fc1 would have 157,840,048,128 numbers")]
    [InlineData("mlp:", "width ''")]
    [InlineData("mlp:784-", "width ''")]
    [InlineData("mlp:784-0-10", "width '0'")]
    [InlineData("mlp:784--5-10", "width ''")]
    [InlineData("mlp:784-2000000-10", "width '2000000'")]
    [InlineData("mlp:784-1e3-10", "width '1e3'")]
    [InlineData("mlp:784-99999999999999999999-10", "whole number")]
    [InlineData("mlp:6-3,tanhh", "Did you mean 'tanh'?")]
    [InlineData("mlp:6-3,", "option ''")]
    [InlineData("mlp:6-3,dropout=1", "The option dropout of the model 'mlp:6-3,dropout=1' was given '1'")]
    [InlineData("mlp:6-3,dropout=0,5", "option '5'")]
    [InlineData("mlp:6-3,dropout=NaN", "was given 'NaN'")]
    [InlineData("mlp:6-3,dropout", "dropout=VALUE")]
    [InlineData("mlp:6-3,batchnorm=1", "batchnorm")]
    [InlineData("mlp:6-3,dropuot=0.5", "Did you mean 'dropout'?")]
    [InlineData("mlp:6-3,mask.fc1", "'mask.fc1' without a value")]
    [InlineData("mlp:6-3,init=kaiming-uniforn", "Did you mean 'kaiming-uniform'?")]
    [InlineData("mlp:6-3,gain=0", "a number above 0")]
    [InlineData("mlp:6-3,init=zero,gain=2", "it applies only with init other than zero")]
    [InlineData("mlp:6-5x0-3", "'5x0'")]
    [InlineData("mlp:6-5x-3", "'5x'")]
    [InlineData("mlp:6-5x2x2-3", "'5x2x2'")]
    [InlineData("mlp:6-5x1001-3", "1 to 1000")]
    [InlineData("mlp:6-x3-3", "width ''")]
    [InlineData("mlp:6-3,leaky-relu=-0.1", "'-0.1'")]
    [InlineData("mlp:6-3,elu=-1", "at least 0")]
    [InlineData("mlp:6-3,elu=NaN", "'NaN'")]
    [InlineData("mlp:6-3,elu=inf", "'inf'")]
    [InlineData("mlp:6-3,tanh=1", "has no option 'tanh=1'. Did you mean 'tanh'?")]
    [InlineData("mlp:6-5-3,mask.fc3=0.5", "Known: fc1, fc2")]
    [InlineData("mlp:6-5-3,mask.conv1=0.5", "'conv1'")]
    [InlineData("mlp:6-5-3,mask.fc1=0", "above 0 and at most 1")]
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
        foreach (var whole in (string[])[text.Get, "mlp:3-2," + text.Get, "mlp:3-" + text.Get, "cnn:3x9x9-" + text.Get,
            "cnn:3x9x9-c4k3" + text.Get + "-10", "cnn:" + text.Get + "-10"])
            try
            {
                ModelDescription.Parse(whole);
            }
            catch (ConcordException)
            {
            }
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("mlp:100,tanh", "mlp:784-100-10,tanh")]
    [InlineData("mlp:500x3", "mlp:784-500x3-10")]
    [InlineData("lif:100,steps=5", "lif:784-100-10,steps=5")]
    [InlineData("rc:100", "rc:784-100-10")]
    [InlineData("snn:100,threshold=0.2/0.4", "snn:784-100-10,threshold=0.2/0.4")]
    [InlineData("mlp:784-10", "mlp:784-10")]
    [InlineData("lif:", "lif:")]
    public void OneWidthAloneIsHidden(string given, string whole) =>
        Assert.Equal(whole, ModelCatalogue.Resolve(given, new Concord.Numerics.Shape(1, 28, 28), 10));
}
