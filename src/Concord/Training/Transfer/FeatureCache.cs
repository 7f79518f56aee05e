using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Concord.Data;
using Concord.Interchange;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Training;

/// <summary>
/// What the lowest, frozen blocks of a network make of every sample, computed once and kept on disk: one safetensors file a network, data
/// set and engine, named by a hash of all that decides its bits. It is written whole or not at all,
/// checked by its checksum when it is opened, and made again where it is damaged.
/// <para>Training samples go through in batches of the run's own size, the others in those of its evaluation, so that training on features
/// takes the steps it would take without them, to the bit wherever the engine rounds alike in a batch of another size (a short last one, a
/// probe of few samples).</para>
/// </summary>
internal sealed class FeatureCache : IDisposable
{
    private const string Version = "concord features 1";
    private static readonly ConcurrentDictionary<string, Lock> s_making = [];   // cells of a sweep would all make the same
    private readonly SafeTensorsFile _file;
    private readonly Port _port;
    private readonly (string Name, Samples Samples)[] _parts;

    private FeatureCache(SafeTensorsFile file, Recipe recipe) => (_file, _port, _parts) = (file, recipe.Port, recipe.Parts);

    /// <summary>The lowest blocks whose outputs are kept.</summary>
    public int Blocks => _port.Index + 1;

    /// <summary>Why features cannot be kept for such a run; null where they can.</summary>
    public static string? Obstacle(RunSettings settings, Learner learner) =>
        learner.Plan.Frozen == 0 ? "no block from the lowest up is frozen (--freeze)"
        : learner.Network.ReadsSpikes || learner.Network.Blocks[0].IsSpiking ? "they would be times of spikes, and only numbers are kept"
        : learner.Network.Ports[learner.Plan.Frozen - 1].Shape.Steps > 1 ? "they would have time steps, and rows of samples are kept"
        : learner.Plan.Online is not null ? $"the rule {learner.Plan.Rule.Name} makes time steps one after the other"
        : settings.InCode is not null ? "the network was made in code, so no name tells one from another"
        : !settings.Augment.IsFixed ? $"the augmentation '{settings.Augment}' draws other views in every epoch"
        : learner.Plan.ReaderOf(Needs.Input) is { } reader ? $"the rule {reader.Rule} reads the network's input at {reader.Port.Name}"
        : null;

    /// <summary>Whether such a run keeps features, unless the disk refuses.</summary>
    public static bool IsFor(RunSettings settings, Learner learner) =>
        settings.CacheFeatures != FeatureCaching.Off && Obstacle(settings, learner) is null;

    /// <summary>Opens the features of a run, and makes them first where they are missing or damaged.</summary>
    /// <param name="recipe">What they are made of.</param>
    /// <param name="progress">Told the share that is done, and in a line what people should know.</param>
    /// <param name="cancellation">Breaks off; nothing is left behind.</param>
    /// <exception cref="ConcordException">They cannot be written or read.</exception>
    public static FeatureCache Open(Recipe recipe, Action<double?, string?> progress, CancellationToken cancellation)
    {
        var folder = recipe.Settings.FeatureFolder ?? Path.Combine(DataSource.Cache(Environment.GetEnvironmentVariable), "features");
        var path = Path.Combine(folder, $"{recipe.Hash(cancellation)}.safetensors");
        lock (s_making.GetOrAdd(path, _ => new()))
        {
            if (File.Exists(path))
            {
                if (TryRead(path, recipe, cancellation, out var obstacle) is { } found) return found;
                progress(null, $"{obstacle} They are made again.");
            }
            FileErrors.MakeFolder(folder);
            var watch = Stopwatch.StartNew();
            Make(path, recipe, share => progress(share, null), cancellation);
            progress(null, FormattableString.Invariant($"features of {recipe.Port.Name} ({new FileInfo(path).Length / 1e6:N1} MB, ")
                + FormattableString.Invariant($"{watch.Elapsed.TotalSeconds:0.0} s) kept in {path}"));
            return TryRead(path, recipe, cancellation, out var reason) ?? throw new ConcordException(
                $"{reason} They were written just now: check the disk, or train without them (--cache-features off).") { IsFailure = true };
        }
    }

    /// <summary>Gives a pass the features of samples in place of themselves; false where they are none of the run's.</summary>
    public bool TryGive(Pass pass, Samples samples, ReadOnlySpan<int> rows)
    {
        foreach (var (name, part) in _parts)
        {
            if (part != samples) continue;
            _file.ReadRows(name, rows, pass.Give(_port));
            return true;
        }
        return false;
    }

    public void Dispose() => _file.Dispose();

    private static FeatureCache? TryRead(string path, Recipe recipe, CancellationToken cancellation, out string? obstacle)
    {
        obstacle = $"The features in '{path}' are damaged, or another version's.";
        SafeTensorsFile? file = null;
        try
        {
            file = SafeTensorsFile.Open(path);
            if (!file.HasChecksum || !recipe.Parts.All(
                part => file.Describe(part.Name).Dimensions.SequenceEqual([part.Samples.Count, recipe.Port.Shape.Length]))) return null;
            file.CheckValues(cancellation: cancellation);
            var cache = new FeatureCache(file, recipe);
            file = null;
            return cache;
        }
        catch (ConcordException error)
        {
            obstacle = $"The features in '{path}' cannot be used: {error.Message}";
            return null;
        }
        finally
        {
            file?.Dispose();
        }
    }

