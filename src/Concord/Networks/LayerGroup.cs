using Concord.Layers;

namespace Concord.Networks;

/// <summary>A weighted layer and what follows it, before it is decided where the port stands.</summary>
/// <param name="Name">The block's name, as <c>fc1</c>.</param>
/// <param name="Layers">Its layers, in the order of the pass.</param>
public sealed record LayerGroup(string Name, params IReadOnlyList<Layer> Layers);
