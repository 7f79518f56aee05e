using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// Chain feedback through a tensor in place of the weight (Lillicrap, Cownden, Tweed, Akerman 2014/2016, and the sign-concordant
/// family of Liao, Leibo, Poggio 2015 and Moskovitz, Litwin-Kumar, Abbott 2018):
/// <para>s_(l-1) = d_l B_l, B_l [n_l, n_(l-1)], the shape of W_l; all else is backpropagation.</para>
/// <list type="bullet">
/// <item><c>fa</c>: B drawn once from W's own distribution, or started as s sign(W_0) or as W_0, and fixed.</item>
/// <item><c>usf</c>: B = s sign(W). <c>frsf</c>: B = |M| * sign(W), M drawn once. <c>brsf</c>: M redrawn at every step.</item>
/// <item><c>sn</c>: B = |W|_F / sqrt(n) * sign(W), strict normalisation (n the number of weights; no sign is zero), or |W|_2 / |sign W|_2 * sign(W).</item>
/// <item><c>fbp</c>: B = W of the last refresh, whole or in parts (Goupy, Tirilly, Bilasco 2025). <c>sham</c>: B = W, copied at every step.</item>
/// </list>
/// <para>The lowest weight needs no B; the output layer's B feeds the block below it. Norms and activations keep their exact
/// derivative. Where a weight is exactly zero its sign is drawn once: with sign(0) = 0 a zero start would silence the rule.</para>
/// </summary>
/// <param name="name">The name under which these settings are known.</param>
/// <param name="settings">What B is made of.</param>
/// <param name="dense">
/// Whether a convolution is crossed through a full matrix in place of a kernel (Lance, Kieu 2026, "FA random"): fixed and random only.
/// </param>
public sealed class FeedbackAlignment(string name, FeedbackSettings settings, bool dense = false) : LearningRule
{
    private readonly Dictionary<Connection, FeedbackCarrier> _carriers = [];
    private readonly Dictionary<Connection, DenseCarrier> _dense = [];
    private readonly List<(FeedbackCarrier Carrier, string Place)> _following = [];

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        if (dense) AttachDense(state);
        foreach (var connection in state.Connections)
        {
            if (_dense.ContainsKey(connection)) continue;
            var carrier = _carriers[connection] = state.Feedback(connection, settings);
            if (carrier.Schedule is { } schedule) state.Every(schedule.Period, connection, update => carrier.Move(update.Kernels, update.Steps), schedule.IsDue);
            else if (settings.Refreshes) _following.Add((carrier, state.Network.BlockOf(connection).Name));
        }
    }

    private void AttachDense(RuleState state)
    {
        if (settings is not { Magnitude: Magnitude.Fixed, Sign: SignSource.Fixed }) throw new ConcordException("Dense feedback of a convolution is drawn at random: it has no weight of its shape to copy or to take signs from.");
        var convolutions = state.Connections.OfType<ConvolutionConnection>().ToList();
        TensorRoom.Check(state.Kernels, [.. convolutions.Select(DenseCarrier.ExtentOf)], "Use feedback.shape=kernel, which takes as much as the weights.");
        foreach (var convolution in convolutions)
        {
            var carrier = new DenseCarrier(convolution, settings.Initializer, state.Kernels, state.Stream(convolution.Weight.Name));
            _dense[convolution] = carrier;
            state.Keep(convolution.Weight.Name, carrier.Tensor);
        }
    }

    /// <inheritdoc/>
    public override Carrier CarrierOf(Connection connection) => _dense.TryGetValue(connection, out var carrier) ? carrier : _carriers[connection];

    /// <inheritdoc/>
    public override void Observe(Pass pass)
    {
        foreach (var (carrier, place) in _following)
        {
            using var _ = new WorkScope(pass.Kernels, place: place);
            carrier.Follow(pass.Kernels, pass.Step);
        }
    }
}
