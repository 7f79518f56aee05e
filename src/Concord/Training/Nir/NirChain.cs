using Concord.Interchange;

namespace Concord.Training;

/// <summary>A node on the way from input to output.</summary>
/// <param name="Node">The node.</param>
/// <param name="Recurrent">The weight from its neurons' spikes to its own current; null for none.</param>
internal readonly record struct NirLink(NirNode Node, NirNode? Recurrent);

/// <summary>
/// The nodes of a graph in the order of its edges: one way from one input to one output. The one cycle that is read is that from neurons
/// (or the threshold behind them) through a weight back to them.
/// </summary>
internal sealed class NirChain
{
    private static readonly string[] s_neurons = ["LIF", "LI", "IF", "I"], s_weights = ["Linear", "Affine"];
    private readonly string _path;
    private readonly Dictionary<string, NirNode> _nodes;
    private readonly Dictionary<string, List<string>> _next = [], _former = [];
    private readonly Dictionary<string, NirNode> _recurrent = [];

    private NirChain(NirGraph graph, string path)
    {
        _path = path;
        _nodes = graph.Nodes.ToDictionary(node => node.Name);
        foreach (var name in _nodes.Keys) (_next[name], _former[name]) = ([], []);
        foreach (var (from, to) in graph.Edges)
        {
            foreach (var name in (string[])[from, to])
                if (!_nodes.ContainsKey(name)) throw Wrong($"an edge names the node {Name(name)}, and there is none of that name");
            _next[from].Add(to);
            _former[to].Add(from);
        }
    }

    /// <summary>Orders a graph; its input and output are left out.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="path">Its file, for people.</param>
    /// <exception cref="ConcordException">It is no such chain.</exception>
    public static (NirNode Input, IReadOnlyList<NirLink> Links, NirNode Output) Of(NirGraph graph, string path)
    {
        var chain = new NirChain(graph, path);
        var (input, output) = (chain.Only("Input"), chain.Only("Output"));
        chain.TakeRecurrent();
        return (input, chain.Walk(input, output), output);
    }

    private NirNode Only(string type) => _nodes.Values.Where(node => node.Type == type).ToList() is [var only] ? only
        : throw Wrong(FormattableString.Invariant($"it has {_nodes.Values.Count(node => node.Type == type)} nodes of type {type}, and one ")
            + "is read");

    private void TakeRecurrent()
    {
        foreach (var weight in _nodes.Values.Where(node => s_weights.Contains(node.Type)).ToList())
        {
            if (_next[weight.Name] is not [var target] || _former[weight.Name] is not [var source]) continue;
            if (!s_neurons.Contains(_nodes[target].Type) || (source != target && !(_nodes[source].Type == "Threshold"
                && _former[source] is [var below] && below == target))) continue;
            if (!_recurrent.TryAdd(target, weight)) throw Wrong($"the neurons {Name(target)} have two recurrent weights, and one is read");
            _next[source].Remove(weight.Name);
            _former[target].Remove(weight.Name);
            _nodes.Remove(weight.Name);
        }
    }

    private List<NirLink> Walk(NirNode input, NirNode output)
    {
        List<NirLink> links = [];
        HashSet<string> seen = [input.Name];
        for (var at = input.Name; at != output.Name;)
        {
            if (_next[at] is not [var next])
                throw Wrong(_next[at].Count == 0 ? $"no edge leads on from the node {Name(at)}"
                    : $"{_next[at].Count} edges lead on from the node {Name(at)} (to {Listed(_next[at])}), and one way is read");
            if (_former[next] is { Count: > 1 } several)
                throw Wrong($"{several.Count} edges lead to the node {Name(next)} (from {Listed(several)}), a branch or a cycle; of "
                    + "cycles, those of neurons through one Linear back to themselves are read");
            if (!seen.Add(next)) throw Wrong($"its edges go round in a cycle at the node {Name(next)}");
            if (next != output.Name) links.Add(new(_nodes[next], _recurrent.GetValueOrDefault(next)));
            at = next;
        }
        var left = _nodes.Keys.Where(name => !seen.Contains(name)).ToList();
        return left.Count == 0 ? links
            : throw Wrong($"{(left.Count == 1 ? "the node" : "the nodes")} {Listed(left)} {(left.Count == 1 ? "stands" : "stand")} on no "
                + "way from the input to the output");
    }

    private ConcordException Wrong(string what) => new($"The graph in '{_path}' cannot be read as a network: {what}.");

    private static string Name(string name) => PlainText.Line(name);

    private static string Listed(List<string> names) =>
        string.Join(", ", names.Take(5).Select(Name)) + (names.Count > 5 ? ", ..." : "");
}
