using System.Text;
using Concord.Interchange;
using Concord.Tests.Experiments;
using Concord.Training;

namespace Concord.Tests.Interchange;

/// <summary>Event files, read back by a decoder that knows nothing of the writer: checksums bit by bit, messages byte by byte.</summary>
public sealed class EventFileTests(SampleRuns runs) : IClassFixture<SampleRuns>
{
    [Fact]
    public void RecordsAreAsTensorBoardReadsThem()
    {
        using var folder = new TemporaryFolder();
        var path = folder["events.out.tfevents.x"];
        using (var file = new EventFile(path, 1.7e9))
        {
            file.Append(1.7e9 + 1, 1, ("loss/train", 0.5), ("accuracy/ü", double.NaN), ("alignment/fc1/cosine", -0.25));
            Assert.False(File.Exists(path));
            file.Begin();
            file.Append(1.7e9 + 2, 300, ("loss/train", 1e-8));
            file.Append(1.7e9 + 3, 1L << 40, (new string('x', 3000), 2));   // longer than what its length needs two bytes for
        }
        var events = Decode(File.ReadAllBytes(path));
        Assert.Equal("brain.Event:2", events[0].Version);
        Assert.Equal([0, 1, 300, 1L << 40], events.Select(e => e.Step));
        Assert.Equal([1.7e9, 1.7e9 + 1, 1.7e9 + 2, 1.7e9 + 3], events.Select(e => e.WallTime));
        Assert.Equal([("loss/train", 0.5f), ("alignment/fc1/cosine", -0.25f)], events[1].Scalars);
        Assert.Equal([("loss/train", 1e-8f)], events[2].Scalars);
        Assert.Equal([(new string('x', 3000), 2f)], events[3].Scalars);
    }

    [Fact]
    public void ChecksumIsCastagnolis()
    {
        Assert.Equal(0xe3069283u, Crc(Encoding.ASCII.GetBytes("123456789")));   // the published check value
        foreach (var length in new[] { 0, 1, 7, 8, 9, 31, 64 })
        {
            var bytes = Enumerable.Range(0, length).Select(i => (byte)(i * 37 + 5)).ToArray();
            Assert.Equal(Mask(Crc(bytes)), EventFile.MaskedCrc(bytes));
        }
    }

    /// <summary>What a killed program leaves, cut at any byte or damaged at any, is replaced by what is known.</summary>
    [Fact]
    public void WhateverStandsThereIsReplaced()
    {
        using var folder = new TemporaryFolder();
        var path = folder["events"];
        Write(path, 4);
        var whole = File.ReadAllBytes(path);
        for (var at = 0; at < whole.Length; at++)
        {
            // as killed: whole records up to there, and no zeros in place of one
            var cut = whole[..at];
            var events = Decode(cut, isTorn: true);
            Assert.Equal(Enumerable.Range(0, events.Count).Select(i => (long)i), events.Select(e => e.Step));
            foreach (var found in (byte[][])[cut, [.. cut, (byte)~whole[at], .. whole[(at + 1)..], 1, 2, 3]])
            {
                File.WriteAllBytes(path, found);
                Write(path, 4);
                Assert.Equal(whole, File.ReadAllBytes(path));
            }
        }
        Write(path, 2);
        Assert.Equal([0, 1, 2], Decode(File.ReadAllBytes(path)).Select(e => e.Step));

        static void Write(string path, int steps)
        {
            using var file = new EventFile(path, 1.7e9);
            for (var step = 1; step <= steps; step++) file.Append(1.7e9 + step, step, ("a", step), ("b", step));
            file.Begin();
        }
    }

