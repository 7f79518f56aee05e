using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Concord.Numerics.Engines.Products;

/// <summary>
/// The two ways down through a convolution from the signal of a max pool above it, in single precision: of an image that the pool saw only
/// the maxima of its windows have a signal, one number of four where windows are two by two. So the image is never laid out, and what is
/// zero is not multiplied: each filter (or place) has a list of its maxima, and rows of the input (or of kernels) are added up along it.
/// <para>
/// Threads share results, never sums: every number is summed in the same order, whatever their number. What it has no fast way for it
/// declines.
/// </para>
/// </summary>
/// <param name="team">The threads.</param>
/// <param name="width">The registers to use; the widest that the machine has if not given.</param>
internal sealed unsafe class PooledConvolution(Team team, VectorWidth? width = null)
{
    // All lists pass over an image, or over a row of all kernels, which has to stay near: with images of 1.1 MB and rows of 0.2 MB the
    // ways were still twice as fast as the library's on two cores with 0.5 MB of second-level cache each.
    private const int ImageElements = 1 << 19, KernelElements = 1 << 17;

    // Of working memory: images with a margin, and a thread's lists.
    private const int MostElements = 1 << 28, MostEntries = 1 << 20;

    private readonly VectorWidth _width = width ?? VectorWidths.Widest;
    private Tensor? _images, _kernels, _values, _offsets;

    /// <summary>A signal behind a max pool: one number a window, and where in the window the maximum stood.</summary>
    /// <param name="pool">The pool's pass, from the images to the signal.</param>
    /// <param name="signal">[N, H', W', O].</param>
    /// <param name="places">As <see cref="Kernels.MaxPool"/> writes them.</param>
    public readonly struct Maxima(in ImagePass pool, float* signal, float* places)
    {
        public readonly ImagePass Pool = pool;
        public readonly float* Signal = signal, Places = places;
    }

    /// <summary>w = the sum of x d', d what the pool hands down. False where it declines.</summary>
    /// <param name="pass">The convolution's pass, from x to d.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="maxima">d.</param>
    /// <param name="w">Receives it: [kh, kw, C, O].</param>
    public bool TryWeightGradient(in ImagePass pass, float* x, in Maxima maxima, float* w)
    {
        var (filters, padded) = (maxima.Pool.Channels, new Padded(pass, _width.Lanes()));
        if (!Fits(pass, padded, maxima.Pool)) return false;
        var kernels = Grow(ref _kernels, filters * padded.Sums);
        new Span<float>(kernels, filters * padded.Sums).Clear();
        var images = x;
        if (!padded.IsPlain)
        {
            images = Grow(ref _images, checked((int)(pass.Samples * padded.Image + _width.Lanes())));
            var pad = new PadWork(pass, padded, x, images);
            team.For(ref pad, pass.Samples, 1);
        }
        var lists = filters * maxima.Pool.Places;
        var work = new GradientWork(_width, pass, padded, images, maxima, Grow(ref _values, lists), (int*)Grow(ref _offsets, lists),
            kernels, w);
        team.For(ref work, filters, 1);
        return true;
    }

    /// <summary>x = w' d, d what the pool hands down. False where it declines.</summary>
    /// <param name="pass">The convolution's pass, from x to d.</param>
    /// <param name="maxima">d.</param>
    /// <param name="w">[kh, kw, C, O].</param>
    /// <param name="x">[N, H, W, C]; overwritten.</param>
    public bool TryTransposed(in ImagePass pass, in Maxima maxima, float* w, float* x)
    {
        var (filters, padded) = (maxima.Pool.Channels, new Padded(pass, _width.Lanes()));
        if (!Fits(pass, padded, maxima.Pool) || padded.Row != padded.FullRow || (long)filters * padded.Row > KernelElements) return false;
        var kernels = Grow(ref _kernels, filters * padded.Kernel);
        var turn = new TurnWork(padded.Row, w, filters, kernels);
        team.For(ref turn, pass.Height * filters, Math.Max(1, 8192 / padded.Row));
        var images = padded.IsPlain ? x : Grow(ref _images, checked((int)(pass.Samples * padded.Image)));
        int parts = Math.Min(team.Threads, pass.Samples), lists = filters * maxima.Pool.Places,
            starts = maxima.Pool.Places * maxima.Pool.Height * maxima.Pool.Width + 1;
        var work = new TransposedWork(_width, pass, padded, maxima, kernels, images, x, parts, Grow(ref _values, parts * lists),
            (int*)Grow(ref _offsets, parts * (lists + starts)), lists, starts);
        team.For(ref work, parts, 1);
        return true;
    }

    private bool Fits(in ImagePass pass, in Padded padded, in ImagePass pool) => _width >= VectorWidth.Bits256
        && pass.Dilation == 1 && pool.Dilation == 1 && pass.Places >= 2 * pool.Places
        && padded.Image <= ImageElements && pass.Samples * padded.Image <= MostElements
        && (long)pool.Places * Math.Max(pool.Channels, pool.Height * pool.Width) <= MostEntries;

