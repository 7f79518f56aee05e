using System.Text;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>Blocks and ports: a chain of layers, cut where teaching signals are delivered.</summary>
public sealed class Network
{
    private readonly IReadOnlyList<LayerGroup> _groups;
    private readonly Dictionary<Connection, Port?> _owners = [];

    /// <summary>A network with its ports at the ends of its groups.</summary>
    /// <param name="input">One sample's shape.</param>
    /// <param name="groups">At least one group of at least one layer; names are unique.</param>
    /// <exception cref="ConcordException">Two groups share a name, or a layer cannot take the shape it meets.</exception>
    public Network(Shape input, params IReadOnlyList<LayerGroup> groups) : this(input, groups, null)
    {
    }

    private Network(Shape input, IReadOnlyList<LayerGroup> groups, Func<string, Placement>? placements)
    {
        if (groups.Count == 0 || groups.Any(group => group.Layers.Count == 0))
            throw new ConcordException("A network needs at least one layer in each group.");
        if (groups.Select(group => group.Name).Distinct().Count() != groups.Count) throw new ConcordException(
            $"The groups of a network need names of their own, but {string.Join(", ", groups.Select(group => group.Name))} were given.");
        _groups = groups;
        Input = input;
        PlacementOf = placements ?? (_ => Placement.BlockEnd);

        List<Block> blocks = [];
        List<Layer> pending = [];
        var shape = input;
        Layer? below = null;
        var time = new TimeCheck();
        foreach (var group in groups)
        {
            var end = group == groups[^1] ? group.Layers.Count : EndOf(group, PlacementOf(group.Name));
            for (var i = 0; i < group.Layers.Count; i++)
            {
                if (i == end) Close(group.Name);
                var layer = group.Layers[i];
                shape = layer.Attach(NameOf(group, layer), shape);
                CheckSpikes(below, layer);
                time.See(layer);
                below = layer;
                pending.Add(layer);
            }
            if (end == group.Layers.Count) Close(group.Name);
        }
        Blocks = blocks;
        Steps = blocks.Max(block => block.Sequence.Shapes.Max(shape => shape.Steps));
        Ports = [.. blocks.Select((block, i) => new Port(block, i + 1 < blocks.Count ? blocks[i + 1] : null))];
        Parameters = [.. blocks.SelectMany(block => block.Parameters)];
        foreach (var port in Ports)
        {
            foreach (var connection in port.Below.Sequence.EnteringConnections)
                _owners[connection] = port.Index == 0 ? null : Ports[port.Index - 1];
            foreach (var connection in port.Below.Sequence.InnerConnections) _owners[connection] = port;
        }

        void Close(string name)
        {
            blocks.Add(new(blocks.Count, name, [.. pending]));
            pending.Clear();
        }
    }

    /// <summary>One sample's shape.</summary>
    public Shape Input { get; }

    /// <summary>Whether there are spiking layers in it.</summary>
    public bool IsSpiking => Blocks.Any(block => block.IsSpiking);

    /// <summary>Whether a sample has several time steps somewhere in it.</summary>
    public bool HasTime => Steps > 1;

    /// <summary>How many; 1 where there is no time.</summary>
    internal int Steps { get; }

    /// <summary>Whether its input is spikes, and not numbers that a layer encodes.</summary>
    public bool ReadsSpikes => Blocks[0].Sequence.ReadsSpikes;

    /// <summary>One sample's shape at the output: the number of classes.</summary>
    public Shape Output => Blocks[^1].Output;

    /// <summary>The blocks, lowest first.</summary>
    public IReadOnlyList<Block> Blocks { get; }

    /// <summary>The ports, lowest first; port i stands on block i.</summary>
    public IReadOnlyList<Port> Ports { get; }

    /// <summary>The port of the output.</summary>
    public Port OutputPort => Ports[^1];

    /// <summary>Refuses a port of another network, as of one that was cut elsewhere, which may have the same name and place.</summary>
    /// <exception cref="ArgumentException">It is none of this network's.</exception>
    internal void CheckPort(Port port)
    {
        if (port.Index >= Ports.Count || Ports[port.Index] != port)
            throw new ArgumentException($"The port {port.Name} is one of another network: take it from RuleState.Network.", nameof(port));
    }

    /// <summary>All that learns, in file order.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Tensors that belong in a checkpoint without being learned.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Buffers => Blocks.SelectMany(block => block.Layers).SelectMany(layer => layer.Buffers);

    /// <summary>Where each group is cut, by its name.</summary>
    public Func<string, Placement> PlacementOf { get; }

    /// <summary>
    /// All connections, with the port whose rule decides what crosses them: the one below for those that read a block's input (null for the
    /// network's input), the one above for inner ones.
    /// </summary>
    public IReadOnlyDictionary<Connection, Port?> Owners => _owners;

    /// <summary>The block that has that connection.</summary>
    public Block BlockOf(Connection connection) => Blocks.First(block => block.Parameters.Contains(connection.Weight));

