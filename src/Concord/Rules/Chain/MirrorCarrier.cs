using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;

namespace Concord.Rules;

/// <summary>
/// Weight mirror (Akrout, Wilson, Humphreys, Lillicrap, Tweed 2019, "equation 7" of the released pseudo-code): feedback alignment
/// whose B learns to be W from what W makes of noise, one layer at a time and without data,
/// <para>x [N, n_in] noise of mean 0 and variance s^2; y = phi(x W' + b) [N, n_out]; B = (1 - lambda) B + eta &lt;y x'&gt;,
/// B [n_out, n_in],</para>
/// <para>&lt;.&gt; the mean over responses: N samples, and in a convolution all places of each. So E[step of B] = eta s^2 phi'(b) W for
/// small noise in any layer, and for normal noise of any size a multiple of W row by row. The paper takes the sum over n, as
/// <c>mirror.sum</c> does; a rate of that suits either convolutions or dense layers. Noise is drawn again for each layer, for what one
/// layer makes of it is not independent noise for the next.</para>
/// <para>y is centred over its batch unless told otherwise: its mean meets nothing but noise. B keeps the norm it starts with, or else
/// grows with every step. Mirror steps come before training and between its steps; they read no activity of the training pass and no
/// weight but through y.</para>
/// </summary>
/// <param name="connection">What B stands for.</param>
/// <param name="network">The network, whose layer answers the noise.</param>
/// <param name="options">How it learns.</param>
public sealed class MirrorCarrier(Connection connection, Network network, MirrorOptions options) : RandomCarrier(connection)
{
    private LayerNoise _noise = null!;
    private IsolatedLayer _isolated = null!;
    private Tensor _mean = null!;
    private double _norm, _rate;

    /// <inheritdoc/>
    public override int PreparationSteps => options.Steps;

    /// <inheritdoc/>
    public override int Period => options.Every;

    /// <inheritdoc/>
    public override IEnumerable<TensorMemory.Extent> Extents => LayerNoise.ExtentsOf(network, Connection, options.Rows, "mirror.batch");

    /// <inheritdoc/>
    public override void Draw(FeedbackState state)
    {
        base.Draw(state);
        _noise = new(state, network, Connection, "mirror", options.Noise, options.Rows);
        _isolated = new(network, Connection, state.Kernels, _noise.Input, options.Output);
        _mean = state.Allocate(new(_isolated.Output.Shape.RowLength), Role.Activation);
        state.Count(_isolated.Words);
        _rate = options.Sum ? options.Rate : options.Rate / _noise.Responses;
        _norm = Math.Sqrt(state.Kernels.SumSquares(Tensor));
    }

    /// <inheritdoc/>
    public override void Prepare(PreparationContext context, int move) => Learn(context.Kernels, -move);

    /// <inheritdoc/>
    public override void Adapt(Update update) => Learn(update.Kernels, update.Steps);

    // On noise that belongs to a moment: before training negative, else the optimizer's step.
    private void Learn(Kernels kernels, long moment)
    {
        var y = _isolated.Output;
        _noise.Draw(kernels, moment);
        _isolated.Evaluate();
        if (options.Centre)
        {
            kernels.SumRows(y, new(_mean, -1.0 / options.Rows));
            kernels.AddRow(_mean, y);
        }
        Connection.WeightGradient(kernels, y, _noise.Input, new(Tensor, _rate, 1 - options.Decay));
        if (!options.Rescale) return;
        var norm = Math.Sqrt(kernels.SumSquares(Tensor));
        kernels.Combine(norm > 0 ? _norm / norm : 1, Tensor, 0, Tensor);
    }
}
