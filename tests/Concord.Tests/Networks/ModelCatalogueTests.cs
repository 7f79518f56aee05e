using Concord.Data;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Tests.Data;
using Concord.Training;

namespace Concord.Tests.Networks;

/// <summary>Models by name: as large as where they are from says, and fitted to the data they are given.</summary>
public sealed class ModelCatalogueTests
{
    public static TheoryData<string> Names() => new(ModelCatalogue.Names);

    // AlexNet, VGG-16 and ResNet-18: torchvision's counts. LeNet of CIFAR-10: 5.1 M multiply-accumulates. Arch 1: 15.8 M of a whole
    // backpropagation step.
    [Theory]
    [InlineData("alexnet", 61_100_840)]
    [InlineData("vgg-16", 138_357_544)]
    [InlineData("resnet-18", 11_689_512)]
    [InlineData("resnet-20", 272_474)]   // 269,722 with shortcuts of option A, which have no weights
    [InlineData("lenet", 61_706)]
    [InlineData("cnn:3x32x32-c32k3-p2-c64k3-p2-c128k3-gap-256-10", 128_842)]
    public void ModelsAreAsLargeAsTheirSourcesSay(string model, long parameters) =>
        Assert.Equal(parameters, ModelSummary.Of(model).Parameters);

    [Fact]
    public void TheWorkOfNamedModelsIsPublished()
    {
        Assert.Equal(5_107_584, ModelSummary.Of(ModelCatalogue.Resolve("lenet", new(3, 32, 32), 10)).MultiplyAccumulates);
        var arch1 = ModelSummary.Of("arch1");
        var work = 2 * arch1.MultiplyAccumulates + arch1.Cost.Of(Phase.Error).MultiplyAccumulates / arch1.Cost.Rows;
        Assert.InRange(work, 15_750_000, 15_850_000);
        Assert.Equal([new Shape(64, 10, 10), new Shape(64, 3, 3), new Shape(384), new Shape(192), new Shape(10)],
            arch1.Layers.GroupBy(layer => layer.Block).Select(block => block.Last().Output));
        Assert.Equal(new Shape(64, 3, 3), ModelSummary.Of("launay-conv").Layers.Last(layer => layer.Block == "conv3").Output);
        Assert.Equal(new Shape(256, 3, 3), ModelSummary.Of("nokland-cifar").Layers.Last(layer => layer.Block == "conv3").Output);
        Assert.Equal(new Shape(256, 6, 6), ModelSummary.Of("alexnet").Layers.Last(layer => layer.Block == "conv5").Output);
        Assert.Equal(new Shape(512, 7, 7), ModelSummary.Of("vgg-16").Layers.Last(layer => layer.Block == "conv13").Output);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ANameIsAStringThatBuildsTheSameNetwork(string name)
    {
        var model = ModelCatalogue.Find(name)!;
        Assert.Equal(model.Usual, ModelCatalogue.Resolve(name, model.Sample, model.Classes));
        Assert.Equal(ModelDescription.Parse(name).ToString(), ModelDescription.Parse(model.Usual).ToString());
        Assert.Equal(model.Classes, ModelDescription.Parse(name).Output.Length);
        Assert.Equal($"{model.Usual},logistic", ModelCatalogue.Resolve($"{name},logistic", model.Sample, model.Classes));
    }

    [Fact]
    public void ANameFitsItsData()
    {
        Assert.StartsWith("cnn:1x28x28-c6k5p2-", ModelCatalogue.Resolve("lenet", new(1, 28, 28), 47), StringComparison.Ordinal);
        Assert.Contains("-84-47,", ModelCatalogue.Resolve("lenet", new(1, 28, 28), 47), StringComparison.Ordinal);
        Assert.StartsWith("cnn:1x32x32-c6k5-", ModelCatalogue.Resolve("lenet", new(1, 32, 32), 10), StringComparison.Ordinal);
        Assert.StartsWith("cnn:3x32x32-c32k3-", ModelCatalogue.Resolve("lenet", new(3, 32, 32), 100), StringComparison.Ordinal);
        Assert.StartsWith("cnn:3x32x32-c64k3p1-r64", ModelCatalogue.Resolve("resnet-18", new(3, 32, 32), 10), StringComparison.Ordinal);
        Assert.Equal("mlp:5-256-256-3,tanh", ModelCatalogue.Resolve("mlp,tanh", new(5), 3));
        Assert.Equal("mlp:6-3", ModelCatalogue.Resolve("mlp:6-3", new(5), 3));
        foreach (var network in (string[])["lenet", "mlp"])
            foreach (var shape in (Shape[])[new(1, 28, 28), new(1, 32, 32), new(3, 32, 32)])
                Assert.Equal(shape.Length, ModelDescription.Parse(ModelCatalogue.Resolve(network, shape, 10)).Input.Length);
    }

    [Theory]
    [InlineData("lenet", "takes grey images of 28x28 or 32x32 pixels")]
    [InlineData("arch1", "takes images")]
    [InlineData("vgg-16", "takes images of 3x224x224")]
    public void AModelThatCannotTakeTheDataSaysSo(string name, string says) =>
        Assert.Contains(says, Assert.Throws<ConcordException>(() => ModelCatalogue.Resolve(name, new(5), 3)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void ExtentsAreKnownOfEveryDataSetByName()
    {
        foreach (var source in DataSource.All)
        {
            var (shape, classes) = SampleExtent.Of(source.Name);
            Assert.True(shape.Rank is 1 or 3);   // numbers, or channels x height x width
            if (!source.IsBuiltIn && source.Locate(RealData.Root) is null) continue;
            var data = source.Load(RealData.Root);
            Assert.Equal((data.Shape, data.Classes.Count), (shape, classes));
        }
        Assert.Throws<ConcordException>(() => SampleExtent.Of("nope"));
    }

    [Fact]
    public void ASummaryShowsWeightsAsFilesHaveThemAndChannelsFirst()
    {
        var summary = ModelSummary.Of("cnn:2x5x6-c3k3p1-p2-r4s2-7-3", "dfa", rows: 4);
        Assert.Equal(new Shape(2, 5, 6), summary.Input);
        Assert.Equal(("conv1.weight", new Shape(3, 2, 3, 3)), summary.Weights[0]);
        Assert.Contains(("unit1.shortcut.1.weight", new Shape(4, 3, 1, 1)), summary.Weights);
        Assert.Contains(("fc1.weight", new Shape(7, 8)), summary.Weights);
        Assert.Equal(new Shape(3, 2, 3), summary.Layers.Single(layer => layer.Name == "conv1.pool").Output);
        Assert.Equal(new Shape(8), summary.Layers.Single(layer => layer.Name == "fc1.flatten").Output);
        Assert.Equal(5 * 6 * 3 * 18, summary.Layers[0].MultiplyAccumulates);
        Assert.Equal(summary.MultiplyAccumulates, summary.Cost.Of(Phase.Forward).MultiplyAccumulates / 4);
        Assert.Equal(3 * (18 + 8 + 7), summary.Cost.Memory.Feedback);   // K x (C H W) a port
    }

    [Fact]
    public void ADenseProjectionThatNoTensorHoldsIsRefusedWithItsSize()
    {
        var message = Assert.Throws<ConcordException>(() => ModelSummary.Of("vgg-16", "dfa")).Message;
        Assert.Contains("1,000x3,211,264 numbers, 12.845 GB", message, StringComparison.Ordinal);
        Assert.Contains("feedback.nonZerosPerNeuron=1", message, StringComparison.Ordinal);
        Assert.True(ModelSummary.Of("vgg-16", "sparse-dfa").Cost.Memory.Feedback > 0);
        // factors alone are drawn
        Assert.True(ModelSummary.Of("vgg-16", "dfa",
            options: new Dictionary<string, string> { ["feedback.rank"] = "5" }).Cost.Memory.Feedback < 1e8);
    }
}
