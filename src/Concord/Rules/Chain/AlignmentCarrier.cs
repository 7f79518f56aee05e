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

    /// <summary>R, once B is drawn.</summary>
    internal AlignmentLoss Loss { get; private set; } = null!;

    /// <inheritdoc/>
    public override string Description => $"{base.Description}, aligned by a loss";

    /// <inheritdoc/>
    public override int Period => 1;

    /// <inheritdoc/>
    public override IEnumerable<TensorMemory.Extent> Extents =>
        options.Responds ? LayerNoise.ExtentsOf(network, Connection, options.Rows, "alignment.batch") : [];

    /// <inheritdoc/>
    public override void Draw(FeedbackState state)
    {
        base.Draw(state);
        _gradient = state.Allocate(Weight.Shape, Role.Gradient);
        Loss = new(Connection, options,
            options.Responds ? new(state, network, Connection, "alignment", options.Noise, options.Rows) : null, state);
    }

    /// <inheritdoc/>
    public override void Adapt(Update update)
    {
        Loss.Differentiate(update.Kernels, update.Steps, Tensor, _gradient);
        update.Kernels.Combine(-options.Rate, _gradient, 1, Tensor);
    }

    /// <inheritdoc/>
    public override Transport Transported(Connection connection, long steps) =>
        options.Self != 0 ? Own.Transported(connection, steps) : default;
}
