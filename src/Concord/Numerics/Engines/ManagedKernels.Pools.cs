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

    /// <summary>The pixels under one output's window, in the order in which they are met: row by row.</summary>
    private ref struct WindowPixels(in ImagePass pass, int i, int j)
    {
        private readonly ImagePass _pass = pass;
        private readonly int _i = i, _j = j;
        private int _a = 0, _b = -1;

        /// <summary>The pixel: its offset within the image, in elements.</summary>
        public long Offset { readonly get; private set; } = 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool MoveNext()
        {
            while (true)
            {
                if (++_b == _pass.Width)
                {
                    _b = 0;
                    _a++;
                }
                if (_a >= _pass.Height) return false;
                int row = _pass.At(_i, _a), column = _pass.At(_j, _b);
                if ((uint)row >= (uint)_pass.Rows || (uint)column >= (uint)_pass.Columns) continue;
                Offset = ((long)row * _pass.Columns + column) * _pass.Channels;
                return true;
            }
        }
    }

    private readonly struct MaxPoolWork(ImagePass pass, T* x, T* y) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var index = start; index < end; index++)
            {
                var image = x + index / pass.OutputRows * pass.Image;
                var to = y + (long)index * pass.OutputColumns * pass.Channels;
                for (var j = 0; j < pass.OutputColumns; j++, to += pass.Channels)
                {
                    var pixels = new WindowPixels(pass, index % pass.OutputRows, j);
                    if (!pixels.MoveNext())
                    {
                        new Span<T>(to, pass.Channels).Clear();   // a dilated window may step over a small image
                        continue;
                    }
                    Loop(new CopyWork(image + pixels.Offset, to), pass.Channels);
                    while (pixels.MoveNext()) Loop(new MaxWork(image + pixels.Offset, to), pass.Channels);
                }
            }
        }
    }

    /// <summary>y = max(y, x); not-a-number stays where it is met.</summary>
    private readonly struct MaxWork(T* x, T* y) : IElementWork
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Do(int i, int count) => Lanes<T>.Store(Vector.Max(Lanes<T>.Load(x + i, count), Lanes<T>.Load(y + i, count)), y + i, count);
    }

    private readonly struct MaxPoolTangentWork(ImagePass pass, T* x, T* y, T* tangent, T* result) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var index = start; index < end; index++)
            {
                var image = index / pass.OutputRows * pass.Image;
                for (var j = 0; j < pass.OutputColumns; j++)
                {
                    var at = ((long)index * pass.OutputColumns + j) * pass.Channels;
                    for (var c = 0; c < pass.Channels; c += Lanes<T>.Count)
                    {
                        var count = Math.Min(Lanes<T>.Count, pass.Channels - c);
                        var top = Lanes<T>.Load(y + at + c, count);
                        var (won, sum) = (Vector<T>.Zero, Vector<T>.Zero);
                        for (var pixels = new WindowPixels(pass, index % pass.OutputRows, j); pixels.MoveNext();)
                        {
                            var wins = Wins(x + image + pixels.Offset + c, top, count, ref won);
                            sum += Vector.BitwiseAnd(wins, Lanes<T>.Load(tangent + image + pixels.Offset + c, count));
                        }
                        Lanes<T>.Store(sum, result + at + c, count);
                    }
                }
            }
        }
    }

    /// <summary>Windows of one image overlap, so an image's are done by one thread, in order.</summary>
    private readonly struct MaxPoolSignalWork(ImagePass pass, T* x, T* y, T* signal, T* result) : IRangeWork
    {
        public void Run(int start, int end)
        {
            new Span<T>(result + start * pass.Image, checked((int)((end - start) * pass.Image))).Clear();
            for (var n = start; n < end; n++)
            {
                var image = n * pass.Image;
                for (var place = 0; place < pass.Places; place++)
                {
                    var at = ((long)n * pass.Places + place) * pass.Channels;
                    for (var c = 0; c < pass.Channels; c += Lanes<T>.Count)
                    {
                        var count = Math.Min(Lanes<T>.Count, pass.Channels - c);
                        Vector<T> top = Lanes<T>.Load(y + at + c, count), share = Lanes<T>.Load(signal + at + c, count), won = Vector<T>.Zero;
                        for (var pixels = new WindowPixels(pass, place / pass.OutputColumns, place % pass.OutputColumns); pixels.MoveNext();)
                        {
                            var wins = Wins(x + image + pixels.Offset + c, top, count, ref won);
                            var to = result + image + pixels.Offset + c;
                            Lanes<T>.Store(Lanes<T>.Load(to, count) + Vector.BitwiseAnd(wins, share), to, count);
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
            for (var index = start; index < end; index++)
            {
                var image = x + index / pass.OutputRows * pass.Image;
                var to = y + (long)index * pass.OutputColumns * pass.Channels;
                for (var j = 0; j < pass.OutputColumns; j++, to += pass.Channels)
                {
                    new Span<T>(to, pass.Channels).Clear();
                    for (var pixels = new WindowPixels(pass, index % pass.OutputRows, j); pixels.MoveNext();)
                        Loop(new CombineWork(share, image + pixels.Offset, T.One, to), pass.Channels);
                }
            }
        }
    }

    private readonly struct AveragePoolSignalWork(ImagePass pass, T share, T* signal, T* result) : IRangeWork
    {
        public void Run(int start, int end)
        {
            new Span<T>(result + start * pass.Image, checked((int)((end - start) * pass.Image))).Clear();
            for (var n = start; n < end; n++)
                for (var place = 0; place < pass.Places; place++)
                {
                    var from = signal + ((long)n * pass.Places + place) * pass.Channels;
                    for (var pixels = new WindowPixels(pass, place / pass.OutputColumns, place % pass.OutputColumns); pixels.MoveNext();)
                        Loop(new CombineWork(share, from, T.One, result + n * pass.Image + pixels.Offset), pass.Channels);
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
