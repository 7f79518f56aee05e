using System.Diagnostics;
using System.Globalization;
using Concord.Tests.Data;
using Concord.Tests.Data.Fetching;

namespace Concord.Tests.Cli;

/// <summary>The built program against a server on this machine, which CONCORD_MIRROR or --mirror names.</summary>
public sealed class DataFetchCommandTests : IDisposable
{
    private readonly ConcordProgram _concord = new();

    public void Dispose() => _concord.Dispose();

    [Fact]
    public void AFetchedSetIsFoundTrainedOnAndNotFetchedAgain()
    {
        using var server = new FileServer(FileServer.Folder(Kmnist()));
        var mirror = ("CONCORD_MIRROR", server.Address);
        var refused = _concord.Run("data fetch kmnist --json", mirror);
        Assert.Equal(1, refused.ExitCode);
        Assert.Equal(1, refused.Event("error").GetProperty("exitCode").GetInt32());
        Assert.Contains("--unverified accepts it", refused.Event("error").GetProperty("message").GetString(), StringComparison.Ordinal);

        var fetched = _concord.Run($"data fetch kmnist --unverified --json --mirror {server.Address}");
        Assert.True(fetched.ExitCode == 0, fetched.Error);
        Assert.Equal(4, fetched.Events.Count(
            line => line.GetProperty("event").GetString() == "fetch" && line.GetProperty("stage").GetString() == "fetched"));
        var end = fetched.Event("fetched");
        Assert.Equal(Path.Combine(_concord["cache"], "concord", "kmnist"), end.GetProperty("where").GetString());
        Assert.All(end.GetProperty("files").EnumerateArray(), file =>
            Assert.True(file.GetProperty("sha256").GetString()!.Length == 64 && file.GetProperty("verdict").GetString() == "unknown"));

        var asked = server.Requests.Count;
        var again = _concord.Run("data fetch kmnist", mirror);
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("was there before", again.Out, StringComparison.Ordinal);
        Assert.Contains("unverified", again.Out, StringComparison.Ordinal);
        Assert.Empty(again.Error);
        Assert.Equal(asked, server.Requests.Count);

        var trained = _concord.Run("train --data kmnist --augment crop=1,flip,cutout=2 --normalization zca --epochs 1 --validation 10 "
            + "--batch 8 --engine managed --threads 1 --out run --json");
        Assert.True(trained.ExitCode == 0, trained.Error);
        Assert.Contains("whiten", trained.Error, StringComparison.Ordinal);
        Assert.Contains("crop=1,flip=0.5,cutout=2", File.ReadAllText(Path.Combine(_concord["run"], "experiment.yaml")),
            StringComparison.Ordinal);
        Assert.Equal(0, _concord.Run("evaluate run").ExitCode);
        var cropped = _concord.Run("train --data kmnist --augment crop=5x4 --epochs 1 --validation 10 --batch 8 --engine managed --threads "
            + "1 --out cropped --json");
        Assert.Equal("mlp:20-256-256-10", cropped.Event("start").GetProperty("model").GetString());
    }

