using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Data;

/// <summary>
/// The toy task of BATS (Bacho and Chu): four neurons fire at 0, 0, 1 and 2 s, or at 0, 0, 2 and 1 s, so that the order of the last two
/// alone tells two classes apart. The two patterns come in turns, the same everywhere: batches of two, in order, have one of each.
/// </summary>
internal static class SpikeOrderSet
{
    public const string Name = "spike-order";
    public const int Train = 100, Test = 2, Neurons = 4;

    private static readonly double[] s_times = [0, 0, 1, 2];
    private static readonly int[][] s_neurons = [[0, 1, 2, 3], [0, 1, 3, 2]];

    public static IReadOnlyList<string> Classes { get; } = ["third first", "fourth first"];

    public static Samples Samples(int count)
    {
        var (trains, labels) = (new SpikeTrains(Neurons, ElementType.Single), new int[count]);
        for (var i = 0; i < count; i++) trains.Append(s_times, s_neurons[labels[i] = i % 2]);
        return new(trains, labels, Classes.Count);
    }
}
