using System.Text.Json;
using Concord.Interchange;

namespace Concord.Training;

/// <summary>The file <c>summary.json</c> of a finished run.</summary>
internal static class RunSummary
{
    private const int MostBytes = 1 << 28;   // the confusions of a thousand classes take a hundredth of it

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
        json.WriteNumber("epochs", result.Epochs.Count(epoch => epoch.Epoch > 0));
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
        if (result.Extensions.Count > 0)
        {
            json.WriteNumber("testLooks", result.TestLooks);
            json.WriteStartArray("extensions");
            foreach (var extension in result.Extensions)
            {
                json.WriteStartObject();
                json.WriteNumber("fromEpochs", extension.From);
                json.WriteFinite("testAccuracy", extension.TestAccuracy ?? double.NaN);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        if (result.Warning is { } warning) json.WriteString("warning", warning);
        else json.WriteNull("warning");
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
    /// <exception cref="ConcordException">It is no such file, or damaged.</exception>
    public static RunResult Read(string path, string metrics)
    {
        var summary = Open(path);
        return new(
            RunSettings.Read(summary.Texts("settings")),
            [.. MetricsReader.Epochs(metrics)],
            Test(summary, "testLoss", "testAccuracy", "confusion"),
            summary.Number("secondsPerEpoch", 0), summary.Number("samplesPerSecond", 0), Memory(summary), Cost(summary))
        {
            BestTest = summary.Has("bestConfusion") ? Test(summary, "bestTestLoss", "bestTestAccuracy", "bestConfusion") : null,
            Transport = MetricsJson.ReadTransport(summary, "transport"),
            Extensions = Extensions(summary),
        };
    }

    /// <summary>The ends that a run has gone beyond.</summary>
    internal static IReadOnlyList<Extension> Extensions(CheckedJson summary) => !summary.Has("extensions") ? [] :
        [.. summary.Objects("extensions").Select(extension => Extension.Read(extension, "fromEpochs", "testAccuracy"))];

    /// <summary>Opens the file.</summary>
    /// <exception cref="ConcordException">It cannot be read.</exception>
    internal static CheckedJson Open(string path) =>
        CheckedJson.Parse(SmallFile.Bytes(path, MostBytes, "a summary is shorter"), path, "Use another copy of it, or remove it and resume the run to have it written again.");

    /// <summary>What the run held.</summary>
    internal static MemoryUse Memory(CheckedJson summary) => new(summary.Whole("weightBytes"), summary.Whole("feedbackBytes"), summary.Whole("trainingBytes"), summary.WholeIfAny("activationBytes"));

    /// <summary>What a sample took.</summary>
    internal static SampleCost Cost(CheckedJson summary)
    {
        var macs = summary.Object("macsPerSample");
        return new(macs.Number("forward", 0), macs.Number("error", 0), macs.Number("weightGradient", 0), macs.Number("adaptation", 0), macs.Number("extraForward", 0), macs.Number("probe", 0));
    }

    private static Evaluation Test(CheckedJson summary, string loss, string accuracy, string confusion) => new(summary.Number(loss), summary.Number(accuracy, 0, 1), summary.Square(confusion));
}
