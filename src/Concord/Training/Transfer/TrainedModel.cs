using Concord.Data;
using Concord.Data.Formats;
using Concord.Numerics;
using Concord.Numerics.Engines;

namespace Concord.Training;

/// <summary>
/// A trained network that answers, made of a run's folder alone: weights, the normalisation that the run's training samples decided, and
/// the classes' names. Its data are not needed. Safe to be used by several threads, whose calls take turns, those to several models on one
/// engine too. Give several models one engine: two with threads of their own slow each other. Whoever also trains on that engine must wait
/// for one before the other.
/// </summary>
/// <example><code>
/// using var model = TrainedModel.Load("runs/iris-dfa");
/// var said = model.Predict(new float[,] { { 5.1f, 3.5f, 1.4f, 0.2f } });
/// Console.WriteLine($"{said.LabelOf(0)} {said.Outputs[0, said.Answers[0]]:P1}");
/// </code></example>
public sealed class TrainedModel : IDisposable
{
    private readonly Kernels _kernels;
    private readonly SavedNetwork _network;
    private readonly bool _owns;
    private bool _isDisposed;

    private TrainedModel(SavedNetwork network, Kernels kernels, bool owns) => (_network, _kernels, _owns) = (network, kernels, owns);

    /// <summary>The classes' names, in the order of the outputs; of real targets, the outputs' numbers.</summary>
    public IReadOnlyList<string> Classes => _network.Classes;

    /// <summary>One sample's axes: features, or channels, rows and columns of an image.</summary>
    public Shape SampleShape => _network.SampleShape;

    /// <summary>The features' names in the table that it was trained on; null where it was no table, or one without a header.</summary>
    public IReadOnlyList<string>? Features => _network.Columns is { HasHeader: true } columns ? columns.Features : null;

    /// <summary>Reads it.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="checkpoint"><c>last</c>, <c>best</c>, or that of an earlier end of an extended run, such as <c>last-10</c>.</param>
    /// <param name="engine">The engine (<see cref="Engines.Names"/>).</param>
    /// <param name="threads">How many threads share an operation; 0 for one per processor.</param>
    /// <exception cref="ConcordException">There is no such run, checkpoint or engine; a file of it is damaged; or the network takes spike
    /// trains, and not numbers.</exception>
    public static TrainedModel Load(string run, string checkpoint = "last", string engine = "auto", int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(engine);
        var kernels = Engines.Create(engine, threads);
        try
        {
            return Load(run, kernels, checkpoint, owns: true);
        }
        catch
        {
            kernels.Dispose();
            throw;
        }
    }

    /// <summary>The same on an engine that others use too, and that is not disposed of with it.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="checkpoint"><c>last</c>, <c>best</c>, or that of an earlier end of an extended run, such as <c>last-10</c>.</param>
    /// <exception cref="ConcordException">See <see cref="Load(string, string, string, int)"/>.</exception>
    public static TrainedModel Load(string run, Kernels kernels, string checkpoint = "last")
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(kernels);
        ArgumentNullException.ThrowIfNull(checkpoint);
        return Load(run, kernels, checkpoint, owns: false);
    }

    private static TrainedModel Load(string run, Kernels kernels, string checkpoint, bool owns)
    {
        var network = SavedNetwork.Open(run, kernels, checkpoint);
        if (network.Network.ReadsSpikes)
            throw new ConcordException($"The model {network.Settings.Model} of the run in '{run}' takes spike trains, and not numbers. "
                + "Give them to concord predict or concord evaluate (--data events:PATH), or in code to SavedNetwork.");
        return new(network, kernels, owns);
    }

    /// <summary>
    /// Answers samples. Numbers are given as the data set had them, before any normalisation: the features of a table in its order, pixels
    /// of images from 0 to 255, channel after channel and row after row.
    /// </summary>
    /// <param name="inputs">N x features, finite.</param>
    /// <param name="cancellation">Breaks off between batches.</param>
    /// <exception cref="ConcordException">There are more or fewer features, or a number is not finite.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed of.</exception>
    public Prediction Predict(float[,] inputs, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return InTurn(() => _network.Predict(_network.SamplesOf(inputs), cancellation));
    }

    /// <summary>
    /// Answers rows of comma-separated values as they come, some hundreds at a time. The features stand in the order of the table that the
    /// network was trained on; a column with its label may be there, and is passed over; numbers alone need no header.
    /// </summary>
    /// <param name="table">The rows.</param>
    /// <param name="name">What the table is called in messages.</param>
    /// <exception cref="ConcordException">The table has other columns, or a field is no finite number. What came before has been
    /// answered by then.</exception>
    public IEnumerable<Prediction> PredictTable(TextReader table, string name = "table")
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(name);
        return Answers(table, name);
    }

    private IEnumerable<Prediction> Answers(TextReader table, string name)
    {
        var columns = _network.Columns ?? TableColumns.Unnamed(SampleShape.Length);
        var rows = new FeatureRows(table, name, columns);
        var features = SampleShape.Length;
        while (true)
        {
            var elements = new float[_network.BatchSize * features];
            var count = rows.Fill(elements);
            if (count == 0) yield break;
            var samples = new Samples(SampleShape, elements[..(count * features)], new int[count], Classes.Count) { Columns = columns };
            yield return InTurn(() => _network.Predict(samples));
        }
    }

    /// <summary>The same of a file, which may be packed with gzip.</summary>
    /// <param name="path">The file.</param>
    /// <param name="answered">Told of the rows as they are answered.</param>
    /// <exception cref="ConcordException">It cannot be read, has other columns, or a field is no finite number.</exception>
    public void PredictTable(string path, Action<Prediction> answered)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(answered);
        using var content = ContentStream.Open(path);
        content.ReadText(reader =>
        {
            foreach (var prediction in PredictTable(reader, path)) answered(prediction);
            return true;
        });
    }

    private Prediction InTurn(Func<Prediction> predict)
    {
        lock (_kernels.Turn)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return predict();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_kernels.Turn)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            if (_owns) _kernels.Dispose();
        }
    }
}
