using Concord.Interchange;

namespace Concord.Tests.Interchange;

public class FolderLockTests
{
    [Fact]
    public void TheSecondToComeIsToldWhoHoldsTheFolder()
    {
        using var folder = new TemporaryFolder();
        using (FolderLock.Take(folder.Path))
        {
            var message = Assert.Throws<ConcordException>(() => FolderLock.Take(folder.Path)).Message;
            Assert.StartsWith($"The folder '{folder.Path}' is in use by ", message, StringComparison.Ordinal);
            if (OperatingSystem.IsLinux())
                Assert.Matches($@" process {Environment.ProcessId} on \S+, running since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC; ", message);
            Assert.Equal([".lock"], folder.Names);
        }
        Assert.Empty(folder.Names);
        using (FolderLock.Take(folder.Path)) Assert.Equal([".lock"], folder.Names);
    }

    [Fact]
    public async Task AKilledHolderFreesTheFolder()
    {
        using var folder = new TemporaryFolder();
        using var holder = Child.Start(Child.Hold, folder.Path);
        Assert.Equal("held", await holder.StandardOutput.ReadLineAsync());
        var message = Assert.Throws<ConcordException>(() => FolderLock.Take(folder.Path)).Message;
        if (OperatingSystem.IsLinux()) Assert.Contains($" process {holder.Id} on ", message, StringComparison.Ordinal);
        holder.Kill();
        await holder.WaitForExitAsync();
        Assert.Equal([".lock"], folder.Names);
        using (FolderLock.Take(folder.Path)) Assert.Throws<ConcordException>(() => FolderLock.Take(folder.Path));
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void NobodyElseIsEverInAFolderThatManyFightFor()
    {
        using var folder = new TemporaryFolder();
        var (inside, crowded, taken) = (0, 0, 0);
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            for (var i = 0; i < 300; i++)
            {
                try
                {
                    using (FolderLock.Take(folder.Path))
                    {
                        if (Interlocked.Increment(ref inside) > 1) Interlocked.Increment(ref crowded);
                        Interlocked.Increment(ref taken);
                        Thread.Yield();
                        Interlocked.Decrement(ref inside);
                    }
                }
                catch (ConcordException)
                {
                    // Somebody else was in.
                }
            }
        });
        Assert.InRange(taken, 1, int.MaxValue);
        Assert.Equal(0, crowded);
        Assert.Empty(folder.Names);
    }

    private sealed class LinuxFact : FactAttribute
    {
        public LinuxFact() => Skip = OperatingSystem.IsLinux() ? null : "needs a system where an open file can lose its name";
    }

    [LinuxFact]
    public void ALockFileThatLosesItsNameWhileItIsTakenIsNoLock()
    {
        using var folder = new TemporaryFolder();
        var removed = 0;
        FaultInjection.At = point =>
        {
            if (point == FaultInjection.LockTaken && removed++ == 0) File.Delete(folder[".lock"]);   // as its last holder would
        };
        using var taken = FolderLock.Take(folder.Path);
        FaultInjection.At = null;
        Assert.Equal(2, removed);
        Assert.Throws<ConcordException>(() => FolderLock.Take(folder.Path));
    }

    [Fact]
    public async Task AHolderKilledBeforeItSaidWhoItIsLocksNobodyOut()
    {
        using var folder = new TemporaryFolder();
        await Child.Run(Child.Hold, folder.Path, FaultInjection.LockTaken + ":1");
        Assert.Equal("", File.ReadAllText(folder[".lock"]));
        using (FolderLock.Take(folder.Path)) Assert.Equal([".lock"], folder.Names);
    }

    [SmallDiskFact]
    public void ALockThatDoesNotFitOnTheDiskIsFreedAgain()
    {
        using var disk = new SmallDisk();
        using (var file = File.Create(disk["filler"]))
            Assert.Throws<IOException>(() => file.Write(new byte[2 * SmallDisk.Bytes]));
        for (var attempt = 0; attempt < 2; attempt++)
            Assert.Contains("the disk is full", Assert.Throws<ConcordException>(() => FolderLock.Take(disk.Path)).Message,
                StringComparison.Ordinal);
        File.Delete(disk["filler"]);
        using (FolderLock.Take(disk.Path)) Assert.Equal([".lock"], disk.Names);
    }

    [Fact]
    public void AFolderThatCannotBeLockedIsSaidInPlainWords()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("there is no such folder", Refusal(folder["missing"]), StringComparison.Ordinal);
        Directory.CreateDirectory(folder[".lock"]);
        Assert.Contains("it is a folder", Refusal(folder.Path), StringComparison.Ordinal);

        static string Refusal(string path) => Assert.Throws<ConcordException>(() => FolderLock.Take(path)).Message;
    }

    [Fact]
    public void DisposingTwiceDoesNotTakeTheLockFromTheNextHolder()
    {
        using var folder = new TemporaryFolder();
        var first = FolderLock.Take(folder.Path);
        first.Dispose();
        using var second = FolderLock.Take(folder.Path);
        first.Dispose();
        Assert.Throws<ConcordException>(() => FolderLock.Take(folder.Path));
    }
}
