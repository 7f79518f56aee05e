using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;

namespace Concord.Rules;

/// <summary>
/// Feedback alignment whose B descends a layer-local loss R(W, B, x), W a constant in it (Kunin, Nayebi, Sagastuy-Brena, Ganguli, Bloom,
/// Yamins 2020):
/// <para>B = B - eta dR/dB after each step, with R of five primitives (<see cref="AlignmentOptions"/>).</para>
/// <list type="bullet">
/// <item><c>symmetric-alignment</c>: decay and self, dR/dB = B - W; every weight is read at every step.</item>
/// <item><c>activation-alignment</c>: sparse and amp, dR/dB = &lt;(B - W) x x'&gt;.</item>
/// <item><c>information-alignment</c>: amp, null and decay, dR/dB = B - &lt;W x x'&gt; + 2 Null &lt;W x x' W'&gt; B.</item>
/// </list>
/// <para>The defaults' coefficients are ours, chosen so that the first two come to rest at B = W. x is noise, drawn again for each layer,
/// as in a weight mirror; the paper takes the layer's own activity for the last two.</para>
/// </summary>
/// <param name="connection">What B stands for.</param>
/// <param name="network">The network.</param>
/// <param name="options">Coefficients, rate and noise.</param>
public sealed class AlignmentCarrier(Connection connection, Network network, AlignmentOptions options) : RandomCarrier(connection)
{
    private Tensor _gradient = null!;
    private Tensor? _x, _back, _response, _feedback;
    private RandomStream _noise;
    private double _responses;   // of each output: one per sample, and one for each place of an image

    /// <inheritdoc/>
    public override string Description => $"{base.Description}, aligned by a loss";

    /// <inheritdoc/>
    public override int Period => 1;

    /// <inheritdoc/>
    public override IEnumerable<TensorMemory.Extent> Extents =>
        options.Responds ? IsolatedLayer.ExtentsOf(network, Connection, options.Rows, "alignment.batch") : [];

    private bool TwoTerms => options.Null != 0 && options.TwoNullTerms;

    /// <inheritdoc/>
    public override void Draw(FeedbackState state)
    {
        base.Draw(state);
        _noise = state.Stream(Weight.Name).Split("alignment");
        _gradient = Room(Weight.Shape, Role.Gradient);
        if (!options.Responds) return;
        var layer = IsolatedLayer.LayerOf(network, Connection);
        (_x, _response) = (Room(layer.Input.Batch(options.Rows)), Room(layer.Output.Batch(options.Rows)));
        _responses = (double)_response.Length / Weight.MatrixShape.RowLength;
        if (options.Null != 0) _back = Room(_x.Shape);
        if (options.Sparse != 0 || TwoTerms) _feedback = Room(_response.Shape);

        Tensor Room(Shape shape, Role role = Role.Activation)
        {
            state.Count(shape.Length);
            return state.Kernels.Allocate(shape, role);
        }
    }

    /// <inheritdoc/>
    public override void Adapt(Update update)
    {
        Differentiate(update.Kernels, update.Steps, Tensor, _gradient);
        update.Kernels.Combine(-options.Rate, _gradient, 1, Tensor);
    }

    /// <inheritdoc/>
    public override Transport Transported(Connection connection, long steps) =>
        options.Self != 0 ? Own.Transported(connection, steps) : default;

    /// <summary>
    /// dR/dB: 2 Decay B - Self W - Amp &lt;W x x'&gt; + 2 Sparse &lt;B x x'&gt; + 2 Null (&lt;W x (B' W x)'&gt; + &lt;W W' B x x'&gt;), the
    /// last where there are two terms.
    /// </summary>
    /// <param name="kernels">The engine.</param>
    /// <param name="step">The noise belongs to it.</param>
    /// <param name="b">B.</param>
    /// <param name="gradient">Overwritten.</param>
    internal void Differentiate(Kernels kernels, long step, Tensor b, Tensor gradient)
    {
        var w = Weight.Value;
        kernels.Combine(2 * options.Decay, b, 0, gradient);
        if (options.Self != 0) kernels.Combine(-options.Self, w, 1, gradient);
        if (!options.Responds) return;
        options.Noise.Fill(kernels, _noise.At(step), _x!);
        if (options.Amp != 0 || options.Null != 0) Connection.Apply(kernels, w, _x!, _response!);
        if (options.Amp != 0) Add(_response!, _x!, -options.Amp);
        if (options.Null != 0)
        {
            Connection.Transposed(kernels, b, _response!, _back!);
            Add(_response!, _back!, 2 * options.Null);
        }
        if (_feedback is not null) Connection.Apply(kernels, b, _x!, _feedback);
        if (options.Sparse != 0) Add(_feedback!, _x!, 2 * options.Sparse);
        if (!TwoTerms) return;
        Connection.Transposed(kernels, w, _feedback!, _back!);
        Connection.Apply(kernels, w, _back!, _feedback!);
        Add(_feedback!, _x!, 2 * options.Null);

        void Add(Tensor output, Tensor input, double factor) =>
            Connection.WeightGradient(kernels, output, input, new(gradient, factor / _responses, 1));
    }
}
