using System.Globalization;
using System.Numerics;
using Concord.Numerics.Engines.Products;

namespace Concord.Numerics.Engines;

/// <summary>
/// A convolution is a product: the inputs that each output sees are laid out as one row (a patch), for some thousands of outputs at a
/// time so that they stay in the cache, and the matrix product does the rest. How outputs are cut into pieces depends on shapes
/// alone, so results do not depend on the number of threads.
/// </summary>
internal abstract unsafe partial class ManagedKernels<T>
{
    private const int PatchElements = 1 << 18;   // a megabyte of singles: about the second-level cache
    private Tensor? _patches, _groupKernel, _groupOutput;

    private static long MostElements => Tensor.MostBytes / sizeof(T);

    /// <summary>y = beta y + alpha op(a) op(b), all dense and row-major.</summary>
    protected abstract void Multiply(bool transposeA, bool transposeB, int m, int n, int k, T alpha, T* a, T* b, T beta, T* y);

    /// <summary>The product with a matrix that is yet to be made, without making it; false where it has to be made.</summary>
    private protected virtual bool TryCross(Tensor a, bool transposeA, in Concordance b, bool transposeB, Tensor y, int m, int n, int k,
        double alpha, double beta) => false;

    /// <summary>The same by a product in single precision.</summary>
    private protected static bool TryCross(PanelProduct product, Tensor a, bool transposeA, in Concordance b, bool transposeB, Tensor y,
        int m, int n, int k, double alpha, double beta) =>
        !transposeA && transposeB && alpha == 1 && beta == 0 && product.TryMultiply(m, n, k, (float*)Pointer(a),
            new SignedRows(b.Magnitude is { } magnitude ? magnitude.ReadPointer<float>() : null, (float)b.Scale,
                b.Weight.ReadPointer<float>(), b.TieBreaker.ReadPointer<float>(), k), (float*)Pointer(y));

    /// <summary>Convolutions that read images where they stand; null where the engine has none for its elements.</summary>
    protected virtual DirectConvolution? Direct => null;

    /// <inheritdoc/>
    protected override void ProductCore(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor y, int m, int n, int k,
        double alpha, double beta)
    {
        if (b.Unmade is not { } signs || !TryCross(a, transposeA, signs, transposeB, y, m, n, k, alpha, beta))
            Multiply(transposeA, transposeB, m, n, k, Of(alpha), Pointer(a), Pointer(b), Of(beta), Pointer(y));
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        GC.KeepAlive(y);
    }

    /// <inheritdoc/>
    protected override void ConvolveCore(Window window, int groups, Tensor x, Tensor w, Tensor? bias, Tensor y)
    {
        var pass = new ImagePass(window, x.Shape, y.Shape);
        if (groups == 1 && Direct?.TryForward(pass, (float*)Pointer(x), (float*)Pointer(w), w.Shape[3], (float*)Pointer(bias),
            (float*)Pointer(y)) == true)
        {
            GC.KeepAlive(x);
            GC.KeepAlive(w);
            GC.KeepAlive(bias);
            GC.KeepAlive(y);
            return;
        }
        int inner = window.Area * w.Shape[2], filters = w.Shape[3] / groups;
        long places = (long)pass.Samples * pass.Places;
        var step = PatchRows(inner, places);
        for (var group = 0; group < groups; group++)
        {
            var kernel = KernelOf(w, group, groups);
            for (long start = 0; start < places; start += step)
            {
                var rows = (int)Math.Min(step, places - start);
                var patches = Patches(pass, x, group, groups, start, rows);
                if (groups == 1) Multiply(false, false, rows, filters, inner, T.One, patches, kernel, T.Zero, Pointer(y) + start * filters);
                else
                {
                    var part = Pointer(Buffer(ref _groupOutput, rows * filters));
                    Multiply(false, false, rows, filters, inner, T.One, patches, kernel, T.Zero, part);
                    Rows(new CopyColumnsWork(part, filters, 0, Pointer(y) + start * w.Shape[3], w.Shape[3], group * filters, filters), rows,
                        filters, Cheap, y);
                }
            }
        }
        if (bias is not null) AddRowCore(bias, y.Matrix(w.Shape[3]));
        GC.KeepAlive(x);
        GC.KeepAlive(w);
        GC.KeepAlive(y);
    }

