using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Concord.Tests.Data.Fetching;

/// <summary>What came over the wire.</summary>
internal sealed record Request(string Path, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>Where the range asked for begins; null if none was.</summary>
    public int? From => Headers.TryGetValue("range", out var range)
        ? int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture) : null;

    public string? IfRange => Headers.GetValueOrDefault("if-range");
}

/// <summary>What goes back, honest unless it is said otherwise; status 0 stands for the body alone, which need not be HTTP.</summary>
internal sealed record Answer(int Status, byte[] Body)
{
    public List<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>The length announced: by default the true one; -1 for none.</summary>
    public long? Length { get; init; }

    /// <summary>So many bytes are sent; then the connection is closed, or stays silent.</summary>
    public int? Cut { get; init; }

    public bool Stalls { get; init; }

    /// <summary>A pause after each thousand bytes.</summary>
    public TimeSpan Pause { get; init; }
}

/// <summary>A small server on this machine that can do everything wrong that servers do.</summary>
internal sealed class FileServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<Request, Answer> _answer;
    private readonly X509Certificate2? _certificate;

    public FileServer(Func<Request, Answer> answer, bool secure = false)
    {
        _answer = answer;
        if (secure)
        {
            using var key = RSA.Create(2048);
            var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            _certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        }
        _listener.Start();
        Address = $"http{(secure ? "s" : "")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = Accept();
    }

    public string Address { get; }

    public string? CertificateHash => _certificate?.GetCertHashString();

    public ConcurrentQueue<Request> Requests { get; } = new();

    /// <summary>Answers as a good server does: with ranges of this version, or with all of it.</summary>
    public static Answer File(Request request, byte[] file, string? tag = "\"1\"")
    {
        List<(string, string)> headers = tag is null ? [] : [("ETag", tag)];
        if (request.From is not { } from || (request.IfRange is { } version && version != tag)) return new(200, file) { Headers = headers };
        if (from >= file.Length) return new(416, []) { Headers = [("Content-Range", $"bytes */{file.Length}")] };
        return new(206, file[from..])
            { Headers = [.. headers, ("Content-Range", FormattableString.Invariant($"bytes {from}-{file.Length - 1}/{file.Length}"))] };
    }

    /// <summary>Answers from a folder of files by path.</summary>
    public static Func<Request, Answer> Folder(IReadOnlyDictionary<string, byte[]> files) => request =>
        files.TryGetValue(request.Path, out var file) ? File(request, file) : new(404, "gone"u8.ToArray());

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _certificate?.Dispose();
        _stop.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true) _ = Serve(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // the test is over
        }
    }

    private async Task Serve(TcpClient client)
    {
        try
        {
            using (client)
            {
                Stream stream = client.GetStream();
                if (_certificate is not null)
                {
                    var secure = new SslStream(stream);
                    await secure.AuthenticateAsServerAsync(_certificate);
                    stream = secure;
                }
                if (await Read(stream) is not { } request) return;
                Requests.Enqueue(request);
                await Write(stream, _answer(request));
                await stream.FlushAsync();
                if (client.Connected) client.Client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException
            or System.Security.Authentication.AuthenticationException or ObjectDisposedException)
        {
            // the other side has gone
        }
    }

    private static async Task<Request?> Read(Stream stream)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0) return null;
            text.Append((char)one[0]);
        }
        var lines = text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        return new(lines[0].Split(' ')[1],
            lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0].ToLowerInvariant(), pair => pair[1]));
    }

    private async Task Write(Stream stream, Answer answer)
    {
        var head = new StringBuilder(FormattableString.Invariant($"HTTP/1.1 {answer.Status} Answer\r\nConnection: close\r\n"));
        if (answer.Status == 0) head.Clear();
        var length = answer.Status == 0 ? -1 : answer.Length ?? answer.Body.Length;
        if (length >= 0) head.Append(CultureInfo.InvariantCulture, $"Content-Length: {length}\r\n");
        foreach (var (name, value) in answer.Headers) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (answer.Status != 0) await stream.WriteAsync(Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()));
        var body = answer.Body.AsMemory(0, Math.Min(answer.Body.Length, answer.Cut ?? int.MaxValue));
        for (var piece = answer.Pause > TimeSpan.Zero ? 1000 : 1 << 16; body.Length > 0; body = body[Math.Min(piece, body.Length)..])
        {
            await stream.WriteAsync(body[..Math.Min(piece, body.Length)], _stop.Token);
            await stream.FlushAsync(_stop.Token);
            if (answer.Pause > TimeSpan.Zero) await Task.Delay(answer.Pause, _stop.Token);
        }
        if (answer.Stalls) await Task.Delay(Timeout.Infinite, _stop.Token);
    }
}
