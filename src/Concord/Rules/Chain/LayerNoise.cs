using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// Noise that a connection's layer is shown, apart from its network, so that feedback may learn from the responses: a batch that is drawn
/// again for each connection and each moment.
/// </summary>
internal sealed class LayerNoise
{
    private readonly Connection _connection;
    private readonly Noise _noise;
    private readonly RandomStream _stream;

    /// <summary>Makes room for it.</summary>
    /// <param name="state">Where memory is counted, and whose stream it is drawn from.</param>
    /// <param name="network">The network.</param>
    /// <param name="connection">Whose layer it is shown to.</param>
    /// <param name="purpose">What it is for; the draw depends on it.</param>
    /// <param name="noise">Its distribution.</param>
    /// <param name="rows">Samples.</param>
    public LayerNoise(FeedbackState state, Network network, Connection connection, string purpose, Noise noise, int rows)
    {
        (_connection, _noise) = (connection, noise);
        _stream = state.Stream(connection.Weight.Name).Split(purpose);
        var layer = IsolatedLayer.LayerOf(network, connection);
        if (layer.HasState)
            throw new ConcordException($"The layer {layer.Name} ({layer}) has a state, and cannot be asked by itself what it makes of "
                + "noise, as weight mirrors and information alignment do. Use another rule for it, such as kolen-pollack or usf.");
        Input = state.Allocate(layer.Input.Batch(rows), Role.Activation);
        Response = layer.Output.Batch(rows);
    }

    /// <summary>What one of a connection, and its layer's response, take.</summary>
    /// <param name="network">The network.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="rows">Samples.</param>
    /// <param name="option">What a user gave that number by.</param>
    public static IEnumerable<TensorMemory.Extent> ExtentsOf(Network network, Connection connection, int rows, string option)
    {
        var (layer, name, instead) = (IsolatedLayer.LayerOf(network, connection), connection.Weight.Name, $"Use a smaller {option}.");
        return
        [
            new($"The noise for {name}", rows, layer.Input.Length) { Instead = instead },
            new($"The response of {name} to noise", rows, layer.Output.Length) { Instead = instead },
        ];
    }

    /// <summary>x, after <see cref="Draw"/>: samples by what the layer takes.</summary>
    public Tensor Input { get; }

    /// <summary>The shape of a response: samples by what the layer gives.</summary>
    public Shape Response { get; }

    /// <summary>How often each output of the weight responds: once per sample, and in a convolution at each place of it.</summary>
    public int Responses => Response.Length / _connection.Weight.MatrixShape.RowLength;

    /// <summary>Draws the noise of a moment.</summary>
    /// <param name="kernels">The engine.</param>
    /// <param name="moment">A training step; before the first, a negative number.</param>
    public void Draw(Kernels kernels, long moment) => _noise.Fill(kernels, _stream.At(moment), Input);
}
