using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Concord.Interchange;
using Concord.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Interchange;

public class SafeTensorsTests
{
    [Fact]
    public void WhateverIsWrittenIsReadBack()
    {
        using var folder = new TemporaryFolder();
        var path = folder["x.safetensors"];
        Prop.ForAll(Sample.Several.ToArbitrary(), Sample.Metadata.ToArbitrary(), (samples, metadata) =>
        {
            SafeTensors.Write(path, samples.Select(sample => sample.Entry), metadata);
            using var file = SafeTensorsFile.Open(path);
            Assert.Equal(samples.Select(sample => sample.Name).Order(StringComparer.Ordinal), file.Names.Order(StringComparer.Ordinal));
            Assert.Equal(metadata, file.Metadata);
            foreach (var sample in samples)
            {
                Assert.True(file.Contains(sample.Name));
                Assert.Equal(sample.Type, file.Describe(sample.Name).Type);
                Assert.Equal(sample.Dimensions.Select(d => (long)d), file.Describe(sample.Name).Dimensions);
                Assert.Equal(sample.Values, sample.ReadFrom(file));
            }
            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void TheBytesAreThoseOfTheFormat()
    {
        var weight = new Tensor(new Shape(2, 3));
        weight.CopyFrom([1, -2, 0.5, 3, 4, 5]);
        using var stream = new MemoryStream();
        SafeTensors.Write(stream,
            [new("mask", new byte[] { 1, 0, 1 }), new("w", weight), new("step", new long[] { -1 }), new("index", new[] { 7, 8 }, 2, 1)],
            new Dictionary<string, string> { ["state"] = "{\"epoch\":3}", ["format"] = "pt" });
        var bytes = stream.ToArray();

        var headerLength = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = Encoding.UTF8.GetString(bytes, 8, (int)headerLength);
        Assert.Equal(
            """{"__metadata__":{"format":"pt","state":"{\"epoch\":3}"},"""
            + "\"step\":" + """{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"""
            + "\"index\":" + """{"dtype":"I32","shape":[2,1],"data_offsets":[8,16]},"""
            + "\"w\":" + """{"dtype":"F32","shape":[2,3],"data_offsets":[16,40]},"""
            + "\"mask\":" + """{"dtype":"U8","shape":[3],"data_offsets":[40,43]}}""", header.TrimEnd(' '));
        Assert.Equal(0, (8 + headerLength) % 64);
        Assert.True(header.Length - header.TrimEnd(' ').Length < 64);
        Assert.Equal(
            [.. Enumerable.Repeat<byte>(0xFF, 8), 7, 0, 0, 0, 8, 0, 0, 0,
             0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0, 0x3F, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40, 0, 0, 0xA0, 0x40,
             1, 0, 1],
            bytes[(8 + (int)headerLength)..]);
    }

    [Fact]
    public void FilesThatOtherWritersLayOutOtherwiseAreRead()
    {
        // No padding, fields and tensors in any order, metadata last, escaped names, white space, a scalar, five axes.
        var header = Encoding.UTF8.GetBytes(
            """
            { "late" : {"data_offsets":[4,12], "shape":[2], "dtype":"I32"},
              "\u00e9" : {"shape":[], "dtype":"F32", "data_offsets":[0,4]},
              "five" : {"dtype":"U8", "shape":[1,1,1,1,2], "data_offsets":[12,14]}, "__metadata__":{"made":"elsewhere"} }
            """);
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["x"],
            [.. BitConverter.GetBytes((long)header.Length), .. header, 0, 0, 0x80, 0x3F, 1, 0, 0, 0, 2, 0, 0, 0, 8, 9]);
        using var file = SafeTensorsFile.Open(folder["x"]);
        Assert.Equal(["é", "late", "five"], file.Names);
        Assert.Equal("F32 []", file.Describe("é").ToString());
        Assert.Equal("U8 [1, 1, 1, 1, 2]", file.Describe("five").ToString());
        Assert.Equal([1, 2], file.ReadInts("late"));
        Assert.Equal([8, 9], file.ReadBytes("five"));
        Assert.Equal("elsewhere", file.Metadata["made"]);
    }

    [Fact]
    public void ValuesAreAlignedAndEqualContentGivesEqualBytes()
    {
        Prop.ForAll(Sample.Several.ToArbitrary(), Sample.Metadata.ToArbitrary(), (samples, metadata) =>
        {
            var bytes = Sample.Write(samples, metadata);
            Assert.Equal(bytes, Sample.Write(samples.Reverse(), metadata.Reverse().ToDictionary()));
            var headerLength = BinaryPrimitives.ReadInt64LittleEndian(bytes);
            Assert.Equal(0, (headerLength + 8) % 64);
            using var header = JsonDocument.Parse(bytes.AsMemory(8, (int)headerLength));
            foreach (var sample in samples.Where(sample => sample.Length > 0))
            {
                var begin = header.RootElement.GetProperty(sample.Name).GetProperty("data_offsets")[0].GetInt64();
                Assert.Equal(0, begin % (sample.Values.Length / sample.Length));
            }
            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void TheWriterHoldsNoValuesInMemory()
    {
        var large = new byte[8 << 20];
        SafeTensors.Write(Stream.Null, [new("warm", large)]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        SafeTensors.Write(Stream.Null, [new("large", large)]);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 10);
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("ar-SA")]
    public void TheCultureChangesNothing(string culture)
    {
        Sample[] samples = [new("a", SafeTensorsType.F32, [3, 4], 1), new("b", SafeTensorsType.I64, [1000], 2)];
        var (bytes, message) = (Sample.Write(samples), Refusal());
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try
        {
            Assert.Equal(bytes, Sample.Write(samples));
            Assert.Equal(message, Refusal());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        static string Refusal()
        {
            using var folder = new TemporaryFolder();
            File.WriteAllBytes(folder["x"], BitConverter.GetBytes(-1234567L));
            return Assert.Throws<ConcordException>(() => SafeTensorsFile.Open(folder["x"])).Message.Replace(folder["x"], "x",
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ATensorOfAnotherShapeOrTypeIsRefusedWithBoth()
    {
        using var folder = new TemporaryFolder();
        var path = folder["net.safetensors"];
        SafeTensors.Write(path, [new("h1.weight", new Tensor(new Shape(3, 4))), new("index", new[] { 1, 2 })]);
        using var file = SafeTensorsFile.Open(path);

        Says(() => file.Read("h1.weight", new Tensor(new Shape(4, 3))), "'h1.weight'", path, "F32 [3, 4]", "F32 [4, 3]");
        Says(() => file.Read("h1.weight", new Tensor(new Shape(12))), "F32 [3, 4]", "F32 [12]");
        Says(() => file.Read("h1.weight", new Tensor(new Shape(3, 4), ElementType.Double)), "F32 [3, 4]", "F64 [3, 4]");
        Says(() => file.Read("index", new Tensor(new Shape(2))), "I32 [2]", "F32 [2]");
        Says(() => file.ReadInts("h1.weight"), "F32 [3, 4]", "I32 is needed");
        Says(() => file.ReadLongs("index"), "I32 [2]", "I64 is needed");
        Says(() => file.Describe("h2.weight"), "'h2.weight'", "'h1.weight', 'index'", "another network");
    }

    [Fact]
    public void AMistakeInWhatIsWrittenIsRefused()
    {
        using var folder = new TemporaryFolder();
        var path = folder["x"];
        Assert.Throws<ArgumentException>(() => new SafeTensorsEntry("__metadata__", new byte[1]));
        Assert.Throws<ArgumentException>(() => new SafeTensorsEntry("\uD800", new byte[1]));
        Assert.Throws<ArgumentException>(() => new SafeTensorsEntry("a", new byte[5], 2, 3));
        Assert.Throws<ArgumentException>(() => new SafeTensorsEntry("a", new byte[1], -1, -1));
        Assert.Throws<ArgumentException>(() => new SafeTensorsEntry("a", ReadOnlyMemory<byte>.Empty, long.MaxValue, long.MaxValue));
        Assert.Throws<ArgumentException>(() => SafeTensors.Write(path, [new("a", new byte[1]), new("a", new byte[2])]));
        Assert.Throws<ArgumentException>(() => SafeTensors.Write(path, [], new Dictionary<string, string> { ["k"] = "\uDC00" }));
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void AnOpenFileMayBeReplaced()
    {
        using var folder = new TemporaryFolder();
        SafeTensors.Write(folder["x"], [new("v", new byte[] { 1 })]);
        using var old = SafeTensorsFile.Open(folder["x"]);
        SafeTensors.Write(folder["x"], [new("v", new byte[] { 2 })]);
        Assert.Equal([1], old.ReadBytes("v"));
        using var file = SafeTensorsFile.Open(folder["x"]);
        Assert.Equal([2], file.ReadBytes("v"));
    }

    // Nothing but the standard library of Python: it reads the file from the format's description alone.
    private const string Script = """
        import json, struct, sys
        data = open(sys.argv[1], "rb").read()
        n = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:8 + n].decode("utf-8"))
        print(json.dumps(header.pop("__metadata__")))
        end = 0
        for name, tensor in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
            begin, stop = tensor["data_offsets"]
            assert begin == end, "gap or overlap"
            end = stop
            count = 1
            for dimension in tensor["shape"]:
                count *= dimension
            code = {"F32": "f", "F64": "d", "I32": "i", "I64": "q", "U8": "B"}[tensor["dtype"]]
            values = struct.unpack("<%d%s" % (count, code), data[8 + n + begin:8 + n + stop])
            print(json.dumps([name, tensor["dtype"], tensor["shape"], list(values)]))
        assert 8 + n + end == len(data), "trailing bytes"
        """;

    private sealed class PythonFact : FactAttribute
    {
        internal const string Path = "/usr/bin/python3";

        public PythonFact() => Skip = File.Exists(Path) ? null : $"needs {Path}";
    }

    [PythonFact]
    public async Task PythonReadsWhatIsWritten()
    {
        using var folder = new TemporaryFolder();
        var doubles = new Tensor(new Shape(2, 1), ElementType.Double);
        doubles.CopyFrom([0.1, -1e300]);
        var singles = new Tensor(new Shape(1, 3));
        singles.CopyFrom([1, 0.25, -8]);
        SafeTensors.Write(folder["x"],
            [new("重み", singles), new("d", doubles), new("i", new[] { int.MinValue }), new("l", new[] { long.MaxValue, -1 }),
                new("none", Array.Empty<byte>(), 0, 7), new("u", new byte[] { 255 })],
            new Dictionary<string, string> { ["state"] = "{\"émile\": \"😀\"}" });
        var start = new ProcessStartInfo(PythonFact.Path) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Script);
        start.ArgumentList.Add(folder["x"]);
        using var python = Process.Start(start)!;
        var errors = python.StandardError.ReadToEndAsync();
        var output = await python.StandardOutput.ReadToEndAsync();
        Assert.Equal("", await errors);
        Assert.Equal(
            """
            {"state": "{\"\u00e9mile\": \"\ud83d\ude00\"}"}
            ["d", "F64", [2, 1], [0.1, -1e+300]]
            ["l", "I64", [2], [9223372036854775807, -1]]
            ["i", "I32", [1], [-2147483648]]
            ["\u91cd\u307f", "F32", [1, 3], [1.0, 0.25, -8.0]]
            ["none", "U8", [0, 7], []]
            ["u", "U8", [1], [255]]

            """, output);
    }

    private static void Says(Action action, params string[] words)
    {
        var message = Assert.Throws<ConcordException>(action).Message;
        Assert.All(words, word => Assert.Contains(word, message, StringComparison.Ordinal));
    }
}
