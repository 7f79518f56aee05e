using System.Text.Json;
using Concord.Cost;
using Concord.Data;
using Concord.Interchange;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Training;

namespace Concord.Tests.Golden;

/// <summary>
/// Golden keys: the names that a run's files and a cost's JSON have, whatever a type or a member is called in the program, and the words
/// that stand for its enumerations. Other programs read them, and so do runs that go on. <see cref="GoldenFile"/> says how the file is
/// written.
/// </summary>
public sealed class GoldenKeysTests
{
    [Fact]
    public void KeysOfFilesStay()
    {
        using var folder = new TemporaryFolder();
        var settings = new RunSettings
        {
            Rule = "fbp", RuleOptions = new Dictionary<string, string> { ["feedback.period"] = "2", ["feedback.scheme"] = "top-k" },
            Model = "mlp:784-6-5-10", Batch = 2, Epochs = 1, Probe = ProbeKind.Full, ProbeEvery = 1,
            Optimizer = new(LearningRate: 1e-5),   // at which it learns nothing in its 55 steps, so that there is a warning
        };
        var data = Dataset.Glyphs(train: 130, test: 20).Split(20, RandomStream.FromSeed(0));
        using (var kernels = new SingleKernels(threads: 1))
        using (var place = RunFolder.Create(folder["run"]))
            new Trainer(settings, data, kernels, place).Run();
        using var checkpoint = SafeTensorsFile.Open(In("last.safetensors"));
        var metrics = File.ReadAllLines(In("metrics.jsonl"));
        var (files, settled) = (Directory.GetFiles(folder["run"]).Order(StringComparer.Ordinal), File.ReadAllLines(In("experiment.yaml")));
        var keys = settled.Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(':')[0]);
        Check("summary", File.ReadAllText(In("summary.json")));
        Check("metrics-of-a-step", metrics[0]);
        Check("metrics-of-an-epoch", metrics[^1]);
        Check("checkpoint", checkpoint.Metadata["state"]);
        Check("cost", Cost());
        GoldenFile.Check("Keys/run",
        [
            new("run",
            [
                .. files.Select(file => new GoldenLine($"file {Path.GetFileName(file)}", "is there")),
                .. keys.Select(key => new GoldenLine($"experiment {key}", "is there")),
                .. checkpoint.Names.Select(name => new GoldenLine($"tensor {name}", "is there")),
                new("metadata", string.Join(' ', checkpoint.Metadata.Keys)), new("version", checkpoint.Metadata["concord"]),
            ]),
        ]);

        string In(string file) => Path.Combine(folder["run"], file);
    }

    private static void Check(string name, string json)
    {
        using var document = JsonDocument.Parse(json);
        var ways = Ways("", document.RootElement).GroupBy(way => way.Way, way => way.Word);
        GoldenFile.Check($"Keys/{name}", [new(name, [.. ways.Select(way => new GoldenLine(way.Key, string.Join(' ', way.Distinct())))])]);
    }

    private static string Cost()
    {
        var comparison = CostComparison.Of("mlp:3-5-4-2", ["backprop", "kolen-pollack"], 7, parts: 2);
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory))
        {
            json.WriteStartObject();
            CostJson.Write(json, comparison, comparison.Costs[1]);
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(memory.ToArray());
    }

    /// <summary>The ways to all values, with the kind of value, or with the word that stands there.</summary>
    private static IEnumerable<(string Way, string Word)> Ways(string way, JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Ways($"{way}.{member.Name}".TrimStart('.'), member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(item => Ways($"{way}[]", item)),
        JsonValueKind.String when element.GetString() is { } text && text.Length > 0 && text.All(char.IsAsciiLetter) => [(way, text)],
        _ => [(way, $"a {element.ValueKind.ToString().ToLowerInvariant()}")],
    };
}
