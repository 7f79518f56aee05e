using System.Globalization;
using Concord.Data.Formats;
using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Data.Events;

/// <summary>What a file of labelled spike trains holds.</summary>
/// <param name="Trains">The trains, in single precision, seconds.</param>
/// <param name="Labels">The class of each.</param>
/// <param name="Classes">The classes' names.</param>
/// <param name="Repeated">Events that were left out because coarse times put them onto another of their neuron.</param>
internal sealed record EventFile(SpikeTrains Trains, int[] Labels, IReadOnlyList<string> Classes, long Repeated = 0)
{
    /// <summary>The most neurons that events of a file may have: more is taken for a mistake.</summary>
    public const int MostNeurons = 1 << 20;

    /// <summary>What is odd about the events, a line each.</summary>
    public IReadOnlyList<string> Remarks => Repeated == 0 ? []
        : [string.Create(CultureInfo.InvariantCulture, $"Of two spikes of a neuron that the file's 16-bit times put at one time the "
            + $"second was left out: {Repeated:N0} of {Trains.Count + Repeated:N0}.")];

    /// <summary>Reads a file: HDF5 in the layout of SHD, or comma-separated text.</summary>
    /// <param name="path">The file, plain or packed with gzip.</param>
    /// <param name="neurons">How many neurons there are in HDF5; null for as many as the largest needs.</param>
    /// <exception cref="ConcordException">It cannot be read, or holds no such events.</exception>
    public static EventFile Read(string path, int? neurons = null)
    {
        var isHdf = ContentStream.IsHdf(path);
        using var content = ContentStream.Open(path, isHdf);
        return isHdf ? EventHdfReader.Read(content, neurons) : content.ReadText(text => EventCsvReader.Read(text, path));
    }

    /// <summary>Trains for neurons 0 to the largest that a file names.</summary>
    public static SpikeTrains TrainsFor(long largest, string file) => largest < MostNeurons
        ? new((int)largest + 1, ElementType.Single)
        : throw new ConcordException(string.Create(CultureInfo.InvariantCulture,
            $"'{file}' has an event of neuron {largest}; neurons are numbered from 0, and at most {MostNeurons:N0} of them are taken. "
                + $"Number them anew."));

    /// <summary>Adds a sample, naming the file where it is refused.</summary>
    public static void Append(SpikeTrains trains, ReadOnlySpan<double> times, ReadOnlySpan<int> neurons, string file)
    {
        try
        {
            trains.Append(times, neurons);
        }
        catch (ConcordException e)
        {
            throw new ConcordException($"'{file}': {e.Message}", e);
        }
    }
}
