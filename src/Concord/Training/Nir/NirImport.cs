using Concord.Interchange;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>What a NIR file leaves open: how samples come in, how many steps there are, and what is made of the outputs.</summary>
/// <param name="Time">What its numbers of time mean.</param>
/// <param name="Steps">Steps of a clocked network.</param>
/// <param name="Input">How numbers come in: the same at each step, drawn as 0 and 1, or a row at each.</param>
/// <param name="Ends">What is made of the outputs of the steps: <c>mean</c>, <c>last</c>, <c>sum</c>, or <c>each</c> for a loss at
/// each.</param>
/// <param name="More">More options of the neurons (<c>surrogate=arctan</c>), or of a model with spike times (<c>duration=0.3</c>).</param>
public sealed record NirReading(NirTime Time, int Steps = 25, string Input = NirReading.Constant, string Ends = "mean",
    IReadOnlyList<string>? More = null)
{
    /// <summary>Words of <see cref="Input"/>.</summary>
    public const string Constant = "constant", Poisson = "poisson", Rows = "rows";

    /// <summary>The words that may be chosen from.</summary>
    public static readonly IReadOnlyList<string> Inputs = [Constant, Poisson, Rows], Endings = ["mean", "last", "sum", "each"];
}

/// <summary>
/// A NIR file as a model string and weights that go with it, which train, resume and compare as any others. LIF, LI, IF and I become
/// clocked neurons, CubaLIF neurons with spike times; a graph has either.
/// </summary>
public sealed class NirImport
{
    private const string ModelFile = "model.yaml", WeightsFile = "weights.safetensors";
    private readonly IReadOnlyList<(string Name, Shape Shape, double[] Values)> _weights;
    private readonly bool _isClocked;

    private NirImport(string model, IReadOnlyList<(string, Shape, double[])> weights, IReadOnlyList<string> notes, bool isClocked) =>
        (Model, _weights, Notes, _isClocked) = (model, weights, notes, isClocked);

    /// <summary>The model string.</summary>
    public string Model { get; }

    /// <summary>What people should know of the conversion.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>How the file's metadata differ from the time step and unit that it was read with; empty if they agree.</summary>
    public IReadOnlyList<string> Differences { get; private set; } = [];

    /// <summary>How many tensors of weights there are.</summary>
    public int Count => _weights.Count;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="reading">What it leaves open.</param>
    /// <exception cref="ConcordException">It cannot be read, or holds what no network here is.</exception>
    public static NirImport Read(string path, NirReading reading) => Of(NirFile.Read(path), path, reading);

    /// <summary>Reads a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="path">Its file, for people.</param>
    /// <param name="reading">What it leaves open.</param>
    /// <exception cref="ConcordException">It holds what no network here is.</exception>
    public static NirImport Of(NirGraph graph, string path, NirReading reading)
    {
        var import = ReadChain(graph, path, reading);
        import.Differences = [.. reading.Time.Differences(graph.Metadata)];
        return import;
    }

    private static NirImport ReadChain(NirGraph graph, string path, NirReading reading)
    {
        var chain = NirChain.Of(graph, path);
        var input = new NirFields(chain.Input, path).Wholes("shape") ?? [];
        var more = reading.More ?? [];
        if (chain.Links.Any(link => link.Node.Type.StartsWith("Cuba", StringComparison.Ordinal)))
        {
            var events = new NirEventReader(path, reading.Time, string.Concat(more.Select(word => $",{word}")));
            events.Read(chain);
            return Made(events.ModelFor(input), path, [.. events.All()], events.Notes, isClocked: false);
        }
        var reader = new NirClockedReader(path, reading.Time, string.Concat(more.Select(word => $" {word}")));
        reader.Read(chain);
        List<NirLayer> layers = [.. reader.All];
        var hasTime = reader.FirstNeurons < layers.Count;
        if (hasTime) AddTime(layers, reader.FirstNeurons, reading);
        var model = $"{LayerList.Start} {Inputs(input, hasTime && reading.Input == NirReading.Rows ? reading.Steps : 0)}"
            + string.Concat(layers.Select(layer => $"; {layer.Words}"));
        return Made(model, path, layers, reader.Notes, hasTime);
    }

