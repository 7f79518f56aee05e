using System.Text.Json;
using Concord.Diagnostics;
using Concord.Interchange;

namespace Concord.Training;

/// <summary>Reads the epochs of a run back from its <c>metrics.jsonl</c>.</summary>
internal static class MetricsReader
{
    public static IEnumerable<EpochMetrics> Epochs(string path)
    {
        foreach (var line in JsonLinesFile.Read(path).Objects)
        {
            if (!line.TryGetProperty("epoch", out var epoch)) continue;   // a probe of a training step
            yield return Epoch(line, epoch);
        }
    }

    /// <summary>One line that is an epoch. Throws KeyNotFoundException, InvalidOperationException or FormatException if it is none of this version.</summary>
    public static EpochMetrics Epoch(JsonElement line, JsonElement epoch) => new(
        epoch.GetInt32(), line.GetProperty("step").GetInt64(), Number(line, "learningRate"), Number(line, "trainLoss"), Number(line, "trainAccuracy"),
        Number(line, "validationLoss"), Number(line, "validationAccuracy"), Number(line, "seconds"), Number(line, "samplesPerSecond"),
        [.. line.GetProperty("alignment").EnumerateArray().Select(Alignment)])
    {
        Transported = new(Whole(line, "transportedWeights"), Whole(line, "transportedIndexBits"), Whole(line, "transportedPayloadBits")),
    };

    private static PortAlignment Alignment(JsonElement port) => new(
        port.GetProperty("port").GetString()!, Number(port, "cosine"), Number(port, "sampleStd"), port.GetProperty("zeroRows").GetInt32(), Number(port, "localCosine"),
        Number(port, "weightCosine"), Number(port, "signAgreement"), Number(port, "normRatio"), Number(port, "gateCosine"),
        new(Number(port, "cosineP5"), Number(port, "cosineP25"), Number(port, "cosineMedian"), Number(port, "cosineP75"), Number(port, "cosineP95")),
        Number(port, "signalRank"), Number(port, "trueRank"))
    {
        WeightAgreement = Number(port, "weightAgreement"),
    };

    private static long Whole(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetInt64() : 0;

    private static double Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN;
}
