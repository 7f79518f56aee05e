using System.Globalization;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// <c>snn:784-800-10</c>: inputs, hidden widths and outputs of spiking neurons; <c>snn:1x28x28-c15k5-p2-c40k5-p2-300-10</c>: an image as
/// data have it (channels x height x width), then convolutions of spiking neurons (<c>c15k5</c>, 15 filters 5x5, without padding), pools
/// of spikes (<c>p2</c>) and widths. Blocks are named conv1, fc1 and so on; pools and delays belong to the block of what they pool or
/// delay. The encoding of the inputs stands in the first block. Options after commas are those of <see cref="SpikingOptions"/>.
/// </summary>
internal static class SpikingModel
{
    /// <summary>The word before the colon.</summary>
    public const string Kind = "snn";

    /// <summary>How such a string is written.</summary>
    public const string Form = "'snn:INPUTS-LAYERS-OUTPUTS', as in 'snn:784-800-10'";

    private const string Layers = "A spiking network has convolutions without padding (c15k5), pools (p2) and dense layers (800)";

    /// <summary>Whether a model string, or the name of a model, stands for a spiking network.</summary>
    public static bool IsOne(string text) =>
        ModelCatalogue.Usual(text).StartsWith($"{Kind}:", StringComparison.Ordinal);

    /// <summary>Builds the network.</summary>
    public static Network Build(string text, string layers, IReadOnlyList<string> optionTexts)
    {
        var words = layers.Split('-', StringSplitOptions.TrimEntries);
        var isImage = words[0].Contains('x', StringComparison.Ordinal);
        var input = isImage ? ConvolutionalModel.Image(text, words[0], Form)
            : new Shape(DenseModel.Widths(text, words[0]).Single());
        LayerToken[] tokens = [.. words.Skip(1).SelectMany(word => LayerToken.Read(text, word))];
        if (tokens is not [.., { Kind: TokenKind.Dense }]) throw new ConcordException($"The model '{text}' ends with '{words[^1]}'; "
            + "its last layer is dense, as wide as there are classes: append '-10' for ten.");
        var options = SpikingOptions.Read(text, optionTexts, tokens.Count(token => token.Kind != TokenKind.MaxPool));
        try
        {
            return new(input, Groups(text, tokens, options));
        }
        catch (ConcordException error)
        {
            throw new ConcordException($"The layers of the model '{text}' do not fit each other. {error.Message}", error);
        }
    }

    private static List<LayerGroup> Groups(string text, LayerToken[] tokens, SpikingOptions options)
    {
        List<(string Name, List<Layer> Layers)> groups = [];
        List<Layer> before = options.ReadsSpikes ? [] : [new SpikeEncoding(options.Encoder())];   // of the first weights
        int convolutions = 0, dense = 0;
        foreach (var token in tokens)
        {
            var window = token.Window;
            switch (token.Kind)
            {
                case TokenKind.Convolution when window == Window.Square(window.Height) && token.Groups == 1:
                    Open("conv", ++convolutions, new SpikingConvolutionLayer(token.Width, window.Height,
                        options.Neuron(convolutions + dense - 1), options.Duration, options.Initializer));
                    break;
                case TokenKind.Dense:
                    Open("fc", ++dense, new SpikingLinear(token.Width, options.Neuron(convolutions + dense - 1), options.Duration,
                        options.Initializer));
                    break;
                case TokenKind.MaxPool when window == Window.Square(window.Height, window.Height):
                    (groups.Count == 0 ? before : groups[^1].Layers).Add(new SpikePoolLayer(window.Height));
                    break;
                default:
                    throw new ConcordException($"The model '{text}' has a layer that spiking networks do not have "
                        + $"({token.Kind}{(token.Window == default ? "" : $" {token.Window}")}). {Layers}.");
            }
        }
        foreach (var (_, hidden) in groups.SkipLast(1))
            if (options.Delays() is { } delays) hidden.Add(delays);
        return [.. groups.Select(group => new LayerGroup(group.Name, group.Layers))];

        void Open(string name, int number, Layer layer)
        {
            groups.Add((string.Create(CultureInfo.InvariantCulture, $"{name}{number}"), [.. before, layer]));
            before.Clear();
        }
    }
}
