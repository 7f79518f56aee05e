using Concord.Feedback;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// Feedback alignment through a product of two fixed random factors, s_(l-1) = (d_l Q_l) P_l with Q_l [n_l, r] and P_l [r, n_(l-1)]: low-rank where r is
/// below the layers' widths. <c>fa</c> with <c>feedback.rank=r</c>.
/// </summary>
/// <param name="rank">r, numbers that a signal goes through on its way across a connection.</param>
/// <param name="initializer">What a full B would be drawn from; null for the weight's own distribution.</param>
public sealed class FactoredFeedback(int rank, Initializer? initializer) : LearningRule
{
    private readonly Dictionary<Connection, FactoredCarrier> _carriers = [];

    /// <inheritdoc/>
    public override string Name => "fa";

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        TensorRoom.Check(state.Kernels, [.. state.Connections.SelectMany(connection => FactoredCarrier.ExtentsOf(connection, rank))], "Use a smaller feedback.rank.");
        foreach (var connection in state.Connections)
        {
            var name = connection.Weight.Name;
            var carrier = _carriers[connection] = new(connection, rank, initializer, state.Kernels, state.Stream(name));
            state.Keep($"{name}.in", carrier.In, carrier.WordsBesides);
            state.Keep($"{name}.out", carrier.Out);
        }
    }

    /// <inheritdoc/>
    public override Carrier CarrierOf(Connection connection) => _carriers[connection];
}
