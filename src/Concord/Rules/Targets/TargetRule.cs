using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// Targets instead of errors: the target of a port comes through a reverse map from the target of a port above, its source. The map
/// learns to take back noise xi that was added to the port's activity and carried up to the source by a second pass.
/// <para>What is delivered is s = (x - t) / alpha, alpha being how far the highest target lies from its activity in units of the error,
/// so that a block learns from it as from an error: rates mean what they mean elsewhere, and the rules of a map understand one
/// another.</para>
/// <para>The maps' last step comes after that of the weights, so that a target is made by maps that do not know yet what they learn in
/// the same step.</para>
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="options">How the maps learn.</param>
public abstract class TargetRule(string name, ReverseOptions options) : LearningRule
{
    private readonly Dictionary<Port, Port> _sources = [];   // of the ports that have a map
    private RuleState _state = null!;
    private RandomStream _noise;
    private ParameterGroup? _group;

    /// <summary>How the maps learn.</summary>
    protected ReverseOptions Options { get; } = options;

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override Route RouteAt(Port port) => _sources.TryGetValue(port, out var source) ? Route.From(source) : Route.Arriving;

    /// <inheritdoc/>
    public override Needs NeedsAt(Port port) => (_sources.ContainsValue(port) ? Needs.Activation : Needs.None)
        | (_group is not null && _sources.ContainsKey(port) ? Needs.Activation | Needs.SecondPass : Needs.None);

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        (_state, _noise) = (state, state.Stream("reverse").Split("noise"));
        foreach (var port in state.HiddenPorts)
            if (SourceOf(port, state.Network) is { } source) _sources[port] = source;
        TensorMemory.Check(state.Kernels, [.. _sources.Select(entry => new TensorMemory.Extent(
            $"The reverse map from {entry.Value.Name} to {entry.Key.Name}", entry.Value.Shape.Length, entry.Key.Shape.Length))],
            "Choose another rule for these blocks, or a smaller model.");
        if (_sources.Count > 0 && Options.Steps > 0) _group = state.Group("reverse", Options.Optimizer);
        foreach (var (port, source) in _sources) Draw(port, source, state, _group);
    }

    /// <inheritdoc/>
    public override void Observe(RulePass pass)
    {
        if (_group is null || !pass.Learns) return;
        for (var step = 0; step < Options.Steps; step++)
        {
            if (step > 0) _state.Step(_group);
            foreach (var (port, source) in _sources)
            {
                using var _ = new WorkScope(pass.Kernels, block: port.Name);
                var noise = Variation.Noise(Options.Noise, _noise.At(pass.Step).At(step), port);
                Reconstruct(port, source, pass, pass.Again(noise, upTo: source));
            }
        }
    }

    /// <summary>The port that a hidden port's target is made of; null where the signal arrives from the block above.</summary>
    protected abstract Port? SourceOf(Port port, Network network);

    /// <summary>Draws the map to a port.</summary>
    /// <param name="port">The port.</param>
    /// <param name="source">Its source.</param>
    /// <param name="state">Where it is drawn.</param>
    /// <param name="group">What it learns in; null if it does not.</param>
    protected abstract void Draw(Port port, Port source, RuleState state, ParameterGroup? group);

    /// <summary>Gathers the gradients of the map to a port.</summary>
    /// <param name="port">The port.</param>
    /// <param name="source">Its source.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="noisy">A second one, with noise at the port, up to the source.</param>
    protected abstract void Reconstruct(Port port, Port source, RulePass pass, RulePass noisy);
}
