using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>A layer of a model, as people look at it.</summary>
/// <param name="Block">The block it is in.</param>
/// <param name="Name">Its name.</param>
/// <param name="Layer">What it does.</param>
/// <param name="Output">One sample's shape after it: [channels, height, width], or [units].</param>
/// <param name="Parameters">Numbers that learn.</param>
/// <param name="MultiplyAccumulates">Of the pass upward, per sample.</param>
public sealed record LayerSummary(string Block, string Name, string Layer, Shape Output, long Parameters, long MultiplyAccumulates);
