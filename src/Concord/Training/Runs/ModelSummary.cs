using Concord.Cost;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Rules;

namespace Concord.Training;

/// <summary>
/// What there is to know of a model without training it: layers, shapes, weights as files have them, work, memory, and what a rule adds.
/// Nothing is drawn or computed for it.
/// </summary>
public sealed class ModelSummary
{
    private ModelSummary(string model, Network network, Plan plan, int rows)
    {
        Model = model;
        Input = ChannelsFirst(network.Input);
        Layers = [.. network.Blocks.SelectMany(Describe)];
        Weights = [.. network.Parameters.Select(parameter => (parameter.Name, FileLayout.Of(parameter.Shape)))];
        Rule = plan.Rule.Name;
        PlanRows = plan.Rows;
        Cost = new(plan, rows);
    }

    /// <summary>Looks at a model under a rule.</summary>
    /// <param name="model">A model string, or a name.</param>
    /// <param name="rule">The rule, or a map of rules.</param>
    /// <param name="rows">Samples a step, for the memory.</param>
    /// <param name="options">The rule's options.</param>
    /// <param name="freeze">Blocks that do not learn; none where null.</param>
    /// <exception cref="ConcordException">Something cannot be read or does not fit.</exception>
    public static ModelSummary Of(string model, string rule = "backprop", int rows = 128,
        IReadOnlyDictionary<string, string>? options = null, BlockPatterns? freeze = null)
    {
        using var kernels = new PlanningKernels();
        var network = ModelDescription.Parse(model);
        network.Initialize(kernels, RandomStream.FromSeed(0));
        network.Freeze(freeze ?? BlockPatterns.None);
        return new(ModelCatalogue.Usual(model), network,
            new(network, RuleCatalogue.Create(rule, options), kernels, RandomStream.FromSeed(0)), rows);
    }

    /// <summary>The model string.</summary>
    public string Model { get; }

    /// <summary>One sample's shape as data have it: [channels, height, width], or [features].</summary>
    public Shape Input { get; }

    /// <summary>The layers, lowest first, in the blocks that the model itself has.</summary>
    public IReadOnlyList<LayerSummary> Layers { get; }

    /// <summary>Names and shapes of what learns, as files have them.</summary>
    public IReadOnlyList<(string Name, Shape Shape)> Weights { get; }

    /// <summary>The rule.</summary>
    public string Rule { get; }

    /// <summary>Where each block's signal comes from under the rule.</summary>
    public IReadOnlyList<PlanRow> PlanRows { get; }

    /// <summary>What a step under the rule takes.</summary>
    public RuleCost Cost { get; }

    /// <summary>Numbers that learn.</summary>
    public long Parameters => Layers.Sum(layer => layer.Parameters);

    /// <summary>Of the pass upward, per sample.</summary>
    public long MultiplyAccumulates => Layers.Sum(layer => layer.MultiplyAccumulates);

    private static IEnumerable<LayerSummary> Describe(Block block)
    {
        foreach (var layer in block.Layers)
            yield return new(block.Name, layer.Name, layer.ToString(), ChannelsFirst(layer.Output),
                layer.Parameters.Sum(parameter => (long)parameter.Shape.Length),
                layer.EnteringConnections.Sum(connection => Work(connection, layer.Input.Steps))
                    + layer.InnerConnections.Sum(connection => Work(connection, layer.Input.Steps - (layer.HasState ? 1 : 0))));

        // the first step has no state before it
        static long Work(Connection connection, int steps) => CallCost.Apply(connection).MultiplyAccumulates * steps;
    }

    private static Shape ChannelsFirst(Shape shape) =>
        shape.Rank == 3 ? new Shape(shape[2], shape[0], shape[1]).WithSteps(shape.Steps) : shape;
}
