using System.Globalization;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// <c>cnn:3x32x32-c32k3-p2-c64k3-p2-gap-256-10</c>: the image as data have it (channels x height x width), then its layers, the last one
/// dense. <c>c32k3s2p1d2g4</c> is a convolution of 32 filters 3x3 with stride, padding, dilation and groups;
/// <c>p3s2</c> (or <c>m3s2</c>) a max pool and
/// <c>a2</c> an average pool, their stride the size if not given; <c>gap</c> global average pooling; <c>r64s2</c> a residual unit of two
/// convolutions 3x3 whose shortcut, where stride or filters change the shape, is a convolution 1x1 (He, Zhang, Ren, Sun 2015, option B);
/// <c>d0.5</c> dropout; a number a dense layer. <c>x3</c> repeats a layer, the stride of a residual unit left to the first.
/// <para>Blocks are named conv1, unit1, fc1 and so on, counted each for itself. What follows a weighted layer belongs to its block, so
/// pools do, and the port comes after them. Before the first dense layer an image becomes a row, channels first,
/// inside that layer's block: ports below it have images.</para>
/// </summary>
internal static class ConvolutionalModel
{
    /// <summary>The word before the colon.</summary>
    public const string Kind = "cnn";

    /// <summary>How such a string is written.</summary>
    public const string Form = "'cnn:CHANNELSxHEIGHTxWIDTH-LAYERS-OUTPUTS', as in 'cnn:3x32x32-c32k3-p2-c64k3-gap-256-10'";

    /// <summary>Builds the network.</summary>
    public static Network Build(string text, string layers, IReadOnlyList<string> optionTexts)
    {
        var words = layers.Split('-', StringSplitOptions.TrimEntries);
        var image = Image(text, words[0]);
        LayerToken[] tokens = [.. words.Skip(1).SelectMany(word => LayerToken.Read(text, word))];
        if (tokens is not [.., { Kind: TokenKind.Dense }]) throw new ConcordException($"The model '{text}' ends with '{words[^1]}'; "
            + "its last layer is dense, as wide as there are classes: append '-10' for ten.");
        var options = ModelOptions.Read(text, optionTexts, tokens.Count(token => token.Kind == TokenKind.Dense), convolutional: true);
        if (options.NormsAfter && tokens.Any(token => token.Kind == TokenKind.Residual))
            throw new ConcordException($"The model '{text}' has residual units, whose norms stand before the activations: "
                + "use 'batchnorm' or 'layernorm' in place of 'batchnorm-after'.");
        try
        {
            return new(image, Groups(tokens, image, options));
        }
        catch (ConcordException error)
        {
            throw new ConcordException($"The layers of the model '{text}' do not fit each other. {error.Message}", error);
        }
    }

    private static List<LayerGroup> Groups(LayerToken[] tokens, Shape image, ModelOptions options)
    {
        List<(string Name, List<Layer> Layers)> groups = [];
        List<Layer> before = [.. options.AtInput()];   // of the first weights
        int convolutions = 0, units = 0, dense = 0;
        var denseLayers = tokens.Count(token => token.Kind == TokenKind.Dense);
        var (rows, columns, channels) = (image[0], image[1], image[2]);
        foreach (var token in tokens)
        {
            var window = token.Window;
            switch (token.Kind)
            {
                case TokenKind.Convolution:
                    Open("conv", ++convolutions,
                        [Convolution(token.Width, window, options, token.Groups), .. options.Behind(dense: false)]);
                    break;
                case TokenKind.Residual:
                    Open("unit", ++units,
                        [Unit(token, changes: window.Stride != 1 || token.Width != channels, options), options.Activation()]);
                    break;
                case TokenKind.Dense:
                    if (dense == 0 && channels > 1 && (rows > 1 || columns > 1)) before.Add(new Flatten());
                    dense++;
                    var group = DenseModel.Group(token.Width, dense, dense == denseLayers, options, Taken());
                    groups.Add((group.Name, [.. group.Layers]));
                    continue;
                case TokenKind.GlobalPool:
                    Add(new AveragePool());
                    (rows, columns) = (1, 1);
                    continue;
                case TokenKind.Dropout:
                    Add(new Dropout(token.Rate));
                    continue;
                default:
                    Add(token.Kind == TokenKind.MaxPool ? new MaxPool(window) : new AveragePool(window));
                    break;
            }
            if (window.Stride > 0) (rows, columns) = (window.OutputRows(rows), window.OutputColumns(columns));
            if (token.Width > 0) channels = token.Width;
        }
        return [.. groups.Select(group => new LayerGroup(group.Name, group.Layers))];

        void Open(string name, int number, IEnumerable<Layer> layers) =>
            groups.Add((string.Create(CultureInfo.InvariantCulture, $"{name}{number}"), [.. Taken(), .. layers]));

        void Add(Layer layer) => (groups.Count == 0 ? before : groups[^1].Layers).Add(layer);

        Layer[] Taken()
        {
            Layer[] taken = [.. before];
            before.Clear();
            return taken;
        }
    }

    private static Convolution Convolution(int filters, Window window, ModelOptions options, int groups = 1) =>
        new(filters, window, groups, options.Initializer, options.ConvolutionBias, options.BiasInitializer);

    private static Residual Unit(LayerToken token, bool changes, ModelOptions options) =>
        ResidualUnit.Of(token.Window.Stride, changes, window => Convolution(token.Width, window, options), options.Norm,
            options.Activation);

    /// <summary>The image that a model string begins with.</summary>
    /// <exception cref="ConcordException">It is none.</exception>
    public static Shape Image(string text, string axes, string form = Form)
    {
        const int Most = 1 << 14;
        var numbers = axes.Split('x').Select(axis =>
            int.TryParse(axis, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= Most ? number : 0).ToArray();
        if (numbers is not [> 0, > 0, > 0] || (long)numbers[0] * numbers[1] * numbers[2] > int.MaxValue)
            throw new ConcordException($"The model '{text}' has the image '{axes}'; it takes CHANNELSxHEIGHTxWIDTH, each from 1 to {Most}: "
                + $"write {form}.");
        return new(numbers[1], numbers[2], numbers[0]);
    }
}
