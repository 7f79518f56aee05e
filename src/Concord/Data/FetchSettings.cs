namespace Concord.Data;

/// <summary>How data sets are fetched.</summary>
public sealed record FetchSettings
{
    /// <summary>The environment variable with mirrors, separated by blanks, that are asked where <see cref="Mirrors"/> is empty.</summary>
    public const string MirrorVariable = "CONCORD_MIRROR";

    /// <summary>The folder that gets the data set's folder; by default CONCORD_DATA, else the cache (<see cref="DataSource.Roots(string?)"/>).</summary>
    public string? DataRoot { get; init; }

    /// <summary>
    /// Addresses (http or https) of data roots on the web, asked in this order in place of the known addresses: <c>MIRROR/mnist/train-images-idx3-ubyte.gz</c>.
    /// Any will do, for contents are checked.
    /// </summary>
    public IReadOnlyList<string> Mirrors { get; init; } = [];

    /// <summary>Whether files that are there and are not the official ones are replaced.</summary>
    public bool Force { get; init; }

    /// <summary>Whether well-formed files are taken that no official hash speaks for: sets of which only the packed files' MD5 is published, packed anew.</summary>
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
        var given = Mirrors.Count > 0 ? Mirrors : (Environment.GetEnvironmentVariable(MirrorVariable) ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return [.. given.Select(Address)];
    }

    private static Uri Address(string mirror) => Uri.TryCreate(mirror.TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.UserInfo.Length + address.Query.Length + address.Fragment.Length == 0
        ? address
        : throw new ConcordException($"The mirror was given as '{mirror}'; it takes the address of a folder with the data sets' folders in it, as https://example.org/data, without a password.");

    /// <exception cref="ConcordException">A number is out of range.</exception>
    internal void Validate()
    {
        if (!(Timeout > TimeSpan.Zero && Timeout < TimeSpan.FromDays(1))) throw new ConcordException(FormattableString.Invariant($"The timeout was given as {Timeout.TotalSeconds} s; it takes seconds above 0, and less than a day."));
        if (Retries is < 0 or > 1000) throw new ConcordException($"The retries were given as {Retries}; they take 0 to 1000.");
    }
}

/// <summary>What a fetch is doing with a file.</summary>
public enum FetchStage
{
    /// <summary>It was there and is right; it is left alone.</summary>
    Present,

    /// <summary>It is coming.</summary>
    Fetching,

    /// <summary>It has stopped coming and is about to be asked for again, or elsewhere.</summary>
    Retrying,

    /// <summary>It is there as a whole, and its contents are looked at.</summary>
    Checking,

    /// <summary>It has come, is right, and lies in its place.</summary>
    Fetched,
}

/// <summary>Where a fetch is.</summary>
/// <param name="File">The file.</param>
/// <param name="Stage">What is being done with it.</param>
/// <param name="Bytes">How many of its bytes have come.</param>
/// <param name="Total">How many there will be, if the server said it.</param>
/// <param name="Note">What happened; empty while all goes well.</param>
public sealed record FetchProgress(string File, FetchStage Stage, long Bytes, long? Total, string Note);

/// <summary>A file of a data set that is in its place.</summary>
/// <param name="Path">Where.</param>
/// <param name="WasPresent">Whether it was there before.</param>
/// <param name="Verification">What it is.</param>
public sealed record FetchedFile(string Path, bool WasPresent, FileVerification Verification);

/// <summary>A data set could not be fetched, by no fault of the user's; the command line prints the message and exits with code 1.</summary>
/// <param name="message">What was asked, what came, and what to do.</param>
/// <param name="inner">What lay behind it, if anything.</param>
public sealed class FetchFailure(string message, Exception? inner = null) : Exception(message, inner);
