using System.Net;
using Concord.Data.Formats;

namespace Concord.Data.Fetching;

/// <summary>
/// Brings one file from one address, and continues where it was interrupted: by a range of the version it began with (If-Range), or
/// else of the same length. What may pass by itself is tried again after a growing wait.
/// </summary>
internal sealed class Transfer(HttpClient http, FetchSettings settings, Action<long, long?, string> tell, CancellationToken stop)
{
    private const int BufferBytes = 1 << 17;
    private const long Progress = 1 << 20;      // so many new bytes, and the count of failures begins again
    private const int MostRedirects = 10;
    private const int MostExpansion = 8;        // a mirror may hand out the file packed worse, or not at all
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(2);
    private readonly byte[] _buffer = new byte[BufferBytes];

    /// <summary>Brings the whole file into the part.</summary>
    /// <exception cref="AddressFailure">This address does not give it.</exception>
    /// <exception cref="OperationCanceledException">The user has enough; the part is kept.</exception>
    public async Task Run(Uri address, PartFile part, long expected)
    {
        var reached = part.Length;
        for (var failures = 1; ; failures++)
        {
            TemporaryFailure passing;
            try
            {
                await Once(address, part, MostExpansion * expected + Progress).ConfigureAwait(false);
                part.Flush();
                return;
            }
            catch (TemporaryFailure e)
            {
                passing = e;
            }
            if (part.Length >= reached + Progress) (failures, reached) = (1, part.Length);
            if (failures > settings.Retries) throw new AddressFailure(failures == 1 ? passing.Message
                : FormattableString.Invariant($"{passing.Message} ({failures} attempts)"), passing);
            var wait = TimeSpan.FromSeconds(Math.Min(1 << Math.Min(failures - 1, 5), 30));
            if (passing.RetryAfter > s_longestWait) throw new AddressFailure(
                FormattableString.Invariant($"{passing.Message}; it asks to wait {passing.RetryAfter.TotalSeconds:0} s"), passing);
            if (passing.RetryAfter > wait) wait = passing.RetryAfter;
            tell(part.Length, part.Total, FormattableString.Invariant($"{passing.Message}; trying again in {wait.TotalSeconds:0} s"));
            await settings.Delay(wait, stop).ConfigureAwait(false);
        }
    }