    /// <inheritdoc/>
    protected override void ConvolveTransposedCore(Window window, int groups, Tensor d, Tensor w, Tensor x)
    {
        var pass = new ImagePass(window, x.Shape, d.Shape);
        if (groups == 1 && Direct?.TryTransposed(pass, (float*)Pointer(d), (float*)Pointer(w), w.Shape[3], (float*)Pointer(x)) == true)
        {
            GC.KeepAlive(d);
            GC.KeepAlive(w);
            GC.KeepAlive(x);
            return;
        }
        int inner = window.Area * w.Shape[2], filters = w.Shape[3] / groups;
        var patch = (long)inner * pass.Places;
        if (patch > MostElements && !(pass.IsPointwise && groups == 1))
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture,
                $"A window of {window.Height}x{window.Width} over {pass.Places} places of an image takes {patch:N0} numbers for the signal "
                    + $"that goes down, more than the {MostElements:N0} that a tensor holds here. Choose a smaller window or image."));
        var images = (int)Math.Max(1, PatchElements / Math.Max(1, patch));   // whole images: their patches overlap
        for (var group = 0; group < groups; group++)
        {
            var kernel = KernelOf(w, group, groups);
            for (var start = 0; start < pass.Samples; start += images)
            {
                var count = Math.Min(images, pass.Samples - start);
                var rows = checked(count * pass.Places);
                var signal = SignalOf(d, (long)start * pass.Places, rows, group, groups);
                if (pass.IsPointwise && groups == 1)
                {
                    Multiply(false, true, rows, inner, filters, T.One, signal, kernel, T.Zero, Pointer(x) + start * pass.Image);
                    continue;
                }
                var patches = Pointer(Buffer(ref _patches, checked(rows * inner)));
                Multiply(false, true, rows, inner, filters, T.One, signal, kernel, T.Zero, patches);
                Rows(new FoldWork(pass, patches, Pointer(x) + start * pass.Image, w.Shape[2], group * w.Shape[2]), count * pass.Rows,
                    pass.Columns * w.Shape[2] * window.Area, Cheap, x);
            }
        }
        GC.KeepAlive(d);
        GC.KeepAlive(w);
    }

    /// <inheritdoc/>
    protected override void ConvolveWeightGradientCore(Window window, int groups, Tensor x, Tensor d, in Accumulator w)
    {
        var pass = new ImagePass(window, x.Shape, d.Shape);
        var kernel = w.Target;
        if (groups == 1
            && Direct?.TryWeightGradient(pass, (float*)Pointer(x), (float*)Pointer(d), kernel.Shape[3], (float)w.Alpha, (float)w.Beta,
            (float*)Pointer(kernel)) == true)
        {
            GC.KeepAlive(x);
            GC.KeepAlive(d);
            GC.KeepAlive(kernel);
            return;
        }
        int inner = window.Area * kernel.Shape[2], filters = kernel.Shape[3] / groups;
        long places = (long)pass.Samples * pass.Places;
        var step = PatchRows(inner, places);
        if (places == 0) CombineCore(0, kernel, w.Beta, kernel);
        for (var group = 0; group < groups; group++)
        {
            var target = groups == 1 ? Pointer(kernel) : Pointer(Buffer(ref _groupKernel, inner * filters));
            for (long start = 0; start < places; start += step)
            {
                var rows = (int)Math.Min(step, places - start);
                var patches = Patches(pass, x, group, groups, start, rows);
                var keep = start > 0 ? T.One : groups == 1 ? Of(w.Beta) : T.Zero;
                Multiply(true, false, inner, filters, rows, Of(w.Alpha), patches, SignalOf(d, start, rows, group, groups), keep, target);
            }
            if (groups > 1 && places > 0)
                Rows(new CombineColumnsWork(target, filters, Of(w.Beta), Pointer(kernel), kernel.Shape[3], group * filters), inner,
                    filters, Cheap, kernel);
        }
        GC.KeepAlive(x);
        GC.KeepAlive(d);
    }

    /// <summary>Outputs whose patches are laid out at a time.</summary>
    private static long PatchRows(int inner, long places)
    {
        var least = Math.Clamp(MostElements / Math.Max(1, inner), 1, 64);
        return Math.Clamp(PatchElements / Math.Max(1, inner), least, Math.Max(least, places));
    }

    /// <summary>The patches of some outputs, one row each; the image itself where a patch is a pixel.</summary>
    private T* Patches(in ImagePass pass, Tensor x, int group, int groups, long start, int rows)
    {
        if (pass.IsPointwise && groups == 1) return Pointer(x) + start * pass.Channels;
        var channels = pass.Channels / groups;
        var inner = pass.Height * pass.Width * channels;
        var patches = Pointer(Buffer(ref _patches, checked(rows * inner)));
        Rows(new UnfoldWork(pass, Pointer(x), start, channels, group * channels, patches), rows, inner, Cheap, x);
        return patches;
    }

    /// <summary>A group's kernel in one piece.</summary>
    private T* KernelOf(Tensor w, int group, int groups)
    {
        if (groups == 1) return Pointer(w);
        int filters = w.Shape[3] / groups, inner = w.Length / w.Shape[3];
        var part = Pointer(Buffer(ref _groupKernel, inner * filters));
        Rows(new CopyColumnsWork(Pointer(w), w.Shape[3], group * filters, part, filters, 0, filters), inner, filters, Cheap, w);
        return part;
    }

    /// <summary>A group's signal in one piece.</summary>
    private T* SignalOf(Tensor d, long start, int rows, int group, int groups)
    {
        var all = d.Shape[3];
        if (groups == 1) return Pointer(d) + start * all;
        var filters = all / groups;
        var part = Pointer(Buffer(ref _groupOutput, rows * filters));
        Rows(new CopyColumnsWork(Pointer(d) + start * all, all, group * filters, part, filters, 0, filters), rows, filters, Cheap, d);
        return part;
    }

    /// <summary>Working memory of at least that many elements, made again only when it must grow.</summary>
    protected Tensor Buffer(ref Tensor? buffer, int length) => buffer is not null && buffer.Length >= length ? buffer
        : buffer = Allocate(new(length));

    /// <summary>
    /// Lays out patches: for each output the channels under each of the kernel's places, zeros where it reaches over the edge.
    /// </summary>
    private readonly struct UnfoldWork(ImagePass pass, T* x, long first, int channels, int firstChannel, T* patches) : IRangeWork
    {
        public void Run(int start, int end)
        {
            int height = pass.Height, width = pass.Width, kernelRow = width * channels;
            for (var row = start; row < end; row++)
            {
                var place = first + row;
                var (image, at) = ((int)(place / pass.Places), (int)(place % pass.Places));
                int top = pass.At(at / pass.OutputColumns, 0), left = pass.At(at % pass.OutputColumns, 0);
                var from = x + image * pass.Image + firstChannel;
                var to = patches + (long)row * height * kernelRow;
                var together = pass.Dilation == 1 && channels == pass.Channels && left >= 0 && left + width <= pass.Columns;
                for (var a = 0; a < height; a++, to += kernelRow)
                {
                    var y = top + a * pass.Dilation;
                    if ((uint)y >= (uint)pass.Rows) new Span<T>(to, kernelRow).Clear();
                    else if (together)
                        new ReadOnlySpan<T>(from + ((long)y * pass.Columns + left) * pass.Channels, kernelRow).CopyTo(new(to, kernelRow));
                    else
                        for (var b = 0; b < width; b++)
                        {
                            var column = left + b * pass.Dilation;
                            var target = new Span<T>(to + b * channels, channels);
                            if ((uint)column >= (uint)pass.Columns) target.Clear();
                            else new ReadOnlySpan<T>(from + ((long)y * pass.Columns + column) * pass.Channels, channels).CopyTo(target);
                        }
                }
            }
        }
    }

    /// <summary>
    /// Folds patches back: each input takes the sum over the outputs that saw it. A range is of rows of the images,
    /// which only it writes.
    /// </summary>
    private readonly struct FoldWork(ImagePass pass, T* patches, T* x, int channels, int firstChannel) : IRangeWork
    {
        public void Run(int start, int end)
        {
            int stride = pass.Stride, patch = pass.Height * pass.Width * channels;
            for (var index = start; index < end; index++)
            {
                var (image, y) = (index / pass.Rows, index % pass.Rows);
                var to = x + (long)index * pass.Columns * pass.Channels + firstChannel;
                for (var column = 0; column < pass.Columns; column++) new Span<T>(to + (long)column * pass.Channels, channels).Clear();
                for (var a = 0; a < pass.Height; a++)
                {
                    var i = y + pass.Padding - a * pass.Dilation;
                    if (i < 0 || i % stride != 0 || i / stride >= pass.OutputRows) continue;
                    for (var j = 0; j < pass.OutputColumns; j++)
                    {
                        var from = patches + ((long)image * pass.Places + i / stride * pass.OutputColumns + j) * patch
                            + a * pass.Width * channels;
                        for (var b = 0; b < pass.Width; b++)
                        {
                            var column = pass.At(j, b);
                            if ((uint)column < (uint)pass.Columns)
                                Loop(new CombineWork(T.One, from + b * channels, T.One, to + (long)column * pass.Channels), channels);
                        }
                    }
                }
            }
        }
    }

    /// <summary>Copies some columns of each row.</summary>
    private readonly struct CopyColumnsWork(T* from, int fromWidth, int fromColumn, T* to, int toWidth, int toColumn,
        int columns) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var row = start; row < end; row++)
                new ReadOnlySpan<T>(from + (long)row * fromWidth + fromColumn,
                    columns).CopyTo(new(to + (long)row * toWidth + toColumn, columns));
        }
    }

    /// <summary>to = beta to + from, on some columns of each row.</summary>
    private readonly struct CombineColumnsWork(T* from, int columns, T beta, T* to, int toWidth, int toColumn) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var row = start; row < end; row++)
                Loop(new CombineWork(T.One, from + (long)row * columns, beta, to + (long)row * toWidth + toColumn), columns);
        }
    }
}
