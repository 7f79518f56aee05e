using System.Diagnostics;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>How long what is left of a sweep will take: by what finished cells took, else by a short trial of each kind.</summary>
internal static class SweepEstimate
{
    private const int MostTrials = 8;
    private static readonly TimeSpan s_trial = TimeSpan.FromMilliseconds(400);

    /// <summary>Seconds of one thing after the other.</summary>
    public static double Seconds(IReadOnlyList<SweepCell> cells, Func<RunSettings, Kernels> start, CancellationToken cancellation)
    {
        Dictionary<string, double> rates = [];   // seconds per unit of work, by kind
        foreach (var group in cells.Where(cell => cell.Result is { SecondsPerEpoch: > 0 }).GroupBy(KindOf))
            rates[group.Key] = group.Sum(cell => cell.Result!.SecondsPerEpoch * cell.Settings.Epochs) / group.Sum(cell => cell.Work);
        var left = cells.Where(IsLeft).ToList();
        foreach (var cell in left.Where(cell => !rates.ContainsKey(KindOf(cell))).DistinctBy(KindOf).Take(MostTrials).ToList())
            if (Trial(cell, start, cancellation) is { } rate) rates[KindOf(cell)] = rate;
        if (rates.Count == 0) return left.Count == 0 ? 0 : double.NaN;
        var otherwise = rates.Values.Average();
        return left.Sum(cell => rates.GetValueOrDefault(KindOf(cell), otherwise) * cell.Work * (1 - cell.Done));
    }

    public static bool IsLeft(SweepCell cell) => cell.State is CellState.Waiting or CellState.Begun;

    private static string KindOf(SweepCell cell) => FormattableString.Invariant($"{cell.Settings.Rule} {cell.Settings.Model} ")
        + FormattableString.Invariant($"{cell.Settings.Batch} {cell.Settings.Data} {cell.Settings.Engine} {cell.Settings.Threads}");

    private static double? Trial(SweepCell cell, Func<RunSettings, Kernels> start, CancellationToken cancellation)
    {
        EndedRuns.Free();   // of the trial before
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var kernels = start(cell.Settings);
        Trainer? trainer = null;
        kernels.Run(() => trainer = new(cell.Settings with { Epochs = Math.Max(1, cell.Settings.Epochs),
            CacheFeatures = FeatureCaching.Off }, cell.Data, kernels));
        var watch = new Watch(() => stop.CancelAfter(s_trial));
        try
        {
            var whole = trainer!.Run(watch, cancellation: stop.Token);
            return whole.SecondsPerEpoch * cell.Settings.Epochs / Math.Max(cell.Work, 1);
        }
        catch (OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            return watch.EpochsPerSecond > 0 ? cell.Settings.Epochs / watch.EpochsPerSecond / Math.Max(cell.Work, 1) : null;
        }
        catch (RunFailure)
        {
            return null;
        }
    }

    // From the first report on: what comes before it, a mirror's preparation or an engine's first step, comes once.
    private sealed class Watch(Action begin) : IProgress<TrainingProgress>
    {
        private readonly Stopwatch _elapsed = new();
        private double _first;

        public double EpochsPerSecond { get; private set; }

        public void Report(TrainingProgress value)
        {
            if (value.Preparing is not null || value.Notice is not null) return;
            if (_elapsed.IsRunning) EpochsPerSecond = (value.Fraction - _first) / _elapsed.Elapsed.TotalSeconds;
            else
            {
                _first = value.Fraction;
                _elapsed.Start();
                begin();
            }
        }
    }
}