    private async Task Once(Uri address, PartFile part, long limit)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var host = address.Host;
        try
        {
            stall.CancelAfter(settings.Timeout);
            var from = part.Length;
            using var response = await Ask(address, part, asked => host = asked.Host, stall.Token).ConfigureAwait(false);
            if (!Accept(response, address, part, from)) return;
            if (part.Total > limit)
                throw new AddressFailure($"announces {ContentStream.N(part.Total.Value)} bytes, far more than was expected");
            using var body = await response.Content.ReadAsStreamAsync(stall.Token).ConfigureAwait(false);
            tell(part.Length, part.Total, "");
            for (; ; )
            {
                stall.CancelAfter(settings.Timeout);
                var read = await body.ReadAsync(_buffer, stall.Token).ConfigureAwait(false);
                if (read == 0) break;
                part.Write(_buffer.AsSpan(0, read));
                if (part.Length > limit)
                {
                    part.Discard();
                    throw new AddressFailure($"sends more than {ContentStream.N(limit)} bytes, far more than was expected");
                }
                tell(part.Length, part.Total, "");
            }
            if (part.Total is { } total && part.Length < total)
                throw new TemporaryFailure($"the connection ended after {ContentStream.N(part.Length)} of {ContentStream.N(total)} bytes");
            if (part.Length == 0) throw new AddressFailure("the answer is empty");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new TemporaryFailure(FormattableString.Invariant($"no byte came for {settings.Timeout.TotalSeconds:0.###} s"));
        }
        catch (HttpRequestException e) when (Lasting(e, host) is { } failure)
        {
            throw new AddressFailure(failure, e);
        }
        catch (HttpIOException e) when (e.HttpRequestError == HttpRequestError.InvalidResponse)
        {
            throw new AddressFailure(NoHttp(e), e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new TemporaryFailure(e is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }
                || (e as HttpRequestException)?.HttpRequestError == HttpRequestError.ResponseEnded
                ? "the connection ended after "
                    + $"{ContentStream.N(part.Length)}{(part.Total is { } total ? $" of {ContentStream.N(total)}" : "")} bytes"
                : Reason(e));
        }
    }

    /// <summary>
    /// Asks for the rest of the part, and goes where the answer leads: to other addresses of the web, and never from https to http.
    /// </summary>
    private async Task<HttpResponseMessage> Ask(Uri address, PartFile part, Action<Uri> asked, CancellationToken cancellation)
    {
        var place = address;
        for (var redirects = 0; ; redirects++)
        {
            asked(place);
            using var request = new HttpRequestMessage(HttpMethod.Get, place);
            request.Headers.AcceptEncoding.Add(new("identity"));
            if (part.Length > 0)
            {
                request.Headers.Range = new(part.Length, null);
                request.Headers.IfRange = part.Version(address);
            }
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308)) return response;
            using (response)
            {
                if (!response.Headers.TryGetValues("Location", out var values)) throw new AddressFailure(Answer(response));
                var given = values.First();
                if (redirects == MostRedirects || !Uri.TryCreate(place, given, out var next)
                    || next.Scheme != Uri.UriSchemeHttps && (next.Scheme != Uri.UriSchemeHttp || place.Scheme == Uri.UriSchemeHttps))
                    throw new AddressFailure($"{Answer(response)} and leads to '{given}', which is not followed");
                place = next;
            }
        }
    }

    /// <summary>Gets the part ready for the answer's body; false if there is nothing to read.</summary>
    private static bool Accept(HttpResponseMessage response, Uri address, PartFile part, long from)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                part.Begin(address, VersionOf(response), response.Content.Headers.ContentLength);
                return true;
            case HttpStatusCode.PartialContent when from > 0:
                var range = response.Content.Headers.ContentRange;
                if (range?.From == from && (range.Length is null || part.Total is null || range.Length == part.Total)
                    && (part.Version(address)?.EntityTag is not { } tag || response.Headers.ETag is not { } now || now.Equals(tag)))
                {
                    part.Continue(range.Length);
                    return true;
                }
                part.Discard();
                throw new TemporaryFailure("the file there is not the one that was begun");
            case HttpStatusCode.RequestedRangeNotSatisfiable when from > 0:
                if (part.Total == from) return false;
                part.Discard();
                throw new TemporaryFailure("the file there is shorter than what has come of it");
            case HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError
                or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout:
                var after = response.Headers.RetryAfter;
                throw new TemporaryFailure(Answer(response))
                    { RetryAfter = after?.Delta ?? (after?.Date is { } date ? date - DateTimeOffset.UtcNow : TimeSpan.Zero) };
            default:
                throw new AddressFailure(Answer(response));
        }
    }

    /// <summary>A strong entity tag, or else the time of the last change; a weak tag does not promise equal bytes.</summary>
    private static string VersionOf(HttpResponseMessage response) => response.Headers.ETag is { IsWeak: false } tag ? tag.ToString()
        : response.Content.Headers.LastModified?.ToString("r", System.Globalization.CultureInfo.InvariantCulture) ?? "";

    /// <summary>What will not pass by itself, in words; null for what may.</summary>
    private static string? Lasting(HttpRequestException e, string host) => e.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => $"the name {host} was not found",
        HttpRequestError.SecureConnectionError => $"no secure connection: {Reason(e)}",
        HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded => NoHttp(e),
        _ => null,
    };

    private static string NoHttp(Exception e) => $"the answer is not valid HTTP: {Reason(e)}";

    private static string Answer(HttpResponseMessage response) =>
        FormattableString.Invariant($"the server answers {(int)response.StatusCode} {response.ReasonPhrase}").TrimEnd();

    private static string Reason(Exception e) => (e.InnerException ?? e).Message.ReplaceLineEndings(" ").TrimEnd('.');

    /// <summary>What may pass by itself.</summary>
    private sealed class TemporaryFailure(string message) : Exception(message)
    {
        public TimeSpan RetryAfter { get; init; }
    }
}
