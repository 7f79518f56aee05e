using System.Runtime.CompilerServices;

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
internal sealed unsafe partial class PooledConvolution(Team team, VectorWidth? width = null)
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

    /// <summary>1, or 0 for a number of zero: without a jump, which would be guessed wrong.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int IsNotZero(float value) => (BitConverter.SingleToInt32Bits(value) & int.MaxValue) != 0 ? 1 : 0;
}