    private static float* Grow(ref Tensor? memory, int length)
    {
        if (memory is null || memory.Length < length) memory = new Tensor(new Shape(length));
        return memory.Pointer<float>();
    }

    /// <summary>An image with its margin of zeros, and a kernel with rows of whole registers.</summary>
    private readonly struct Padded(in ImagePass pass, int lanes)
    {
        private readonly int _lanes = lanes;

        /// <summary>What a row of the kernel sees: neighbours in an image.</summary>
        public readonly int Row = pass.Width * pass.Channels;

        public readonly int Height = pass.Height, Columns = pass.Columns + 2 * pass.Padding, Channels = pass.Channels;
        public readonly int Rows = pass.Rows + 2 * pass.Padding, Margin = pass.Padding;

        /// <summary>The same in whole registers.</summary>
        public int FullRow => Registers * _lanes;

        public int Registers => (Row + _lanes - 1) / _lanes;

        /// <summary>Whether rows do not come out in pieces of twelve registers, so that pieces of six run over their ends.</summary>
        public bool IsScattered => Registers % 12 != 0;

        /// <summary>Elements of one filter's kernel.</summary>
        public int Kernel => Height * FullRow;

        /// <summary>Elements of the sums of one filter's gradient.</summary>
        public int Sums => IsScattered ? (Height * Registers + 5) / 6 * 6 * _lanes : Kernel;

        public int Pitch => Columns * Channels;

        public long Image => (long)Rows * Pitch;

        /// <summary>Whether images are read and written where they stand.</summary>
        public bool IsPlain => Margin == 0 && Row == FullRow;

        /// <summary>Where in an image the first window of a place begins.</summary>
        public int At(in ImagePass pass, int row, int column) => (row * pass.Stride * Columns + column * pass.Stride) * Channels;
    }

