using System.Runtime.Intrinsics;

namespace Concord.Numerics.Engines.Products;

/// <summary>
/// Convolutions in single precision, in C# alone, without laying out patches: images [N, H, W, C], kernels [height, width, C, filters].
/// <para>
/// Forward, eight outputs at a time read their inputs where they stand, through <see cref="GatherTile{TSimd, TVector}"/>. Downward is the
/// same with the kernel turned round. Of the kernel's gradient each <see cref="Tile{TSimd, TVector}"/> is a few channels by a few registers
/// of filters, and walks over the images.
/// </para>
/// <para>Threads share results, never sums: every number is summed in the same order, whatever their number.
/// What it has no fast way for it declines.</para>
/// </summary>
/// <param name="team">The threads.</param>
/// <param name="width">The registers to use; the widest that the machine has if not given.</param>
internal sealed unsafe class DirectConvolution(Team team, VectorWidth? width = null)
{
    // A tile's table then takes 8 KB of stack.
    private const int MaxArea = 128;

    // Half a megabyte: images that stay in the second-level cache while all tiles pass over them.
    private const int CachedElements = 1 << 17;

    // Of a tile, forward and of the gradient.
    private const int Outputs = 8, Channels = 8;

    private readonly VectorWidth _width = width ?? VectorWidths.Widest;
    private Tensor? _zeros, _turned;

    private int Lanes => _width.Lanes();

    /// <summary>y = bias + w * x. False where it declines: filters that do not fill registers, a very large kernel.</summary>
    public bool TryForward(in ImagePass pass, float* x, float* w, int filters, float* bias, float* y)
    {
        if (_width < VectorWidth.Bits256 || filters % Lanes != 0 || pass.Height * pass.Width > MaxArea) return false;
        var work = new ForwardWork(pass, _width, x, w, filters, bias, y, Grow(ref _zeros, pass.Channels));
        var tiles = checked((int)(((long)pass.Samples * pass.Places + Outputs - 1) / Outputs));
        team.For(ref work, tiles, 4);
        return true;
    }

    /// <summary>
    /// x = w' d of a pass from x to d. False where it declines: a stride, an image much larger or smaller than d,
    /// what <see cref="TryForward"/> declines.
    /// </summary>
    public bool TryTransposed(in ImagePass pass, float* d, float* w, int filters, float* x)
    {
        if (_width < VectorWidth.Bits256 || pass.Stride != 1 || pass.Height != pass.Width || pass.Channels % Lanes != 0) return false;
        var padding = pass.Dilation * (pass.Height - 1) - pass.Padding;
        // the image's margin would be summed over zeros
        if (padding < 0 || 8L * pass.Rows * pass.Columns > 9L * pass.Places) return false;
        var (area, channels) = (pass.Height * pass.Width, pass.Channels);
        var turned = Grow(ref _turned, area * channels * filters);
        var turn = new RotateWork(w, turned, area, channels, filters);
        team.For(ref turn, area * filters, Math.Max(1, 8192 / channels));
        var back = new ImagePass(new(pass.Height, pass.Width, 1, padding, pass.Dilation),
            new(pass.Samples, pass.OutputRows, pass.OutputColumns, filters), new(pass.Samples, pass.Rows, pass.Columns, channels));
        return TryForward(back, d, turned, channels, null, x);
    }

    /// <summary>w = beta w + alpha sum of x d'. False where it declines: channels or filters that do not fill a tile.</summary>
    public bool TryWeightGradient(in ImagePass pass, float* x, float* d, int filters, float alpha, float beta, float* w)
    {
        if (_width < VectorWidth.Bits256 || filters % Lanes != 0 || pass.Channels % Channels != 0 || pass.Samples == 0) return false;
        var vectors = _width == VectorWidth.Bits512 ? Vectors(filters / Lanes) : 1;
        var tiles = pass.Height * pass.Width * (pass.Channels / Channels) * ((filters / Lanes + vectors - 1) / vectors);
        var each = Math.Max(1, CachedElements / (int)Math.Min(CachedElements, pass.Image + (long)pass.Places * filters));
        for (var first = 0; first < pass.Samples; first += each)
        {
            var work = new WeightGradientWork(pass, _width, x, d, filters, vectors, alpha, first == 0 ? beta : 1, w, first,
                Math.Min(pass.Samples, first + each));
            team.For(ref work, tiles, 1);
        }
        return true;
    }

