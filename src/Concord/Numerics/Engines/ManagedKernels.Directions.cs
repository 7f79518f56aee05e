using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    private const int SignsInABlock = 128;   // four words of 32 bits

    /// <inheritdoc/>
    protected override void FillStandardNormalCore(RandomStream stream, Tensor y) =>
        Share(new DrawLoop<PairDraw>(stream, new(Pointer(y))), y.Length, Costly, PairDraw.Group, [y]);

    /// <inheritdoc/>
    protected override void FillRademacherCore(RandomStream stream, Tensor y) =>
        Share(new SignLoop(stream, Pointer(y)), y.Length, Cheap, SignsInABlock, [y]);

    /// <summary>Writes the first count lanes of singles, none if there are none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreSingles(Vector<float> value, T* target, int count)
    {
        if (count <= 0) return;
        count = Math.Min(count, Vector<float>.Count);
        if (typeof(T) == typeof(float)) Lanes<T>.Store(value.As<float, T>(), target, count);
        else Lanes<T>.StoreWide(Vector.WidenLower(value), Vector.WidenUpper(value), target, count);
    }

    /// <summary>
    /// Box and Muller's pairs by vectors: elements i and i + 16 of each 32. The two highest bits of the second word choose a quarter of the
    /// circle and the others a place in it, so that sine and cosine are needed up to an eighth of the circle only (S. L. Moshier, Cephes).
    /// </summary>
    private readonly struct PairDraw(T* y) : IDraw
    {
        public const int Group = 32;

        public void Do(uint* words, int i, int count)
        {
            for (var j = 0; j < count; j += Group)
                for (var lane = 0; lane < Group / 2; lane += Vector<uint>.Count)
                {
                    var first = j + lane;
                    var (cosine, sine) = Pair(Vector.Load(words + first), Vector.Load(words + first + Group / 2));
                    StoreSingles(cosine, y + i + first, Math.Min(count - first, Group / 2 - lane));
                    StoreSingles(sine, y + i + first + Group / 2, count - first - Group / 2);
                }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static (Vector<float> First, Vector<float> Second) Pair(Vector<uint> first, Vector<uint> second)
        {
            var u = Vector.ConvertToSingle(((first >>> 8) + Vector<uint>.One).As<uint, int>()) * (1f / (1 << 24));
            var radius = Vector.SquareRoot(Vector.Log(u) * -2f);

            // x in [-pi/4, pi/4)
            var place = Vector.ConvertToSingle(((second << 2) >>> 8).As<uint, int>() - new Vector<int>(1 << 23));
            var x = place * (float)(Math.PI / 2 / (1 << 24));
            var s = x * x;
            var sine = ((s * -1.9515295891e-4f + new Vector<float>(8.3321608736e-3f)) * s - new Vector<float>(1.6666654611e-1f)) * s * x
                + x;
            var cosine = ((s * 2.443315711809948e-5f - new Vector<float>(1.388731625493765e-3f)) * s
                + new Vector<float>(4.166664568298827e-2f)) * s * s - s * 0.5f + Vector<float>.One;

            var quarter = second >>> 30;
            var odd = Vector.Equals(quarter & Vector<uint>.One, Vector<uint>.One).As<uint, float>();
            var (a, b) = (Vector.ConditionalSelect(odd.As<float, int>(), sine, cosine),
                Vector.ConditionalSelect(odd.As<float, int>(), cosine, sine));
            // cosine is negative in the two middle quarters, sine in the last two
            var signA = ((quarter + Vector<uint>.One) << 30) & new Vector<uint>(1u << 31);
            var signB = (quarter << 30) & new Vector<uint>(1u << 31);
            return (radius * (a.As<float, uint>() ^ signA).As<uint, float>(), radius * (b.As<float, uint>() ^ signB).As<uint, float>());
        }
    }

    private readonly struct SignLoop(RandomStream stream, T* y) : IRangeWork
    {
        private const int Elements = SignsInABlock * PhiloxVector.Group;

        public void Run(int start, int end)
        {
            var words = stackalloc uint[Elements / 32];
            // 1, 2, 4, ...: the numbers whose exponents are the lanes
            var bits = Vector.ConvertToInt32(((Vector<uint>.Indices + new Vector<uint>(127)) << 23).As<uint, float>()).As<int, uint>();
            for (var i = start; i < end; i += Elements)
            {
                PhiloxVector.Fill(stream, (ulong)i / SignsInABlock, PhiloxVector.Group, words);
                var count = Math.Min(Elements, end - i);
                for (var j = 0; j < count; j += 32) Do(words[j / 32], bits, y + i + j, Math.Min(32, count - j));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Do(uint word, Vector<uint> bits, T* target, int count)
        {
            for (var lane = 0; lane < 32; lane += Vector<uint>.Count)
            {
                var isClear = Vector.Equals(new Vector<uint>(word >> lane) & bits, Vector<uint>.Zero);
                StoreSingles(Vector.ConditionalSelect(isClear.As<uint, int>(), Vector<float>.One, -Vector<float>.One), target + lane,
                    count - lane);
            }
        }
    }
}
