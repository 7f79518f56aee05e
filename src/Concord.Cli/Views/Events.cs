using System.Text.Json;
using Concord.Data;
using Concord.Numerics;
using Concord.Training;

namespace Concord.Cli.Views;

/// <summary>The objects that a listening program gets. Keys never change their meaning; new ones may come.</summary>
internal static class Events
{
    public static void Start(Output output, Kernels kernels, Dataset data, DataSplit split, RunSettings settings, IReadOnlyList<long> seeds,
        IReadOnlyList<string> rules) => output.Event("start", json =>
    {
        json.WriteString("engine", kernels.Description);
        json.WriteNumber("threads", kernels.Threads);
        json.WriteStartObject("data");
        json.WriteString("name", settings.Data);
        json.WriteNumber("train", split.Train.Count);
        json.WriteNumber("validation", split.Validation.Count);
        json.WriteNumber("test", split.Test.Count);
        json.WriteNumber("classes", data.Classes.Count);
        json.WriteString("verdict", data.Verification.ToString());
        Numbers(json, "classCounts", [.. data.ClassCounts().Select(count => (long)count)]);
        Texts(json, "classNames", data.Classes);
        if (data.Columns is { Label: { } label } columns)
        {
            json.WriteString("label", label);
            Texts(json, "features", columns.Features);
        }
        Texts(json, "notes", data.Notes(split));
        json.WriteEndObject();
        json.WriteString("model", settings.Model);
        Texts(json, "rules", rules);
        Numbers(json, "seeds", seeds);
        json.WriteStartObject("settings");
        foreach (var (key, value) in settings.Write()) json.WriteString(key, value);
        json.WriteEndObject();
    });

    public static void Epoch(Output output, RunSettings settings, EpochMetrics metrics) => output.Event("epoch", json =>
    {
        json.WriteString("rule", settings.Rule);
        json.WriteNumber("seed", settings.Seed);
        metrics.Write(json);
    });

    /// <summary>Something failed while others go on.</summary>
    public static void Failure(Output output, string message) => output.Event("error", json =>
    {
        json.WriteString("message", message);
        json.WriteNumber("exitCode", Application.Failed);
    });

    public static void Result(Output output, RuleResult result, string? run,
        IReadOnlyList<(double LearningRate, double ValidationAccuracy)>? tuned = null, Action<Utf8JsonWriter>? besides = null) =>
        output.Event("result", json =>
    {
        json.WriteString("rule", result.Rule);
        json.WriteString("model", result.Settings.Model);
        json.WriteString("data", result.Settings.Data);
        Numbers(json, "seeds", result.Seeds);
        json.WriteNumber("epochs", result.Settings.Epochs);
        json.WriteNumber("learningRate", result.Settings.Optimizer.LearningRate);
        Statistic(json, "testAccuracy", result.TestAccuracy, values: true);
        Statistic(json, "validationAccuracy", result.ValidationAccuracy, values: true);
        Statistic(json, "bestTestAccuracy", result.BestTestAccuracy, values: true);
        json.WriteNumber("testLooks", result.Runs.Max(run => run.TestLooks));
        json.WriteStartArray("warnings");
        foreach (var ill in result.Runs.Where(one => one.Warning is not null))
        {
            json.WriteStartObject();
            json.WriteNumber("seed", ill.Settings.Seed);
            json.WriteString("message", ill.Warning);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("alignment");
        foreach (var port in result.Alignment)
        {
            json.WriteStartObject();
            json.WriteString("port", port.Port);
            Statistic(json, "cosine", port.Cosine, values: false);
            json.WriteFinite("angleDegrees", port.AngleDegrees);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteFinite("samplesPerSecond", result.SamplesPerSecond);
        json.WriteFinite("secondsPerEpoch", result.SecondsPerEpoch);
        result.MacsPerSample.Write("macsPerSample", json);
        json.WriteTransport("transport", result.Transport);
        json.WriteStartObject("bytes");
        json.WriteNumber("weights", result.Memory.Weights);
        json.WriteNumber("feedback", result.Memory.Feedback);
        json.WriteNumber("training", result.Memory.Training);
        json.WriteNumber("activations", result.Memory.Activations);
        json.WriteEndObject();
        if (tuned is { Count: > 0 })
        {
            json.WriteStartArray("tuned");
            foreach (var (rate, accuracy) in tuned)
            {
                json.WriteStartObject();
                json.WriteNumber("learningRate", rate);
                json.WriteFinite("validationAccuracy", accuracy);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        if (run is null) json.WriteNull("run");
        else json.WriteString("run", run);
        besides?.Invoke(json);
    });

    private static void Texts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void Numbers(Utf8JsonWriter json, string name, IReadOnlyList<long> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    public static void Statistic(Utf8JsonWriter json, string name, SeedStatistic statistic, bool values)
    {
        json.WriteStartObject(name);
        json.WriteFinite("mean", statistic.Mean);
        json.WriteFinite("std", statistic.Std);
        if (values)
        {
            json.WriteStartArray("values");
            foreach (var value in statistic.Values)
                if (double.IsFinite(value)) json.WriteNumberValue(value);
                else json.WriteNullValue();
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }
}
