namespace Concord.Layers;

/// <summary>What was moved from a forward weight to a feedback memory that stands apart from it.</summary>
/// <param name="Weights">Numbers moved.</param>
/// <param name="IndexBits">Bits that say which ones, where the receiver cannot know.</param>
/// <param name="PayloadBits">Bits of the numbers themselves: a word each, or one for a sign.</param>
public readonly record struct Transport(long Weights, long IndexBits, long PayloadBits)
{
    /// <summary>Bits of a number that is moved whole: single precision, whatever the engine computes in.</summary>
    public const int WordBits = 32;

    /// <summary>Indices and numbers together, in bytes.</summary>
    public double Bytes => (IndexBits + PayloadBits) / 8.0;

    /// <summary>Both.</summary>
    public static Transport operator +(Transport a, Transport b) =>
        new(a.Weights + b.Weights, a.IndexBits + b.IndexBits, a.PayloadBits + b.PayloadBits);
}
