using Concord.Feedback;
using Concord.Layers;
using Concord.Optimizers;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// Kolen and Pollack 1994, as in Akrout, Wilson, Humphreys, Lillicrap, Tweed 2019 (equations 16 and 17): feedback alignment whose
/// B moves by the very step that W makes,
/// <para>W = (1 - lambda) W - delta, B = (1 - lambda) B - delta, so that W - B shrinks as (1 - lambda)^t, whatever the data.</para>
/// <para>delta is the OPTIMIZER's step, after momentum, adaptive scaling and clipping; lambda its decoupled decay. With lambda = 0 (the
/// released code's setting) W - B stays as it was, and the angle falls only because both outgrow it. A decay that is mixed into the
/// gradient would pull W and B to different places; the trainer refuses it. It is elementwise on the weight, whatever the connection: a
/// convolution's kernel and its B move alike.</para>
/// </summary>
/// <param name="connection">What B stands for.</param>
/// <param name="asReleased">Whether B takes no part in the decay, as in the released code, whose lambda is 0 by default.</param>
/// <param name="scale">Factor on the B that is drawn: the smaller, the sooner the steps that W and B share outweigh it.</param>
public sealed class KolenPollackCarrier(Connection connection, bool asReleased = false, double scale = 1) : RandomCarrier(connection)
{
    /// <summary>The options as they are declared.</summary>
    internal static IReadOnlyList<Option> Declared { get; } = [FeedbackOptions.AsReleased, FeedbackOptions.Scale];

    internal KolenPollackCarrier(Connection connection, OptionValues values)
        : this(connection, values.Of(FeedbackOptions.AsReleased), values.Of(FeedbackOptions.Scale))
    {
    }

    /// <inheritdoc/>
    public override Needs Needs => Needs.Update;

    /// <inheritdoc/>
    public override int Period => 1;

    /// <inheritdoc/>
    public override void Draw(FeedbackState state)
    {
        base.Draw(state);
        if (scale != 1) state.Kernels.Combine(scale, Tensor, 0, Tensor);
    }

    /// <inheritdoc/>
    public override void Adapt(Update update) =>
        update.Kernels.Combine(-1, update.Delta(Weight), asReleased ? 1 : 1 - update.Decay(Weight), Tensor);
}
