using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    private Tensor? _gated;
    private long _gatedOf;

    /// <inheritdoc/>
    protected override void MaxPoolCore(Window window, Tensor x, Tensor y, Tensor places)
    {
        var pass = new ImagePass(window, x.Shape, y.Shape);
        if (IsOfFour(window)) Upward(new MaxOfFourWork(pass, Pointer(x), Pointer(y), Pointer(places)), x, y, places);
        else Upward(new MaxPoolWork(pass, Pointer(x), Pointer(y), Pointer(places)), x, y, places);
    }

    /// <inheritdoc/>
    protected override void MaxPoolTangentCore(Window window, Tensor places, Tensor tangent, Tensor result) =>
        Upward(new MaxPoolTangentWork(new(window, tangent.Shape, places.Shape), Pointer(places), Pointer(tangent), Pointer(result)),
            tangent, result, places);

    /// <inheritdoc/>
    protected override void AveragePoolCore(Window window, Tensor x, Tensor y) =>
        Upward(new AveragePoolWork(new(window, x.Shape, y.Shape), Of(1.0 / window.Area), Pointer(x), Pointer(y)), x, y);

    /// <inheritdoc/>
    protected override void MaxPoolSignalCore(Window window, Activation f, Tensor? y, Tensor places, Tensor signal, Tensor result)
    {
        Choose(f, new MaxPoolSignalUse(this, window, y, places, signal, result));
        GC.KeepAlive(y);
    }

    /// <summary>signal * f' of what was put off: a number for each window. It is computed once, and stands until the next one's.</summary>
    private protected T* Gated(in PooledSignal put)
    {
        if (put.Y is null) return Pointer(put.Signal);
        var gated = Buffer(ref _gated, put.Signal.Length).Rows(0, put.Signal.Length);
        if (_gatedOf != put.Number) MultiplyByDerivativeCore(put.F, put.Y, put.Y, put.Signal, gated);
        _gatedOf = put.Number;
        return Pointer(gated);
    }

    /// <inheritdoc/>
    protected override void AveragePoolSignalCore(Window window, Tensor signal, Tensor result) =>
        Rows(new AveragePoolSignalWork(new(window, result.Shape, signal.Shape), Of(1.0 / window.Area), Pointer(signal), Pointer(result)),
            result.Shape.Rows, result.Shape.RowLength, Cheap, signal, result);

    /// <summary>Shares the rows of all output images.</summary>
    private void Upward<TWork>(TWork work, Tensor x, Tensor y, Tensor? places = null) where TWork : unmanaged, IRangeWork =>
        Rows(work, y.Shape[0] * y.Shape[1], y.Shape[2] * y.Shape[3], Cheap, x, y, places);

    /// <summary>The part of one output's window that lies within the image: rows a and columns b of the window, from-to.</summary>
    private readonly struct Overlap(in ImagePass pass, int i, int j)
    {
        public readonly int Top = pass.First(i), Bottom = pass.Last(i, pass.Height, pass.Rows), Left = pass.First(j),
            Right = pass.Last(j, pass.Width, pass.Columns);

        /// <summary>Where row a of the window, column <see cref="Left"/>, stands within the image, in elements.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public long Row(in ImagePass pass, int i, int j, int a) => ((long)pass.At(i, a) * pass.Columns + pass.At(j, Left)) * pass.Channels;

        /// <summary>The number of row a, column b of the window, as <see cref="Kernels.MaxPool"/> counts places.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static int IndexOf(in ImagePass pass, int a, int b) => a * pass.Width + b;
    }

    private readonly struct MaxPoolWork(ImagePass pass, T* x, T* y, T* places) : IRangeWork
    {
        public void Run(int start, int end)
        {
            var (channels, step) = (pass.Channels, pass.Dilation * pass.Channels);
            for (var index = start; index < end; index++)
            {
                var i = index % pass.OutputRows;
                var image = x + index / pass.OutputRows * pass.Image;
                var at = (long)index * pass.OutputColumns * channels;
                for (var j = 0; j < pass.OutputColumns; j++, at += channels)
                {
                    var overlap = new Overlap(pass, i, j);
                    for (var c = 0; c < channels; c += Lanes<T>.Count)
                    {
                        var count = Math.Min(Lanes<T>.Count, channels - c);
                        Vector<T> top = new(T.NegativeInfinity), place = new(Of(Overlap.IndexOf(pass, overlap.Top, overlap.Left)));
                        for (var a = overlap.Top; a < overlap.Bottom; a++)
                        {
                            var from = image + overlap.Row(pass, i, j, a) + c;
                            for (var b = overlap.Left; b < overlap.Right; b++, from += step)
                            {
                                var value = Lanes<T>.Load(from, count);
                                place = Vector.ConditionalSelect(Vector.GreaterThan(value, top),
                                    new(Of(Overlap.IndexOf(pass, a, b))), place);
                                top = Lanes<T>.Larger(value, top);
                            }
                        }
                        Lanes<T>.Store(top, y + at + c, count);
                        Lanes<T>.Store(place, places + at + c, count);
                    }
                }
            }
        }
    }

    private readonly struct MaxPoolTangentWork(ImagePass pass, T* places, T* tangent, T* result) : IRangeWork
    {
        public void Run(int start, int end)
        {
            var (channels, step) = (pass.Channels, pass.Dilation * pass.Channels);
            for (var index = start; index < end; index++)
            {
                var i = index % pass.OutputRows;
                var image = tangent + index / pass.OutputRows * pass.Image;
                var at = (long)index * pass.OutputColumns * channels;
                for (var j = 0; j < pass.OutputColumns; j++, at += channels)
                {
                    var overlap = new Overlap(pass, i, j);
                    for (var c = 0; c < channels; c += Lanes<T>.Count)
                    {
                        var count = Math.Min(Lanes<T>.Count, channels - c);
                        Vector<T> place = Lanes<T>.Load(places + at + c, count), sum = Vector<T>.Zero;
                        for (var a = overlap.Top; a < overlap.Bottom; a++)
                        {
                            var from = image + overlap.Row(pass, i, j, a) + c;
                            for (var b = overlap.Left; b < overlap.Right; b++, from += step)
                                sum += Vector.BitwiseAnd(Vector.Equals(place, new(Of(Overlap.IndexOf(pass, a, b)))),
                                    Lanes<T>.Load(from, count));
                        }
                        Lanes<T>.Store(sum, result + at + c, count);
                    }
                }
            }
        }
    }

    /// <summary>
    /// Windows of one image may overlap, so an image's are done by one thread, in order. Where they lie side by side and fill the image,
    /// each place is written once and nothing is read.
    /// </summary>
    private readonly struct MaxPoolSignalWork<TFunction>(ImagePass pass, TFunction f, T* y, T* places, T* signal, T* result) : IRangeWork
        where TFunction : unmanaged, IFunction
    {
        public void Run(int start, int end)
        {
            var (channels, step, tiles) = (pass.Channels, pass.Dilation * pass.Channels, pass.Tiles);
            for (var n = start; n < end; n++)
            {
                var image = result + n * pass.Image;
                var at = (long)n * pass.Places * channels;
                if (!tiles) new Span<T>(image, (int)pass.Image).Clear();
                for (var i = 0; i < pass.OutputRows; i++)
                    for (var j = 0; j < pass.OutputColumns; j++, at += channels)
                    {
                        var overlap = new Overlap(pass, i, j);
                        for (var c = 0; c < channels; c += Lanes<T>.Count)
                        {
                            var count = Math.Min(Lanes<T>.Count, channels - c);
                            Vector<T> place = Lanes<T>.Load(places + at + c, count), share = Lanes<T>.Load(signal + at + c, count);
                            if (y != null) share *= f.Slope(Lanes<T>.Load(y + at + c, count));
                            for (var a = overlap.Top; a < overlap.Bottom; a++)
                            {
                                var to = image + overlap.Row(pass, i, j, a) + c;
                                for (var b = overlap.Left; b < overlap.Right; b++, to += step)
                                {
                                    var won = Vector.BitwiseAnd(Vector.Equals(place, new(Of(Overlap.IndexOf(pass, a, b)))), share);
                                    Lanes<T>.Store(tiles ? won : Lanes<T>.Load(to, count) + won, to, count);
                                }
                            }
                        }
                    }
            }
        }
    }

    private readonly struct MaxPoolSignalUse(ManagedKernels<T> kernels, Window window, Tensor? y, Tensor places, Tensor signal,
        Tensor result) : IFunctionUse
    {
        public void Take<TFunction>(TFunction f) where TFunction : unmanaged, IFunction
        {
            var pass = new ImagePass(window, result.Shape, places.Shape);
            T* output = y is null ? null : Pointer(y);
            if (IsOfFour(window))
                kernels.Upward(new SignalOfFourWork<TFunction>(pass, f, output, Pointer(places), Pointer(signal), Pointer(result)), result,
                    signal, places);
            else
                kernels.Rows(new MaxPoolSignalWork<TFunction>(pass, f, output, Pointer(places), Pointer(signal), Pointer(result)),
                    result.Shape.Rows, result.Shape.RowLength, Cheap, places, signal, result);
        }
    }

    private readonly struct AveragePoolWork(ImagePass pass, T share, T* x, T* y) : IRangeWork
    {
        public void Run(int start, int end)
        {
            var step = pass.Dilation * pass.Channels;
            for (var index = start; index < end; index++)
            {
                var i = index % pass.OutputRows;
                var image = x + index / pass.OutputRows * pass.Image;
                var to = y + (long)index * pass.OutputColumns * pass.Channels;
                for (var j = 0; j < pass.OutputColumns; j++, to += pass.Channels)
                {
                    var overlap = new Overlap(pass, i, j);
                    new Span<T>(to, pass.Channels).Clear();
                    for (var a = overlap.Top; a < overlap.Bottom; a++)
                    {
                        var from = image + overlap.Row(pass, i, j, a);
                        for (var b = overlap.Left; b < overlap.Right; b++, from += step)
                            Loop(new CombineWork(share, from, T.One, to), pass.Channels);
                    }
                }
            }
        }
    }

    private readonly struct AveragePoolSignalWork(ImagePass pass, T share, T* signal, T* result) : IRangeWork
    {
        public void Run(int start, int end)
        {
            var step = pass.Dilation * pass.Channels;
            for (var n = start; n < end; n++)
            {
                var image = result + n * pass.Image;
                new Span<T>(image, (int)pass.Image).Clear();
                var from = signal + (long)n * pass.Places * pass.Channels;
                for (var i = 0; i < pass.OutputRows; i++)
                    for (var j = 0; j < pass.OutputColumns; j++, from += pass.Channels)
                    {
                        var overlap = new Overlap(pass, i, j);
                        for (var a = overlap.Top; a < overlap.Bottom; a++)
                        {
                            var to = image + overlap.Row(pass, i, j, a);
                            for (var b = overlap.Left; b < overlap.Right; b++, to += step)
                                Loop(new CombineWork(share, from, T.One, to), pass.Channels);
                        }
                    }
            }
        }
    }
}
