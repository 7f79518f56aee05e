using System.Text;
using Concord.Interchange;

namespace Concord.Tests.Interchange;

public class AtomicFileTests
{
    private static readonly string[] InOrder = [FaultInjection.TemporaryWritten, FaultInjection.BeforeRename, FaultInjection.AfterRename];

    public static TheoryData<string> Points => [.. InOrder];

    [Fact]
    public void ItWritesANewFileAndReplacesAnOldOne()
    {
        using var folder = new TemporaryFolder();
        Write(folder["x"], "first, and longer");
        Assert.Equal("first, and longer", File.ReadAllText(folder["x"]));
        Write(folder["x"], "second");
        Assert.Equal("second", File.ReadAllText(folder["x"]));
        Assert.Equal(["x"], folder.Names);
    }

    [Theory, MemberData(nameof(Points))]
    public void AnExceptionAtAnyPointLeavesOneWholeFile(string point)
    {
        using var folder = new TemporaryFolder();
        Write(folder["x"], "old");
        var reached = new List<string>();
        FaultInjection.At = at =>
        {
            reached.Add(at);
            if (at == point) throw new InvalidTimeZoneException("the fault");
        };
        try
        {
            Assert.Throws<InvalidTimeZoneException>(() => Write(folder["x"], "new"));
        }
        finally
        {
            FaultInjection.At = null;
        }
        Assert.Equal(InOrder[..(Array.IndexOf(InOrder, point) + 1)], reached);
        Assert.Equal(point == FaultInjection.AfterRename ? "new" : "old", File.ReadAllText(folder["x"]));
        Assert.Equal(["x"], folder.Names);
    }

    [Theory, MemberData(nameof(Points))]
    public async Task AKillAtAnyPointLeavesOneWholeFileAndTheNextWriteCleansUp(string point)
    {
        using var folder = new TemporaryFolder();
        Write(folder["x"], "old");
        var (exitCode, output) = await Child.Run(Child.Write, folder["x"], point + ":1");
        Assert.Equal("", output);
        if (!OperatingSystem.IsWindows()) Assert.Equal(Child.KilledExitCode, exitCode);
        Assert.Equal(point == FaultInjection.AfterRename ? "new" : "old", File.ReadAllText(folder["x"]));
        Assert.Equal(point == FaultInjection.AfterRename ? 1 : 2, folder.Names.Length);   // the dead process left its temporary file
        Write(folder["x"], "newer");
        Assert.Equal("newer", File.ReadAllText(folder["x"]));
        Assert.Equal(["x"], folder.Names);
    }

