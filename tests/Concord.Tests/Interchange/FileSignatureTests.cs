using System.IO.Compression;
using System.Text;
using Concord.Data;
using Concord.Interchange;
using Concord.Tests.Data;

namespace Concord.Tests.Interchange;

/// <summary>Files in the place of others are called what they are, as weights and as data.</summary>
public sealed class FileSignatureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, byte[]> Strangers => new()
    {
        { "a pointer of git-lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1234\n"u8.ToArray() },
        { "a file of PyTorch", Zip("archive/data.pkl", "archive/version") },
        { "a file of PyTorch", Zip("net/data.pkl", "net/data/0") },
        { "a file of PyTorch", Zip("w/.format_version", "w/byteorder") },
        { "an Office document", Zip("[Content_Types].xml", "xl/workbook.xml") },
        { "an archive of NumPy arrays", Zip("x.npy") },
        { "a zip archive", Zip("table.csv") },
        { "a pickle of Python", [0x80, 2, (byte)'}', (byte)'q', 0, (byte)'.', 0, 0, 0, 0] },
        { "a web page", "<!DOCTYPE html>\n<html><head><title>404</title></head></html>"u8.ToArray() },
        { "a web page", "\n  <HTML lang=\"en\"><body>Sign in</body>"u8.ToArray() },
        { "a web page", "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"u8.ToArray() },
        { "JSON", "{\"error\": \"Repository not found\"}"u8.ToArray() },
        { "JSON", "{\n  \"metadata\": {\"total_size\": 1}, \"weight_map\": {}}"u8.ToArray() },
        { "an HDF5 file", [0x89, (byte)'H', (byte)'D', (byte)'F', 13, 10, 26, 10, 0, 0, 0] },
        { "an array of NumPy", [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, 0x76, 0] },
        { "a GGUF file", [(byte)'G', (byte)'G', (byte)'U', (byte)'F', 3, 0, 0, 0, 1, 0] },
        { "a Parquet table", [(byte)'P', (byte)'A', (byte)'R', (byte)'1', 0x15, 4, 0x15, 0, 0] },
        { "packed with xz", [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, 0, 4, 1, 2] },
        { "packed with zstd", [0x28, 0xB5, 0x2F, 0xFD, 4, 0, 0, 0, 1] },
    };

    [Theory]
    [MemberData(nameof(Strangers))]
    public void StrangersAreNamed(string what, byte[] contents)
    {
        var path = _folder.Write("file", contents);
        Assert.StartsWith($"Cannot read '{path}': it is {what}", DataFiles.Refusal(() => SafeTensorsFile.Open(path)),
            StringComparison.Ordinal);
        Assert.StartsWith($"'{path}' is {what}", DataFiles.Refusal(() => Dataset.FromCsv(path)), StringComparison.Ordinal);
        Assert.DoesNotContain("damaged", DataFiles.Refusal(() => SafeTensorsFile.Open(path)), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Strangers))]
    public void StrangersAreNamedInThePlaceOfSettings(string what, byte[] contents)
    {
        if (what == "JSON") return;   // YAML may be
        var path = _folder.Write("file.yaml", contents);
        Assert.StartsWith($"Cannot read '{path}': it is {what}", DataFiles.Refusal(() => Concord.Experiments.ExperimentFile.Read(path)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Entry not found")]
    [InlineData("Invalid username or password.\n")]
    [InlineData("(dp0\nVweight\np1\n")]
    [InlineData("404")]
    public void TextInThePlaceOfWeightsIsShown(string text) =>
        Assert.Contains($"it is text that begins '{text[..3]}",
            DataFiles.Refusal(() => SafeTensorsFile.Open(_folder.Write("file", Encoding.UTF8.GetBytes(text)))), StringComparison.Ordinal);

    [Fact]
    public void PackedWeightsAndSettingsAreNamed()
    {
        using var bytes = new MemoryStream();
        using (var zip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true)) zip.Write("data: glyphs\n"u8);
        var path = _folder.Write("file", bytes.ToArray());
        Assert.Contains("it is packed with gzip", DataFiles.Refusal(() => SafeTensorsFile.Open(path)), StringComparison.Ordinal);
        Assert.Contains("it is packed with gzip", DataFiles.Refusal(() => Concord.Experiments.ExperimentFile.Read(path)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PAR1,PAR2,label\n1,2,a\n3,4,b\n5,6,a\n7,8,b\n9,1,a\n2,3,b\n")]
    [InlineData("GIF8,GGUF,label\n1,2,a\n3,4,b\n5,6,a\n7,8,b\n9,1,a\n2,3,b\n")]
    [InlineData("PK,BZh,label\n1,2,a\n3,4,b\n5,6,a\n7,8,b\n9,1,a\n2,3,b\n")]
    [InlineData("\"{a}\",b,label\n1,2,a\n3,4,b\n5,6,a\n7,8,b\n9,1,a\n2,3,b\n")]
    public void TablesWithSuchNamesAreTables(string table) =>
        Assert.Equal(2, Dataset.FromCsv(_folder.Write("t.csv", Encoding.UTF8.GetBytes(table))).Shape.Length);

    private static byte[] Zip(params string[] names)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var name in names)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write("x"u8);
            }
        return bytes.ToArray();
    }
}