    [Fact]
    public void AResumedRunRepeatsNoStepAndLeavesNoneOut()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        var settings = runs.Settings with { Rule = "dfa", Epochs = 5, ProbeEvery = 7 };
        Assert.Throws<OperationCanceledException>(() => runs.Train(settings, folder["run"], progress =>
        {
            if (progress.Finished?.Epoch == 2) stop.Cancel();
        }, stop.Token));
        var path = Path.Combine(folder["run"], "events.out.tfevents.concord");
        File.AppendAllText(path, "as if killed in the middle of a record");
        var result = runs.Resume(settings, folder["run"]);
        var events = Decode(File.ReadAllBytes(path));
        var told = events.Where(e => e.Scalars.Any(scalar => scalar.Tag == "epoch")).ToList();
        Assert.Equal(result.Epochs.Select(epoch => epoch.Step), told.Select(e => e.Step));
        foreach (var (epoch, one) in result.Epochs.Zip(told))
        {
            var scalars = one.Scalars.ToDictionary();
            Assert.Equal((float)epoch.TrainLoss, scalars["loss/train"]);
            Assert.Equal((float)epoch.ValidationAccuracy, scalars["accuracy/validation"]);
            Assert.Equal((float)epoch.LearningRate, scalars["learning-rate"]);
            Assert.Equal((float)epoch.SamplesPerSecond, scalars["samples-per-second"]);
            Assert.Equal((float)epoch.Alignment[0].Cosine, scalars["alignment/fc1/cosine"]);
            Assert.Equal((float)epoch.Alignment[0].NormRatio, scalars["alignment/fc1/norm-ratio"]);
        }
        Assert.Equal([10, 20, 30, 40, 50], Steps("loss/step"));
        Assert.Equal([0, 7, 14, 21, 28, 35, 42, 49], Steps("training-alignment/fc1/cosine"));
        Assert.Equal([(50, (float)result.Test.Accuracy)],
            events.SelectMany(e => e.Scalars, (e, scalar) => (e, scalar)).Where(pair => pair.scalar.Tag == "accuracy/test")
                .Select(pair => ((int)pair.e.Step, pair.scalar.Value)));
        Assert.All(events, e => Assert.InRange(e.WallTime, 1.6e9, 4e9));

