using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using Concord.Data;
using Concord.Data.Fetching;

namespace Concord.Tests.Data.Fetching;

/// <summary>Fetching from servers that do everything wrong.</summary>
public sealed class DataFetchTests : IDisposable
{
    private static readonly string[] s_names = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz"];
    private readonly TemporaryFolder _folder = new();
    private readonly List<TimeSpan> _waits = [];
    private readonly List<FetchProgress> _told = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ASetLandsWhereItsReaderLooksAndIsNotFetchedAgain()
    {
        using var server = new FileServer(FileServer.Folder(Site()));
        var files = await Fetch(Small(), server);
        Assert.Equal(s_names, files.Select(file => Path.GetFileName(file.Path)));
        Assert.All(files, file => Assert.True(file is { WasPresent: false, Verification.Verdict: Verdict.Official }));
        Assert.Equal(3, Dataset.Load("small", _folder.Path).Train.Count);
        Assert.Equal(4, server.Requests.Count);
        Assert.Equal(4, Directory.GetFileSystemEntries(Path.Combine(_folder.Path, "small")).Length);

        Assert.All(await Fetch(Small(), server), file => Assert.True(file is { WasPresent: true, Verification.Verdict: Verdict.Official }));
        Assert.Equal(4, server.Requests.Count);
        File.Delete(files[2].Path);
        Assert.Equal([true, true, false, true], (await Fetch(Small(), server)).Select(file => file.WasPresent));
        Assert.Equal(5, server.Requests.Count);
    }

    [Fact]
    public async Task WhatWasCutOffIsGoneOnWith()
    {
        var file = One();
        using var server = Server(file, (request, n) => FileServer.File(request, file) with { Cut = n < 3 ? 1000 : null });
        await Fetch(Single(file), server);
        Assert.Equal([null, 1000, 2000, 3000], server.Requests.Select(request => request.From));
        Assert.All(server.Requests.Skip(1), request => Assert.Equal("\"1\"", request.IfRange));
        Landed(file);
        Assert.Equal([1, 2, 4], _waits.Select(wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task ASilentServerIsLeftAfterAWhileAndAskedAgain()
    {
        var file = One();
        using var server = Server(file,
            (request, n) => FileServer.File(request, file) with { Cut = n == 0 ? 1500 : null, Stalls = n == 0 });
        await Fetch(Single(file), server, new() { Timeout = TimeSpan.FromSeconds(2.5) });
        Assert.Equal([null, 1500], server.Requests.Select(request => request.From));
        Assert.Contains(_told, told => told.Note.Contains("no byte came for 2.5 s", StringComparison.Ordinal));
        Landed(file);
    }

    [Fact]
    public async Task ASlowTransferMayTakeLongerThanTheTimeout()
    {
        var file = One(images: 200);   // thirteen pieces
        var (timeout, begun) = (TimeSpan.FromSeconds(3), Stopwatch.GetTimestamp());
        using var server = Server(file, (request, _) => FileServer.File(request, file) with { Pause = timeout / 10 });
        await Fetch(Single(file), server, new() { Timeout = timeout, Retries = 0 });
        Assert.True(Stopwatch.GetElapsedTime(begun) > timeout);
        Landed(file);
    }

    [Fact]
    public async Task AServerWithoutRangesIsReadFromTheStart()
    {
        var file = One();
        using var server = Server(file, (_, n) => new(200, file) { Cut = n == 0 ? 1000 : null });
        await Fetch(Single(file), server);
        Assert.Equal([null, 1000], server.Requests.Select(request => request.From));
        Landed(file);
    }

    [Theory]
    [InlineData("\"1\"", "\"2\"")]
    [InlineData("W/\"1\"", "W/\"2\"")]
    [InlineData(null, null)]
    public async Task AFileThatChangesOnTheWayIsBegunAnew(string? before, string? after)
    {
        byte[] file = One(), old = [.. file.Select(b => (byte)(b + 1))];
        using var server = Server(file,
            (request, n) => n == 0 ? FileServer.File(request, old, before) with { Cut = 1000 } : FileServer.File(request, file, after));
        await Fetch(Single(file), server);
        Landed(file);
    }

    [Fact]
    public async Task TimesOfChangeStandInForMissingTags()
    {
        var file = One();
        const string Changed = "Fri, 20 Nov 2026 10:00:00 GMT";
        using var server = Server(file,
            (request, n) => n == 0 ? new(200, file) { Cut = 1000, Headers = [("Last-Modified", Changed)] } : FileServer.File(
                request with { Headers = request.Headers.Where(header => header.Key != "if-range").ToDictionary() }, file, null));
        await Fetch(Single(file), server);
        Assert.Equal(Changed, server.Requests.Last().IfRange);
        Landed(file);
    }

    [Theory]
    [InlineData("bytes 0-99/100")]
    [InlineData("bytes 1000-4999/5000")]
    [InlineData(null)]
    public async Task AnAnswerWithAnotherRangeThanAskedForIsNotAppended(string? range)
    {
        var file = One();
        using var server = Server(file, (request, n) => n switch
        {
            0 => FileServer.File(request, file) with { Cut = 1000 },
            1 => new(206, new byte[100]) { Headers = range is null ? [] : [("Content-Range", range)] },
            _ => FileServer.File(request, file),
        });
        await Fetch(Single(file), server);
        Assert.Equal([null, 1000, null], server.Requests.Select(request => request.From));
        Landed(file);
    }

    [Fact]
    public async Task WrongBytesAreRefusedAndAnotherAddressIsAsked()
    {
        var file = One();
        byte[] wrong = [.. file];
        wrong[^20] ^= 1;
        using var liar = Server(file, (request, _) => FileServer.File(request, wrong));
        var message = (await Assert.ThrowsAsync<FetchFailure>(() => Fetch(Single(file), liar))).Message;
        Assert.Contains("not the right file", message, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(wrong)), message, StringComparison.Ordinal);
        Assert.Single(liar.Requests);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder.Path, "single")));

