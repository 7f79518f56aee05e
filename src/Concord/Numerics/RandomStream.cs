using Concord.Options;

namespace Concord.Numerics;

/// <summary>
/// A named, counter-based stream of random numbers: word i of a stream is a pure function of its key and i
/// (Philox4x32-10; Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011). A stream has no
/// position and no state: it is split by name (<see cref="Split"/>) and by time (<see cref="At"/>), so drawing again is
/// idempotent, any part can be drawn by any thread, and a checkpoint needs nothing but the seed and the step.
/// </summary>
public readonly struct RandomStream : IEquatable<RandomStream>
{
    internal const uint MultiplierA = 0xD2511F53, MultiplierB = 0xCD9E8D57, WeylA = 0x9E3779B9, WeylB = 0xBB67AE85;

    private RandomStream(ulong key) => Key = key;

    /// <summary>The root stream of a seed.</summary>
    /// <exception cref="ConcordException">The seed is negative.</exception>
    public static RandomStream FromSeed(long seed) => OptionType.Seed.Allows(seed) ? new(Mix((ulong)seed ^ 0x636F6E636F726431))
        : throw OptionType.Seed.Refused("The seed", OptionType.Seed.Write(seed));

    /// <summary>The number that decides every draw.</summary>
    public ulong Key { get; }

    /// <summary>The stream of that name below this one: <c>weights</c>, <c>feedback/fc2</c>, ... Equal names give equal streams.</summary>
    public RandomStream Split(string name)
    {
        var hash = 0xCBF29CE484222325UL;   // FNV-1a over UTF-16 units, then mixed into the key; allocates nothing
        foreach (var unit in name) hash = (hash ^ unit) * 0x100000001B3;
        return new(Mix(Key ^ Mix(hash)));
    }

    /// <summary>The stream of a moment: an optimizer step, an epoch. Repeating it repeats the draw. Allocates nothing.</summary>
    public RandomStream At(long moment) => new(Mix(Key + Mix((ulong)moment + 0x9E3779B97F4A7C15)));

    /// <summary>Four consecutive words: those numbered 4 * block to 4 * block + 3.</summary>
    public (uint W0, uint W1, uint W2, uint W3) Block(ulong block) =>
        Philox((uint)block, (uint)(block >> 32), 0, 0, (uint)Key, (uint)(Key >> 32));

    /// <summary>Philox4x32-10 of a counter and a key.</summary>
    internal static (uint W0, uint W1, uint W2, uint W3) Philox(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (var round = 0; round < 10; round++)
        {
            var a = (ulong)MultiplierA * c0;
            var b = (ulong)MultiplierB * c2;
            (c0, c1, c2, c3) = ((uint)(b >> 32) ^ c1 ^ k0, (uint)b, (uint)(a >> 32) ^ c3 ^ k1, (uint)a);
            k0 += WeylA;
            k1 += WeylB;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>Word number <paramref name="index"/> of the stream.</summary>
    public uint Word(ulong index)
    {
        var block = Block(index >> 2);
        return (index & 3) switch { 0 => block.W0, 1 => block.W1, 2 => block.W2, _ => block.W3 };
    }

    /// <summary>A number in [0, 1), multiple of 2^-24: draw number <paramref name="index"/>.</summary>
    public double Uniform(ulong index) => ToUniform(Word(index));

    /// <summary>A whole number in [0, bound): draw number <paramref name="index"/> (bias below bound / 2^32).</summary>
    public int Below(ulong index, int bound) => (int)(((ulong)Word(index) * (uint)bound) >> 32);

    /// <summary>Puts the items in a random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Below((ulong)i, i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    internal static double ToUniform(uint word) => (word >> 8) * (1.0 / (1 << 24));

    /// <summary>Two independent standard normals from two words (Box and Muller, 1958).</summary>
    internal static (double First, double Second) ToNormals(uint first, uint second)
    {
        var radius = Math.Sqrt(-2 * Math.Log(((first >> 8) + 1) * (1.0 / (1 << 24))));
        var (sine, cosine) = Math.SinCos(2 * Math.PI * ToUniform(second));
        return (radius * cosine, radius * sine);
    }

    private static ulong Mix(ulong z)   // the finaliser of SplitMix64
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <inheritdoc/>
    public bool Equals(RandomStream other) => Key == other.Key;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RandomStream other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode();

    /// <summary>Whether two streams draw the same numbers.</summary>
    public static bool operator ==(RandomStream left, RandomStream right) => left.Equals(right);

    /// <summary>Whether two streams draw different numbers.</summary>
    public static bool operator !=(RandomStream left, RandomStream right) => !left.Equals(right);

    /// <summary>The key in hexadecimal.</summary>
    public override string ToString() => $"stream {Key:x16}";
}