    private static void Make(string path, Recipe recipe, Action<double> progress, CancellationToken cancellation)
    {
        long done = 0, all = recipe.Parts.Sum(part => (long)part.Samples.Count);
        var entries = recipe.Parts.Select(part => SafeTensorsEntry.Streamed(part.Name, recipe.Type,
            [part.Samples.Count, recipe.Port.Shape.Length], stream => recipe.Evaluate(part.Samples, (features, count) =>
        {
            cancellation.ThrowIfCancellationRequested();
            stream.Write(features);
            progress((double)(done += count) / all);
        })));
        SafeTensors.WriteChecked(path, entries);
    }

    /// <summary>What features are made of.</summary>
    /// <param name="Learner">Whose lowest frozen blocks.</param>
    /// <param name="Loader">How samples come into a batch.</param>
    /// <param name="Data">The samples.</param>
    /// <param name="Settings">The run's.</param>
    /// <param name="EvaluationBatch">Samples that its evaluation looks at together.</param>
    internal sealed record Recipe(Learner Learner, BatchLoader Loader, DataSplit Data, RunSettings Settings, int EvaluationBatch)
    {
        /// <summary>The port whose activities are the features.</summary>
        public Port Port => Learner.Network.Ports[Learner.Plan.Frozen - 1];

        /// <summary>The type of the features' elements.</summary>
        public SafeTensorsType Type => Learner.Kernels.ElementType == ElementType.Single ? SafeTensorsType.F32 : SafeTensorsType.F64;

        /// <summary>The samples, in the order in which the file has them.</summary>
        public (string Name, Samples Samples)[] Parts { get; } = [("test", Data.Test), ("train", Data.Train),
            ("validation", Data.Validation)];

        /// <summary>Evaluates the frozen blocks on samples, batch by batch, in order.</summary>
        /// <param name="samples">The samples.</param>
        /// <param name="take">Gets the features of the next samples, and how many these are.</param>
        public void Evaluate(Samples samples, Action<ReadOnlySpan<byte>, int> take)
        {
            var (kernels, batch) = (Learner.Kernels, Math.Min(samples.Count, samples == Data.Train ? Settings.Batch : EvaluationBatch));
            var pass = new Pass(Learner.Network, kernels, default, ActivationPolicy.Recomputed);
            var rows = new int[batch];
            for (var start = 0; start < samples.Count; start += batch)
            {
                // The last training samples go along with some before them: in training, too, they mostly stand in a full batch.
                var first = samples == Data.Train ? Math.Min(start, samples.Count - batch) : start;
                var count = Math.Min(batch, samples.Count - first);
                for (var i = 0; i < count; i++) rows[i] = first + i;
                pass.Begin(count);
                Loader.LoadEvaluation(kernels, samples, rows.AsSpan(0, count), pass.Batch.Samples);
                pass.Batch.Arrange();
                var features = pass.ForwardTo(Port).AsBytes();
                take(features[(features.Length / count * (start - first))..], first + count - start);
            }
        }

        /// <summary>A hash of all that decides the features' bits.</summary>
        public string Hash(CancellationToken cancellation)
        {
            var text = new StringBuilder();
            text.AppendLine(Version).AppendLine(Learner.Kernels.Description);
            text.AppendLine(FormattableString.Invariant($"{Settings.Batch} {EvaluationBatch} {Settings.Normalization} ")
                + FormattableString.Invariant($"{Settings.ZcaEpsilon:R} {Settings.Augment}"));
            var blocks = Learner.Network.Blocks.Take(Port.Index + 1).ToList();
            foreach (var block in blocks) text.AppendLine(FormattableString.Invariant($"{block.Input} {block} {block.Output}"));
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var (name, tensor) in blocks.SelectMany(block => (IEnumerable<(string, Tensor)>)[.. block.Parameters.Select(
                parameter => (parameter.Name, parameter.Value)), .. block.Layers.SelectMany(layer => layer.Buffers)]))
            {
                text.AppendLine(FormattableString.Invariant($"{name} {tensor}"));
                hash.AppendData(tensor.AsBytes());
            }
            foreach (var (name, samples) in Parts)
            {
                text.AppendLine(FormattableString.Invariant($"{name} {samples.Count} {samples.Shape} {samples.AreBytes}"));
                cancellation.ThrowIfCancellationRequested();
                for (var row = 0; row < samples.Count; row++)
                    hash.AppendData(samples.AreBytes ? samples.Bytes(row)
                        : System.Runtime.InteropServices.MemoryMarshal.AsBytes(samples.Singles(row)));
            }
            hash.AppendData(Encoding.UTF8.GetBytes(text.ToString()));
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }
}
