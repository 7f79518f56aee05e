using Concord.Data;
using Concord.Diagnostics;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>How alike two networks represent the same samples, layer against layer.</summary>
/// <param name="First">The layers of one, lowest first.</param>
/// <param name="Second">Those of the other.</param>
/// <param name="Values">Linear CKA (<see cref="LinearCka"/>), a row a layer of the first.</param>
/// <param name="Samples">Samples that were compared; 0 where too few are <see cref="ComparedSamples"/>,
/// and then all values are NaN.</param>
/// <param name="Batch">Samples of a batch.</param>
public sealed record Similarity(IReadOnlyList<string> First, IReadOnlyList<string> Second, double[,] Values, int Samples, int Batch)
{
    private const int Most = 256;

    /// <summary>The similarity of the layers of that name; NaN where one of the two has none.</summary>
    public double Of(string layer)
    {
        var (i, j) = (First.ToList().IndexOf(layer), Second.ToList().IndexOf(layer));
        return i < 0 || j < 0 ? double.NaN : Values[i, j];
    }

    /// <summary>Compares the activities at the ports of two networks, in evaluation mode.</summary>
    /// <param name="first">One.</param>
    /// <param name="second">The other, of the same data set and engine.</param>
    /// <param name="samples">The samples that go through both.</param>
    /// <param name="count">How many, drawn without replacement; what does not fill a batch of 256 is left out,
    /// if there is one batch.</param>
    /// <param name="seed">Decides which, and which go together in a batch.</param>
    /// <param name="which">Among which of the samples they are drawn.</param>
    /// <param name="cancellation">Breaks off between batches.</param>
    /// <exception cref="ConcordException">There are too few samples, or too few are asked for.</exception>
    public static Similarity Between(
        SavedNetwork first, SavedNetwork second, Samples samples, int count, long seed = 0, ComparedSamples which = ComparedSamples.All,
        CancellationToken cancellation = default)
    {
        count = Math.Min(count, samples.Count);
        if (count < LinearCka.LeastSamples) throw new ConcordException("Representations were to be compared on "
            + $"{Things.Of(count, "sample")}; it takes at least {LinearCka.LeastSamples}, and some hundreds for a useful figure.");
        var rows = Data.Samples.Ascending(samples.Count);
        RandomStream.FromSeed(seed).Split("similarity").Shuffle(rows.AsSpan());
        if (which == ComparedSamples.FirstAloneIsRight)
        {
            if (!samples.HasClasses) throw new ConcordException("Where a network is right and another wrong cannot be said of data without "
                + "classes. Compare on all samples.");
            bool[] one = Right(first, samples, cancellation), other = Right(second, samples, cancellation);
            rows = [.. rows.Where(row => one[row] && !other[row])];
            count = rows.Length < LinearCka.LeastSamples ? 0 : Math.Min(count, rows.Length);
        }
        var batch = Math.Min(Most, count);
        var cka = new LinearCka(first.Pass.Kernels);
        first.Pass.Kernels.Run(() =>
        {
            for (var start = 0; count > 0 && start + batch <= count; start += batch)
            {
                cancellation.ThrowIfCancellationRequested();
                cka.Add(Represented(first, samples, rows.AsSpan(start, batch)), Represented(second, samples, rows.AsSpan(start, batch)));
            }
        });
        List<string> layers = [.. first.Network.Ports.Select(port => port.Name)],
            others = [.. second.Network.Ports.Select(port => port.Name)];
        var values = new double[layers.Count, others.Count];
        for (var i = 0; i < layers.Count; i++)
            for (var j = 0; j < others.Count; j++) values[i, j] = count > 0 ? cka.Between(i, j) : double.NaN;
        return new(layers, others, values, count > 0 ? count / batch * batch : 0, batch);
    }

    /// <summary>
    /// A run in the same folder, with the same settings but another seed, as several seeds leave them: the control that says how alike two
    /// networks of one rule are. Null if there is none.
    /// </summary>
    public static string? OtherSeed(string folder)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (Path.GetDirectoryName(path) is not { } parent) return null;
        var mine = Identity(path);
        var found = Directory.GetDirectories(parent).Order(StringComparer.Ordinal)
            .FirstOrDefault(other => other != path && RunFolder.IsBegun(other) && Identity(other).SequenceEqual(mine));
        return found is null || Path.IsPathRooted(folder) ? found : Path.GetRelativePath(Environment.CurrentDirectory, found);
    }

    // Which samples a network answers rightly.
    private static bool[] Right(SavedNetwork network, Samples samples, CancellationToken cancellation)
    {
        var answers = network.Answers(samples, cancellation);
        return [.. answers.Select((answer, row) => answer == samples.Labels[row])];
    }

    private static string[] Identity(string folder)
    {
        try
        {
            var settings = RunFolder.SettingsOf(folder);
            return [.. (settings with { Seed = 0, Data = DataReference.Whole(settings.Data) }).Write()
                .Select(entry => $"{entry.Key}={entry.Value}")];
        }
        catch (ConcordException)
        {
            return [];   // what lies next to a run need not be one that can be read
        }
    }

    private static List<Tensor> Represented(SavedNetwork network, Samples samples, ReadOnlySpan<int> rows)
    {
        network.Load(samples, rows);
        network.Pass.Forward(step: 0, training: false);
        return [.. network.Network.Ports.Select(port => OfSamples(network.Pass, port))];
    }

    // Of a port with time steps, what a sample is represented by is its activity at all of them.
    private static Tensor OfSamples(Pass pass, Port port)
    {
        var (activity, steps) = (pass.At(port), port.Shape.Steps);
        if (steps == 1) return activity;
        var own = pass.Workspace.Get(pass.Kernels, port, "of samples", new(pass.Rows, steps, port.Shape.Length), Role.Activation);
        pass.Kernels.SwapRuns(activity, steps, pass.Rows, own);
        return own;
    }
}
