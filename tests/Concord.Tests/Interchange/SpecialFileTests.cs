using System.Diagnostics;
using Concord.Data;
using Concord.Interchange;
using Concord.Tests.Data;
using Concord.Training;

namespace Concord.Tests.Interchange;

/// <summary>What is read only once, or waits for a writer for ever, is refused before it is opened.</summary>
public sealed class SpecialFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [FactWith(Need.Linux)]
    public void APipeWithoutAWriterIsRefusedAtOnce()
    {
        var pipe = Path.Combine(_folder.Path, "train-images-idx3-ubyte");
        using (var make = Process.Start("mkfifo", pipe)) make.WaitForExit();
        foreach (var read in (Action[])[() => Dataset.Load($"csv:{pipe}"), () => StartingWeights.HashOf(pipe),
            () => SafeTensorsFile.Open(pipe)])
        {
            var message = DataFiles.Refusal(read);
            Assert.StartsWith($"Cannot read '{pipe}': it is a pipe, but a file on a disk was expected", message, StringComparison.Ordinal);
        }
        foreach (var file in (string[])["train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
            _folder.Write(file, DataFiles.Labels(0, 1));
        var root = Path.GetDirectoryName(_folder.Path)!;
        Assert.Contains("is a pipe", DataFiles.Refusal(() => Dataset.Load(Path.GetFileName(_folder.Path), root)), StringComparison.Ordinal);
    }

    [TheoryWith(Need.Linux)]
    [InlineData("/dev/null")]
    [InlineData("/dev/zero")]
    public void ADeviceIsRefused(string device)
    {
        Assert.Contains("is a device", DataFiles.Refusal(() => Dataset.FromCsv(device)), StringComparison.Ordinal);
        Assert.Contains("is a device", DataFiles.Refusal(() => SafeTensorsFile.Open(device)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dev/stdin")]
    [InlineData("/dev/fd/0")]
    [InlineData("/proc/self/fd/0")]
    public void WhatOnlyThisProgramHasOpenIsRefused(string path) =>
        Assert.Contains("is an open stream", DataFiles.Refusal(() => Dataset.FromCsv(path)), StringComparison.Ordinal);

    [Fact]
    public void ALinkToAFileIsAFile()
    {
        var link = Path.Combine(_folder.Path, "link.csv");
        File.CreateSymbolicLink(link, _folder.Write("table.csv", "a,k\n1,0\n2,1\n3,0\n4,1\n"u8.ToArray()));
        Assert.Equal(4, Dataset.FromCsv(link) is var data ? data.Train.Count + data.Test.Count : 0);
    }
}
