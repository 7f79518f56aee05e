using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// Chain feedback: backpropagation in which every signal crosses a carrier in the weight's place (Lillicrap, Cownden, Tweed, Akerman
/// 2014/2016),
/// <para>s_(l-1) = d_l B_l, B_l [n_l, n_(l-1)], the shape of W_l; all else is backpropagation.</para>
/// <para>The lowest weight needs no B; the output layer's B feeds the block below it. Norms and activations keep their exact
/// derivative.</para>
/// </summary>
/// <param name="name">The rule's name.</param>
/// <param name="carrierOf">Makes the carrier of a connection; it is drawn later.</param>
public sealed class ChainRule(string name, Func<Connection, RuleState, FeedbackCarrier> carrierOf) : LearningRule
{
    private readonly Dictionary<Connection, FeedbackCarrier> _carriers = [];
    private readonly List<(FeedbackCarrier Carrier, string Block)> _placed = [];
    private Needs _needs;

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override Needs NeedsAt(Port port) => _needs;

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        foreach (var connection in state.Connections) _carriers[connection] = carrierOf(connection, state);
        // A rule reads the same in every network. In one of a single layer, which no signal crosses, carriers are asked that are not drawn.
        var asked = _carriers.Count > 0 ? _carriers.Values : state.Network.Owners.Keys.Select(connection => carrierOf(connection, state));
        _needs = asked.Aggregate(Needs.None, (needs, carrier) => needs | carrier.Needs);
        TensorMemory.Check(state.Kernels, [.. _carriers.Values.SelectMany(carrier => carrier.Extents)]);
        foreach (var (connection, carrier) in _carriers)
        {
            carrier.Draw(state);
            _placed.Add((carrier, state.Network.BlockOf(connection).Name));
            // A frozen weight makes no step that could be followed. What learns from the weight itself still has something to learn.
            if (connection.Weight.Frozen && carrier.Needs.HasFlag(Needs.Update)) continue;
            state.Every(carrier.Period, connection, carrier.Adapt, carrier.IsDue);
        }
    }

    /// <inheritdoc/>
    public override Carrier CarrierOf(Connection connection) => _carriers[connection];

    /// <inheritdoc/>
    public override void Prepare(PreparationContext context)
    {
        var moves = _carriers.Values.Select(carrier => carrier.PreparationSteps).DefaultIfEmpty().Max();
        for (var move = 1; move <= moves; move++)
        {
            foreach (var (carrier, _) in _placed)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                if (move <= carrier.PreparationSteps) carrier.Prepare(context, move);
            }
            context.Progress?.Report((double)move / moves);
        }
    }

    /// <inheritdoc/>
    public override void Observe(RulePass pass)
    {
        foreach (var (carrier, block) in _placed)
        {
            using var _ = new WorkScope(pass.Kernels, block: block);
            carrier.Follow(pass.Kernels, pass.Step);
        }
    }
}
