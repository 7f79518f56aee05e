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
        using (var file = EventFile.Open(folder["events.out.tfevents.x"], after: 0))
        {
            file.Append(1, [("loss/train", 0.5), ("accuracy/ü", double.NaN), ("alignment/fc1/cosine", -0.25)]);
            file.Append(300, [("loss/train", 1e-8)]);
        }
        var events = Decode(File.ReadAllBytes(folder["events.out.tfevents.x"]));
        Assert.Equal("brain.Event:2", events[0].Version);
        Assert.Equal([0, 1, 300], events.Select(e => e.Step));
        Assert.Equal([("loss/train", 0.5f), ("alignment/fc1/cosine", -0.25f)], events[1].Scalars);
        Assert.Equal([("loss/train", 1e-8f)], events[2].Scalars);
        Assert.All(events, e => Assert.InRange(e.WallTime, 1.6e9, 4e9));
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

    [Fact]
    public void LaterStepsAndDamageAreForgottenOnOpening()
    {
        using var folder = new TemporaryFolder();
        var path = folder["events"];
        using (var file = EventFile.Open(path, after: 0))
            for (var step = 1; step <= 4; step++) file.Append(step, [("a", step)]);
        using (EventFile.Open(path, after: 2)) { }
        Assert.Equal([0, 1, 2], Decode(File.ReadAllBytes(path)).Select(e => e.Step));
        var whole = File.ReadAllBytes(path);
        whole[^6] ^= 1;
        File.WriteAllBytes(path, [.. whole, 1, 2, 3]);
        using (var file = EventFile.Open(path, after: 9)) file.Append(7, [("a", 7)]);
        Assert.Equal([0, 1, 7], Decode(File.ReadAllBytes(path)).Select(e => e.Step));
        File.WriteAllText(path, "nothing of the kind, but longer than a header");
        using (EventFile.Open(path, after: 9)) { }
        Assert.Equal([0], Decode(File.ReadAllBytes(path)).Select(e => e.Step));
    }

    [Fact]
    public void AResumedRunRepeatsNoStepAndLeavesNoneOut()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        var settings = runs.Settings with { Rule = "dfa", Epochs = 5 };
        Assert.Throws<OperationCanceledException>(() => runs.Train(settings, folder["run"], progress =>
        {
            if (progress.Finished?.Epoch == 2) stop.Cancel();
        }, stop.Token));
        var path = Path.Combine(folder["run"], "events.out.tfevents.concord");
        // as if killed between the event and the checkpoint
        using (var ahead = EventFile.Open(path, after: 2)) ahead.Append(3, [("loss/train", 99)]);
        var result = runs.Resume(settings, folder["run"]);
        var events = Decode(File.ReadAllBytes(path));
        Assert.Equal([0, 1, 2, 3, 4, 5], events.Select(e => e.Step));
        foreach (var (epoch, told) in result.Epochs.Zip(events.Skip(1)))
        {
            var scalars = told.Scalars.ToDictionary();
            Assert.Equal((float)epoch.TrainLoss, scalars["loss/train"]);
            Assert.Equal((float)epoch.ValidationAccuracy, scalars["accuracy/validation"]);
            Assert.Equal((float)epoch.LearningRate, scalars["learning-rate"]);
            Assert.Equal((float)epoch.Alignment[0].Cosine, scalars["alignment/fc1/cosine"]);
        }
    }

    private sealed record Event(double WallTime, long Step, string Version, List<(string Tag, float Value)> Scalars);

    private static List<Event> Decode(byte[] bytes)
    {
        List<Event> events = [];
        for (var at = 0; at < bytes.Length;)
        {
            var length = BitConverter.ToInt64(bytes, at);
            Assert.Equal(Mask(Crc(bytes[at..(at + 8)])), BitConverter.ToUInt32(bytes, at + 8));
            var message = bytes[(at + 12)..(at + 12 + (int)length)];
            Assert.Equal(Mask(Crc(message)), BitConverter.ToUInt32(bytes, at + 12 + (int)length));
            var fields = Fields(message);
            var scalars = fields.Where(field => field.Number == 5).SelectMany(field => Fields(field.Bytes)).Select(value =>
            {
                Assert.Equal(1, value.Number);
                var parts = Fields(value.Bytes);
                return (Encoding.UTF8.GetString(parts.Single(part => part.Number == 1).Bytes),
                    BitConverter.ToSingle(parts.Single(part => part.Number == 2).Bytes));
            });
            events.Add(new(
                BitConverter.ToDouble(fields.Single(field => field.Number == 1).Bytes), fields.Where(field => field.Number == 2)
                    .Select(field => field.Value).SingleOrDefault(),
                string.Concat(fields.Where(field => field.Number == 3).Select(field => Encoding.UTF8.GetString(field.Bytes))),
                [.. scalars]));
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