    /// <summary>How many time steps of a sample its layer sees.</summary>
    public int StepsOf(Connection connection) => BlockOf(connection).Layers.SelectMany(layer => layer.WithBranches)
        .First(layer => layer.Branches.Count == 0 && layer.Parameters.Contains(connection.Weight)).Input.Steps;

    /// <summary>
    /// Draws every parameter from its own stream, and resets buffers. Names decide the draw, so no rule and no cut changes it.
    /// </summary>
    /// <param name="kernels">The engine the values will live in.</param>
    /// <param name="stream">The stream of weights.</param>
    /// <param name="role">What the words of the values are counted as.</param>
    public void Initialize(Kernels kernels, RandomStream stream, Role role = Role.Weight)
    {
        foreach (var parameter in Parameters) parameter.Initialize(kernels, stream, role);
        foreach (var layer in Blocks.SelectMany(block => block.Layers)) layer.Reset(kernels);
    }

    /// <summary>
    /// Freezes blocks: their parameters stay as they are, and their layers work in training as in evaluation (batch norms by their running
    /// moments, no dropout). To be called before the network is cut elsewhere, while what follows a weighted layer belongs to its block.
    /// </summary>
    /// <param name="blocks">Which.</param>
    /// <exception cref="ConcordException">A pattern names no block.</exception>
    public void Freeze(BlockPatterns blocks)
    {
        blocks.Check("freeze", this);
        foreach (var layer in Blocks.Where(block => blocks.Match(block.Name)).SelectMany(block => block.Layers)) layer.Freeze();
    }

    /// <summary>How many blocks, from the lowest up, have parameters of which none learns: no signal need ever get there.</summary>
    public int FrozenBlocks =>
        Blocks.TakeWhile(block => block.Parameters.Count > 0 && block.Parameters.All(parameter => parameter.Frozen)).Count();

    /// <summary>The same layers, cut elsewhere. Names and values stay.</summary>
    /// <param name="placements">Where each group ends, by its name; the output's end is where it is.</param>
    /// <exception cref="ConcordException">A group that should end at its activation has none.</exception>
    public Network Recut(Func<string, Placement> placements) => new(Input, _groups, placements);

    // A layer of spikes above one of numbers, or the other way round. The first layer may read spikes, which the samples are then.
    private static void CheckSpikes(Layer? below, Layer layer)
    {
        if (layer.WithBranches.Skip(1).FirstOrDefault(inner => inner.ReadsSpikes || inner.EmitsSpikes) is { } inner)
            throw new ConcordException($"The layer {layer.Name} has spiking layers inside ({inner}); they stand in a chain only.");
        if (below is null || layer.ReadsSpikes == below.EmitsSpikes) return;
        throw new ConcordException(layer.ReadsSpikes
            ? $"The layer {layer.Name} ({layer}) takes spikes, but what comes before it, {below.Name} ({below}), gives numbers. "
                + "Begin the network with an encoding, and let all layers after it be spiking ones."
            : $"The layer {layer.Name} ({layer}) takes numbers, but what comes before it, {below.Name} ({below}), gives spikes. "
                + "After an encoding stand spiking dense layers, convolutions and pools only.");
    }

    private static int EndOf(LayerGroup group, Placement placement)
    {
        if (placement == Placement.BlockEnd) return group.Layers.Count;
        for (var i = 0; i < group.Layers.Count; i++)
        {
            if (group.Layers[i] is ActivationLayer) return placement == Placement.AfterActivation ? i + 1 : i;
            if (group.Layers[i].HasState && placement == Placement.AfterActivation) return i + 1;   // its activation is inside
        }
        throw new ConcordException(group.Layers.Any(layer => layer.EmitsSpikes)
            ? $"The block {group.Name} gives spikes, and the rule places its port at an activation, which spiking neurons do not have. "
                + "Use a rule whose ports stand at the ends of blocks, as backprop, fa, usf, dfa, without a feedback.preset."
            : $"The block {group.Name} has no activation to place its port at; give it one, or end it at '{Placement.BlockEnd}'.");
    }

    private static string NameOf(LayerGroup group, Layer layer)
    {
        if (layer == group.Layers.FirstOrDefault(candidate => candidate.IsWeighted)) return group.Name;
        var twins = group.Layers.Where(candidate => candidate.Kind == layer.Kind).ToList();
        return twins.Count == 1 ? $"{group.Name}.{layer.Kind}" : $"{group.Name}.{layer.Kind}{twins.IndexOf(layer) + 1}";
    }

    /// <summary>A table: block, layers, output, parameters.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        var width = Blocks.Max(block => block.Name.Length);
        foreach (var block in Blocks)
            text.AppendLine(
                FormattableString.Invariant($"{block.Name.PadRight(width)}  {string.Join(", ", block.Layers),-40}  {block.Output,8}  ")
                    + FormattableString.Invariant($"{block.Parameters.Sum(parameter => (long)parameter.Shape.Length),12:N0}"));
        text.Append(FormattableString.Invariant(
            $"{"".PadRight(width)}  {"parameters",-40}  {"",8}  {Parameters.Sum(parameter => (long)parameter.Shape.Length),12:N0}"));
        return text.ToString();
    }
}
