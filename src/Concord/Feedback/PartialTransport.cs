using System.Numerics;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>Which elements of a feedback tensor take over what the weight has become.</summary>
public enum TransportScheme
{
    /// <summary>All.</summary>
    Full,

    /// <summary>A share, drawn anew each time; both sides know the seed, so no index travels.</summary>
    Random,

    /// <summary>A share, one block after another: each element has its turn once in 1/p refreshes.</summary>
    RoundRobin,

    /// <summary>The share that differs most, |W - B|; each travels with its index.</summary>
    TopK,

    /// <summary>Those with |W - B| above a bound, with their indices.</summary>
    Threshold,

    /// <summary>Those whose sign has changed, with their indices.</summary>
    ChangedSign,
}

/// <summary>When a feedback tensor takes over what the weight has become, and how much of it.</summary>
/// <param name="Period">Phi: after every so many steps; 0 for never.</param>
/// <param name="Scheme">Which elements.</param>
/// <param name="Fraction">p in (0, 1]: the share of Random, RoundRobin and TopK. In R refreshes of n elements exactly floor(R p n) are moved.</param>
/// <param name="Bound">The bound of Threshold.</param>
/// <param name="EarlySteps">So many first steps have a period of their own, for lag costs most there.</param>
/// <param name="EarlyPeriod">That period, at least 1.</param>
public sealed record TransportSettings(
    int Period, TransportScheme Scheme = TransportScheme.Full, double Fraction = 1, double Bound = 0, int EarlySteps = 0, int EarlyPeriod = 1)
{
    /// <summary>Whether the whole tensor follows at every step, so that nothing has to be remembered.</summary>
    public bool IsEveryStep => Period == 1 && EarlySteps == 0 && Scheme == TransportScheme.Full;

    /// <summary>Whether a refresh follows on that many steps.</summary>
    public bool IsDue(long steps) => steps <= EarlySteps ? steps % EarlyPeriod == 0 : Period > 0 && steps % Period == 0;

    /// <summary>How many refreshes there are in that many steps.</summary>
    public long Refreshes(long steps) => Math.Min(steps, EarlySteps) / EarlyPeriod + (Period > 0 ? Math.Max(0, steps / Period - EarlySteps / Period) : 0);

    /// <inheritdoc/>
    public override string ToString()
    {
        if (Period == 0 && EarlySteps == 0) return "never again";
        var early = EarlySteps > 0 ? FormattableString.Invariant($" (every {EarlyPeriod} in the first {EarlySteps})") : "";
        var what = Scheme switch
        {
            TransportScheme.Full => "whole",
            TransportScheme.Random => FormattableString.Invariant($"{Fraction} at random"),
            TransportScheme.RoundRobin => FormattableString.Invariant($"{Fraction} in turn"),
            TransportScheme.TopK => FormattableString.Invariant($"{Fraction} that differs most"),
            TransportScheme.Threshold => FormattableString.Invariant($"where it differs by over {Bound}"),
            _ => "where the sign changed",
        };
        return Period == 0 ? FormattableString.Invariant($"{what} every {EarlyPeriod} of the first {EarlySteps} steps, never again") : FormattableString.Invariant($"{what} every {Period} steps{early}");
    }
}

/// <summary>
/// Moves a part of one tensor to another now and then, and counts what that takes: the frozen backpropagation of Goupy, Tirilly, Bilasco
/// 2025 with its partial transport. The schemes stand under our own names; which of them are the paper's three is not known to us.
/// </summary>
/// <param name="settings">When and which.</param>
/// <param name="length">n, elements of the tensor.</param>
/// <param name="payloadBits">Bits of one element: a word, or one for a sign whose magnitude is known.</param>
/// <param name="stream">Decides random choices, with the refresh.</param>
public sealed class PartialTransport(TransportSettings settings, int length, int payloadBits, RandomStream stream)
{
    /// <summary>How many elements were moved so far.</summary>
    public Counter Moved { get; } = new();

    /// <summary>Whether all elements are moved at once, and none is chosen.</summary>
    public bool IsWhole => settings.Scheme == TransportScheme.Full;

    /// <summary>Moves the part that is due after so many steps.</summary>
    public void Move(Kernels kernels, long steps, Tensor from, Tensor to) =>
        Moved.Value += kernels.CopySelected(SelectionAfter(settings.Refreshes(steps) - 1), from, to);

    /// <summary>Counts that all elements were moved.</summary>
    public void CountWhole() => Moved.Value += length;

    /// <summary>All that was moved. An index among n elements takes ceil(log2 n) bits; a flipped sign is told by its index alone.</summary>
    public Transport Total
    {
        get
        {
            var indexed = settings.Scheme is TransportScheme.TopK or TransportScheme.Threshold or TransportScheme.ChangedSign;
            var payload = settings.Scheme == TransportScheme.ChangedSign && payloadBits == 1 ? 0 : payloadBits;
            return new(Moved.Value, indexed ? Moved.Value * BitOperations.Log2((uint)Math.Max(1, 2 * (long)length - 1)) : 0, Moved.Value * payload);
        }
    }

    private Selection SelectionAfter(long refresh)
    {
        var (before, now) = (UpTo(refresh), UpTo(refresh + 1));
        var count = (int)(now - before);
        return settings.Scheme switch
        {
            TransportScheme.Random => new(SelectionKind.Random, count, Stream: stream.At(refresh)),
            TransportScheme.RoundRobin => new(SelectionKind.Block, count, length == 0 ? 0 : (int)(before % length)),
            TransportScheme.TopK => new(SelectionKind.Largest, count),
            TransportScheme.Threshold => new(SelectionKind.Beyond, Threshold: settings.Bound),
            _ => new(SelectionKind.ChangedSign),
        };
    }

    // In decimals, so that a share of 0.29 of 100 is 29.
    private long UpTo(long refreshes) => (long)decimal.Floor((decimal)settings.Fraction * length * refreshes);
}
