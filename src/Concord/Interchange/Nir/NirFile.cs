using PureHDF;

namespace Concord.Interchange;

/// <summary>
/// NIR files: HDF5 with the data set <c>version</c> and the group <c>node</c>, which is the graph. A node is a group with a data set
/// <c>type</c> and one for each parameter; that of a graph has a group <c>nodes</c> and a list <c>edges</c> of names. Files are written
/// without compression and read with it or without.
/// </summary>
public static class NirFile
{
    private const string Version = "version", Root = "node", Type = "type", Nodes = "nodes", Edges = "edges", Metadata = "metadata",
        Graph = "NIRGraph", Written = "1.0.7";
    private const int MostNodes = 10_000;

    /// <summary>Writes a graph, or replaces the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="graph">The graph.</param>
    /// <exception cref="ConcordException">It cannot be written.</exception>
    public static void Write(string path, NirGraph graph)
    {
        var nodes = new H5Group();
        foreach (var node in graph.Nodes)
        {
            var group = new H5Group { [Type] = node.Type };
            foreach (var (name, field) in node.Fields) group[name] = Content(field);
            nodes[node.Name] = group;
        }
        var edges = new string[graph.Edges.Count, 2];
        foreach (var (i, (from, to)) in graph.Edges.Index()) (edges[i, 0], edges[i, 1]) = (from, to);
        var root = new H5Group { [Type] = Graph, [Nodes] = nodes, [Edges] = edges };
        if (graph.Metadata.Count > 0)
        {
            var metadata = new H5Group();
            foreach (var (name, field) in graph.Metadata) metadata[name] = Content(field);
            root[Metadata] = metadata;
        }
        HdfFile.Write(path, new() { [Version] = Written, [Root] = root });
    }

    /// <summary>Reads a graph.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ConcordException">It cannot be read, is cut short or damaged, or holds no graph.</exception>
    public static NirGraph Read(string path) => HdfFile.Read<NirGraph>(path, file =>
    {
        if (!file.LinkExists(Root) || file.Get(Root) is not IH5Group root || TypeOf(root) is not { } type)
            throw new ConcordException($"'{path}' is an HDF5 file, but no NIR file: it has no group '{Root}' with a '{Type}'.");
        if (type != Graph || !root.LinkExists(Nodes) || !root.LinkExists(Edges))
            throw new ConcordException($"'{path}' holds a single node ({PlainText.Line(type)}); a graph was expected, with nodes and "
                + "edges. Export the network that the node stands in.");
        var nodes = root.Group(Nodes).Children().OfType<IH5Group>().Take(MostNodes + 1).Select(group => Node(path, group)).ToList();
        if (nodes.Count > MostNodes) throw new ConcordException($"'{path}' has more than {MostNodes} nodes, and no more are read.");
        return new(nodes, EdgesOf(path, root.Dataset(Edges)), root.LinkExists(Metadata) ? Fields(root.Group(Metadata)) : Fields(null));
    });

    private static object Content(NirField field)
    {
        if (field.Text is { } text) return text;
        if (field.Shape.Count == 0) return field.IsWhole ? (object)(long)field.Values[0] : field.Values[0];
        var dimensions = field.Shape.Select(axis => (ulong)axis).ToArray();
        return field.IsWhole ? new H5Dataset<long[]>([.. field.Values.Select(value => (long)value)], fileDims: dimensions)
            : new H5Dataset<float[]>([.. field.Values.Select(value => (float)value)], fileDims: dimensions);
    }

    private static NirNode Node(string path, IH5Group group) => new(group.Name, TypeOf(group)
        ?? throw new ConcordException($"The node {PlainText.Line(group.Name)} in '{path}' has no '{Type}'; every node of NIR has one."),
        Fields(group));

    private static string? TypeOf(IH5Group group) => group.LinkExists(Type) && group.Get(Type) is IH5Dataset data
        ? HdfFile.Texts(data) is [var type] ? type : null : null;

    // Groups inside a node are its metadata, or those of a graph inside the graph.
    private static Dictionary<string, NirField> Fields(IH5Group? group)
    {
        Dictionary<string, NirField> fields = [];
        foreach (var data in group?.Children().OfType<IH5Dataset>() ?? [])
        {
            if (data.Name == Type) continue;
            if (HdfFile.Texts(data) is { } texts)
            {
                if (texts is [var text]) fields[data.Name] = NirField.Of(text);
                continue;
            }
            var (shape, values, isWhole) = HdfFile.Numbers(data);
            fields[data.Name] = NirField.Read(shape, values, isWhole);
        }
        return fields;
    }

    private static List<(string, string)> EdgesOf(string path, IH5Dataset data)
    {
        if (data.Space.Dimensions is [0, ..]) return [];
        if (data.Space.Dimensions is not [_, 2] || HdfFile.Texts(data) is not { } names)
            throw new ConcordException($"The edges in '{path}' are {string.Join('x', data.Space.Dimensions)}; pairs of names were "
                + "expected, from and to.");
        return [.. names.Chunk(2).Select(pair => (pair[0], pair[1]))];
    }
}
