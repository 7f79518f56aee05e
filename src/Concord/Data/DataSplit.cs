namespace Concord.Data;

/// <summary>The three parts of an experiment: views of one data set that share no sample.</summary>
/// <param name="Train">What is learned from, and normalised by.</param>
/// <param name="Validation">What choices are made by; may be empty.</param>
/// <param name="Test">What is scored once, at the end.</param>
public sealed record DataSplit(Samples Train, Samples Validation, Samples Test)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<double, Whitening> _whitenings = [];

    /// <summary>The data set that the parts were drawn from; null where they were put together by hand.</summary>
    internal Dataset? Whole => Origin is { } set && Train.SharesElementsWith(set.Train) && Validation.SharesElementsWith(set.Train)
        && Test.SharesElementsWith(set.Test) ? set : null;

    internal Dataset? Origin { get; init; }

    /// <summary>The whitening of the training samples; computed at first use, and shared by all runs on this split.</summary>
    /// <param name="epsilon">Added to every eigenvalue.</param>
    /// <param name="threads">Threads to compute it with; 0 for one per processor.</param>
    /// <param name="cancellation">Breaks off.</param>
    /// <exception cref="ConcordException">There is none for them (<see cref="Data.Whitening.Fit"/>).</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public Whitening Whitening(double epsilon = Data.Whitening.UsualEpsilon, int threads = 0, CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            if (!_whitenings.TryGetValue(epsilon, out var whitening))
                _whitenings[epsilon] = whitening = Data.Whitening.Fit(Train, epsilon, threads, cancellation);
            return whitening;
        }
    }

    /// <summary>
    /// A whitening of these training samples that was kept: the one that others use already, if it is the same to the bit,
    /// so that samples are whitened once for all.
    /// </summary>
    internal Whitening Shared(double epsilon, Whitening kept)
    {
        lock (_lock)
        {
            if (!_whitenings.TryGetValue(epsilon, out var whitening)) _whitenings[epsilon] = whitening = kept;
            return whitening.IsSameAs(kept) ? whitening : kept;
        }
    }

    /// <summary>The three sizes, as in <c>8000 train, 1000 validation, 2000 test</c>.</summary>
    public override string ToString() => $"{Train.Count} train, {Validation.Count} validation, {Test.Count} test";
}
