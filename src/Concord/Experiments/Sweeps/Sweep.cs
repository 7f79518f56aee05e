using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Concord.Data;
using Concord.Interchange;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>
/// The runs of an experiment in one folder. What is finished is never repeated, what was interrupted continues to the same bits,
/// what diverges is recorded while the others go on.
/// </summary>
/// <remarks>
/// A cell has one thread unless its settings say otherwise, and as many cells run at once as there are processors: cells need not
/// wait for each other, threads within a step do. As engine and threads belong to a cell's identity, this holds however many cells
/// run at once.
/// </remarks>
public sealed class Sweep
{
    private readonly string _folder;

    private Sweep(string folder, IReadOnlyList<SweepCell> cells, IReadOnlyList<(Dataset, DataSplit)> data) =>
        (_folder, Cells, Data) = (folder, cells, data);

    /// <summary>All cells, in the order of the grid.</summary>
    public IReadOnlyList<SweepCell> Cells { get; }

    /// <summary>The data sets of the cells, and the parts that are drawn from them.</summary>
    public IReadOnlyList<(Dataset Data, DataSplit Split)> Data { get; }

    /// <summary>Those that are neither finished nor failed.</summary>
    public IReadOnlyList<SweepCell> Left => [.. Cells.Where(SweepEstimate.IsLeft)];

    /// <summary>How many cells run at once by default: one per processor, or fewer where a cell has several threads.</summary>
    public int UsualJobs => Math.Max(1, Environment.ProcessorCount / Cells.Max(cell => Math.Max(1, cell.Settings.Threads)));

    /// <summary>Results so far, seeds together.</summary>
    public IReadOnlyList<SweepGroup> Groups => SweepGroup.Of(Cells);

    /// <summary>Reads the data, and from the folder how far each cell is. Writes nothing.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="folder">Where the runs lie or will lie; need not exist.</param>
    /// <param name="dataRoot">Where data sets lie; null for the usual places.</param>
    /// <param name="notice">Told in one line if an engine was to be had but is missing.</param>
    /// <exception cref="ConcordException">Data, model and rule do not fit together, or what lies in the folder cannot be read.</exception>
    public static Sweep Open(ExperimentFile experiment, string folder, string? dataRoot = null, Action<string>? notice = null)
    {
        Dictionary<string, Dataset> datasets = [];
        Dictionary<string, string> hashes = [];   // of files of weights
        Dictionary<(string Data, int, int?, int), (RunSettings Drawn, DataSplit Split)> splits = [];
        Dictionary<(string, int, Precision), (string Name, int Threads)> engines = [];
        string[] folders = [];
        if (Directory.Exists(folder)) FileErrors.Explained("read", folder, () => folders = Directory.GetDirectories(folder));
        List<SweepCell> cells = [];
        HashSet<string> checkedLabels = [];
        foreach (var cell in experiment.Cells)
        {
            var settings = cell.Settings with { DataRoot = dataRoot };
            var part = (Data: DataReference.Whole(settings.Data), settings.Train, settings.Validation, settings.Test);
            if (!splits.TryGetValue(part, out var split))
            {
                if (!datasets.TryGetValue(part.Data, out var data))
                    datasets[part.Data] = data = Dataset.Load(settings.Data, dataRoot);
                splits[part] = split = ((settings with { Weights = RunSettings.NoWeights }).Split(data, out var drawn), drawn);
            }
            var threads = Math.Max(1, settings.Threads);
            var asked = (settings.Engine, threads, settings.Precision);
            if (!engines.TryGetValue(asked, out var engine))
            {
                using var kernels = (settings with { Threads = threads }).StartEngine(notice);
                engines[asked] = engine = (kernels.Name, kernels.Threads);
            }
            if (settings.Weights != RunSettings.NoWeights && settings.WeightsHash == RunSettings.NoWeights)
            {
                if (!hashes.TryGetValue(settings.Weights, out var hash))
                    hashes[settings.Weights] = hash = settings.WithWeightsHash().WeightsHash;
                settings = settings with { WeightsHash = hash };
            }
            settings = settings with
            {
                Data = split.Drawn.Data, Validation = split.Drawn.Validation, Engine = engine.Name, Threads = engine.Threads,
            };
            cells.Add(new(cell, settings, split.Split, folder,
                id => Array.Find(folders, path => path.EndsWith($"_{id}", StringComparison.Ordinal))));
            if (cells[^1].State == CellState.Waiting && checkedLabels.Add(cell.Label)) Check(cells[^1]);
        }
        if (cells.GroupBy(cell => string.Join('\n', SettingsTable.Sameness(cell.Settings)))
            .FirstOrDefault(same => same.Count() > 1)?.ToList() is [var first, var second, ..])
            throw new ConcordException($"The cells '{first.Cell}' and '{second.Cell}' are the same run: what they differ in is the same "
                + "thing in two spellings, or changes no bit of a result. Take one of them out.");
        return new(folder, cells, [.. splits.Select(entry => (datasets[entry.Key.Data], entry.Value.Split))]);
    }

