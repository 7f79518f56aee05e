using Concord.Numerics;
using Concord.Options;

namespace Concord.Networks;

/// <summary>A model known by name.</summary>
/// <param name="Name">What a user writes.</param>
/// <param name="Summary">What it is, in one line.</param>
/// <param name="Source">Where it is from.</param>
/// <param name="Sample">The samples it is usually given, as data have them: [channels, height, width], or [features].</param>
/// <param name="Classes">The classes it usually tells apart.</param>
/// <param name="Describe">Its model string for samples of a shape and a number of classes;
/// throws a <see cref="ConcordException"/> where it takes no such samples.</param>
public sealed record NamedModel(string Name, string Summary, string Source, Shape Sample, int Classes, Func<Shape, int, string> Describe)
{
    /// <summary>Its model string for its usual data.</summary>
    public string Usual => Describe(Sample, Classes);
}

/// <summary>The models by name: each a model string, for data of a shape. A new one is a line here.</summary>
public static class ModelCatalogue
{
    private static readonly Shape s_cifar = new(3, 32, 32), s_imageNet = new(3, 224, 224);

    /// <summary>All of them, in the order in which they are listed.</summary>
    public static IReadOnlyList<NamedModel> All { get; } =
    [
        new("mlp", "two hidden layers of 256", "what compare and train take where no model is given", new(784), 10,
            (sample, classes) => FormattableString.Invariant($"mlp:{sample.Length}-256-256-{classes}")),
        new("lenet", "LeNet: of grey images 6, 16 and 120 filters 5x5 and 84 units; of colour images 32, 64 and 128 filters 3x3 and "
            + "256 units", "BioTorch (Sanfiz, Akrout 2021), its nets of MNIST and CIFAR-10", new(1, 28, 28), 10, LeNet),
        new("arch1", "two convolutions of 64 filters 5x5, 384 and 192 units",
            "Moskovitz, Litwin-Kumar, Abbott 2018 (Architecture 1), as Lance, Kieu 2026 have it", new(3, 24, 24), 10,
            (sample, classes) => Images("arch1", sample, "c64k5-p2-c64k5-p2-384-192", classes)),
        new("nokland-cifar", "96, 128 and 256 filters 5x5 under pools 3x3, twice 2048 units, tanh",
            "Nøkland 2016, the net of CIFAR", s_cifar, 10,
            (sample, classes) => Images("nokland-cifar", sample, "c96k5p2-p3s2-c128k5p2-p3s2-c256k5p2-p3s2-2048-2048", classes, ",tanh")),
        new("launay-conv", "32, 64 and 64 filters 5x5 under pools 3x3, 128 units, tanh",
            "Launay, Poli, Krzakala 2019, their CONV net", s_cifar, 10,
            (sample, classes) => Images("launay-conv", sample, "c32k5p2-p3s2-c64k5p2-p3s2-c64k5p2-p3s2-128", classes, ",tanh")),
        new("vgg-8", "VGG8B: six convolutions 3x3 with batch norm, 1024 units", "Nøkland, Eidnes 2019", s_cifar, 10,
            (sample, classes) =>
                Images("vgg-8", sample, "c128k3p1-c256k3p1-p2-c256k3p1-c512k3p1-p2-c512k3p1-p2-c512k3p1-p2-1024", classes, ",batchnorm")),
        new("vgg-11", "VGG11B: nine convolutions 3x3 with batch norm, 1024 units", "Nøkland, Eidnes 2019", s_cifar, 10,
            (sample, classes) => Images("vgg-11", sample, "c128k3p1x3-c256k3p1-p2-c256k3p1-c512k3p1-p2-c512k3p1x2-p2-c512k3p1-p2-1024",
                classes, ",batchnorm")),
        new("resnet-20", "a convolution 3x3 and nine residual units of 16, 32 and 64 filters",
            "He, Zhang, Ren, Sun 2015, the net of CIFAR; shortcuts of option B", s_cifar, 10,
            (sample, classes) =>
                Images("resnet-20", sample, "c16k3p1-r16x3-r32s2x3-r64s2x3-gap", classes, ",batchnorm,no-bias,init=kaiming-normal")),
        new("resnet-18", "eight residual units of 64 to 512 filters; of images below 64 pixels with a first convolution 3x3 and no pool",
            "He, Zhang, Ren, Sun 2015, as torchvision has it", s_imageNet, 1000,
            (sample, classes) =>
                Images("resnet-18", sample, $"{(IsSmall(sample) ? "c64k3p1" : "c64k7s2p3-p3s2p1")}-r64x2-r128s2x2-r256s2x2-r512s2x2-gap",
                    classes, ",batchnorm,no-bias,init=kaiming-normal")),
        new("alexnet", "five convolutions, twice 4096 units with dropout before them", "Krizhevsky 2014, as torchvision has it",
            s_imageNet, 1000,
            (sample, classes) =>
                Large("alexnet", sample, "c64k11s4p2-p3s2-c192k5p2-p3s2-c384k3p1-c256k3p1x2-p3s2-d0.5-4096-d0.5-4096", classes)),
        new("vgg-16", "thirteen convolutions 3x3, twice 4096 units with dropout after them",
            "Simonyan, Zisserman 2014 (D), as torchvision has it", s_imageNet, 1000,
            (sample, classes) => Large("vgg-16", sample, "c64k3p1x2-p2-c128k3p1x2-p2-c256k3p1x3-p2-c512k3p1x3-p2-c512k3p1x3-p2-4096x2",
                classes, ",dropout=0.5,init=kaiming-normal")),
        new("bats", "a spiking network of 800 hidden neurons, trained by numbers of spikes",
            "Bacho, Chu 2022 (BATS), their net of MNIST and EMNIST", new(784), 10,
            (sample, classes) => FormattableString.Invariant($"snn:{sample.Length}-800-{classes}")),
        new("bats-first", "the same with one spike a neuron, trained by the first one (--loss first-spike)",
            "Bacho, Chu 2022 (BATS), their net of first spikes", new(784), 10,
            (sample, classes) => FormattableString.Invariant(
                $"snn:{sample.Length}-800-{classes},threshold=0.7/2,most-spikes=1,weights=0/1,duration=1")),
        new("bats-fashion", "a spiking network of two hidden layers of 400", "Bacho, Chu 2022 (BATS), their net of Fashion-MNIST",
            new(784), 10, (sample, classes) => FormattableString.Invariant(
                $"snn:{sample.Length}-400-400-{classes},threshold=0.13/0.45/0.7,most-spikes=5/5/20")),
        new("bats-conv", "spiking convolutions of 15 and 40 filters 5x5 under pools, 300 neurons",
            "Bacho, Chu 2022 (BATS), their convolutional net of MNIST", new(1, 28, 28), 10, (sample, classes) => sample.Rank == 3
                ? FormattableString.Invariant($"snn:{sample[0]}x{sample[1]}x{sample[2]}-c15k5-p2-c40k5-p2-300-{classes}")
                    + ",threshold=0.04/0.8/0.6/0.3,most-spikes=1/3/10/30"
                : throw Unfit("bats-conv", sample, "images, channels x height x width")),
    ];

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(model => model.Name)];

    /// <summary>The model of that name, or null. Options may stand after the name.</summary>
    public static NamedModel? Find(string text) => All.FirstOrDefault(model => model.Name == NameIn(Named(text)));

    /// <summary>
    /// A model as it is kept. Capitals count in lists of layers alone, whose names may be a program's own; numbers stay as they are
    /// written, so that a message about one shows what was given.
    /// </summary>
    internal static string Named(string text) => text.StartsWith(LayerList.Start, StringComparison.Ordinal) ? text
        : string.Join(',', text.Split(',').Select(part => OptionWords.Split(part) is (var key, { } value) && OptionType.IsNumber(value)
            ? $"{key.ToLowerInvariant()}={value}" : part.ToLowerInvariant()));

    /// <summary>The string that says all of a model: where it is named, that of its name for such data; any other stays as it is.</summary>
    /// <param name="text">A name, with options or without, or a model string.</param>
    /// <param name="sample">One sample's axes as data have them: [channels, height, width], or [features].</param>
    /// <param name="classes">How many classes there are.</param>
    /// <exception cref="ConcordException">The named model cannot take such samples.</exception>
    public static string Resolve(string text, Shape sample, int classes) => Resolved(Named(text), sample, classes);

    private static string Resolved(string text, Shape sample, int classes) =>
        Find(text) is { } model ? model.Describe(sample, classes) + OptionsIn(text)
            : RecurrentModel.Complete(text, sample, classes) ?? Between(text, sample, classes) ?? text;

    /// <summary>The same for the data that a named model is usually given.</summary>
    internal static string Usual(string text) => Find(text) is { } model ? model.Usual + OptionsIn(Named(text))
        : Resolved(Named(text), new(1, 28, 28), 10);

    // One hidden width alone (or 500x30), between the data's inputs and outputs; two widths are inputs and outputs.
    private static string? Between(string text, Shape sample, int classes)
    {
        var parts = text.Split(',', 2);
        return parts[0].Split(':', 2) is [DenseModel.Kind or ClockedModel.Kind or CircuitModel.Kind or SpikingModel.Kind, var width]
            && width.Split('x') is { Length: <= 2 } numbers && numbers.All(number => number.Length > 0 && number.All(char.IsAsciiDigit))
            ? FormattableString.Invariant($"{parts[0].Split(':')[0]}:{sample.Length}-{width}-{classes}")
                + (parts.Length > 1 ? $",{parts[1]}" : "")
            : null;
    }

    private static string NameIn(string text) => text.Split(',')[0].Trim();

    private static string OptionsIn(string text) => KnownWords.CountIn(text, Names) is { } count
        ? throw new ConcordException(FormattableString.Invariant($"'{text}' names {count} models, and one is taken here. ")
            + $"After a comma stand options of a model, as in '{NameIn(text)},batchnorm'.")
        : text.IndexOf(',', StringComparison.Ordinal) is var comma and >= 0 ? text[comma..] : "";

    private static bool IsSmall(Shape sample) => sample.Rank == 3 && sample[1] < 64;

    // BioTorch scales 28x28 images up to 32x32; a padding of 2 at the first convolution makes the same shapes of them.
    private static string LeNet(Shape sample, int classes) => sample switch
    {
        { Rank: 3 } when sample[0] > 1 => Images("lenet", sample, "c32k3-p2-c64k3-p2-c128k3-gap-256", classes, ",init=xavier-uniform"),
        { Rank: 3 } when sample == new Shape(1, 28, 28) =>
            Images("lenet", sample, "c6k5p2-p2-c16k5-p2-c120k5-84", classes, ",init=xavier-uniform"),
        { Rank: 3 } when sample == new Shape(1, 32, 32) =>
            Images("lenet", sample, "c6k5-p2-c16k5-p2-c120k5-84", classes, ",init=xavier-uniform"),
        _ => throw Unfit("lenet", sample, "grey images of 28x28 or 32x32 pixels, or images with several channels"),
    };

    private static string Images(string name, Shape sample, string layers, int classes, string options = "") => sample.Rank == 3
        ? FormattableString.Invariant($"cnn:{sample[0]}x{sample[1]}x{sample[2]}-{layers}-{classes}{options}")
        : throw Unfit(name, sample, "images, channels x height x width");

    // torchvision's adaptive average pool changes nothing at this size, and at no other.
    private static string Large(string name, Shape sample, string layers, int classes, string options = "") => sample == s_imageNet
        ? Images(name, sample, layers, classes, options)
        : throw Unfit(name, sample, "images of 3x224x224");

    private static ConcordException Unfit(string name, Shape sample, string takes) =>
        new($"The model {name} takes {takes}, but the data have samples of {sample}. Choose another model (concord model list), "
            + $"or write one: {ConvolutionalModel.Form}.");
}
