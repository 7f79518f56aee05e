using Concord.Interchange;

namespace Concord.Tests.Interchange;

/// <summary>What is the user's mistake with files, and what is the disk's failure.</summary>
public sealed class FileErrorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TheoryWith(Need.Linux)]
    [InlineData(28, "the disk is full", true)]
    [InlineData(122, "the disk is full", true)]
    [InlineData(30, "the file system is read-only", true)]
    [InlineData(5, "Input/output error", true)]
    [InlineData(32, "the program that reads it has closed it", true)]
    [InlineData(40, "its links lead round in a circle", false)]
    [InlineData(17, "there is a file of that name", false)]
    [InlineData(11, "another program has it open", false)]
    public void TheSystemsWordsAreJudged(int code, string said, bool isFailure)
    {
        foreach (var doing in (string[])["read", "write", "make", "lock"])
        {
            var error = FileErrors.Explain(doing, _folder["file"], new IOException("Input/output error", code));
            Assert.Contains($"Cannot {doing} '{_folder["file"]}': {said}", error.Message, StringComparison.Ordinal);
            Assert.Equal(isFailure, error.IsFailure);
        }
    }

    [Fact]
    public void RightsAreTheUsersMistakeOnlyWhereSomethingIsRead()
    {
        Assert.False(FileErrors.Explain("read", "file", new UnauthorizedAccessException()).IsFailure);
        Assert.True(FileErrors.Explain("write", "file", new UnauthorizedAccessException()).IsFailure);
        Assert.True(FileErrors.Explain("make", "folder", new UnauthorizedAccessException()).IsFailure);
    }

    [Fact]
    public void WhatIsNoPathToAFileIsTheUsersMistake()
    {
        File.WriteAllText(_folder["file"], "");
        Directory.CreateDirectory(_folder["folder"]);
        string[] wrong = ["", "a\0b", _folder["file/below"], _folder["nowhere/file"], _folder["folder"], _folder[new string('a', 300)]];
        Assert.All(wrong, path => Assert.False(Assert.Throws<ConcordException>(() => AtomicFile.Write(path, _ => { })).IsFailure));
        Assert.All(wrong, path => Assert.False(Assert.Throws<ConcordException>(() => SmallFile.Bytes(path, 10, "")).IsFailure));
        Assert.All((string[])["", "a\0b", _folder["file"], _folder["file/below"], _folder[new string('a', 300)]],
            path => Assert.False(Assert.Throws<ConcordException>(() => FileErrors.MakeFolder(path)).IsFailure));
    }

    [FactWith(Need.Linux)]
    public void FullDevicesAreFailures()
    {
        var error =
            Assert.Throws<ConcordException>(() => FileErrors.Explained("write", "/dev/full", () => File.WriteAllText("/dev/full", "x")));
        Assert.True(error.IsFailure);
        Assert.Contains("the disk is full", error.Message, StringComparison.Ordinal);
    }

    [FactWith(Need.Linux)]
    public void FilesWithoutALengthAreReadNoFurtherThanTheyMayGo()
    {
        Assert.Contains("it has more than 100 bytes; a list has a few lines.",
            Assert.Throws<ConcordException>(() => SmallFile.Bytes("/proc/self/status", 100, "a list has a few lines")).Message,
            StringComparison.Ordinal);
        File.WriteAllBytes(_folder["file"], new byte[100]);
        Assert.Equal(100, SmallFile.Bytes(_folder["file"], 100, "").Length);
        File.WriteAllBytes(_folder["file"], [0xff, 0xfe]);
        Assert.Contains("it is not UTF-8 text", Assert.Throws<ConcordException>(() => SmallFile.Text(_folder["file"], 100, "")).Message,
            StringComparison.Ordinal);
        File.WriteAllText(_folder["file"], "\uFEFFä");
        Assert.Equal("ä", SmallFile.Text(_folder["file"], 100, ""));
    }
}
