using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// Feedback alignment whose B descends a layer-local loss R(W, B, x), W a constant in it (Kunin, Nayebi, Sagastuy-Brena, Ganguli, Bloom, Yamins 2020):
/// <para>B = B - eta dR/dB after each step, with R of five primitives (<see cref="AlignmentOptions"/>).</para>
/// <list type="bullet">
/// <item><c>symmetric-alignment</c>: decay and self, dR/dB = B - W; every weight is read at every step.</item>
/// <item><c>activation-alignment</c>: sparse and amp, dR/dB = &lt;(B - W) x x'&gt;.</item>
/// <item><c>information-alignment</c>: amp, null and decay, dR/dB = B - &lt;W x x'&gt; + 2 Null &lt;W x x' W'&gt; B.</item>
/// </list>
/// <para>The defaults' coefficients are ours, chosen so that the first two come to rest at B = W. x is noise, drawn anew for each layer, as in a weight mirror; the paper
/// takes the layer's own activity for the last two.</para>
/// </summary>
/// <param name="name">The name of the combination.</param>
/// <param name="options">Coefficients, rate and noise.</param>
public sealed class AlignmentRule(string name, AlignmentOptions options) : LearningRule
{
    private readonly Dictionary<Connection, AlignmentLoss> _losses = [];

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        if (options.Responds) state.CheckRoomForNoise(options.Rows, "alignment.batch");
        foreach (var connection in state.Connections)
        {
            var loss = _losses[connection] = new(connection, options, state);
            state.Every(1, connection, update => loss.Step(update.Kernels, update.Steps));
        }
    }

    /// <inheritdoc/>
    public override Carrier CarrierOf(Connection connection) => _losses[connection].Carrier;

    /// <summary>The loss of a connection.</summary>
    internal AlignmentLoss LossOf(Connection connection) => _losses[connection];
}
