using System.Buffers.Binary;
using System.Text;
using Concord.Interchange;
using Concord.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Interchange;

/// <summary>
/// Files that somebody damaged or made to do harm: refused in one line, at the cost of no more memory than they have bytes.
/// </summary>
public class SafeTensorsHostileTests
{
    [Theory]
    // Places of the values.
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}""", 6,
        "begins at byte 2")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4,
        "begins at byte 0")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}""", 6,
        "begins at byte 4")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "begins at byte 1")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 3, "ends at byte 4")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 5, "5 bytes of values; expected 4")]
    [InlineData("""{}""", 1, "1 bytes of values; expected 0")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}""", 4, "are [4, 0]")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[-4,0]}}""", 4, "holds '-4'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0]}}""", 4, "are [0]")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4,8]}}""", 4, "more than 2")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}""", 4,
        "ends at byte 9223372036854775807")]
    // Shapes.
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,4]}}""", 4, "F32 [3] and takes 4 bytes; expected 12")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "holds '-1'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}""", 4, "holds '1.0'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}""", 4, "holds '1e0'")]
    [InlineData("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "holds '1'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}}""", 4, "holds '9223372036854775808'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}}""", 4, "F32 [4611686018427387905]")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "[4294967296, 4294967296]")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}""",
        1, "more than 32")]
    [InlineData("""{"a":{"dtype":"U8","shape":[[4]],"data_offsets":[0,4]}}""", 4, "not readable")]
    [InlineData("""{"a":{"dtype":"U8","shape":4,"data_offsets":[0,4]}}""", 4, "the shape of the tensor 'a' is '4'; expected a list")]
    // Types, fields and keys.
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""", 4, "dtype 'F8_E4M3', which is not read here")]
    [InlineData("""{"a":{"dtype":"BOOL","shape":[4],"data_offsets":[0,4]}}""", 4, "dtype 'BOOL', which is not read here; "
        + "write the file with numbers of F32, F64, F16, BF16")]
    [InlineData("""{"a":{"dtype":"float","shape":[1],"data_offsets":[0,4]}}""", 4, "dtype 'float'; expected F32")]
    [InlineData("""{"a":{"dtype":null,"shape":[2],"data_offsets":[0,4]}}""", 4, "is null")]
    [InlineData("""{"a":{"shape":[4],"data_offsets":[0,4]}}""", 4, "lacks dtype")]
    [InlineData("""{"a":{"dtype":"U8","data_offsets":[0,4]}}""", 4, "lacks shape")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4]}}""", 4, "lacks data_offsets")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"evil":1}}""", 4, "field 'evil'")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"shape":[4],"data_offsets":[0,4]}}""", 4, "'shape' twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""",
        4, "'a' twice")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"\u0061":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""",
        4, "'a' twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "'__metadata__' twice")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"}}""", 0, "'k' twice")]
    [InlineData("""{"__metadata__":{"k":1}}""", 0, "'k' is '1'; expected a text")]
    [InlineData("""{"__metadata__":{"k":{"l":"m"}}}""", 0, "is an object; expected a text")]
    [InlineData("""{"__metadata__":null}""", 0, "__metadata__ is null")]
    // Text.
    [InlineData("", 0, "not readable")]
    [InlineData("[]", 0, "the header is a list; expected an object")]
    [InlineData("{", 0, "not readable")]
    [InlineData("{}{}", 0, "not readable")]
    [InlineData("{},", 0, "not readable")]
    [InlineData("{}/* */", 0, "not readable")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],}}""", 4, "not readable")]
    [InlineData("""{"\ud800":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4, "not readable")]
    [InlineData("""{"__metadata__":{"k":"\udc00"}}""", 0, "not readable")]
    [InlineData("""{"a\nb":1}""", 0, "'a?b' is '1'")]
    public void AHeaderThatIsNotSoundIsRefused(string header, int valueBytes, string because)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var message = Refusal([.. BitConverter.GetBytes((long)json.Length), .. json, .. new byte[valueBytes]]);
        Assert.Contains(because, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[0], "the file has 0 bytes; expected at least 8")]
    [InlineData(new byte[] { 2, 0, 0, 0, 0, 0, 0 }, "the file has 7 bytes")]
    [InlineData(new byte[] { 3, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}' }, "a header of 3 bytes in a file of 10; expected at most 2")]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, (byte)'{', (byte)'}' }, "a header of 18446744073709551615 bytes")]
    [InlineData(new byte[] { 4, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'"', 0xC3, (byte)'"' }, "not valid UTF-8")]
    [InlineData(new byte[] { 4, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}', 0, 0 }, "not readable")]
    public void BytesThatAreNotSoundAreRefused(byte[] bytes, string because) =>
        Assert.Contains(because, Refusal(bytes), StringComparison.Ordinal);

    [Fact]
    public void AHeaderAboveTheLimitIsRefusedEvenIfTheFileHasTheBytes()
    {
        using var folder = new TemporaryFolder();
        using (var file = File.Create(folder["x"]))
        {
            file.Write(BitConverter.GetBytes(100_000_001L));
            file.SetLength(200_000_000);   // a hole: it takes no space on the disk
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("expected at most 100000000", Assert.Throws<ConcordException>(() => SafeTensorsFile.Open(folder["x"])).Message,
            StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void DamagedFilesAreRefusedOrReadAndCostNoMoreMemoryThanTheirSize()
    {
        using var folder = new TemporaryFolder();
        Survive(folder["x"], [0]);   // so that what is only made once is not counted
        Prop.ForAll(Damaged.ToArbitrary(), bytes =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Survive(folder["x"], bytes);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000 + 100 * bytes.Length);
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void AnyBytesAreRefusedOrRead()
    {
        using var folder = new TemporaryFolder();
        Prop.ForAll(ArbMap.Default.GeneratorFor<byte[]>().ToArbitrary(), bytes =>
        {
            Survive(folder["x"], bytes);
            Survive(folder["x"], [.. BitConverter.GetBytes((long)bytes.Length), .. bytes]);
            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void AFileCutShortWhileItIsOpenIsRefused()
    {
        using var folder = new TemporaryFolder();
        SafeTensors.Write(folder["x"], [new("a", new byte[100])]);
        using var file = SafeTensorsFile.Open(folder["x"]);
        using (var cutter = new FileStream(folder["x"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            cutter.SetLength(cutter.Length - 1);
        Assert.Contains("the file ends at byte", Assert.Throws<ConcordException>(() => file.ReadBytes("a")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void APathThatIsNoFileIsRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("there is no such file", Refused(folder["missing"]), StringComparison.Ordinal);
        Assert.Contains("folder does not exist", Refused(Path.Combine(folder["missing"], "x")), StringComparison.Ordinal);
        Assert.Contains("it is a folder", Refused(folder.Path), StringComparison.Ordinal);
        Assert.Contains("not a file name", Refused(""), StringComparison.Ordinal);
        Assert.Contains("not a file name", Refused("a\0b"), StringComparison.Ordinal);
        if (File.Exists("/dev/null")) Assert.StartsWith("Cannot read '/dev/null'", Refused("/dev/null"), StringComparison.Ordinal);

        static string Refused(string path) => Assert.Throws<ConcordException>(() => SafeTensorsFile.Open(path)).Message;
    }

    // A sound file with a few changes: a byte, a number in the header, the length of the header, the length of the file.
    private static readonly Gen<byte[]> Damaged =
        from samples in Sample.Several
        from metadata in Sample.Metadata
        from changes in
            (from kind in Gen.Frequency((4, Gen.Constant(0)), (4, Gen.Constant(1)), (4, Gen.Constant(2)), (1, Gen.Choose(3, 5)))
             from place in Gen.Choose(0, int.MaxValue)
             from value in Gen.Choose(0, 255)
             select (kind, place, value)).ListOf(2)
        select changes.Aggregate(Sample.Write(samples, metadata),
            (bytes, change) => Damage(bytes, change.kind, change.place, (byte)change.value));

    private static byte[] Damage(byte[] bytes, int kind, int place, byte value)
    {
        if (bytes.Length < 8) return [.. bytes, value];
        var header = (int)Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(bytes), 0, bytes.Length - 8);
        byte[] changed = [.. bytes];
        switch (kind)
        {
            case 0:
                changed[place % changed.Length] = value;
                return changed;
            case 1:   // another digit, or many more in place of the padding
            case 2:
                var digits = Enumerable.Range(8, header).Where(at => char.IsAsciiDigit((char)bytes[at])).ToArray();
                if (digits.Length == 0) return changed;
                var (digit, end) = (digits[place % digits.Length], 8 + header);
                var more = kind == 1 ? 0 : Math.Min(value % 20, end - digit - 1);
                return [.. bytes[..digit], .. Enumerable.Repeat((byte)('0' + value % 10), more + 1), .. bytes[(digit + 1)..(end - more)],
                    .. bytes[end..]];
            case 3:
                BinaryPrimitives.WriteInt64LittleEndian(changed, value < 128 ? header + value - 64 : (long)place << (value % 32));
                return changed;
            case 4:
                return changed[..(place % (changed.Length + 1))];
            default:
                return [.. changed, .. new byte[value]];
        }
    }

    private static void Survive(string path, byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        try
        {
            using var file = SafeTensorsFile.Open(path);
            foreach (var name in file.Names)
            {
                var (type, dimensions) = file.Describe(name);
                // The format has scalars, five axes and [0, 10^18]; a Tensor has not.
                if (dimensions.Count is 0 or > 4 || dimensions.Any(dimension => dimension > 1000)) continue;
                new Sample(name, type, [.. dimensions.Select(dimension => (int)dimension)], 0).ReadFrom(file);
            }
        }
        catch (ConcordException e)
        {
            Assert.DoesNotContain(e.Message, char.IsControl);
        }
    }

    private static string Refusal(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["x"], bytes);
        var message = Assert.Throws<ConcordException>(() => SafeTensorsFile.Open(folder["x"])).Message;
        Assert.StartsWith($"Cannot read '{folder["x"]}': ", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