    [Fact]
    public async Task AFaultThatIsNotReachedOrNotReadableDoesNotKill()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal((0, ""), await Child.Run(Child.Write, folder["x"], "before rename:2"));
        Assert.Equal("new", File.ReadAllText(folder["x"]));
        var (exitCode, output) = await Child.Run(Child.Write, folder["x"], "before rename");
        Assert.Equal(2, exitCode);
        Assert.Contains("CONCORD_FAULT is 'before rename'; expected", output, StringComparison.Ordinal);
        Assert.Equal(["x"], folder.Names);
    }

    [Fact]
    public void AnExceptionFromTheContentLeavesTheOldFile()
    {
        using var folder = new TemporaryFolder();
        Write(folder["x"], "old");
        Assert.Throws<InvalidTimeZoneException>(() => AtomicFile.Write(folder["x"], stream =>
        {
            stream.Write(new byte[1 << 20]);
            throw new InvalidTimeZoneException();
        }));
        Assert.Equal("old", File.ReadAllText(folder["x"]));
        Assert.Equal(["x"], folder.Names);
    }

    [Fact]
    public void ALeftoverGoesButAFileAtWorkAndFilesOfOtherNamesStay()
    {
        using var folder = new TemporaryFolder();
        var digits = new string('a', 32);
        string[] others = [$"x.{digits}.bak", $"xx.{digits}.tmp", $"x.{digits}0.tmp", "x.tmp", $"y.{digits}.tmp"];
        foreach (var other in others) File.WriteAllText(folder[other], "");
        File.WriteAllText(folder[$"x.{digits}.tmp"], "left behind");
        AtomicFile.Write(folder["x"], slow =>
        {
            slow.Write("slow"u8);
            Write(folder["x"], "quick");
            Assert.Equal("quick", File.ReadAllText(folder["x"]));
        });
        Assert.Equal("slow", File.ReadAllText(folder["x"]));
        Assert.Equal(["x", .. others], folder.Names.ToHashSet());
    }

    [Fact]
    public void WhatCannotBeWrittenIsSaidInPlainWords()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("it is a folder", Refusal(folder.Path), StringComparison.Ordinal);
        Assert.Contains("its folder does not exist", Refusal(Path.Combine(folder["missing"], "x")), StringComparison.Ordinal);
        Assert.Contains("not a file name", Refusal(""), StringComparison.Ordinal);
        File.WriteAllText(folder["file"], "");
        Assert.StartsWith("Cannot write '", Refusal(Path.Combine(folder["file"], "x")), StringComparison.Ordinal);
        Assert.StartsWith("Cannot write '", Refusal(folder[new string('n', 300)]), StringComparison.Ordinal);
        Assert.Equal(["file"], folder.Names);
    }

    private sealed class UnwritableFact : FactAttribute
    {
        // Rights do not bind the superuser, but /proc takes no files from anyone.
        public UnwritableFact() => Skip = Directory.Exists("/proc/self") ? null : "needs /proc";
    }

    [UnwritableFact]
    public void AFolderThatTakesNoFilesIsSaidInPlainWords() =>
        Assert.StartsWith("Cannot write '/proc/self/x': ", Refusal("/proc/self/x"), StringComparison.Ordinal);

    private sealed class FullDeviceFact : FactAttribute
    {
        public FullDeviceFact() => Skip = File.Exists("/dev/full") ? null : "needs /dev/full";
    }

    [FullDeviceFact]
    public void AFullDeviceIsAFullDisk()
    {
        using var folder = new TemporaryFolder();
        Write(folder["x"], "old");
        var message = Assert.Throws<ConcordException>(() => AtomicFile.Write(folder["x"], _ =>
        {
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            SafeTensors.Write(full, [new("a", new byte[100])]);
        })).Message;
        Assert.Equal($"Cannot write '{folder["x"]}': the disk is full; free some space or choose another place.", message);
        Assert.Equal("old", File.ReadAllText(folder["x"]));
        Assert.Equal(["x"], folder.Names);
    }

    [SmallDiskFact]
    public void ADiskThatFillsUpLeavesTheOldFile()
    {
        using var disk = new SmallDisk();
        Write(disk["x"], "old");
        var message =
            Assert.Throws<ConcordException>(() => SafeTensors.Write(disk["x"], [new("large", new byte[2 * SmallDisk.Bytes])])).Message;
        Assert.Contains("the disk is full", message, StringComparison.Ordinal);
        message = Assert.Throws<ConcordException>(() => AtomicFile.Write(disk["x"], stream =>
        {
            for (var i = 0; i < 2 * SmallDisk.Bytes; i++) stream.WriteByte(1);   // fails in the buffer, not in one large write
        })).Message;
        Assert.Contains("the disk is full", message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(disk["x"]));
        Assert.Equal(["x"], disk.Names);
    }

    [SmallDiskFact]
    public void ALineThatDoesNotFitOnTheDiskIsNotThereAtAll()
    {
        using var disk = new SmallDisk();
        using (var lines = JsonLinesFile.Open(disk["m.jsonl"]))
        {
            lines.Append(json => json.WriteNumber("epoch", 1));
            var message = Assert.Throws<ConcordException>(
                () => lines.Append(json => json.WriteString("x", new string('x', 2 * SmallDisk.Bytes)))).Message;
            Assert.Contains("the disk is full", message, StringComparison.Ordinal);
            lines.Append(json => json.WriteNumber("epoch", 2));
        }
        Assert.Equal("{\"epoch\":1}\n{\"epoch\":2}\n", File.ReadAllText(disk["m.jsonl"]));
    }

    private static void Write(string path, string text) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    private static string Refusal(string path) => Assert.Throws<ConcordException>(() => Write(path, "text")).Message;
}
