using System.Diagnostics;
using System.Text;
using Concord.Interchange;

namespace Concord.Tests.Interchange;

/// <summary>What is no regular file stays what it is, and a link leads to what is written.</summary>
public sealed class StraightFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [FactWith(Need.Linux)]
    public void APipeGivesItsReaderAllAndStays()
    {
        var pipe = OwnDevice.Pipe(_folder["pipe"]);
        using var reader = Process.Start(new ProcessStartInfo("cat", [pipe]) { RedirectStandardOutput = true })!;
        var read = reader.StandardOutput.ReadToEndAsync();
        var text = new string('x', 1 << 20);
        Write(pipe, text);
        Assert.Equal(text, read.Result);
        Assert.Equal("a pipe", LibC.SpecialKindOf(pipe));
        Assert.Equal(["pipe"], _folder.Names);
    }

    [FactWith(Need.Linux)]
    public void APipeThatIsNoLongerReadIsAFailureInPlainWords()
    {
        var pipe = OwnDevice.Pipe(_folder["pipe"]);
        using var reader = Process.Start(new ProcessStartInfo("head", ["-c", "1", pipe]) { RedirectStandardOutput = true })!;
        var error = Assert.Throws<ConcordException>(() => Write(pipe, new string('x', 1 << 20)));
        Assert.Equal($"Cannot write '{pipe}': the program that reads it has closed it.", error.Message);
        Assert.True(error.IsFailure);
        Assert.Equal("a pipe", LibC.SpecialKindOf(pipe));
    }

    [OwnDeviceFact]
    public void ADeviceIsWrittenToAndStays()
    {
        Write(OwnDevice.Make(_folder["null"], OwnDevice.Null), "gone");
        File.CreateSymbolicLink(_folder["link"], "null");
        Write(_folder["link"], "gone");
        var full = OwnDevice.Make(_folder["full"], OwnDevice.Full);
        var error = Assert.Throws<ConcordException>(() => Write(full, "text"));
        Assert.Equal($"Cannot write '{full}': the disk is full; free some space or choose another place.", error.Message);
        Assert.True(error.IsFailure);
        Assert.Throws<ConcordException>(() => new EventFile(full, wallTime: 1).WriteWhole());
        Assert.All((string[])["null", "link", "full"], name => Assert.Equal("a device", LibC.SpecialKindOf(_folder[name])));
        Assert.Equal(["full", "link", "null"], _folder.Names);
    }

    [FactWith(Need.Unix)]
    public void ALinkStaysAndWhatItLeadsToIsReplaced()
    {
        Directory.CreateDirectory(_folder["deep/folder"]);
        Directory.CreateSymbolicLink(_folder["near"], "deep/folder");
        File.WriteAllText(_folder["deep/file"], "old");
        File.CreateSymbolicLink(_folder["deep/folder/link"], "../file");   // relative to where the link lies, not to how it is reached
        File.CreateSymbolicLink(_folder["far"], Path.Combine("near", "link"));
        Write(_folder["far"], "new");
        Assert.Equal("new", File.ReadAllText(_folder["deep/file"]));
        Assert.Equal("../file", new FileInfo(_folder["deep/folder/link"]).LinkTarget);
        Assert.Equal(["deep", "far", "near"], _folder.Names);
        Assert.True(FileLinks.AreSame(_folder["far"], _folder["deep/file"]));

        File.CreateSymbolicLink(_folder["early"], "later");
        Write(_folder["early"], "made");
        Assert.Equal("made", File.ReadAllText(_folder["later"]));
        Assert.Equal("later", new FileInfo(_folder["early"]).LinkTarget);

        File.CreateSymbolicLink(_folder["one"], "other");
        File.CreateSymbolicLink(_folder["other"], "one");
        Assert.Contains("its links lead round in a circle", Assert.Throws<ConcordException>(() => Write(_folder["one"], "")).Message,
            StringComparison.Ordinal);
        Assert.Equal("other", new FileInfo(_folder["one"]).LinkTarget);
    }

    [FactWith(Need.Linux)]
    public void AFaultLeavesLinkAndTarget()
    {
        File.WriteAllText(_folder["file"], "old");
        File.CreateSymbolicLink(_folder["link"], "file");
        FaultInjection.At = at =>
        {
            if (at == FaultInjection.BeforeRename) throw new InvalidTimeZoneException("the fault");
        };
        try
        {
            Assert.Throws<InvalidTimeZoneException>(() => Write(_folder["link"], "new"));
        }
        finally
        {
            FaultInjection.At = null;
        }
        Assert.Equal("old", File.ReadAllText(_folder["link"]));
        Assert.Equal(["file", "link"], _folder.Names);
    }

    private static void Write(string path, string text) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
