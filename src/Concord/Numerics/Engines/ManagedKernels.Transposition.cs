namespace Concord.Numerics.Engines;

internal abstract unsafe partial class ManagedKernels<T>
{
    /// <inheritdoc/>
    protected override void TransposeEachCore(Tensor x, int columns, Tensor y) =>
        Rows(new TransposeWork(Pointer(x), x.Shape.RowLength / columns, columns, Pointer(y)), x.Shape.Rows, x.Shape.RowLength, Cheap, x, y);

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
