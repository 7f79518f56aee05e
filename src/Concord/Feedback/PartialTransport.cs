using System.Numerics;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Feedback;

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
            var index = indexed ? BitOperations.Log2((uint)Math.Max(1, 2 * (long)length - 1)) : 0;
            return new(Moved.Value, Moved.Value * index, Moved.Value * payload);
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
