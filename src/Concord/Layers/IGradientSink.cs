using Concord.Numerics;

namespace Concord.Layers;

/// <summary>Where gradients go. A parameter that does not learn is not taken, and its product is never computed.</summary>
public interface IGradientSink
{
    /// <summary>Whether that parameter learns and, if so, where its next contribution goes.</summary>
    bool TryTake(Parameter parameter, out Accumulator gradient);

    /// <summary>
    /// Whether it is a training step that gathers; else gradients are only looked at, and a rule's own parameters gather nothing.
    /// </summary>
    bool Trains => true;

    /// <summary>What the work on gradients is counted as.</summary>
    Phase Phase => Phase.WeightGradient;
}
