// The README shows what follows; a test holds the two equal.
using Concord.Feedback;
using Concord.Layers;
using Concord.Rules;

/// <summary>s = d B, where B is a copy of the weight that is made anew every so many steps, and stale in between.</summary>
public sealed class RareTransport(int period) : LearningRule
{
    private readonly Dictionary<Connection, FeedbackCarrier> _carriers = [];

    public override string Name => "rare-transport";

    public override void Attach(RuleState state)
    {
        foreach (var connection in state.Connections)
        {
            var copy = new FeedbackSettings(Magnitude.OfWeight, SignSource.OfWeight, Refreshes: true);
            var carrier = _carriers[connection] = new(connection, copy, state.Kernels, state.Stream(connection.Weight.Name));
            state.Keep(connection.Weight.Name, carrier.Tensor);   // in checkpoints from now on
            state.Every(period, connection, update => carrier.Follow(update.Kernels, update.Steps));
        }
    }

    public override Carrier CarrierOf(Connection connection) => _carriers[connection];
}
