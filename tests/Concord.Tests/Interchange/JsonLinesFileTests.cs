using System.Globalization;
using System.Text;
using Concord.Interchange;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Interchange;

public class JsonLinesFileTests
{
    [Fact]
    public void LinesAreAppendedAndReadBack()
    {
        using var folder = new TemporaryFolder();
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            using (var lines = JsonLinesFile.Open(folder["m"])) AppendEpoch(lines, 1);
            using (var lines = JsonLinesFile.Open(folder["m"]))
            {
                AppendEpoch(lines, 2);
                Assert.Equal(2, JsonLines.Read(folder["m"]).Objects.Count);   // while it is open
                Assert.Equal(new FileInfo(folder["m"]).Length, lines.Commit());
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
        Assert.Equal("{\"epoch\":1,\"loss\":0.5,\"note\":\"two\\nlines, é\"}\n{\"epoch\":2,\"loss\":1,\"note\":\"two\\nlines, é\"}\n",
            File.ReadAllText(folder["m"]));
        var read = JsonLines.Read(folder["m"]);
        Assert.Equal([1, 2], read.Objects.Select(line => line.GetProperty("epoch").GetInt32()));
        Assert.Equal(0, read.TornBytes);
    }

    [Fact]
    public void ALineThatFailsWhileItIsMadeLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        using (var lines = JsonLinesFile.Open(folder["m"]))
        {
            AppendEpoch(lines, 1);
            Assert.Throws<ArgumentException>(() => lines.Append(json => json.WriteNumber("loss", double.NaN)));
            AppendEpoch(lines, 2);
        }
        Assert.Equal([1, 2], JsonLines.Read(folder["m"]).Objects.Select(line => line.GetProperty("epoch").GetInt32()));
    }

    [Fact]
    public void AResumedFileIsTheFileOfARunThatWasNeverInterrupted()
    {
        using var folder = new TemporaryFolder();
        long remembered;
        using (var lines = JsonLinesFile.Open(folder["m"]))
        {
            AppendEpoch(lines, 1);
            remembered = lines.Commit();
            AppendEpoch(lines, 2);
        }
        var whole = File.ReadAllBytes(folder["m"]);
        File.AppendAllText(folder["m"], "{\"epoch\":3,\"lo");

        var read = JsonLines.Read(folder["m"]);
        Assert.Equal((2, 14L), (read.Objects.Count, read.TornBytes));
        using (var lines = JsonLinesFile.Open(folder["m"]))
        {
            Assert.Equal((14L, (long)whole.Length), (lines.DroppedBytes, lines.Length));
            lines.TruncateTo(remembered);
            Assert.Equal(remembered, lines.Length);
            AppendEpoch(lines, 2);
        }
        Assert.Equal(whole, File.ReadAllBytes(folder["m"]));
    }