    private readonly struct PadWork(ImagePass pass, Padded padded, float* x, float* images) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var n = start; n < end; n++)
            {
                var to = images + n * padded.Image;
                if (padded.Margin > 0) new Span<float>(to, (int)padded.Image).Clear();
                Copy(x + n * pass.Image, to, pass, padded, inward: true);
            }
        }
    }

    private static void Copy(float* image, float* framed, in ImagePass pass, in Padded padded, bool inward)
    {
        var row = pass.Columns * pass.Channels;
        framed += padded.Margin * (padded.Pitch + padded.Channels);
        for (var i = 0; i < pass.Rows; i++, image += row, framed += padded.Pitch)
            if (inward) new Span<float>(image, row).CopyTo(new(framed, row));
            else new Span<float>(framed, row).CopyTo(new(image, row));
    }

    /// <summary>[kh, row, filters] becomes [kh, filters, row].</summary>
    private readonly struct TurnWork(int row, float* w, int filters, float* turned) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var index = start; index < end; index++)
            {
                float* from = w + (nint)(index / filters) * row * filters + index % filters, to = turned + (nint)index * row;
                for (var i = 0; i < row; i++) to[i] = from[(nint)i * filters];
            }
        }
    }

    /// <summary>Filters, each through all images.</summary>
    private readonly struct GradientWork(VectorWidth width, ImagePass pass, Padded padded, float* images, Maxima maxima, float* values,
        int* offsets, float* kernels, float* w) : IRangeWork
    {
        public void Run(int start, int end)
        {
            if (width == VectorWidth.Bits512) Run<Simd512, Vector512<float>>(start, end);
            else Run<Simd256, Vector256<float>>(start, end);
        }

        private void Run<TSimd, TVector>(int start, int end) where TSimd : struct, ISimd<TVector> where TVector : unmanaged
        {
            var steps = stackalloc int[maxima.Pool.Height * maxima.Pool.Width];
            var scattered = stackalloc nint[padded.Sums / TSimd.Lanes];
            for (var k = 0; padded.IsScattered && k < padded.Height * padded.Registers; k++)
                scattered[k] = k / padded.Registers * padded.Pitch + k % padded.Registers * TSimd.Lanes;
            Steps(steps);
            int places = maxima.Pool.Places, rows = padded.Height, kernel = padded.Sums, across = padded.FullRow;
            for (var n = 0; n < pass.Samples; n++)
            {
                var image = images + n * padded.Image;
                for (var o = start; o < end; o++)
                {
                    var to = kernels + (nint)o * kernel;
                    float* list = values + (nint)o * places;
                    var at = offsets + (nint)o * places;
                    var count = Fill(n, o, steps, list, at);
                    if (padded.IsScattered)
                        for (var k = 0; k < kernel / TSimd.Lanes; k += ScaledRows<TSimd, TVector>.Scattered)
                            ScaledRows<TSimd, TVector>.AddScattered(to + k * TSimd.Lanes, image, scattered + k, count, list, at);
                    else
                        for (var a = 0; a < rows; a++)
                            ScaledRows<TSimd, TVector>.Add(padded.Registers, to + a * across, image + a * padded.Pitch, count, list, at);
                }
            }
            for (var o = start; o < end; o++)
                for (var a = 0; a < rows; a++)
                    for (var i = 0; i < padded.Row; i++)
                        w[((nint)a * padded.Row + i) * maxima.Pool.Channels + o] = kernels[(nint)o * kernel + a * across + i];
        }

        /// <summary>How far from a window's corner each of its places stands, seen through the convolution.</summary>
        private void Steps(int* steps)
        {
            for (var a = 0; a < maxima.Pool.Height; a++)
                for (var b = 0; b < maxima.Pool.Width; b++) steps[a * maxima.Pool.Width + b] = padded.At(pass, a, b);
        }

        /// <summary>The list of a filter in an image: maxima that have a signal, in order.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private int Fill(int n, int filter, int* steps, float* list, int* at)
        {
            var channels = (nint)maxima.Pool.Channels;
            var from = (nint)n * maxima.Pool.Places * channels + filter;
            float* signal = maxima.Signal + from, place = maxima.Places + from;
            int columns = maxima.Pool.OutputColumns, next = padded.At(pass, 0, maxima.Pool.Stride);
            nint count = 0;
            for (var i = 0; i < maxima.Pool.OutputRows; i++)
            {
                var corner = padded.At(pass, maxima.Pool.At(i, 0), maxima.Pool.At(0, 0));
                for (var j = 0; j < columns; j++, corner += next, signal += channels, place += channels)
                {
                    var value = *signal;
                    list[count] = value;
                    at[count] = corner + steps[(int)*place];
                    count += IsNotZero(value);
                }
            }
            return (int)count;
        }
    }

    /// <summary>Images, a run of them for each part.</summary>
    private readonly struct TransposedWork(VectorWidth width, ImagePass pass, Padded padded, Maxima maxima, float* kernels, float* images,
        float* x, int parts, float* values, int* offsets, int lists, int starts) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var part = start; part < end; part++)
            {
                var list = values + (nint)part * lists;
                int* at = offsets + (nint)part * (lists + starts), begins = at + lists;
                int first = (int)((long)pass.Samples * part / parts), last = (int)((long)pass.Samples * (part + 1) / parts);
                for (var n = first; n < last; n++)
                {
                    Fill(n, list, at, begins);
                    var image = images + n * padded.Image;
                    new Span<float>(image, (int)padded.Image).Clear();
                    if (width == VectorWidth.Bits512) Add<Simd512, Vector512<float>>(image, list, at, begins);
                    else Add<Simd256, Vector256<float>>(image, list, at, begins);
                    if (!padded.IsPlain) Copy(x + n * pass.Image, image, pass, padded, inward: false);
                }
            }
        }

        /// <summary>The lists of an image, one for each place of each window: the filters whose maximum stood there.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Fill(int n, float* list, int* at, int* begins)
        {
            int area = maxima.Pool.Height * maxima.Pool.Width, channels = maxima.Pool.Channels, across = padded.FullRow, begin = 0;
            var next = stackalloc int[area];
            var from = (nint)n * maxima.Pool.Places * channels;
            float* signal = maxima.Signal + from, places = maxima.Places + from;
            for (var i = 0; i < maxima.Pool.Places; i++, signal += channels, places += channels, begins += area)
            {
                new Span<int>(next, area).Clear();
                for (var o = 0; o < channels; o++) next[(int)places[o]] += IsNotZero(signal[o]);
                for (var place = 0; place < area; place++)
                {
                    begins[place] = begin;
                    begin += next[place];
                    next[place] = begins[place];
                }
                for (var o = 0; o < channels; o++)
                {
                    var place = (int)places[o];
                    if (IsNotZero(signal[o]) == 0) continue;
                    list[next[place]] = signal[o];
                    at[next[place]++] = o * across;
                }
            }
            *begins = begin;
        }

        /// <summary>One row of all kernels at a time, so that it stays in the nearest cache.</summary>
        private void Add<TSimd, TVector>(float* image, float* list, int* at, int* starts) where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            for (var a = 0; a < padded.Height; a++)
            {
                var kernel = kernels + (nint)a * maxima.Pool.Channels * padded.FullRow;
                var begins = starts;
                for (var i = 0; i < maxima.Pool.OutputRows; i++)
                    for (var j = 0; j < maxima.Pool.OutputColumns; j++)
                        for (var row = 0; row < maxima.Pool.Height; row++)
                            for (var column = 0; column < maxima.Pool.Width; column++, begins++)
                            {
                                var count = begins[1] - begins[0];
                                if (count == 0) continue;
                                var to = image + padded.At(pass, maxima.Pool.At(i, row), maxima.Pool.At(j, column)) + a * padded.Pitch;
                                ScaledRows<TSimd, TVector>.Add(padded.Registers, to, kernel, count, list + *begins, at + *begins);
                            }
            }
        }
    }

    /// <summary>1, or 0 for a number of zero: without a jump, which would be guessed wrong.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int IsNotZero(float value) => (BitConverter.SingleToInt32Bits(value) & int.MaxValue) != 0 ? 1 : 0;
}
