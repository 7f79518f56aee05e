using System.Text.Json;

namespace Concord.Training;

/// <summary>The file <c>summary.json</c> of a finished run.</summary>
internal static class RunSummary
{
    public static void Write(Stream stream, RunResult result, string engine)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartObject("settings");
        foreach (var (key, value) in result.Settings.Write()) json.WriteString(key, value);
        json.WriteEndObject();
        json.WriteString("engine", engine);
        json.WriteString("machine", Machine.Description);
        json.WriteString("program", Machine.Program);
        json.WriteNumber("epochs", result.Epochs.Count);
        json.WriteFinite("testAccuracy", result.Test.Accuracy);
        json.WriteFinite("testLoss", result.Test.Loss);
        json.WriteFinite("validationAccuracy", result.ValidationAccuracy);
        if (result is { BestTest: { } best, BestEpoch: { } epoch })
        {
            json.WriteNumber("bestEpoch", epoch.Epoch);
            json.WriteFinite("bestValidationAccuracy", epoch.ValidationAccuracy);
            json.WriteFinite("bestTestAccuracy", best.Accuracy);
            json.WriteFinite("bestTestLoss", best.Loss);
        }
        json.WriteFinite("secondsPerEpoch", result.SecondsPerEpoch);
        json.WriteFinite("samplesPerSecond", result.SamplesPerSecond);
        json.WriteNumber("weightBytes", result.Memory.Weights);
        json.WriteNumber("feedbackBytes", result.Memory.Feedback);
        json.WriteNumber("trainingBytes", result.Memory.Training);
        json.WriteNumber("activationBytes", result.Memory.Activations);
        result.MacsPerSample.Write("macsPerSample", json);
        json.WriteTransport("transport", result.Transport);
        json.WriteAlignment("alignment", result.Alignment);
        Write("confusion", result.Test);
        if (result.BestTest is { } chosen) Write("bestConfusion", chosen);
        json.WriteEndObject();

        void Write(string name, Evaluation evaluation)
        {
            json.WriteStartArray(name);
            foreach (var row in evaluation.Confusion)
            {
                json.WriteStartArray();
                foreach (var count in row) json.WriteNumberValue(count);
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }
    }

    /// <summary>Takes back what was written.</summary>
    /// <exception cref="ConcordException">It is no such file.</exception>
    public static RunResult Read(string path, string metrics)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            var macs = root.GetProperty("macsPerSample");
            return new(
                RunSettings.Read(root.GetProperty("settings").EnumerateObject().Select(entry => KeyValuePair.Create(entry.Name, entry.Value.GetString()!))),
                [.. MetricsReader.Epochs(metrics)],
                new(Number(root, "testLoss"), Number(root, "testAccuracy"), Confusion(root.GetProperty("confusion"))),
                Number(root, "secondsPerEpoch"), Number(root, "samplesPerSecond"),
                new(root.GetProperty("weightBytes").GetInt64(), root.GetProperty("feedbackBytes").GetInt64(), root.GetProperty("trainingBytes").GetInt64(),
                    root.TryGetProperty("activationBytes", out var activations) ? activations.GetInt64() : 0),
                new(Number(macs, "forward"), Number(macs, "error"), Number(macs, "weightGradient"), Number(macs, "adaptation"), Number(macs, "extraForward"), Number(macs, "probe")))
            {
                BestTest = root.TryGetProperty("bestConfusion", out var best) ? new(Number(root, "bestTestLoss"), Number(root, "bestTestAccuracy"), Confusion(best)) : null,
                Transport = MetricsJson.ReadTransport(root, "transport"),
            };
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new ConcordException($"'{path}' cannot be read as the summary of a run: {error.Message.ReplaceLineEndings(" ")} Remove it and resume the run to have it written again.", error);
        }
    }

    private static int[][] Confusion(JsonElement rows) => [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(count => count.GetInt32()).ToArray())];

    private static double Number(JsonElement element, string name) =>
        element.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : double.NaN;
}
