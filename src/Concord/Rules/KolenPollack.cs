using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// Kolen and Pollack 1994, as in Akrout, Wilson, Humphreys, Lillicrap, Tweed 2019 (equations 16 and 17): feedback alignment whose
/// B moves by the very step that W makes,
/// <para>W = (1 - lambda) W - delta, B = (1 - lambda) B - delta, so that W - B shrinks as (1 - lambda)^t, whatever the data.</para>
/// <para>delta is the OPTIMIZER's step, after momentum, adaptive scaling and clipping; lambda its decoupled decay. With lambda = 0
/// (the released code's setting) W - B stays as it was, and the angle falls only because both outgrow it. A decay that is mixed
/// into the gradient would pull W and B to different places; the trainer refuses it. It is elementwise on the weight, whatever the connection: a
/// convolution's kernel and its B move alike.</para>
/// </summary>
/// <param name="asReleased">Whether B takes no part in the decay, as in the released code, whose lambda is 0 by default.</param>
/// <param name="scale">Factor on the B that is drawn: the smaller, the sooner the steps that W and B share outweigh it.</param>
public sealed class KolenPollack(bool asReleased = false, double scale = 1) : LearningRule
{
    private readonly Dictionary<Connection, FeedbackCarrier> _carriers = [];

    internal static IReadOnlyList<Option> Options { get; } = [FeedbackOptions.AsReleased, FeedbackOptions.Scale];

    /// <inheritdoc/>
    public override string Name => "kolen-pollack";

    /// <inheritdoc/>
    public override Needs NeedsAt(Port port) => Needs.Update;

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        foreach (var connection in state.Connections)
        {
            var carrier = _carriers[connection] = state.Feedback(connection, new(Magnitude.Fixed, SignSource.Fixed, false));
            if (scale != 1) state.Kernels.Combine(scale, carrier.Tensor, 0, carrier.Tensor);
            state.Every(1, connection, update => Follow(update, connection.Weight, carrier.Tensor));
        }
    }

    /// <inheritdoc/>
    public override Carrier CarrierOf(Connection connection) => _carriers[connection];

    private void Follow(Update update, Parameter weight, Tensor feedback)
    {
        if (!weight.Frozen) update.Kernels.Combine(-1, update.Delta(weight), asReleased ? 1 : 1 - update.Decay(weight), feedback);
    }
}