        IEnumerable<long> Steps(string tag) => events.Where(e => e.Scalars.Any(scalar => scalar.Tag == tag)).Select(e => e.Step);
    }

    /// <summary>The records that make a run's settings show among the hyperparameters.</summary>
    [Fact]
    public void SettingsAreHyperparameters()
    {
        var (dfa, again, shallow) = (Told("dfa", 0), Told("dfa", 1), Told("shallow", 0));
        var names = dfa["experiment"].Where(field => field.Number == 4)
            .Select(info => Encoding.UTF8.GetString(Fields(info.Bytes)[0].Bytes)).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.Empty(new[] { "rule", "learningRate", "nesterov", "feedback.period", "feedback.nonZerosPerNeuron" }.Except(names));
        Assert.DoesNotContain("checkpointMinutes", names);   // it decides nothing
        Assert.Contains(dfa["experiment"], field => field.Number == 5
            && Encoding.UTF8.GetString(Fields(Fields(field.Bytes)[0].Bytes)[0].Bytes) == "accuracy/test");
        var values = dfa["session_start_info"].Where(field => field.Number == 1).Select(entry => Fields(entry.Bytes)).ToDictionary(
            entry => Encoding.UTF8.GetString(entry[0].Bytes), entry => Fields(entry[1].Bytes).Single());
        Assert.Empty(values.Keys.Except(names));
        Assert.Equal((3, "dfa"), (values["rule"].Number, Encoding.UTF8.GetString(values["rule"].Bytes)));
        Assert.Equal((2, runs.Settings.Optimizer.LearningRate), (values["learningRate"].Number,
            BitConverter.ToDouble(values["learningRate"].Bytes)));
        Assert.Equal((4, 0L), (values["nesterov"].Number, values["nesterov"].Value));
        Assert.Equal(Group(dfa), Group(again));
        Assert.NotEqual(Group(dfa), Group(shallow));
        Assert.Equal((1, 1L), (dfa["session_end_info"][0].Number, dfa["session_end_info"][0].Value));

        static string Group(Dictionary<string, List<(int Number, long Value, byte[] Bytes)>> told) =>
            Encoding.UTF8.GetString(told["session_start_info"].Single(field => field.Number == 4).Bytes);

        Dictionary<string, List<(int Number, long Value, byte[] Bytes)>> Told(string rule, int seed) => Decode(
            File.ReadAllBytes(Path.Combine(runs.Root, rule, $"seed-{seed}", "events.out.tfevents.concord")))
            .SelectMany(e => e.Plugins).ToDictionary(one => one.Tag["_hparams_/".Length..], one => one.Content);
    }

    [Fact]
    public void ARunThatDivergedHasFailed()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<RunFailure>(() => runs.Train(runs.Settings with { Optimizer = new(LearningRate: 1e30) }, folder["run"]));
        var end = Decode(File.ReadAllBytes(Path.Combine(folder["run"], "events.out.tfevents.concord"))).SelectMany(e => e.Plugins)
            .Single(plugin => plugin.Tag == "_hparams_/session_end_info").Content;
        Assert.Equal((1, 2L), (end[0].Number, end[0].Value));
    }

    private sealed record Event(double WallTime, long Step, string Version, List<(string Tag, float Value)> Scalars,
        List<(string Tag, List<(int Number, long Value, byte[] Bytes)> Content)> Plugins);

    private static List<Event> Decode(byte[] bytes, bool isTorn = false)
    {
        List<Event> events = [];
        for (var at = 0; at < bytes.Length;)
        {
            if (isTorn && bytes.Length - at < 12) break;
            var length = BitConverter.ToInt64(bytes, at);
            if (isTorn && bytes.Length - at < 16 + length) break;
            Assert.Equal(Mask(Crc(bytes[at..(at + 8)])), BitConverter.ToUInt32(bytes, at + 8));
            var message = bytes[(at + 12)..(at + 12 + (int)length)];
            Assert.Equal(Mask(Crc(message)), BitConverter.ToUInt32(bytes, at + 12 + (int)length));
            var fields = Fields(message);
            var values = fields.Where(field => field.Number == 5).SelectMany(field => Fields(field.Bytes))
                .Select(value => (value.Number, Parts: Fields(value.Bytes))).ToList();
            Assert.All(values, value => Assert.Equal(1, value.Number));
            static string TagOf(List<(int Number, long Value, byte[] Bytes)> parts) =>
                Encoding.UTF8.GetString(parts.Single(part => part.Number == 1).Bytes);
            var scalars = values.Where(value => value.Parts.Any(part => part.Number == 2)).Select(value =>
                (TagOf(value.Parts), BitConverter.ToSingle(value.Parts.Single(part => part.Number == 2).Bytes)));
            var plugins = values.Where(value => value.Parts.Any(part => part.Number == 9)).Select(value =>
            {
                // an empty tensor of floats: type 1, one axis of size 0
                Assert.Equal([0x08, 1, 0x12, 2, 0x12, 0], value.Parts.Single(part => part.Number == 8).Bytes);
                var data = Fields(Fields(value.Parts.Single(part => part.Number == 9).Bytes).Single().Bytes);
                Assert.Equal("hparams", Encoding.UTF8.GetString(data[0].Bytes));
                return (TagOf(value.Parts), Fields(Fields(data[1].Bytes).Single().Bytes));
            });
            events.Add(new(
                BitConverter.ToDouble(fields.Single(field => field.Number == 1).Bytes), fields.Where(field => field.Number == 2)
                    .Select(field => field.Value).SingleOrDefault(),
                string.Concat(fields.Where(field => field.Number == 3).Select(field => Encoding.UTF8.GetString(field.Bytes))),
                [.. scalars], [.. plugins]));
            at += 16 + (int)length;
        }
        return events;
    }

    private static List<(int Number, long Value, byte[] Bytes)> Fields(byte[] message)
    {
        List<(int, long, byte[])> fields = [];
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message, ref at);
            var length = (tag & 7) switch { 0 => 0, 1 => 8, 2 => (int)Varint(message, ref at), 5 => 4,
                _ => throw new InvalidDataException($"wire type {tag & 7}") };
            var value = (tag & 7) == 0 ? Varint(message, ref at) : 0;
            fields.Add(((int)(tag >> 3), value, message[at..(at + length)]));
            at += length;
        }
        return fields;
    }

    private static long Varint(byte[] message, ref int at)
    {
        long value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var one = message[at++];
            value |= (long)(one & 0x7f) << shift;
            if (one < 0x80) return value;
        }
    }

    private static uint Mask(uint crc) => ((crc >> 15) | (crc << 17)) + 0xa282ead8u;

    private static uint Crc(byte[] bytes)
    {
        var crc = 0xffffffffu;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82f63b78u : crc >> 1;
        }
        return ~crc;
    }
}
