// The README shows what follows; a test holds the two equal.
using Concord.Feedback;
using Concord.Layers;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Rules;

/// <summary>s = d B, where B is a copy of the weight that is made again every so many steps, and stale in between.</summary>
public sealed class RareTransport(Connection connection, int period) : FeedbackCarrier(connection)
{
    private Tensor _copy = null!;

    public override string Description => "a copy of the weight";
    public override int Period => period;
    public override Tensor Matrix(Connection connection) => _copy;
    public override Transport Transported(Connection connection, long steps) => Own.Transported(connection, steps / period);

    public override void Draw(FeedbackState state)
    {
        _copy = state.Kernels.Allocate(Weight.Shape, Role.Feedback);
        state.Kernels.Copy(Weight.Value, _copy);
        state.Keep(Weight.Name, _copy);   // in checkpoints from now on
    }

    public override void Adapt(Update update) => update.Kernels.Copy(Weight.Value, _copy);
}