    /// <summary>
    /// Writes the weights, with the names of a checkpoint, and an experiment file with the model and what is usual for such a network.
    /// </summary>
    /// <param name="folder">Where to; it is made.</param>
    /// <returns>Where both are.</returns>
    /// <exception cref="ConcordException">They cannot be written.</exception>
    public (string Model, string Weights) Write(string folder)
    {
        FileErrors.MakeFolder(folder);
        var (model, weights) = (Path.Combine(folder, ModelFile), Path.GetFullPath(Path.Combine(folder, WeightsFile)));
        SafeTensors.Write(weights, _weights.Select(weight =>
        {
            var tensor = new Tensor(weight.Shape);
            tensor.CopyFrom(weight.Values);
            return new SafeTensorsEntry(weight.Name, tensor);
        }));
        var usual = new RunSettings();
        var settings = usual.WithUsualOf(_isClocked ? ClockedModel.Form.Split('\'')[1] : Model) with { Model = Model, Weights = weights };
        var written = usual.Write().ToDictionary();
        AtomicFile.Write(model, stream =>
        {
            using var text = new StreamWriter(stream, leaveOpen: true);
            text.WriteLine("# The network of a NIR file, as concord import read it; concord train and sweep take it.");
            foreach (var (key, value) in settings.Write().Where(pair => pair.Value != written.GetValueOrDefault(pair.Key)))
                text.WriteLine($"{key}: '{value.Replace("'", "''", StringComparison.Ordinal)}'");
        });
        return (model, weights);
    }

    private static void AddTime(List<NirLayer> layers, int neurons, NirReading reading)
    {
        var (at, words) = reading.Input switch
        {
            NirReading.Poisson => (0, FormattableString.Invariant($"poisson steps={reading.Steps}")),
            NirReading.Rows => (0, "rows"),
            _ => (neurons, FormattableString.Invariant($"repeat steps={reading.Steps}")),   // a constant input is multiplied once
        };
        layers.Insert(at, new("", words, []));
        if (reading.Ends != "each") layers.Add(new("", reading.Ends, []));
    }

    // Data have sequences as images of one row; a row at each step is an image of as many rows.
    private static string Inputs(int[] shape, int rows) => rows == 0
        ? string.Join('x', shape.Length == 2 ? [shape[0], 1, shape[1]] : shape) : string.Join('x', (int[])[1, rows, .. shape]);

    private static NirImport Made(string model, string path, IReadOnlyList<NirLayer> layers, IReadOnlyList<string> notes, bool isClocked)
    {
        Network network;
        try
        {
            network = ModelDescription.Parse(model);
        }
        catch (ConcordException error)
        {
            throw new ConcordException($"The graph in '{path}' makes no network here. {error.Message}", error);
        }
        var parameters = network.Blocks.SelectMany(block => block.Layers).Where(layer => layer.Parameters.Count > 0)
            .SelectMany(layer => layer.Parameters).ToList();
        var values = layers.SelectMany(layer => layer.Values.Select(given => (layer.Node, Values: given))).ToList();
        if (parameters.Count != values.Count)
            throw new ConcordException(FormattableString.Invariant($"The graph in '{path}' has {values.Count} tensors that learn, but the ")
                + FormattableString.Invariant($"network of '{model}' has {parameters.Count}: the order of its layers is not read."));
        List<(string, Shape, double[])> weights = [];
        foreach (var (parameter, (node, given)) in parameters.Zip(values))
        {
            var shape = FileLayout.Turns(parameter.Shape) ? FileLayout.Of(parameter.Shape) : parameter.Shape;
            var numbers = given.Length == 0 ? new double[shape.Length] : given;
            if (numbers.Length != shape.Length)
                throw new ConcordException(FormattableString.Invariant($"The node {PlainText.Line(node)} in '{path}' has {numbers.Length} ")
                    + FormattableString.Invariant($"numbers for {parameter.Name}, which takes {shape}."));
            weights.Add((parameter.Name, shape, numbers));
        }
        return new(model, weights, notes, isClocked);
    }
}
