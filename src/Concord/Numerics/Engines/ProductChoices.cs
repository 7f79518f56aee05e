using System.Diagnostics;

namespace Concord.Numerics.Engines;

/// <summary>
/// Which way a product of each shape is computed. The usual way is that of a table, and another is taken where it is measured to be clearly
/// faster, once: before a run's first step, or when the shape is met without having been foreseen. Times differ from run to run, and ways
/// differ in their last bits; so a choice is kept for the machine, and a run takes its own with it.
/// </summary>
/// <param name="file">Keeps the choices of this machine; null to measure nothing, so that the table's ways are taken.</param>
internal sealed class ProductChoices(ProductFile? file)
{
    /// <summary>Smaller products, in multiply-accumulates, take the usual way: they cost little.</summary>
    public const long Least = 1 << 20;

    private const int Rounds = 5;
    private const double Margin = 0.85, SecondsATime = 0.0015;
    private const double LeastSeconds = 0.04, MacsASecond = 3e10;   // for a shape; of a thread, roughly
    private const int LeastProducts = 6;                            // three ways, each once to get warm and once in the first round

    private readonly Dictionary<ProductShape, ProductWay> _ways = [];
    private readonly SortedDictionary<string, ProductWay> _made = new(StringComparer.Ordinal);
    private Dictionary<string, ProductWay> _adopted = [];
    private bool _takesTable;

    /// <summary>Computes products of a shape, each way of its own, to be timed.</summary>
    public delegate IReadOnlyList<(ProductWay Way, Action Product)> Trial(ProductShape shape);

    /// <summary>What they are of, processor, library, instructions and threads; null where nothing is measured.</summary>
    public string? About => _takesTable ? null : file?.About;

    /// <summary>Seconds that were spent on measuring.</summary>
    public double Seconds { get; private set; }

    /// <summary>The choices so far that are not the table's, by the words of their shapes.</summary>
    public IReadOnlyDictionary<string, ProductWay> Made => _made;

    /// <summary>Takes the choices that a run was begun with, which win over those of the machine.</summary>
    /// <param name="choices">The choices; null where the run took the table's ways, which are then taken for all shapes.</param>
    public void Adopt(Dictionary<string, ProductWay>? choices)
    {
        _takesTable = choices is null;
        _adopted = choices ?? [];
        _ways.Clear();
        _made.Clear();
        foreach (var (shape, way) in _adopted) _made[shape] = way;
    }

    /// <summary>Whether ways are measured, or taken from what was; else the table's are taken.</summary>
    public bool AreMeasured => file is not null && !_takesTable;

    /// <summary>Whether the way of a shape would be measured if it were met now.</summary>
    public bool IsOpen(in ProductShape shape) => AreMeasured && shape.Macs >= Least && !_ways.ContainsKey(shape)
        && shape.ToString() is var words && !_adopted.ContainsKey(words) && file?.Find(words) is null;

    /// <summary>Looks for what other processes have chosen since the file was read.</summary>
    public void Refresh() => file?.Refresh();

    /// <summary>About how long measuring a shape takes, in seconds.</summary>
    public static double SecondsOf(in ProductShape shape, int threads) =>
        Math.Max(LeastSeconds, LeastProducts * shape.Macs / (threads * MacsASecond));

    /// <summary>The way of a shape.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="usual">Its usual way.</param>
    /// <param name="trial">What is timed.</param>
    /// <param name="cancellation">Breaks measuring off.</param>
    /// <exception cref="OperationCanceledException">It was interrupted; there is no choice then.</exception>
    public ProductWay Of(in ProductShape shape, ProductWay usual, Trial trial, CancellationToken cancellation = default)
    {
        if (shape.Macs < Least) return usual;
        if (_ways.TryGetValue(shape, out var way)) return way;
        var words = shape.ToString();
        if (!_adopted.TryGetValue(words, out way))
        {
            if (!AreMeasured) return _ways[shape] = usual;
            way = file!.Find(words) ?? file.Keep(words, Measured(shape, usual, trial, cancellation));
        }
        return _made[words] = _ways[shape] = way;
    }

    private ProductWay Measured(in ProductShape shape, ProductWay usual, Trial trial, CancellationToken cancellation)
    {
        var (start, before) = (Stopwatch.GetTimestamp(), Seconds);
        var way = Fastest(usual, trial(shape), cancellation);
        Seconds = before + Stopwatch.GetElapsedTime(start).TotalSeconds;   // what a trial measured meanwhile is in it
        return way;
    }

    /// <summary>
    /// The usual way, unless another is faster by the margin in each of the rounds, in which all take turns. One that was not in a round
    /// is out, so that most shapes take one round.
    /// </summary>
    internal static ProductWay Fastest(ProductWay usual, IReadOnlyList<(ProductWay Way, Action Product)> ways,
        CancellationToken cancellation = default)
    {
        if (ways.Count < 2) return usual;
        var counts = ways.Select(one => (int)Math.Clamp(SecondsATime / Warm(one.Product), 1, 10_000)).ToArray();
        var worst = ways.Select(one => one.Way == usual ? 1.0 : 0).ToArray();   // of the usual way's time
        for (var round = 0; round < Rounds && worst.Any(IsFaster); round++)
        {
            var times = ways.Select((one, i) => one.Way == usual || IsFaster(worst[i]) ? Time(one.Product, counts[i]) : 0).ToArray();
            var yardstick = ways.Select((one, i) => one.Way == usual ? times[i] : 0).Max();
            for (var i = 0; i < worst.Length; i++) worst[i] = Math.Max(worst[i], times[i] / yardstick);
        }
        var best = Array.IndexOf(worst, worst.Min());
        return IsFaster(worst[best]) ? ways[best].Way : usual;

        static bool IsFaster(double share) => share <= Margin;

        // the first time has more to do, which long products hardly feel
        double Warm(Action product) => Time(product, 1) is var first && first > 10 * SecondsATime ? first
            : Math.Min(Time(product, 2), first);

        double Time(Action product, int count)
        {
            cancellation.ThrowIfCancellationRequested();
            return TimeOf(product, count);
        }
    }

    private static double TimeOf(Action product, int count)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++) product();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / count;
    }
}
