using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Concord.Experiments;
using Concord.Numerics.Engines;
using Concord.Tests.Experiments;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>
/// JSON in a run folder that somebody or something has changed: every reader takes what is sound, and refuses the rest by name.
/// </summary>
public sealed class RunFilesOfAnyShapeTests(SampleRuns runs) : IClassFixture<SampleRuns>, IDisposable
{
    private const string Summary = "summary.json", Metrics = "metrics.jsonl", Data = "data.json", Last = "last.safetensors";
    private static readonly string[] s_values = ["null", "\"x\"", "\"NaN\"", "-1", "0.5", "1e999", "9223372036854775808", "[]", "{}",
        "true", "[[1]]", "{\"a\":null}"];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Summary)]
    [InlineData(Metrics)]
    [InlineData(Data)]
    [InlineData(Last)]
    public void EveryValueMayBeAnything(string file)
    {
        var sound = JsonOf(runs.Folder, file);
        var places = new List<string>();
        Walk(JsonNode.Parse(sound)!, "$", places);
        Assert.True(places.Count > 10, file);
        var (refused, read) = (0, 0);
        var folder = Copied();
        foreach (var place in places)
            foreach (var value in (IEnumerable<string?>)[null, .. s_values])
            {
                Write(folder, file, Changed(sound, place, value));
                var error = Record.Exception(() => Read(folder, file));
                Assert.True(error is null or ConcordException, $"{file} {place} = {value ?? "nothing"}: {error}");
                if (error is null) read++;
                else
                {
                    refused++;
                    Assert.DoesNotContain('\n', error.Message);
                }
                if ((refused + read) % 40 == 0)
                    Assert.True(Record.Exception(() => Report.Of([folder]).ToHtml()) is null, $"{file} {place} = {value ?? "nothing"}");
            }
        Assert.True(refused > read, $"{file}: {refused} refused, {read} read");
    }

    [Theory]
    [InlineData(Last, "$.Here.Cursor", "-20", "Here.Cursor is -20, but should be a whole number of at least 0")]
    [InlineData(Last, "$.Here.Cursor", "19", "by its state it has taken 30 steps")]
    [InlineData(Last, "$.Here.Cursor", "1000000", "by its state it has taken")]
    [InlineData(Last, "$.Here.Correct", "1", "Here.Correct is 1, but should be a whole number from 0 to 0")]
    [InlineData(Last, "$.Here.LossSum", "\"NaN\"", "Here.LossSum is \"NaN\"")]
    [InlineData(Last, "$.Step", "7", "it has taken 7 steps")]
    [InlineData(Last, "$.Epoch", "4", "4 of 3 epochs")]
    [InlineData(Last, "$.BestEpoch", "4", "BestEpoch is 4")]
    [InlineData(Last, "$.BestAccuracy", "1.5", "BestAccuracy is 1.5")]
    [InlineData(Last, "$.MetricsBytes", "-1", "MetricsBytes is -1")]
    [InlineData(Last, "$.Settings", "null", "Settings is null, but should be a list")]
    [InlineData(Last, "$.Settings[0].Value", "null", "Settings[0].Value is null, but should be a text")]
    [InlineData(Last, "$.Settings[0].Key", null, "has no Settings[0].Key")]
    [InlineData(Last, "$.Plateau.Factor", "\"NaN\"", "Plateau.Factor is \"NaN\"")]
    [InlineData(Last, "$", "null", "the whole is null, but should be an object")]
    [InlineData(Last, "$", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "it is no valid JSON, at line 1")]
    [InlineData(Data, "$.train", "-1", "train is -1")]
    [InlineData(Data, "$.shape", "[0]", "shape[0] is 0")]
    [InlineData(Data, "$.shape", "[65536,65536]", "shape is [65536,65536], but should be one to three axes")]
    [InlineData(Data, "$.classes", "[null]", "classes[0] is null")]
    [InlineData(Metrics, "$[3].epoch", "7", "it should have a line for each of the 3 epochs")]
    [InlineData(Metrics, "$[3].trainAccuracy", "2", "line 4.trainAccuracy is 2, but should be a number from 0 to 1 or null")]
    [InlineData(Metrics, "$[1].alignment", "{}", "line 2.alignment is {}, but should be a list")]
    [InlineData(Metrics, "$[1].alignment[0].port", "null", "line 2.alignment[0].port is null")]
    [InlineData(Metrics, "$[5].seconds", "1e999", "line 6.seconds is 1e999")]
    [InlineData(Metrics, "$[5].step", null, "has no line 6.step")]
    public void WhatDecidesHowARunGoesOnIsRefusedByName(string file, string place, string? value, string said)
    {
        var folder = Copied();
        File.Delete(Path.Combine(folder, Summary));
        Write(folder, file, Changed(JsonOf(folder, file), place, value));
        if (file == Metrics) Write(folder, Last, Changed(JsonOf(folder, Last), "$.MetricsBytes",
            FormattableString.Invariant($"{new FileInfo(Path.Combine(folder, file)).Length}")));
        var error = Assert.Throws<ConcordException>(() => Resume(folder));
        Assert.Contains(Path.Combine(folder, file), error.Message, StringComparison.Ordinal);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
        if (file == Last && error.Message.Contains("is damaged: ", StringComparison.Ordinal))
            Assert.Throws<ConcordException>(() => Evaluate(folder));
        var report = Report.Of([folder, runs.Folder]);
        Assert.Equal(2, report.Runs);
        if (file == Metrics && value is not (null or "7")) Assert.False(report.IsWhole);
    }

    [Theory]
    [InlineData("$.testAccuracy", "7", "testAccuracy is 7, but should be a number from 0 to 1 or null")]
    [InlineData("$.confusion[3]", "[1]", "confusion[3] is [1], but should be a list of 10 counts")]
    [InlineData("$.confusion[3][2]", "-4", "confusion[3][2] is -4")]
    [InlineData("$.weightBytes", "-1", "weightBytes is -1")]
    [InlineData("$.macsPerSample", "null", "macsPerSample is null, but should be an object")]
    [InlineData("$.settings.rule", "3", "settings.rule is 3, but should be a text")]
    [InlineData("$", "{\"settings\"", "it is no valid JSON")]
    [InlineData("$", "{\"a\":1,\"a\":2}", "it is no valid JSON")]
    [InlineData("$", "", "it is no valid JSON")]
    public void ADamagedSummaryIsRefusedByResumeAndNamedByAReport(string place, string value, string said)
    {
        var folder = Copied();
        Write(folder, Summary, Changed(JsonOf(folder, Summary), place, value));
        Assert.Contains(said, Assert.Throws<ConcordException>(() => RunFolder.ResultOf(folder)).Message, StringComparison.Ordinal);
        var report = Report.Of([runs.Folder, folder]);
        Assert.False(report.IsWhole);
        Assert.Contains(report.Notes, note => note.Run == folder && note.Note.Contains(said, StringComparison.Ordinal));
        Assert.Equal(2, report.Runs);
    }

    [Theory]
    [InlineData("batch", "-1", "0", "99999999999", "2147483647", "7", "")]
    [InlineData("epochs", "-1", "0.5", "99999999999", "")]
    [InlineData("model", "", "mlp:784-99999999-10", "mlp:784--1-10", "cnn:1x28x28-c4096k4096p4096-10", "lenet")]
    [InlineData("learningRate", "NaN", "-1", "1e999", "")]
    [InlineData("rule", "", "dfaa", "fc1=dfa,fc1=dfa")]
    [InlineData("schedule", "plateau", "step:0:0:0", "cosine:-1")]
    [InlineData("momentum", "2", "NaN", "-1")]
    [InlineData("probeSamples", "-1", "99999999999")]
    [InlineData("feedback.scale", "NaN", "1e999", "")]
    [InlineData("dropout", "2")]
    [InlineData("seed", "x", "99999999999999999999")]
    public void SettingsThatNobodyCouldGiveAreRefused(string key, params string[] values)
    {
        var folder = Copied();
        File.Delete(Path.Combine(folder, Summary));
        var sound = JsonOf(folder, Last);
        foreach (var value in values)
        {
            var state = JsonNode.Parse(sound)!;
            var settings = state["Settings"]!.AsArray();
            if (settings.FirstOrDefault(pair => pair!["Key"]!.GetValue<string>() == key) is { } known) known["Value"] = value;
            else settings.Add(new JsonObject { ["Key"] = key, ["Value"] = value });
            Write(folder, Last, state.ToJsonString());
            Assert.IsType<ConcordException>(Record.Exception(() => Resume(folder)));
            Assert.True(Record.Exception(() => Evaluate(folder)) is null or ConcordException, $"{key} {value}");
            Assert.Null(Record.Exception(() => Report.Of([folder]).ToHtml()));
        }
    }

    [Fact]
    public void FoldersThatCannotBeShownAreLeftOut()
    {
        Directory.CreateDirectory(_folder["empty"]);
        File.WriteAllText(_folder["file"], "");
        var report = Report.Of([_folder["none"], runs.Folder, _folder["empty"], _folder["file"]]);
        Assert.Equal(1, report.Runs);
        Assert.False(report.IsWhole);
        Assert.Equal([_folder["none"], _folder["empty"], _folder["file"]], report.LeftOut.Select(folder => folder.Folder));
        Assert.Contains("It is left out. There is no folder", report.ToHtml(), StringComparison.Ordinal);
        Assert.True(Report.Of([runs.Folder]).IsWhole);
    }

    private void Read(string folder, string file)
    {
        if (file == Last) RunFolder.SettingsOf(folder);
        else if (file == Data) RunFolder.AreOfOneDataSet(folder, runs.Folder);
        else RunFolder.ResultOf(folder);
    }

    private void Evaluate(string folder)
    {
        using var kernels = new SingleKernels(1);
        var saved = SavedNetwork.Open(folder, runs.Dataset, kernels);
        saved.Evaluate(runs.Split.Test);
    }

    private void Resume(string folder)
    {
        using var kernels = new SingleKernels(1);
        using var hold = RunFolder.Open(folder);
        new Trainer(RunFolder.SettingsOf(folder), runs.Split, kernels, hold, restores: true).Restore();
    }

    private string Copied()
    {
        var folder = _folder["run"];
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(runs.Folder))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        return folder;
    }

    // The JSON of a file; that of a file of lines is a list.
    private static string JsonOf(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        if (file == Metrics) return $"[{string.Join(',', File.ReadAllLines(path))}]";
        return file == Last ? Header(File.ReadAllBytes(path))["__metadata__"]!["state"]!.GetValue<string>() : File.ReadAllText(path);
    }

    private static void Write(string folder, string file, string json)
    {
        var path = Path.Combine(folder, file);
        if (file == Metrics)
        {
            using var lines = JsonDocument.Parse(json);
            File.WriteAllText(path, lines.RootElement.ValueKind == JsonValueKind.Array
                ? string.Concat(lines.RootElement.EnumerateArray().Select(line => line.GetRawText() + "\n"))
                : lines.RootElement.GetRawText() + "\n");
        }
        else if (file == Last)
        {
            var bytes = File.ReadAllBytes(path);
            var header = Header(bytes);
            header["__metadata__"]!["state"] = json;
            var text = Encoding.UTF8.GetBytes(header.ToJsonString());
            var padded = new byte[(text.Length + 8 + 63) / 64 * 64];
            BinaryPrimitives.WriteUInt64LittleEndian(padded, (ulong)padded.Length - 8);
            padded.AsSpan(8).Fill((byte)' ');
            text.CopyTo(padded, 8);
            File.WriteAllBytes(path, [.. padded, .. bytes[(8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes))..]]);
        }
        else File.WriteAllText(path, json);
    }

    private static JsonNode Header(byte[] bytes) => JsonNode.Parse(bytes.AsSpan(8, (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes)))!;

    private static void Walk(JsonNode? node, string place, List<string> places)
    {
        if (place != "$") places.Add(place);
        if (node is JsonObject members)
            foreach (var (key, value) in members) Walk(value, $"{place}.{key}", places);
        // of the rows of a matrix and the entries of a list, the first and the last tell
        if (node is JsonArray { Count: > 0 } items)
            foreach (var i in new[] { 0, items.Count - 1 }.Distinct()) Walk(items[i], FormattableString.Invariant($"{place}[{i}]"), places);
    }

    private static string Changed(string json, string place, string? value)
    {
        if (place == "$") return value!;
        var root = JsonNode.Parse(json)!;
        JsonNode? parent = root;
        List<string> steps = [.. place[1..].Replace("[", ".[", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries)];
        // settings have dots in their keys
        for (var i = 0; i < steps.Count; i++)
        {
            var key = steps[i];
            while (parent is JsonObject inner && !inner.ContainsKey(key) && i + 1 < steps.Count) key += $".{steps[++i]}";
            if (i < steps.Count - 1) parent = key[0] == '[' ? parent![int.Parse(key[1..^1], CultureInfo.InvariantCulture)] : parent![key];
            else if (key[0] == '[')
            {
                var at = int.Parse(key[1..^1], CultureInfo.InvariantCulture);
                if (value is null) parent!.AsArray().RemoveAt(at);
                else parent![at] = Raw(value);
            }
            else if (value is null) parent!.AsObject().Remove(key);
            else parent![key] = Raw(value);
        }
        return root.ToJsonString();
    }

    // Of a number that JSON can say and no type holds, the text stays.
    private static JsonNode? Raw(string value) => JsonNode.Parse(value);
}