        using var honest = Server(file, (request, _) => FileServer.File(request, file));
        await Fetch(Single(file), null, new() { Mirrors = [liar.Address, honest.Address] });
        Landed(file);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(403)]
    [InlineData(206)]
    public async Task AnswersThatWillNotChangeAreNotAskedForAgain(int status)
    {
        var file = One();
        using var server = Server(file, (_, _) => new(status, file));
        var message = (await Assert.ThrowsAsync<FetchFailure>(() => Fetch(Single(file), server))).Message;
        Assert.Contains(FormattableString.Invariant($"{server.Address}/single/t10k-images-idx3-ubyte.gz: the server answers {status}"),
            message, StringComparison.Ordinal);
        Assert.Contains("--mirror", message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
        Assert.Empty(_waits);
    }

    [Theory]
    [InlineData(302, "ftp://127.0.0.1/file", "leads to 'ftp://127.0.0.1/file', which is not followed")]
    [InlineData(301, "file:///etc/passwd", "leads to 'file:///etc/passwd', which is not followed")]
    [InlineData(307, "gopher://x", "leads to 'gopher://x")]
    [InlineData(302, "data:text/plain,x", "leads to 'data:text/plain,x', which is not followed")]
    [InlineData(302, "/single/t10k-images-idx3-ubyte.gz", "leads to '/single/t10k-images-idx3-ubyte.gz', which is not followed")]
    [InlineData(302, null, "the server answers 302 Answer")]
    [InlineData(302, "http://[::bad", "leads to 'http://[::bad', which is not followed")]
    [InlineData(302, "http://no-such-host.invalid/", "the name no-such-host.invalid was not found")]
    [InlineData(302, "http://127.0.0.1:9/", "refused")]
    [InlineData(200, null, "the answer is empty")]
    [InlineData(204, null, "the server answers 204")]
    [InlineData(-200, null, "the answer is empty")]
    [InlineData(0, null, "the connection ended")]
    [InlineData(0, "SSH-2.0-OpenSSH_9.2 and more than a status line has\r\n\r\n", "not valid HTTP")]
    [InlineData(0, "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "the answer is empty")]
    [InlineData(0, "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "the answer is empty")]
    [InlineData(0, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "not valid HTTP")]
    [InlineData(0, "HTTP/1.1 200 OK\r\nETag: nonsense\r\nLast-Modified: never\r\nContent-Length: 3\r\n\r\nabc", "not the right file")]
    public async Task AnAddressThatGivesNothingIsPassedOverInOneLine(int status, string? place, string said)
    {
        var file = One();
        using var strange = Server(file, (_, _) => status switch
        {
            0 => new(0, System.Text.Encoding.ASCII.GetBytes(place ?? "")),
            < 0 => new(-status, []) { Length = -1 },
            _ => new(status, []) { Headers = place is null ? [] : [("Location", place)] },
        });
        var message = (await Assert.ThrowsAsync<FetchFailure>(() => Fetch(Single(file), strange, new() { Retries = 0 }))).Message;
        Assert.Contains($"{strange.Address}/single/t10k-images-idx3-ubyte.gz: ", message, StringComparison.Ordinal);
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder.Path, "single")));

        using var honest = Server(file, (request, _) => FileServer.File(request, file));
        await Fetch(Single(file), null, new() { Mirrors = [strange.Address, "http://no-such-host.invalid", honest.Address], Retries = 0 });
        Landed(file);
    }

    [Fact]
    public async Task ARedirectFromHttpsToHttpIsNotFollowed()
    {
        var file = One();
        using var plain = Server(file, (request, _) => FileServer.File(request, file));
        using var secure = new FileServer(
            _ => new(302, []) { Headers = [("Location", $"{plain.Address}/single/t10k-images-idx3-ubyte.gz")] }, secure: true);
#pragma warning disable CA5359 // the test's own server has a certificate that nobody signed
        var handler = new SocketsHttpHandler
            { AllowAutoRedirect = false, SslOptions = new() { RemoteCertificateValidationCallback = (_, _, _, _) => true } };
#pragma warning restore CA5359
        var message = (await Assert.ThrowsAsync<FetchFailure>(
            () => Fetch(Single(file), null, new() { Mirrors = [secure.Address], Retries = 0, Handler = handler }))).Message;
        Assert.Contains($"leads to '{plain.Address}/single/t10k-images-idx3-ubyte.gz', which is not followed", message,
            StringComparison.Ordinal);
        Assert.Empty(plain.Requests);
    }

    [Fact]
    public async Task PassingAnswersAreWaitedFor()
    {
        var file = One();
        using var server = Server(file, (request, n) => n switch
        {
            0 => new(500, []),
            1 => new(503, []) { Headers = [("Retry-After", "17")] },
            2 => new(429, []) { Headers = [("Retry-After", DateTimeOffset.UtcNow.AddSeconds(60).ToString("r"))] },
            _ => FileServer.File(request, file),
        });
        await Fetch(Single(file), server);
        Assert.Equal([1, 17], _waits.Take(2).Select(wait => wait.TotalSeconds));
        Assert.InRange(_waits[2].TotalSeconds, 30, 60);
        Landed(file);
    }

    [Fact]
    public async Task AServerThatWantsAnHourIsNotWaitedFor()
    {
        using var server = Server(One(), (_, _) => new(503, []) { Headers = [("Retry-After", "3600")] });
        Assert.Contains("asks to wait 3600 s", (await Assert.ThrowsAsync<FetchFailure>(() => Fetch(Single(One()), server))).Message,
            StringComparison.Ordinal);
        Assert.Empty(_waits);
    }

    [Fact]
    public async Task AttemptsComeToAnEndAndWhatCameIsKept()
    {
        var file = One();
        using var server = Server(file, (request, n) => n == 0 ? FileServer.File(request, file) with { Cut = 1200 } : new(502, []));
        var message = (await Assert.ThrowsAsync<FetchFailure>(() => Fetch(Single(file), server, new() { Retries = 3 }))).Message;
        Assert.Contains("502", message, StringComparison.Ordinal);
        Assert.Contains("(4 attempts)", message, StringComparison.Ordinal);
        Assert.Contains("1,200 bytes of it are kept", message, StringComparison.Ordinal);
        Assert.Equal(4, server.Requests.Count);
    }

    [Theory]
    [InlineData(10_000L, "the connection ended after")]
    [InlineData(10_000_000_000L, "announces 10,000,000,000 bytes, far more")]
    [InlineData(2_000L, "not the right file")]
    public async Task ALengthThatIsALieDoesNoHarm(long announced, string said)
    {
        var file = One();
        using var server = Server(file, (_, _) => new(200, file) { Length = announced });
        Assert.Contains(said, (await Assert.ThrowsAsync<FetchFailure>(() => Fetch(Single(file), server, new() { Retries = 2 }))).Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "single", "t10k-images-idx3-ubyte.gz")));
    }

    [Fact]
    public async Task ABodyWithoutEndIsCutOff()
    {
        using var server = Server(One(), (_, _) => new(200, new byte[3 << 20]) { Length = -1 });
        Assert.Contains("far more than was expected", (await Assert.ThrowsAsync<FetchFailure>(() => Fetch(Single(One()), server))).Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder.Path, "single")));
    }

    [Fact]
    public async Task ABodyOfUnsaidLengthIsReadToItsEnd()
    {
        var file = One();
        using var server = Server(file, (_, _) => new(200, file) { Length = -1 });
        await Fetch(Single(file), server);
        Landed(file);
    }

    [Fact]
    public async Task WhatWasBrokenOffByTheUserIsGoneOnWith()
    {
        var file = One();
        using var stop = new CancellationTokenSource();
        using var server = Server(file,
            (request, n) => FileServer.File(request, file) with { Cut = n == 0 ? 2500 : null, Stalls = n == 0 });
        var progress = new Told(told =>
        {
            if (told.Bytes == 2500) stop.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => DataFetch.RunAsync(Single(file), Settings(server, new()), progress, stop.Token));
        Assert.Equal(2500, new FileInfo(Path.Combine(_folder.Path, "single", "t10k-images-idx3-ubyte.gz.part")).Length);
        await Fetch(Single(file), server);
        Assert.Equal(2500, server.Requests.Last().From);
        Landed(file);
        Assert.Single(Directory.GetFileSystemEntries(Path.Combine(_folder.Path, "single")));
    }

    [Fact]
    public async Task APartThatIsCompleteNeedsNoByteMore()
    {
        var file = One();
        Leave(file, "http://elsewhere/", file.Length);
        using var server = Server(file, (request, _) => FileServer.File(request, file));
        await Fetch(Single(file), server);
        Assert.Equal(416, FileServer.File(server.Requests.Single(), file).Status);
        Landed(file);
    }

    [Theory]
    [InlineData(false, 9000)]
    [InlineData(true, 2000)]
    [InlineData(true, 9000)]
    public async Task PartsThatLieAreBegunAnew(bool isNoted, int length)
    {
        var file = One();
        Leave(new byte[length], isNoted ? "http://elsewhere/" : null, file.Length);
        using var server = Server(file, (request, _) => FileServer.File(request, file));
        await Fetch(Single(file), server);
        Landed(file);
    }

    [Fact]
    public async Task AWrongFileIsReportedAndLeftAloneUnlessForced()
    {
        using var server = new FileServer(FileServer.Folder(Site()));
        var path = _folder.Write("small/t10k-images-idx3-ubyte", [1, 2, 3]);
        var message = (await Assert.ThrowsAsync<ConcordException>(() => Fetch(Small(), server))).Message;
        Assert.Contains($"'{path}' is there, but is not what it should be", message, StringComparison.Ordinal);
        Assert.Contains("--force", message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Empty(server.Requests);

        await Fetch(Small(), server, new() { Force = true });
        Assert.False(File.Exists(path));
        Assert.Equal(2, Dataset.Load("small", _folder.Path).Test.Count);
        File.WriteAllBytes(Path.Combine(_folder.Path, "small", s_names[1]), [9]);
        Assert.Equal([true, false, true, true], (await Fetch(Small(), server, new() { Force = true })).Select(file => file.WasPresent));

        File.Delete(Path.Combine(_folder.Path, "small", s_names[1]));
        Directory.CreateDirectory(Path.Combine(_folder.Path, "small", s_names[1]));
        Assert.Contains("which --force does not remove",
            (await Assert.ThrowsAsync<ConcordException>(() => Fetch(Small(), server, new() { Force = true }))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task WellFormedFilesThatNothingSpeaksForAreTakenOnlyIfAsked()
    {
        var site = Site();
        byte[] other = [.. DataFiles.Images(2, 5, 4)];
        other[^1] ^= 1;
        site["/small/t10k-images-idx3-ubyte.gz"] = DataFiles.Gzip(other);   // as good as the original, but another
        using var server = new FileServer(FileServer.Folder(site));
        Assert.Contains("--unverified accepts it", (await Assert.ThrowsAsync<FetchFailure>(() => Fetch(Small(), server))).Message,
            StringComparison.Ordinal);
        var files = await Fetch(Small(), server, new() { AcceptUnverified = true });
        Assert.Equal(Verdict.Unknown, files[2].Verification.Verdict);
        Assert.Contains("unverified", files[2].Verification.Note, StringComparison.Ordinal);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(other)), files[2].Verification.Sha256);
    }

    [Fact]
    public async Task SetsOutOfOneArchiveShareIt()
    {
        var archive = Zip(from part in (string[])["letters", "balanced"] from kind in (string[])["train", "test"]
            from file in Emnist(part, kind) select file);
        using var server = new FileServer(FileServer.Folder(new Dictionary<string, byte[]> { ["/emnist/gzip.zip"] = archive }));
        foreach (var part in (string[])["letters", "balanced"])
        {
            var origin = Origin.Of($"emnist-{part}")! with { Files = [new("gzip.zip", archive.Length, Md5(archive))] };
            var files = await Fetch(origin, server);
            Assert.All(files, file => Assert.Equal("out of the archive that has the published MD5", file.Verification.Note));
            Assert.Equal(2, Dataset.Load($"emnist-{part}", _folder.Path).Train.Count);
            Assert.All(await Fetch(origin, server),
                file => Assert.Contains("unverified", file.Verification.Note, StringComparison.Ordinal));
        }
        Assert.Single(server.Requests);

        var damaged = Origin.Of("emnist-letters")!;
        File.Delete(Path.Combine(_folder.Path, "emnist-letters", "emnist-letters-test-labels-idx1-ubyte.gz"));
        Assert.Contains("its MD5 is not the published", (await Assert.ThrowsAsync<ConcordException>(() => Fetch(damaged, server))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task ArchivesThatAreNoneOrLackAnEntryAreRefused()
    {
        var noZip = "no zip at all"u8.ToArray();
        var lacking = Zip(Emnist("letters", "train"));
        foreach (var (archive, said) in ((byte[], string)[])[(noZip, "not a zip archive"), (lacking, "has no entry")])
        {
            using var server = new FileServer(FileServer.Folder(new Dictionary<string, byte[]> { ["/emnist/gzip.zip"] = archive }));
            var origin = Origin.Of("emnist-letters")! with { Files = [new("gzip.zip", archive.Length, Md5(archive))] };
            var error = await Assert.ThrowsAnyAsync<Exception>(() => Fetch(origin, server));
            Assert.True(error is FetchFailure or ConcordException);
            Assert.Contains(said, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ASecureConnectionMustBeVouchedFor()
    {
        var file = One();
        using var server = new FileServer(request => FileServer.File(request, file), secure: true);
        Assert.Contains("no secure connection", (await Assert.ThrowsAsync<FetchFailure>(() => Fetch(Single(file), server))).Message,
            StringComparison.Ordinal);
        using var trusting = new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions {
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString() == server.CertificateHash } };
        await Fetch(Single(file), server, new() { Handler = trusting });
        Landed(file);
    }

    [Fact]
    public async Task NobodyAtTheAddressIsSaidPlainly()
    {
        using var taken = new Socket(SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));   // so that nobody else gets the port, and without an ear
        var address = FormattableString.Invariant($"http://127.0.0.1:{((IPEndPoint)taken.LocalEndPoint!).Port}");
        var message =
            (await Assert.ThrowsAsync<FetchFailure>(() => Fetch(Single(One()), null, new() { Mirrors = [address], Retries = 1 }))).Message;
        Assert.Contains(address, message, StringComparison.Ordinal);
        Assert.Contains("(2 attempts)", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryNameIsAnswered()
    {
        foreach (var (name, said) in ((string, string)[])[("mnits", "Did you mean 'mnist'?"), ("glyphs", "built in"),
            ("mnist-2k", "not published anywhere")])
            Assert.Contains(said, (await Assert.ThrowsAsync<ConcordException>(() => DataFetch.RunAsync(name, new()))).Message,
                StringComparison.Ordinal);
        foreach (var mirror in (string[])["nonsense", "ftp://example.org", "https://me:secret@example.org/", "https://example.org/?a"])
            Assert.Contains("the address of a folder",
                (await Assert.ThrowsAsync<ConcordException>(() => Fetch(Small(), null, new() { Mirrors = [mirror] }))).Message,
                StringComparison.Ordinal);
        await Assert.ThrowsAsync<ConcordException>(() => Fetch(Small(), null, new() { Timeout = TimeSpan.Zero }));
        await Assert.ThrowsAsync<ConcordException>(() => Fetch(Small(), null, new() { Retries = -1 }));
    }

    [Fact]
    public void EveryOriginIsOneOfTheKnownSetsAndHasHashAndAddress()
    {
        foreach (var origin in Origin.All)
        {
            var source = DataSource.All.Single(source => source.Name == origin.Set);
            Assert.True(source.CanBeFetched);
            Assert.All(origin.Wanted, wanted => Assert.Contains(wanted.Replace("-ubyte.gz", "-ubyte", StringComparison.Ordinal),
                source.Expected, StringComparison.Ordinal));
            Assert.StartsWith("https://", origin.Addresses[0], StringComparison.Ordinal);
            Assert.All(origin.Files, file => Assert.True(file.Md5.Length == 32 && file.Bytes > 0));
        }
        Assert.DoesNotContain(DataSource.All, source => source.CanBeFetched != Origin.All.Any(origin => origin.Set == source.Name));
    }

    [RealDataFact("mnist-2k")]
    public async Task ContentsAreWhatCountsWhereTheyAreKnown()
    {
        var origin = Small() with { Set = "mnist-2k", Folder = "mnist-2k",
            Files = [.. Small().Files.Select(file => file with { Bytes = 400_000, Md5 = "not asked for" })] };
        var site = s_names.ToDictionary(name => $"/mnist-2k/{name}",
            name => File.ReadAllBytes(Path.Combine(RealData.Root!, "mnist-2k", name)));
        using (var server = new FileServer(FileServer.Folder(site)))
            Assert.All(await Fetch(origin, server), file => Assert.Equal(Verdict.KnownVariant, file.Verification.Verdict));
        File.Delete(Path.Combine(_folder.Path, "mnist-2k", s_names[3]));
        site[$"/mnist-2k/{s_names[3]}"] = DataFiles.Gzip(DataFiles.Labels(1, 2, 3));
        using (var server = new FileServer(FileServer.Folder(site)))
            Assert.Contains("differs from every version known",
                (await Assert.ThrowsAsync<FetchFailure>(() => Fetch(origin, server, new() { AcceptUnverified = true }))).Message,
                StringComparison.Ordinal);
    }

    private static byte[] One(int images = 60)
    {
        var pixels = new byte[images * 8 * 8];
        new Random(1).NextBytes(pixels);
        return DataFiles.Gzip(DataFiles.Idx(0x0803, [(uint)images, 8, 8], pixels));
    }

    private static Dictionary<string, byte[]> Site() => new()
    {
        [$"/small/{s_names[0]}"] = DataFiles.Gzip(DataFiles.Images(3, 5, 4)),
        [$"/small/{s_names[1]}"] = DataFiles.Gzip(DataFiles.Labels(0, 1, 2)),
        [$"/small/{s_names[2]}"] = DataFiles.Gzip(DataFiles.Images(2, 5, 4)),
        [$"/small/{s_names[3]}"] = DataFiles.Gzip(DataFiles.Labels(1, 0)),
    };

    private static Origin Small() => new("small", "small",
        [.. s_names.Select(name => new OriginFile(name, 1000, Md5(Site()[$"/small/{name}"])))], ["https://nowhere.invalid/"]);

    /// <summary>A set of one file, which is enough for all that can go wrong with one.</summary>
    private static Origin Single(byte[] file) =>
        new("single", "single", [new(s_names[2], file.Length, Md5(file))], ["https://nowhere.invalid/"]);

    private static FileServer Server(byte[] file, Func<Request, int, Answer> answer)
    {
        var count = 0;
        return new(request => request.Path == $"/single/{s_names[2]}" ? answer(request, count++) : new(404, []));
    }

    private Task<IReadOnlyList<FetchedFile>> Fetch(Origin origin, FileServer? server, FetchSettings? settings = null) =>
        DataFetch.RunAsync(origin, Settings(server, settings ?? new()), new Told(_told.Add), CancellationToken.None);

    private FetchSettings Settings(FileServer? server, FetchSettings settings) => settings with
    {
        DataRoot = _folder.Path,
        Mirrors = server is null ? settings.Mirrors : [server.Address],
        Delay = (wait, _) =>
        {
            _waits.Add(wait);
            return Task.CompletedTask;
        },
    };

    private void Leave(byte[] part, string? address, int total)
    {
        _folder.Write($"single/{s_names[2]}.part", part);
        if (address is not null) File.WriteAllText(Path.Combine(_folder.Path, "single", $"{s_names[2]}.part.from"),
            FormattableString.Invariant($"{address}\n\n{total}\n"));
    }

    private void Landed(byte[] file)
    {
        Assert.Equal(file, File.ReadAllBytes(Path.Combine(_folder.Path, "single", s_names[2])));
        Assert.Single(Directory.GetFileSystemEntries(Path.Combine(_folder.Path, "single")));
    }

    private static IEnumerable<(string Name, byte[] Contents)> Emnist(string part, string kind) =>
    [
        ($"gzip/emnist-{part}-{kind}-images-idx3-ubyte.gz", DataFiles.Gzip(DataFiles.Images(2, 28, 28))),
        ($"gzip/emnist-{part}-{kind}-labels-idx1-ubyte.gz", DataFiles.Gzip(DataFiles.Labels(1, 2))),
    ];

    private static byte[] Zip(IEnumerable<(string Name, byte[] Contents)> entries)
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, contents) in entries)
            {
                using var stream = zip.CreateEntry(name).Open();
                stream.Write(contents);
            }
        return memory.ToArray();
    }

#pragma warning disable CA5351
    private static string Md5(byte[] file) => Convert.ToHexStringLower(MD5.HashData(file));
#pragma warning restore CA5351

    private sealed class Told(Action<FetchProgress> tell) : IProgress<FetchProgress>
    {
        public void Report(FetchProgress value) => tell(value);
    }
}