    /// <summary>Registers side by side: as many as divide the filters evenly, lest the last tile be a narrow one.</summary>
    private static int Vectors(int registers) => registers % 3 == 0 ? 3 : registers == 1 ? 1 : 2;

    /// <summary>Working memory of at least that many numbers, zeros when it is new.</summary>
    private static float* Grow(ref Tensor? memory, int length)
    {
        if (memory is null || memory.Length < length) memory = new Tensor(new Shape(length));
        return memory.Pointer<float>();
    }

    /// <summary>Tiles of eight outputs each, one after the other through all images.</summary>
    private readonly struct ForwardWork(ImagePass pass, VectorWidth width, float* x, float* w, int filters, float* bias, float* y,
        float* zeros) : IRangeWork
    {
        public void Run(int start, int end)
        {
            if (width == VectorWidth.Bits512) Run<Simd512, Vector512<float>>(start, end);
            else Run<Simd256, Vector256<float>>(start, end);
        }

        private void Run<TSimd, TVector>(int start, int end) where TSimd : struct, ISimd<TVector> where TVector : unmanaged
        {
            var table = stackalloc float*[Outputs * MaxArea];
            var last = (long)pass.Samples * pass.Places;
            for (var tile = start; tile < end; tile++)
            {
                var first = (long)tile * Outputs;
                var count = (int)Math.Min(Outputs, last - first);
                var (pieces, depth) = Fill(table, first, count);
                var to = y + first * filters;
                for (var f = 0; f < filters;)
                {
                    var vectors = Math.Min(GatherTile<TSimd, TVector>.MaxVectors == 1 ? 1 : Vectors(filters / TSimd.Lanes),
                        (filters - f) / TSimd.Lanes);
                    var offsets = bias is null ? null : bias + f;
                    switch (vectors)
                    {
                        case 3:
                            GatherTile<TSimd, TVector>.Multiply<Three>(pieces, depth, table, w + f, filters, offsets, to + f, count); break;
                        case 2:
                            GatherTile<TSimd, TVector>.Multiply<Two>(pieces, depth, table, w + f, filters, offsets, to + f, count); break;
                        default:
                            GatherTile<TSimd, TVector>.Multiply<One>(pieces, depth, table, w + f, filters, offsets, to + f, count); break;
                    }
                    f += vectors * TSimd.Lanes;
                }
            }
        }

        /// <summary>
        /// Where what each output sees begins: a row of the kernel at a time where all lies within the image, else a place at a time,
        /// zeros for what lies outside.
        /// </summary>
        private (int Pieces, int Depth) Fill(float** table, long first, int count)
        {
            var image = (int)(first / pass.Places);
            var at = (int)(first % pass.Places);
            int i = at / pass.OutputColumns, j = at % pass.OutputColumns;
            var tops = stackalloc int[Outputs];
            var lefts = stackalloc int[Outputs];
            var images = stackalloc float*[Outputs];
            var inside = pass.Dilation == 1;
            for (var r = 0; r < Outputs; r++)
            {
                tops[r] = pass.At(i, 0);
                lefts[r] = pass.At(j, 0);
                images[r] = x + image * pass.Image;
                inside &= tops[r] >= 0 && lefts[r] >= 0 && tops[r] + pass.Height <= pass.Rows && lefts[r] + pass.Width <= pass.Columns;
                if (r + 1 >= count) continue;   // the rest repeat the last one
                if (++j < pass.OutputColumns) continue;
                j = 0;
                if (++i < pass.OutputRows) continue;
                i = 0;
                image++;
            }
            var pitch = (long)pass.Columns * pass.Channels;
            if (inside)
            {
                for (var a = 0; a < pass.Height; a++)
                    for (var r = 0; r < Outputs; r++) *table++ = images[r] + (tops[r] + a) * pitch + (long)lefts[r] * pass.Channels;
                return (pass.Height, pass.Width * pass.Channels);
            }
            for (var a = 0; a < pass.Height; a++)
                for (var b = 0; b < pass.Width; b++)
                    for (var r = 0; r < Outputs; r++)
                    {
                        int row = tops[r] + a * pass.Dilation, column = lefts[r] + b * pass.Dilation;
                        var outside = (uint)row >= (uint)pass.Rows || (uint)column >= (uint)pass.Columns;
                        *table++ = outside ? zeros : images[r] + row * pitch + (long)column * pass.Channels;
                    }
            return (pass.Height * pass.Width, pass.Channels);
        }
    }

