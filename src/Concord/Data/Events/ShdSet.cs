using Concord.Data.Formats;

namespace Concord.Data.Events;

/// <summary>
/// The Spiking Heidelberg Digits: spoken digits in English and German, turned into spikes by a model of the inner ear (Cramer, Stradmann,
/// Schemmel and Zenke 2020). Times are kept in 16 bits, a millisecond and less apart, so two spikes of a neuron may have one time in the
/// file; the second is left out, and a note says how many were.
/// </summary>
internal static class ShdSet
{
    public const string Name = "shd";
    public const int Neurons = 700, Classes = 20;

    /// <summary>The files, for training and for the test, each plain or with <c>.gz</c>.</summary>
    public static IReadOnlyList<string> Files { get; } = ["shd_train.h5", "shd_test.h5"];

    /// <summary>Reads both.</summary>
    /// <exception cref="ConcordException">One is missing or damaged, or they do not belong together.</exception>
    public static Dataset Read(string folder)
    {
        EventFile train = Part(folder, Files[0]), test = Part(folder, Files[1]);
        if (!train.Classes.SequenceEqual(test.Classes))
            throw new ConcordException($"The files in '{folder}' do not belong together: {train.Classes.Count} classes "
                + $"({DataFingerprint.Listed(train.Classes)}) for training, {test.Classes.Count} ({DataFingerprint.Listed(test.Classes)}) "
                + "for the test. Get the set again.");
        return new(Name, Samples(train), Samples(test), train.Classes, folder,
            Verification.WithoutFiles("no version is known to compare with"))
        {
            Remarks = [.. train.Remarks, .. test.Remarks],
        };
    }

    private static EventFile Part(string folder, string file) =>
        EventFile.Read(IdxSet.Locate(folder, file) ?? Path.Combine(folder, file), Neurons);

    private static Samples Samples(EventFile part) => new(part.Trains, part.Labels, part.Classes.Count);
}
