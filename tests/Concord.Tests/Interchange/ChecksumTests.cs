using Concord.Interchange;
using Concord.Numerics;
using Concord.Tests.Cli;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Interchange;

/// <summary>The checksum of a safetensors file's values: found wherever a bit turns, absent in files of before.</summary>
public sealed class ChecksumTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AFlippedBitAnywhereInTheValuesIsDamage()
    {
        var path = _folder["file.safetensors"];
        SafeTensors.WriteChecked(path, Samples(),
            new Dictionary<string, string> { ["state"] = ValuesChecksum.Blank, ["aaa"] = "before it" });
        var whole = File.ReadAllBytes(path);
        var begin = 8 + BitConverter.ToInt32(whole, 0);
        Prop.ForAll(Gen.Choose(8 * begin, 8 * whole.Length - 1).ToArbitrary(), bit =>
        {
            var bytes = (byte[])whole.Clone();
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
            File.WriteAllBytes(path, bytes);
            using var file = SafeTensorsFile.Open(path);
            var message = Assert.Throws<ConcordException>(() => file.CheckValues(", or wait")).Message;
            return message.StartsWith($"The values in '{path}' are damaged", StringComparison.Ordinal)
                && message.EndsWith("Use another copy of it, or wait.", StringComparison.Ordinal);
        }).QuickCheckThrowOnFailure();

        File.WriteAllBytes(path, whole);
        using var good = SafeTensorsFile.Open(path);
        Assert.True(good.HasChecksum);
        good.CheckValues();
        Assert.Equal(ValuesChecksum.Blank, good.Metadata["state"]);
        Assert.Matches("^xxh3_64:[0-9a-f]{16}$", good.Metadata[ValuesChecksum.Key]);
    }

    [Fact]
    public void TheChecksumIsXxh3OfTheBytesBehindTheHeader()
    {
        // XXH3_64bits of no bytes, seed 0: the value of its reference implementation.
        var path = _folder["empty.safetensors"];
        SafeTensors.WriteChecked(path, []);
        using (var file = SafeTensorsFile.Open(path))
        {
            file.CheckValues();
            Assert.Equal("xxh3_64:2d06800538d394c2", file.Metadata[ValuesChecksum.Key]);
        }

        SafeTensors.WriteChecked(path, Samples());
        var bytes = File.ReadAllBytes(path);
        using var other = SafeTensorsFile.Open(path);
        Assert.Equal($"xxh3_64:{System.IO.Hashing.XxHash3.HashToUInt64(bytes.AsSpan(8 + BitConverter.ToInt32(bytes, 0))):x16}",
            other.Metadata[ValuesChecksum.Key]);
    }

    [Fact]
    public void TheRestOfTheFileIsAsWithoutOne()
    {
        var (with, without) = (_folder["with"], _folder["without"]);
        SafeTensors.WriteChecked(with, Samples(), new Dictionary<string, string> { ["a"] = "b" });
        using (var file = SafeTensorsFile.Open(with)) SafeTensors.Write(without, Samples(), file.Metadata);
        Assert.Equal(File.ReadAllBytes(without), File.ReadAllBytes(with));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("of another kind")]
    public void FilesWithoutAKnownChecksumAreRead(string? checksum)
    {
        var path = _folder["old.safetensors"];
        SafeTensors.Write(path, Samples(), checksum is null ? null : new Dictionary<string, string> { [ValuesChecksum.Key] = checksum });
        using var file = SafeTensorsFile.Open(path);
        Assert.False(file.HasChecksum);
        file.CheckValues();
    }

    [Fact]
    public void ARunWhoseCheckpointIsDamagedSaysWhatToDo()
    {
        using var concord = new ConcordProgram();
        Assert.Equal(0, concord.Run(ConcordProgram.SmallRun("whole")).ExitCode);
        string last = Path.Combine(concord["whole"], "last.safetensors"), best = Path.Combine(concord["whole"], "best.safetensors");
        Flip(last);
        File.Delete(Path.Combine(concord["whole"], "summary.json"));
        foreach (var words in (string[])["resume whole", "evaluate whole", "similarity whole whole"])
        {
            var result = concord.Run(words);
            Assert.Equal(2, result.ExitCode);
            Assert.Contains("'whole/last.safetensors' are damaged", result.Error, StringComparison.Ordinal);
            Assert.Contains("copy best.safetensors over last.safetensors in its folder and resume it", result.Error,
                StringComparison.Ordinal);
        }
        Assert.Contains("are damaged",
            concord.Run("train --data csv:table.csv --model mlp:4-12-8-3,dropout=0.2 --epochs 1 --weights whole/last.safetensors").Error,
            StringComparison.Ordinal);

        // What the message says works, and comes to the same bits.
        Assert.Equal(0, concord.Run(ConcordProgram.SmallRun("sound")).ExitCode);
        File.Copy(best, last, overwrite: true);
        Assert.Equal(0, concord.Run("resume whole").ExitCode);
        RunFiles.AssertSame(concord["sound"], concord["whole"]);

        Flip(best);
        var damaged = concord.Run("evaluate whole --checkpoint best");
        Assert.Equal(2, damaged.ExitCode);
        Assert.Contains("or use the run's last checkpoint, last.safetensors", damaged.Error, StringComparison.Ordinal);

        Flip(Path.Combine(concord["whole"], "normalization.safetensors"));
        Assert.Contains("normalization.safetensors' are damaged", concord.Run("evaluate whole").Error, StringComparison.Ordinal);
    }

    private static void Flip(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[^10] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private static IEnumerable<SafeTensorsEntry> Samples()
    {
        var tensor = new Tensor(new(3, 5), ElementType.Single);
        tensor.CopyFrom([.. Enumerable.Range(0, 15).Select(i => Math.Sin(i))]);
        return [new("b", tensor), new("a", new byte[] { 1, 2, 3 }.AsMemory()), new("c", new long[] { -1 }.AsMemory()),
            SafeTensorsEntry.Streamed("d", SafeTensorsType.U8, [2], stream => stream.Write([7, 8]))];
    }
}
