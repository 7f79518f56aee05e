namespace Concord.Networks;

/// <summary>
/// Reads the short model strings of the command line. Each is a kind, a colon and layers joined by hyphens, then options after commas
/// (<see cref="ModelOptions"/>):
/// <list type="bullet">
/// <item><c>mlp:784-256-256-10,tanh</c>: widths (<see cref="DenseModel"/>);</item>
/// <item><c>cnn:3x32x32-c32k3-p2-c64k3p1-gap-256-10</c>: the image as data have it, channels x height x width, then convolutions, pools and
/// widths (<see cref="ConvolutionalModel"/>);</item>
/// <item><c>resmlp:3072-256x4-10</c>: residual units of two dense layers between inputs and outputs (<see cref="ResidualModel"/>);</item>
/// <item><c>rnn:28x28-100-10</c>, <c>gru:28x28-100-10</c>: recurrent layers over time steps (<see cref="RecurrentModel"/>);</item>
/// <item><c>lif:784-400-10,steps=25</c>: spiking neurons with a clock (<see cref="ClockedModel"/>);</item>
/// <item><c>rc:784-100-10,steps=20</c>: circuits of resistors and capacitors (<see cref="CircuitModel"/>);</item>
/// <item><c>snn:784-800-10</c>: spiking neurons, which tell each other times (<see cref="SpikingModel"/>);</item>
/// <item><c>layers: 784; dense units=256; tanh; dense units=10</c>: a list of layers,
/// for what these cannot say (<see cref="LayerList"/>);</item>
/// <item><c>lenet</c>: a name of <see cref="ModelCatalogue"/>, which stands for such a string and may have options after it.</item>
/// </list>
/// </summary>
public static class ModelDescription
{
    /// <summary>Builds the network that a string describes; one that is named, for the data it is usually given.</summary>
    /// <exception cref="ConcordException">The string cannot be read, or its layers do not fit each other;
    /// the message says what it could be.</exception>
    public static Network Parse(string text)
    {
        if (text.StartsWith(LayerList.Start, StringComparison.Ordinal)) return LayerList.Parse(text);
        var parts = ModelCatalogue.Usual(text).Split(',', StringSplitOptions.TrimEntries);
        return parts[0].Split(':', 2) switch
        {
            [DenseModel.Kind, var layers] => DenseModel.Build(text, layers, parts[1..]),
            [ConvolutionalModel.Kind, var layers] => ConvolutionalModel.Build(text, layers, parts[1..]),
            [ResidualModel.Kind, var layers] => ResidualModel.Build(text, layers, parts[1..]),
            [RecurrentModel.Plain or RecurrentModel.Gated, var layers] =>
                RecurrentModel.Build(text, parts[0][..parts[0].IndexOf(':', StringComparison.Ordinal)], layers, parts[1..]),
            [ClockedModel.Kind, var layers] => ClockedModel.Build(text, layers, parts[1..]),
            [CircuitModel.Kind, var layers] => CircuitModel.Build(text, layers, parts[1..]),
            [SpikingModel.Kind, var layers] => SpikingModel.Build(text, layers, parts[1..]),
            _ => throw new ConcordException($"The model '{text}' cannot be read. "
                + $"{(Suggested(text, parts[0]) is { } meant ? $"Did you mean '{meant}'? " : "")}Write "
                + $"{DenseModel.Form}, {ConvolutionalModel.Form}, {ResidualModel.Form}, {RecurrentModel.Form}, {ClockedModel.Form}, "
                + $"{CircuitModel.Form}, {SpikingModel.Form}, or a name: "
                + $"{string.Join(", ", ModelCatalogue.Names)}."),
        };
    }

    // A name, or the string with another kind before the colon.
    private static string? Suggested(string text, string head) => head.Split(':', 2) is [var kind, var layers]
        ? KnownWords.Nearest(kind, [DenseModel.Kind, ConvolutionalModel.Kind, ResidualModel.Kind, RecurrentModel.Plain,
            RecurrentModel.Gated, ClockedModel.Kind, CircuitModel.Kind, SpikingModel.Kind]) is { } known
            ? $"{known}:{layers}{text[head.Length..]}" : null
        : KnownWords.Nearest(head, ModelCatalogue.Names);
}