    /// <summary>
    /// About how long the rest will take: by what finished cells took, else by a short trial of each kind of cell;
    /// null if nothing can be said.
    /// </summary>
    /// <param name="jobs">How many cells run at once.</param>
    /// <param name="cancellation">Breaks trials off.</param>
    public TimeSpan? Estimate(int jobs, CancellationToken cancellation = default)
    {
        var seconds = SweepEstimate.Seconds(Cells, settings => settings.StartEngine(), cancellation) / Math.Clamp(Left.Count, 1, jobs);
        return double.IsFinite(seconds) && seconds < TimeSpan.MaxValue.TotalSeconds / 2
            ? TimeSpan.FromSeconds(Math.Ceiling(seconds)) : null;
    }

    /// <summary>Runs what is left.</summary>
    /// <param name="jobs">How many cells at once, at least one.</param>
    /// <param name="progress">Told where it is, by one thread at a time; should be quick.</param>
    /// <param name="command">The command line, for the record.</param>
    /// <param name="cancellation">Breaks off after the present steps; what is under way is saved.</param>
    /// <exception cref="ConcordException">A folder cannot be written, or is held by another.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted; the same call continues.</exception>
    public void Run(int jobs, IProgress<SweepProgress>? progress = null, string command = "", CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(jobs, 1);
        if (Left.Count == 0) return;
        FileErrors.MakeFolder(_folder);
        using var hold = FolderLock.Take(_folder);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var queue = new ConcurrentQueue<SweepCell>(Left);
        var tally = new Tally(Cells, progress);
        Exception? first = null;
        var others = Enumerable.Range(1, Math.Min(jobs, queue.Count) - 1)
            .Select(i => new Thread(Work) { IsBackground = true, Name = $"Concord sweep {i}" }).ToList();
        foreach (var thread in others) thread.Start();
        Work();
        foreach (var thread in others) thread.Join();
        if (first is not null) ExceptionDispatchInfo.Throw(first);
        cancellation.ThrowIfCancellationRequested();

        void Work()
        {
            try
            {
                while (!stop.IsCancellationRequested && queue.TryDequeue(out var cell))
                {
                    EndedRuns.Free();   // of the cell before, or of a trial
                    RunCell(cell, tally, command, stop.Token);
                }
            }
            catch (Exception error)
            {
                Interlocked.CompareExchange(ref first, error, null);
                stop.Cancel();
            }
        }
    }

    private static void RunCell(SweepCell cell, Tally tally, string command, CancellationToken cancellation)
    {
        var isBegun = cell.State == CellState.Begun;
        using (var folder = isBegun ? RunFolder.Open(cell.Folder) : RunFolder.Create(cell.Folder))
        using (var kernels = cell.Settings.StartEngine())
        {
            try
            {
                Trainer? trainer = null;
                kernels.Run(() => trainer = new(cell.Settings, cell.Data, kernels, folder, restores: isBegun));
                if (isBegun) trainer!.Restore();
                trainer!.Run(tally.Of(cell), command, cancellation);
            }
            catch (RunFailure failure)
            {
                cell.Fail(failure.Message);
            }
            catch (ConcordException error) when (isBegun && !error.IsFailure)
            {
                cell.Fail(error.Message);   // its files are damaged, which is no reason to leave the others
            }
        }
        tally.Finish(cell);
    }

    // What does not fit together shows before anything is run: one cell of each group.
    private static void Check(SweepCell cell)
    {
        try
        {
            using var kernels = cell.Settings.StartEngine();
            kernels.Run(() => _ = new Trainer(cell.Settings, cell.Data, kernels));
        }
        catch (ConcordException error)
        {
            throw new ConcordException($"{cell.Cell}: {error.Message}", error) { IsFailure = error.IsFailure };
        }
    }

    /// <summary>Adds up what all workers have done.</summary>
    private sealed class Tally(IReadOnlyList<SweepCell> cells, IProgress<SweepProgress>? progress)
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<SweepCell, double> _done = cells.ToDictionary(cell => cell, cell => cell.Done);
        private readonly double _whole = Math.Max(1, cells.Sum(cell => cell.Work));

        public IProgress<TrainingProgress> Of(SweepCell cell) => new Part(training =>
        {
            var done = training.Finished is null ? training.Epoch - 1 + training.Fraction : training.Epoch;
            Tell(cell, done / Math.Max(1, training.Epochs), training);
        });

        public void Finish(SweepCell cell)
        {
            lock (_lock)   // one cell at a time, so that the number of those that are over counts up by one
            {
                cell.Look();
                Tell(cell, 1, null);
            }
        }

        private void Tell(SweepCell cell, double done, TrainingProgress? training)
        {
            lock (_lock)
            {
                _done[cell] = done;
                progress?.Report(new(cell, training, _done.Sum(entry => entry.Value * entry.Key.Work) / _whole));
            }
        }

        private sealed class Part(Action<TrainingProgress> report) : IProgress<TrainingProgress>
        {
            public void Report(TrainingProgress value) => report(value);
        }
    }
}