    /// <summary>The kernel turned round: its places in reverse, channels and filters exchanged. A range is of rows of the result.</summary>
    private readonly struct RotateWork(float* w, float* turned, int area, int channels, int filters) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var row = start; row < end; row++)
            {
                var from = w + (nint)(area - 1 - row / filters) * channels * filters + row % filters;
                var to = turned + (nint)row * channels;
                for (var c = 0; c < channels; c++) to[c] = from[(nint)c * filters];
            }
        }
    }

    /// <summary>Tiles of the kernel's gradient, each over the images from first to last.</summary>
    private readonly struct WeightGradientWork(ImagePass pass, VectorWidth width, float* x, float* d, int filters, int vectors, float alpha,
        float beta, float* w, int first, int last) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var tile = start; tile < end; tile++)
            {
                var lanes = width.Lanes();
                var across = (filters / lanes + vectors - 1) / vectors;
                var (f, rest) = (tile % across * vectors * lanes, tile / across);
                var (c, place) = (rest % (pass.Channels / Channels) * Channels, rest / (pass.Channels / Channels));
                var (a, b) = (place / pass.Width, place % pass.Width);
                var to = w + ((nint)place * pass.Channels + c) * filters + f;
                if (width == VectorWidth.Bits256) Run<Simd256, Vector256<float>, One>(a, b, c, f, to);
                else
                    switch (Math.Min(vectors, (filters - f) / lanes))
                    {
                        case 3: Run<Simd512, Vector512<float>, Three>(a, b, c, f, to); break;
                        case 2: Run<Simd512, Vector512<float>, Two>(a, b, c, f, to); break;
                        default: Run<Simd512, Vector512<float>, One>(a, b, c, f, to); break;
                    }
            }
        }

        private void Run<TSimd, TVector, TVectors>(int a, int b, int c, int f, float* to)
            where TSimd : struct, ISimd<TVector> where TVector : unmanaged where TVectors : struct, ICount
        {
            var (top, bottom) = Meeting(a, pass.Rows, pass.OutputRows);
            var (left, right) = Meeting(b, pass.Columns, pass.OutputColumns);
            var pitch = (nint)pass.Columns * pass.Channels;
            var keep = beta;
            for (var image = first; image < last; image++, keep = 1)
            {
                var from = x + image * pass.Image + pass.At(top, a) * pitch + (nint)pass.At(left, b) * pass.Channels + c;
                var signal = d + ((nint)image * pass.Places + (nint)top * pass.OutputColumns + left) * filters + f;
                Tile<TSimd, TVector>.Multiply<Eight, TVectors>(bottom - top, pass.Stride * pitch, (nint)pass.OutputColumns * filters,
                    right - left, from, pass.Stride * pass.Channels, signal, filters, alpha, keep, to, filters);
            }
        }

        /// <summary>The outputs that meet the image through the kernel's row (or column) a.</summary>
        private (int First, int Last) Meeting(int a, int length, int outputs)
        {
            var reach = pass.Padding - a * pass.Dilation;   // output i meets the input i S - reach
            var from = reach <= 0 ? 0 : (reach + pass.Stride - 1) / pass.Stride;
            var until = length - 1 + reach < 0 ? 0 : (length - 1 + reach) / pass.Stride + 1;
            return (from, Math.Max(from, Math.Min(outputs, until)));
        }
    }
}
