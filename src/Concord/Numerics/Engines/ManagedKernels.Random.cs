using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    /// <inheritdoc/>
    protected override void FillUniformCore(RandomStream stream, double low, double high, Tensor y) =>
        Draw(stream, new WordDraw<UniformWork>(new(low, high - low, Pointer(y))), y, Costly);

    /// <inheritdoc/>
    protected override void FillNormalCore(RandomStream stream, double mean, double deviation, Tensor y) =>
        Draw(stream, new NormalDraw(mean, deviation, Pointer(y)), y, Costly / 8);

    /// <inheritdoc/>
    protected override void FillDropoutMaskCore(RandomStream stream, double drop, Tensor mask) =>
        Draw(stream, new WordDraw<MaskWork>(new(drop, Pointer(mask))), mask, Costly);

    private void Draw<TDraw>(RandomStream stream, TDraw draw, Tensor y, int grain) where TDraw : unmanaged, IDraw =>
        Share(new DrawLoop<TDraw>(stream, draw), y.Length, grain, ElementUnit, [y]);

    /// <summary>Turns random words into elements.</summary>
    private interface IDraw
    {
        /// <summary>Makes count elements from element i on, out of as many words (one more where count is odd).</summary>
        void Do(uint* words, int i, int count);
    }

    private struct DrawLoop<TDraw>(RandomStream stream, TDraw draw) : IRangeWork where TDraw : unmanaged, IDraw
    {
        private const int Words = 1024;   // 4 KB: stays in the nearest cache between making and using

        public readonly void Run(int start, int end)
        {
            const int group = 4 * PhiloxVector.Group;
            var buffer = stackalloc uint[Words];
            for (var i = start; i < end; i += Words)
            {
                var count = Math.Min(Words, end - i);
                PhiloxVector.Fill(stream, (ulong)i / 4, (count + group - 1) / group * PhiloxVector.Group, buffer);
                draw.Do(buffer, i, count);
            }
        }
    }

    /// <summary>Draws that make a register of elements from as many words.</summary>
    private interface IWordWork
    {
        void Do(Vector<uint> words, int i, int count);
    }

    private readonly struct WordDraw<TWork>(TWork work) : IDraw where TWork : unmanaged, IWordWork
    {
        public void Do(uint* words, int i, int count)
        {
            var local = work;
            var j = 0;
            for (; j <= count - Vector<uint>.Count; j += Vector<uint>.Count) local.Do(Vector.Load(words + j), i + j, Vector<uint>.Count);
            if (j < count) local.Do(Vector.Load(words + j), i + j, count - j);
        }
    }

    private readonly struct UniformWork(double low, double width, T* y) : IWordWork
    {
        private readonly double _step = width * (1.0 / (1 << 24));   // exact, so step * number rounds as width * (number / 2^24)

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(Vector<uint> words, int i, int count)
        {
            var number = words >>> 8;
            Lanes<T>.StoreWide(Scale(Vector.WidenLower(number)), Scale(Vector.WidenUpper(number)), y + i, count);
        }

        /// <summary>
        /// A whole number below 2^52, put into the mantissa of 2^52, is 2^52 + the number: a conversion by two cheap instructions.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector<double> Scale(Vector<ulong> number) =>
            new Vector<double>(low)
                + ((number | new Vector<ulong>(0x4330000000000000)).As<ulong, double>() - new Vector<double>(1L << 52)) * _step;
    }

    private readonly struct MaskWork(double drop, T* mask) : IWordWork
    {
        private readonly uint _threshold = (uint)Math.Ceiling(drop * (1 << 24));   // word / 2^24 < drop, in whole numbers
        private readonly double _kept = 1 / (1 - drop);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(Vector<uint> words, int i, int count)
        {
            var keep = Vector.GreaterThanOrEqual(words >>> 8, new(_threshold)).As<uint, int>();
            Lanes<T>.StoreWide(Kept(Vector.WidenLower(keep)), Kept(Vector.WidenUpper(keep)), mask + i, count);
        }

        /// <summary>A mask stays one as its sign is extended: all bits or none.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector<double> Kept(Vector<long> keep) => keep.As<long, double>() & new Vector<double>(_kept);
    }

    private readonly struct NormalDraw(double mean, double deviation, T* y) : IDraw
    {
        public void Do(uint* words, int i, int count)
        {
            for (var j = 0; j < count; j += 2)
            {
                var (first, second) = RandomStream.ToNormals(words[j], words[j + 1]);
                y[i + j] = Of(mean + deviation * first);
                if (j + 1 < count) y[i + j + 1] = Of(mean + deviation * second);
            }
        }
    }
}
