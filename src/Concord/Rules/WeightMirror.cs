using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// Weight mirror (Akrout, Wilson, Humphreys, Lillicrap, Tweed 2019, "equation 7" of the released pseudo-code): feedback alignment whose B learns
/// to be W from what W makes of noise, one layer at a time and without data,
/// <para>x [N, n_in] noise of mean 0 and variance s^2; y = phi(x W' + b) [N, n_out]; B = (1 - lambda) B + eta &lt;y x'&gt;, B [n_out, n_in],</para>
/// <para>&lt;.&gt; the mean over responses: N samples, and in a convolution all places of each. So E[step of B] = eta s^2 phi'(b) W for small noise in any layer, and for normal noise of any
/// size a multiple of W row by row. The paper takes the sum over n, as <c>mirror.sum</c> does; a rate of that suits either convolutions or dense layers. Noise is drawn
/// anew for each layer, for what one layer makes of it is not independent noise for the next.</para>
/// <para>y is centred over its batch unless told otherwise: its mean meets nothing but noise. B keeps the norm it starts with, or else grows with every
/// step. Mirror steps come before training and between its steps; they read no activity of the training pass and no weight but through y.</para>
/// </summary>
/// <param name="options">How it learns.</param>
public sealed class WeightMirror(MirrorOptions options) : LearningRule
{
    private readonly Dictionary<Connection, Mirror> _mirrors = [];

    /// <inheritdoc/>
    public override string Name => "wm";

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        state.CheckRoomForNoise(options.Rows, "mirror.batch");
        foreach (var connection in state.Connections)
        {
            var mirror = _mirrors[connection] = new(connection, options, state);
            if (options.Every > 0) state.Every(options.Every, connection, update => mirror.Step(update.Kernels, update.Steps));
        }
    }

    /// <inheritdoc/>
    public override Carrier CarrierOf(Connection connection) => _mirrors[connection].Carrier;

    /// <inheritdoc/>
    public override void Prepare(Rehearsal rehearsal)
    {
        for (var step = 1; step <= options.Steps; step++)
        {
            foreach (var mirror in _mirrors.Values)
            {
                rehearsal.Cancellation.ThrowIfCancellationRequested();
                mirror.Step(rehearsal.Kernels, -step);
            }
            rehearsal.Progress?.Report((double)step / options.Steps);
        }
    }
}