    [Theory]
    [SignalData("INT", 130)]
    [SignalData("TERM", 130)]
    [SignalData("KILL", 137)]
    public async Task AFetchThatIsBrokenOffGoesOn(string signal, int exitCode)
    {
        var site = Kmnist();
        var isSlow = true;
        using var server =
            new FileServer(request => !request.Path.EndsWith("train-images-idx3-ubyte.gz", StringComparison.Ordinal) || !isSlow
            ? FileServer.Folder(site)(request)
            : FileServer.File(request, site[request.Path]) with { Cut = 1000, Stalls = true });
        var words = $"data fetch kmnist --unverified --data-root data --mirror {server.Address}";
        using (var process = _concord.Start(words))
        {
            var part = Path.Combine(_concord["data"], "kmnist", "train-images-idx3-ubyte.gz.part");
            for (var i = 0; !(File.Exists(part) && new FileInfo(part).Length == 1000) && i < 4000; i++) await Task.Delay(50);
            using (var kill = Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]))
                await kill.WaitForExitAsync();
            var (said, errors) = (await process.StandardOutput.ReadToEndAsync(), await process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            Assert.Equal(exitCode, process.ExitCode);
            Assert.True(File.Exists(part) && new FileInfo(part).Length == 1000, said + errors);
            if (exitCode == 130) Assert.Contains("Continue with: concord data fetch kmnist", said, StringComparison.Ordinal);
        }
        isSlow = false;
        var begun = server.Requests.Count;
        var result = _concord.Run(words);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(1000, server.Requests.Skip(begun).First().From);
        Assert.Equal(4, Directory.GetFileSystemEntries(Path.Combine(_concord["data"], "kmnist")).Length);
    }

    [Fact]
    public void AWrongFileIsLeftAloneUnlessForced()
    {
        using var server = new FileServer(FileServer.Folder(Kmnist()));
        var path = Path.Combine(_concord["data"], "kmnist", "t10k-labels-idx1-ubyte.gz");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "not at all");
        var result = _concord.Run($"data fetch kmnist --unverified --data-root data --mirror {server.Address}");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--force replaces it", Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal);
        Assert.Equal("not at all", File.ReadAllText(path));
        Assert.Empty(server.Requests);
        Assert.Equal(0, _concord.Run($"data fetch kmnist --unverified --force --data-root data --mirror {server.Address}").ExitCode);
    }

    [Theory]
    [InlineData("data fetch mnits", "Did you mean 'mnist'?")]
    [InlineData("data fetch glyphs", "built in")]
    [InlineData("data fetch mnist --mirror nonsense", "takes the address of a folder")]
    [InlineData("data fetch mnist --timeout 0", "seconds above 0")]
    [InlineData("data fetch mnist --retries many", "a number from 0 to 1000")]
    [InlineData("train --data mnist", "concord data fetch mnist")]
    [InlineData("train --augment crop=40x40", "a crop to 40x40, but the images are 28x28")]
    [InlineData("train --data csv:table.csv --augment flip", "[channels, height, width]")]
    [InlineData("train --normalization zca --zca-epsilon 0", "a number above 0")]
    public void MistakesAreOneLineAndExitCodeTwo(string words, string said)
    {
        var result = _concord.Run(words);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(said, Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public void TheDoctorSaysHowToGetWhatIsMissing() =>
        Assert.Contains("concord data fetch NAME", _concord.Run("doctor --engine managed --threads 1").Out, StringComparison.Ordinal);

    [RealDataFact("fashion-mnist")]
    public void TheOriginalIsKnownFromAnyMirror()
    {
        using var server = new FileServer(request => FileServer.File(request, File.ReadAllBytes(RealData.Root + request.Path)));
        var result = _concord.Run($"data fetch fashion-mnist --json --mirror {server.Address}");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.All(result.Event("fetched").GetProperty("files").EnumerateArray(),
            file => Assert.Equal("official", file.GetProperty("verdict").GetString()));
        Assert.Equal("official", _concord.Run("data verify fashion-mnist --json").Event("verification").GetProperty("verdict").GetString());
    }

    /// <summary>Well-formed files under KMNIST's names: small pictures under noise.</summary>
    private static Dictionary<string, byte[]> Kmnist()
    {
        byte[] Images(int count, int seed)
        {
            var pixels = new byte[count * 6 * 6];
            new Random(seed).NextBytes(pixels);
            return DataFiles.Gzip(DataFiles.Idx(0x0803, [(uint)count, 6, 6], pixels));
        }
        byte[] Labels(int count) => DataFiles.Gzip(DataFiles.Labels([.. Enumerable.Range(0, count).Select(n => (byte)(n % 10))]));
        return new()
        {
            ["/kmnist/train-images-idx3-ubyte.gz"] = Images(60, 1), ["/kmnist/train-labels-idx1-ubyte.gz"] = Labels(60),
            ["/kmnist/t10k-images-idx3-ubyte.gz"] = Images(20, 2), ["/kmnist/t10k-labels-idx1-ubyte.gz"] = Labels(20),
        };
    }
}
