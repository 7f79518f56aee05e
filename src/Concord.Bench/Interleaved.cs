using System.Diagnostics;

namespace Concord.Bench;

/// <summary>Something to time: it does its work a given number of times.</summary>
internal sealed record Contender(string Name, Action<int> Repeat);

/// <summary>
/// Times contenders against each other in rounds, one after the other within each round, so that a machine whose speed drifts
/// drifts for all of them. The figure is the median over rounds of the seconds one repetition takes.
/// </summary>
internal static class Interleaved
{
    public static IReadOnlyDictionary<string, double> Measure(IReadOnlyList<Contender> contenders, int rounds, double secondsPerRound)
    {
        var repetitions = contenders.ToDictionary(contender => contender.Name, contender => Calibrate(contender, secondsPerRound));
        var times = contenders.ToDictionary(contender => contender.Name, _ => new List<double>());
        for (var round = 0; round < rounds; round++)
            foreach (var contender in contenders)
            {
                var count = repetitions[contender.Name];
                contender.Repeat(Math.Max(1, count / 10));   // wakes threads and caches that the one before let sleep
                times[contender.Name].Add(Time(contender, count) / count);
            }
        return times.ToDictionary(entry => entry.Key, entry => Median(entry.Value));
    }

    /// <summary>
    /// The best of three decides: one that waited for a busy machine would leave a round a single repetition, and its wait in the figure.
    /// </summary>
    private static int Calibrate(Contender contender, double seconds)
    {
        contender.Repeat(3);
        for (var count = 1; ; count *= 4)
        {
            var taken = Math.Min(Time(contender, count), Math.Min(Time(contender, count), Time(contender, count)));
            if (taken > seconds / 8) return Math.Max(1, (int)(count * seconds / taken));
        }
    }

    private static double Time(Contender contender, int count)
    {
        var start = Stopwatch.GetTimestamp();
        contender.Repeat(count);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public static double Median(List<double> values)
    {
        values.Sort();
        return values.Count % 2 == 1 ? values[values.Count / 2] : (values[values.Count / 2 - 1] + values[values.Count / 2]) / 2;
    }
}
