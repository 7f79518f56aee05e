using System.Text.Json;
using System.Text.Json.Serialization;
using Concord.Data;
using Concord.Interchange;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>
/// The file <c>data.json</c> of a run folder: where the run's data lay, and what tells whether they are still the same. It is written
/// before the first checkpoint, and again only where the same data were found at another place.
/// </summary>
/// <param name="Name">What the data set is called.</param>
/// <param name="Reference">How it is read again; null for data that were made in code.</param>
/// <param name="Fingerprint">What it was.</param>
/// <param name="HasClasses">Whether samples are of classes, and not with real targets.</param>
internal sealed record RunData(string Name, DataReference? Reference, DataFingerprint Fingerprint, bool HasClasses = true)
{
    public const string FileName = "data.json";
    private const int MostBytes = 1 << 26;

    public static RunData Of(DataSplit data) => new(data.Whole?.Name ?? "data", data.Whole?.Reference, DataFingerprint.Of(data),
        data.Train.HasClasses);

    public void Write(string path) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, new Stored(
        Name, Reference?.Data, Reference?.Root, [.. Enumerable.Range(0, Fingerprint.Shape.Rank).Select(axis => Fingerprint.Shape[axis])],
        [.. Fingerprint.Classes],
        Fingerprint.Train, Fingerprint.Validation, Fingerprint.Test, Fingerprint.Samples, Fingerprint.Labels, Fingerprint.Split,
        HasClasses ? null : true),
        RunDataJson.Default.Stored));

    /// <summary>Reads what a run folder has of it; null in folders of before it was kept.</summary>
    /// <exception cref="ConcordException">The file cannot be read.</exception>
    public static RunData? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        var json = CheckedJson.Parse(SmallFile.Bytes(path, MostBytes, "such a file is shorter"), path,
            "Use another copy of it; if it is removed, the run continues without a check that its data are the same.");
        var axes = json.Counts("shape", least: 1);
        if (axes.Length is < 1 or > 3 || axes.Aggregate(1.0, (product, axis) => product * axis) > int.MaxValue)
            throw json.Refusal("shape", "one to three axes of a sample");
        return new(json.Text("name"), json.TextIfAny("data") is { } data ? new(data, json.TextIfAny("dataRoot")) : null,
            new(new(axes), json.TextList("classes"), json.Count("train"), json.Count("validation"), json.Count("test"),
                json.Text("samples"), json.Text("labels"), json.Text("split")), !json.IsTrue("realTargets"));
    }

    internal sealed record Stored(
        string Name, string? Data, string? DataRoot, int[] Shape, string[] Classes, int Train, int Validation, int Test, string Samples,
        string Labels, string Split, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? RealTargets);
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RunData.Stored))]
internal sealed partial class RunDataJson : JsonSerializerContext;
