namespace Concord.Data;

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
