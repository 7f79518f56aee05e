using Concord.Networks;

namespace Concord.Rules;

/// <summary>
/// The control: hidden blocks keep their random start and only the output layer learns, by the exact gradient. A rule that does
/// not beat it has taught its hidden layers nothing. No signal goes down, and none is computed.
/// </summary>
public sealed class Shallow : LearningRule
{
    /// <inheritdoc/>
    public override string Name => "shallow";

    /// <inheritdoc/>
    public override Route RouteAt(Port port) => port.IsOutput ? Route.Arriving : Route.None;
}
