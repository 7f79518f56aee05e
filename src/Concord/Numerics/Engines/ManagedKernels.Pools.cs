using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    /// <inheritdoc/>
    protected override void MaxPoolCore(Window window, Tensor x, Tensor y) => Upward(new MaxPoolWork(new(window, x.Shape, y.Shape), Pointer(x), Pointer(y)), x, y);

    /// <inheritdoc/>
    protected override void MaxPoolTangentCore(Window window, Tensor x, Tensor y, Tensor tangent, Tensor result) =>
        Upward(new MaxPoolTangentWork(new(window, x.Shape, y.Shape), Pointer(x), Pointer(y), Pointer(tangent), Pointer(result)), x, y, tangent, result);

    /// <inheritdoc/>
    protected override void AveragePoolCore(Window window, Tensor x, Tensor y) => Upward(new AveragePoolWork(new(window, x.Shape, y.Shape), Of(1.0 / window.Area), Pointer(x), Pointer(y)), x, y);

    /// <inheritdoc/>
    protected override void MaxPoolSignalCore(Window window, Tensor x, Tensor y, Tensor signal, Tensor result) =>
        Rows(new MaxPoolSignalWork(new(window, x.Shape, y.Shape), Pointer(x), Pointer(y), Pointer(signal), Pointer(result)), x.Shape.Rows, x.Shape.RowLength, Cheap, x, y, signal, result);

    /// <inheritdoc/>
    protected override void AveragePoolSignalCore(Window window, Tensor signal, Tensor result) =>
        Rows(new AveragePoolSignalWork(new(window, result.Shape, signal.Shape), Of(1.0 / window.Area), Pointer(signal), Pointer(result)), result.Shape.Rows, result.Shape.RowLength, Cheap, signal, result);

    /// <inheritdoc/>
    protected override void TransposeEachCore(Tensor x, int columns, Tensor y) =>
        Rows(new TransposeWork(Pointer(x), x.Shape.RowLength / columns, columns, Pointer(y)), x.Shape.Rows, x.Shape.RowLength, Cheap, x, y);

    /// <summary>Shares the rows of all output images.</summary>
    private void Upward<TWork>(TWork work, Tensor x, Tensor y, Tensor? tangent = null, Tensor? result = null) where TWork : unmanaged, IRangeWork =>
        Rows(work, y.Shape[0] * y.Shape[1], y.Shape[2] * y.Shape[3], Cheap, x, y, tangent, result);

    /// <summary>The part of one output's window that lies within the image: rows a and columns b of the window, from-to.</summary>
    private readonly struct Reach(in ImagePass pass, int i, int j)
    {
        public readonly int Top = pass.First(i), Bottom = pass.Last(i, pass.Height, pass.Rows), Left = pass.First(j), Right = pass.Last(j, pass.Width, pass.Columns);

        /// <summary>Where row a of the window, column <see cref="Left"/>, stands within the image, in elements.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public long Row(in ImagePass pass, int i, int j, int a) => ((long)pass.At(i, a) * pass.Columns + pass.At(j, Left)) * pass.Channels;
    }

    private readonly struct MaxPoolWork(ImagePass pass, T* x, T* y) : IRangeWork
    {
        public void Run(int start, int end)
        {
            var (channels, step) = (pass.Channels, pass.Dilation * pass.Channels);
            for (var index = start; index < end; index++)
            {
                var i = index % pass.OutputRows;
                var image = x + index / pass.OutputRows * pass.Image;
                var to = y + (long)index * pass.OutputColumns * channels;
                for (var j = 0; j < pass.OutputColumns; j++, to += channels)
                {
                    var reach = new Reach(pass, i, j);
                    for (var c = 0; c < channels; c += Lanes<T>.Count)
                    {
                        var count = Math.Min(Lanes<T>.Count, channels - c);
                        var top = new Vector<T>(T.NegativeInfinity);
                        for (var a = reach.Top; a < reach.Bottom; a++)
                        {
                            var from = image + reach.Row(pass, i, j, a) + c;
                            for (var b = reach.Left; b < reach.Right; b++, from += step) top = Vector.Max(top, Lanes<T>.Load(from, count));
                        }
                        Lanes<T>.Store(top, to + c, count);
                    }
                }
            }
        }
    }

    private readonly struct MaxPoolTangentWork(ImagePass pass, T* x, T* y, T* tangent, T* result) : IRangeWork
    {
        public void Run(int start, int end)
        {
            var (channels, step) = (pass.Channels, pass.Dilation * pass.Channels);
            for (var index = start; index < end; index++)
            {
                var i = index % pass.OutputRows;
                var image = index / pass.OutputRows * pass.Image;
                for (var j = 0; j < pass.OutputColumns; j++)
                {
                    var at = ((long)index * pass.OutputColumns + j) * channels;
                    var reach = new Reach(pass, i, j);
                    for (var c = 0; c < channels; c += Lanes<T>.Count)
                    {
                        var count = Math.Min(Lanes<T>.Count, channels - c);
                        Vector<T> top = Lanes<T>.Load(y + at + c, count), won = Vector<T>.Zero, sum = Vector<T>.Zero;
                        for (var a = reach.Top; a < reach.Bottom; a++)
                        {
                            var from = image + reach.Row(pass, i, j, a) + c;
                            for (var b = reach.Left; b < reach.Right; b++, from += step)
                                sum += Vector.BitwiseAnd(Wins(x + from, top, count, ref won), Lanes<T>.Load(tangent + from, count));
                        }
                        Lanes<T>.Store(sum, result + at + c, count);
                    }
                }
            }
        }
    }

    /// <summary>Windows of one image may overlap, so an image's are done by one thread, in order.</summary>
    private readonly struct MaxPoolSignalWork(ImagePass pass, T* x, T* y, T* signal, T* result) : IRangeWork
    {
        public void Run(int start, int end)
        {
            var (channels, step) = (pass.Channels, pass.Dilation * pass.Channels);
            for (var n = start; n < end; n++)
            {
                var image = n * pass.Image;
                new Span<T>(result + image, (int)pass.Image).Clear();
                for (var i = 0; i < pass.OutputRows; i++)
                    for (var j = 0; j < pass.OutputColumns; j++)
                    {
                        var at = ((long)n * pass.Places + i * pass.OutputColumns + j) * channels;
                        var reach = new Reach(pass, i, j);
                        for (var c = 0; c < channels; c += Lanes<T>.Count)
                        {
                            var count = Math.Min(Lanes<T>.Count, channels - c);
                            Vector<T> top = Lanes<T>.Load(y + at + c, count), share = Lanes<T>.Load(signal + at + c, count), won = Vector<T>.Zero;
                            for (var a = reach.Top; a < reach.Bottom; a++)
                            {
                                var from = image + reach.Row(pass, i, j, a) + c;
                                for (var b = reach.Left; b < reach.Right; b++, from += step)
                                    Lanes<T>.Store(Lanes<T>.Load(result + from, count) + Vector.BitwiseAnd(Wins(x + from, top, count, ref won), share), result + from, count);
                            }
                        }
                    }
            }
        }
    }

    /// <summary>All bits set where the input is its window's maximum and none before it was.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Wins(T* x, Vector<T> top, int count, ref Vector<T> won)
    {
        var wins = Vector.AndNot(Vector.Equals(Lanes<T>.Load(x, count), top), won);
        won = Vector.BitwiseOr(won, wins);
        return wins;
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
                    var reach = new Reach(pass, i, j);
                    new Span<T>(to, pass.Channels).Clear();
                    for (var a = reach.Top; a < reach.Bottom; a++)
                    {
                        var from = image + reach.Row(pass, i, j, a);
                        for (var b = reach.Left; b < reach.Right; b++, from += step) Loop(new CombineWork(share, from, T.One, to), pass.Channels);
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
                        var reach = new Reach(pass, i, j);
                        for (var a = reach.Top; a < reach.Bottom; a++)
                        {
                            var to = image + reach.Row(pass, i, j, a);
                            for (var b = reach.Left; b < reach.Right; b++, to += step) Loop(new CombineWork(share, from, T.One, to), pass.Channels);
                        }
                    }
            }
        }
    }

    private readonly struct TransposeWork(T* x, int rows, int columns, T* y) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var n = start; n < end; n++)
            {
                T* from = x + (long)n * rows * columns, to = y + (long)n * rows * columns;
                for (var i = 0; i < rows; i++)
                    for (var j = 0; j < columns; j++) to[(long)j * rows + i] = from[(long)i * columns + j];
            }
        }
    }
}
