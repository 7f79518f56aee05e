namespace Concord.Data;

/// <summary>How data sets are fetched.</summary>
public sealed record FetchSettings
{
    /// <summary>The environment variable with mirrors, separated by blanks, that are asked where <see cref="Mirrors"/> is empty.</summary>
    public const string MirrorVariable = "CONCORD_MIRROR";

    /// <summary>
    /// The folder that gets the data set's folder; by default CONCORD_DATA, else the cache (<see cref="DataSource.Roots(string?)"/>).
    /// </summary>
    public string? DataRoot { get; init; }

    /// <summary>
    /// Addresses (http or https) of data roots on the web, asked in this order in place of the known addresses:
    /// <c>MIRROR/mnist/train-images-idx3-ubyte.gz</c>. Any will do, for contents are checked.
    /// </summary>
    public IReadOnlyList<string> Mirrors { get; init; } = [];

    /// <summary>Whether files that are there and are not the official ones are replaced.</summary>
    public bool Force { get; init; }

    /// <summary>
    /// Whether well-formed files are taken that no official hash speaks for: sets of which only the packed files' MD5 is published,
    /// packed again.
    /// </summary>
    public bool AcceptUnverified { get; init; }

    /// <summary>How long a server may be silent. There is no limit on a whole transfer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often an address is tried again without getting further, after what may pass by itself.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>What talks to servers; null for the usual.</summary>
    internal HttpMessageHandler? Handler { get; init; }

    /// <summary>Waits between attempts.</summary>
    internal Func<TimeSpan, CancellationToken, Task> Delay { get; init; } = Task.Delay;

    /// <summary>The mirrors, checked.</summary>
    /// <exception cref="ConcordException">One is no address.</exception>
    internal IReadOnlyList<Uri> MirrorAddresses()
    {
        var given = Mirrors.Count > 0 ? Mirrors
            : (Environment.GetEnvironmentVariable(MirrorVariable) ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return [.. given.Select(Address)];
    }

    private static Uri Address(string mirror) => Uri.TryCreate(mirror.TrimEnd('/') + "/", UriKind.Absolute, out var address)
        && address.Scheme is "http" or "https" && address.UserInfo.Length + address.Query.Length + address.Fragment.Length == 0
        ? address
        : throw new ConcordException($"The mirror was given as '{mirror}'; "
            + "it takes the address of a folder with the data sets' folders in it, as https://example.org/data, without a password.");

    /// <exception cref="ConcordException">A number is out of range.</exception>
    internal void Validate()
    {
        if (!(Timeout > TimeSpan.Zero && Timeout < TimeSpan.FromDays(1)))
            throw new ConcordException(FormattableString.Invariant($"The timeout was given as {Timeout.TotalSeconds} s; ")
                + "it takes seconds above 0, and less than a day.");
        if (Retries is < 0 or > 1000) throw new ConcordException($"The retries were given as {Retries}; they take 0 to 1000.");
    }
}