    [Theory]
    [InlineData(-1, "holds 4 bytes of whole lines, but the checkpoint remembers -1")]
    [InlineData(1, "No line of ")]
    [InlineData(3, "No line of ")]
    [InlineData(5, "holds 4 bytes of whole lines, but the checkpoint remembers 5")]
    public void ALengthOfAnotherFileIsRefusedAndNothingIsLost(long bytes, string because)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["m"], "{ }\n");
        using (var lines = JsonLinesFile.Open(folder["m"]))
        {
            Assert.Contains(because, Assert.Throws<ConcordException>(() => lines.TruncateTo(bytes)).Message, StringComparison.Ordinal);
            lines.Append(_ => { });
            lines.TruncateTo(lines.Length);
        }
        Assert.Equal("{ }\n{}\n", File.ReadAllText(folder["m"]));
    }

    [Fact]
    public void OfAFileCutAnywhereTheWholeLinesRemain() =>
        Prop.ForAll(Gen.Choose(0, 10_000).ListOf(4).ToArbitrary(), Gen.Choose(0, 20_000).ToArbitrary(), (lengths, cut) =>
        {
            using var folder = new TemporaryFolder();
            using (var lines = JsonLinesFile.Open(folder["m"]))
                foreach (var length in lengths) lines.Append(json => json.WriteString("x", new string('x', length)));
            var bytes = File.ReadAllBytes(folder["m"]);
            cut = Math.Min(cut, bytes.Length);
            File.WriteAllBytes(folder["m"], bytes[..cut]);
            var whole = bytes.AsSpan(0, cut).LastIndexOf((byte)'\n') + 1;

            var read = JsonLines.Read(folder["m"]);
            Assert.Equal(cut - whole, read.TornBytes);
            Assert.Equal(bytes.AsSpan(0, whole).Count((byte)'\n'), read.Objects.Count);
            using (var lines = JsonLinesFile.Open(folder["m"])) Assert.Equal((whole, cut - whole), (lines.Length, lines.DroppedBytes));
            Assert.Equal(bytes[..whole], File.ReadAllBytes(folder["m"]));
            return true;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 2)]
    public async Task AKillInTheMiddleOfALineCostsThatLine(int count, int whole)
    {
        using var folder = new TemporaryFolder();
        var (exitCode, _) = await Child.Run(Child.Append, folder["m"],
            FormattableString.Invariant($"{FaultInjection.MiddleOfLine}:{count}"));
        if (!OperatingSystem.IsWindows()) Assert.Equal(Child.KilledExitCode, exitCode);
        var read = JsonLines.Read(folder["m"]);
        Assert.Equal(whole, read.Objects.Count);
        Assert.InRange(read.TornBytes, 1, 11);
        Assert.Equal((0, ""), await Child.Run(Child.Append, folder["m"], ""));
        Assert.Equal(whole + 3, JsonLines.Read(folder["m"]).Objects.Count);
    }

    [Theory]
    [InlineData("{}\n\n{}\n", "line 2 is not readable")]
    [InlineData("{}\n[]\n", "line 2 is a JSON Array")]
    [InlineData("{\"a\":1,\"a\":2}\n", "line 1 is not readable")]
    [InlineData("{\"a\":\"\\ud800\"}\n", "line 1 is not readable")]
    [InlineData("{\"a\":NaN}\n", "line 1 is not readable")]
    public void AWholeLineThatIsNoObjectIsRefused(string text, string because)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["m"], text);
        Assert.Contains(because, Assert.Throws<ConcordException>(() => JsonLines.Read(folder["m"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnyBytesAreRefusedOrRead()
    {
        using var folder = new TemporaryFolder();
        var pieces = Gen.Elements("{", "}", "\"a\"", ":", "1", "\n", "[", "\0", "\r", "é", "\\ud800", new string('[', 100)).ArrayOf()
            .Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts)));
        Prop.ForAll(Gen.OneOf(pieces, ArbMap.Default.GeneratorFor<byte[]>()).ToArbitrary(), bytes =>
        {
            File.WriteAllBytes(folder["m"], bytes);
            try
            {
                foreach (var line in JsonLines.Read(folder["m"]).Objects)
                    foreach (var member in line.EnumerateObject()) _ = member.Name + member.Value;
            }
            catch (ConcordException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Fact]
    public void APathThatIsNoFileIsRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("there is no such file", Assert.Throws<ConcordException>(() => JsonLines.Read(folder["missing"])).Message,
            StringComparison.Ordinal);
        Assert.Contains("it is a folder", Assert.Throws<ConcordException>(() => JsonLines.Read(folder.Path)).Message,
            StringComparison.Ordinal);
        Assert.Contains("it is a folder", Assert.Throws<ConcordException>(() => JsonLinesFile.Open(folder.Path)).Message,
            StringComparison.Ordinal);
        Assert.Contains("folder does not exist",
            Assert.Throws<ConcordException>(() => JsonLinesFile.Open(Path.Combine(folder["missing"], "m"))).Message,
            StringComparison.Ordinal);
    }

    private static void AppendEpoch(JsonLinesFile lines, int epoch) => lines.Append(json =>
    {
        json.WriteNumber("epoch", epoch);
        json.WriteNumber("loss", 0.5 * epoch);
        json.WriteString("note", "two\nlines, é");
    });
}
