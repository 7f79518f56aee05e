using Concord.Numerics;

namespace Concord.Data;

/// <summary>
/// What tells whether data are still the same: shape, class names in their order, the sizes of the parts, and XXH128 hashes of what was
/// loaded. It looks at values and not at files, so that packing and place do not count. The hash is fast and finds accidents; it is no seal
/// against someone who forges one.
/// </summary>
/// <param name="Shape">One sample's axes.</param>
/// <param name="Classes">The classes' names.</param>
/// <param name="Train">Training samples.</param>
/// <param name="Validation">Validation samples.</param>
/// <param name="Test">Test samples.</param>
/// <param name="Samples">A hash of all elements of the data set, before any normalisation.</param>
/// <param name="Labels">A hash of its labels.</param>
/// <param name="Split">A hash of which sample belongs to which part.</param>
internal sealed record DataFingerprint(Shape Shape, IReadOnlyList<string> Classes, int Train, int Validation, int Test, string Samples,
    string Labels, string Split)
{
    /// <summary>
    /// The fingerprint of an experiment's parts. The hashes of a data set are taken once, and shared by all that are drawn from it.
    /// </summary>
    public static DataFingerprint Of(DataSplit data)
    {
        var set = data.Whole;
        var hashes = set?.Hashes ?? DataHashes.Of(data.Train, data.Validation, data.Test);
        return new(data.Train.Shape, set?.Classes ?? OwnData.Numbered(data.Train.Classes), data.Train.Count, data.Validation.Count,
            data.Test.Count, hashes.Samples, hashes.Labels, DataHashes.OfRows(data.Train, data.Validation, data.Test));
    }

    /// <summary>Whether both are of one data set, whatever was drawn from it.</summary>
    public bool IsOfSameSet(DataFingerprint other) =>
        (Shape, Samples, Labels) == (other.Shape, other.Samples, other.Labels) && Classes.SequenceEqual(other.Classes);

    /// <summary>What has become different since, for people; null if nothing has.</summary>
    /// <param name="now">The fingerprint of today.</param>
    public string? ChangeTo(DataFingerprint now)
    {
        List<string> changes = [];
        if (Shape != now.Shape) changes.Add($"a sample is {now.Shape} and was {Shape}");
        if (!Classes.SequenceEqual(now.Classes)) changes.Add(ClassChange(now.Classes));
        if ((Train, Validation, Test) != (now.Train, now.Validation, now.Test))
            changes.Add(FormattableString.Invariant($"there are {now.Train} training, {now.Validation} validation and {now.Test} test ")
                + FormattableString.Invariant($"samples and were {Train}, {Validation} and {Test}"));
        else
        {
            if (Samples != now.Samples && Shape == now.Shape) changes.Add("samples have other values");
            if (Labels != now.Labels) changes.Add("labels are others");
            if (Split != now.Split) changes.Add("other samples were drawn for training, validation or the test");
        }
        return changes.Count == 0 ? null : string.Join("; ", changes);
    }

    private string ClassChange(IReadOnlyList<string> now) =>
        now.Count == Classes.Count && now.ToHashSet().SetEquals(Classes)
            ? $"the classes stand in another order ({Listed(now)}; they were {Listed(Classes)})"
        : $"the classes are {Listed(now)} and were {Listed(Classes)}";

    internal static string Listed(IReadOnlyList<string> classes) =>
        string.Join(", ", classes.Take(10)) + (classes.Count > 10 ? FormattableString.Invariant($" and {classes.Count - 10} more") : "");
}
