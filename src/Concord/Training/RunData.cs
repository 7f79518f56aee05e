using System.Text.Json;
using System.Text.Json.Serialization;
using Concord.Data;
using Concord.Interchange;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>
/// The file <c>data.json</c> of a run folder: where the run's data lay, and what tells whether they are still the same. It is written before the first
/// checkpoint, and again only where the same data were found at another place.
/// </summary>
/// <param name="Name">What the data set is called.</param>
/// <param name="Reference">How it is read again; null for data that were made in code.</param>
/// <param name="Fingerprint">What it was.</param>
internal sealed record RunData(string Name, DataReference? Reference, DataFingerprint Fingerprint)
{
    public const string FileName = "data.json";

    public static RunData Of(DataSplit data) => new(data.Whole?.Name ?? "data", data.Whole?.Reference, DataFingerprint.Of(data));

    public void Write(string path) => AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, new Stored(
        Name, Reference?.Data, Reference?.Root, [.. Enumerable.Range(0, Fingerprint.Shape.Rank).Select(axis => Fingerprint.Shape[axis])], [.. Fingerprint.Classes],
        Fingerprint.Train, Fingerprint.Validation, Fingerprint.Test, Fingerprint.Samples, Fingerprint.Labels, Fingerprint.Split), RunDataJson.Default.Stored));

    /// <summary>Reads what a run folder has of it; null in folders of before it was kept.</summary>
    /// <exception cref="ConcordException">The file cannot be read.</exception>
    public static RunData? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            byte[] bytes = [];
            FileErrors.Explained("read", path, () => bytes = File.ReadAllBytes(path));
            var stored = JsonSerializer.Deserialize(bytes, RunDataJson.Default.Stored) ?? throw new JsonException("it is null");
            return new(stored.Name, stored.Data is { } data ? new(data, stored.DataRoot) : null,
                new(new(stored.Shape), stored.Classes, stored.Train, stored.Validation, stored.Test, stored.Samples, stored.Labels, stored.Split));
        }
        catch (Exception error) when (error is JsonException or ArgumentException or OverflowException)
        {
            throw new ConcordException($"'{path}' cannot be read: {error.Message.ReplaceLineEndings(" ")} Use another copy of it; if it is removed, the run goes on without a check that its data are the same.", error);
        }
    }

    internal sealed record Stored(
        string Name, string? Data, string? DataRoot, int[] Shape, string[] Classes, int Train, int Validation, int Test, string Samples, string Labels, string Split);
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RunData.Stored))]
internal sealed partial class RunDataJson : JsonSerializerContext;
