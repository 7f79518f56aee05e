using System.Numerics;
using Concord.Numerics.Engines.Products;

namespace Concord.Numerics.Engines;

/// <summary>
/// All operations but the matrix product in C#, generic in the element type: one home for each formula, in float for
/// training and in double for the checks of derivatives. Results are the same to the bit for any number of threads:
/// sums run in a fixed order.
/// </summary>
/// <param name="team">The threads that share an operation; disposed with the engine.</param>
internal abstract unsafe partial class ManagedKernels<T>(Team team) : Kernels
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>How many elements of cheap work are worth waking another thread for.</summary>
    protected const int Cheap = 8192;

    /// <summary>The same where each element takes an exponential or the like.</summary>
    protected const int Costly = 2048;

    /// <summary>Ranges of elements begin at multiples of this: whole cache lines, whole registers, whole blocks of random words.</summary>
    private const int ElementUnit = 16;

    /// <inheritdoc/>
    public override string Version => Environment.Version.ToString();

    /// <inheritdoc/>
    public override string InstructionSet => VectorWidths.Widest.InstructionSet();

    /// <inheritdoc/>
    public override int Threads => team.Threads;

    /// <inheritdoc/>
    public override ElementType ElementType => typeof(T) == typeof(float) ? ElementType.Single : ElementType.Double;

    /// <summary>The threads.</summary>
    protected Team Team => team;

    /// <inheritdoc/>
    internal override void Share<TWork>(ref TWork work, int length, int grain = 1) => team.For(ref work, length, grain);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) team.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>A number in the engine's precision.</summary>
    private static T Of(double value) => T.CreateTruncating(value);

    /// <summary>The elements, of which there must be the engine's kind; null for no tensor.</summary>
    protected static T* Pointer(Tensor? tensor)
    {
        if (tensor is null) return null;
        if (tensor.ElementType.Size() != sizeof(T))
            throw new ArgumentException($"The engine works on {typeof(T).Name} elements, but a tensor {tensor} was given. "
                + "Allocate tensors by the engine that uses them.");
        return tensor.Pointer<T>();
    }

    /// <summary>Does element-wise work on the current thread.</summary>
    private static void Loop<TWork>(TWork work, int length) where TWork : unmanaged, IElementWork =>
        new ElementLoop<T, TWork>(work).Run(0, length);

    /// <summary>Shares element-wise work. The tensors are named so that they outlive the pointers into them.</summary>
    private void Elements<TWork>(TWork work, int length, int grain, params ReadOnlySpan<Tensor?> alive)
        where TWork : unmanaged, IElementWork =>
        Share(new ElementLoop<T, TWork>(work), length, grain, ElementUnit, alive);

    /// <summary>
    /// Shares element-wise work that writes all of a tensor, and its copies in bf16 with it, if products have asked for some.
    /// </summary>
    private void Write<TWork>(TWork work, Tensor y, int grain, params ReadOnlySpan<Tensor?> alive) where TWork : unmanaged, IElementWork
    {
        if (!Bfloat16Along.IsFor(y)) Elements(work, y.Length, grain, alive);
        else
        {
            var along = new Bfloat16Along(y);
            Share(new NarrowingLoop<TWork>(work, along), y.Length, grain, along.Unit, alive);
            Bfloat16Along.Renewed(y);
        }
        GC.KeepAlive(y);
    }

    /// <summary>Element-wise work, and behind each piece of it that piece in bf16.</summary>
    private struct NarrowingLoop<TWork>(TWork work, Bfloat16Along along) : IRangeWork where TWork : unmanaged, IElementWork
    {
        private ElementLoop<T, TWork> _loop = new(work);

        public void Run(int start, int end)
        {
            for (var from = start; from < end; from += along.Unit)
            {
                var until = Math.Min(from + along.Unit, end);
                _loop.Run(from, until);
                along.Write(from, until);
            }
        }
    }

    /// <summary>Shares work on whole rows of so many elements.</summary>
    private void Rows<TWork>(TWork work, int rows, int width, int grain, params ReadOnlySpan<Tensor?> alive)
        where TWork : unmanaged, IRangeWork =>
        Share(work, rows, grain / Math.Max(width, 1), 1, alive);

    /// <summary>Shares work on ranges of columns, each over so many rows.</summary>
    private void Columns<TWork>(TWork work, int columns, int rows, params ReadOnlySpan<Tensor?> alive)
        where TWork : unmanaged, IRangeWork =>
        Share(work, columns, Math.Max(ElementUnit, Cheap / Math.Max(rows, 1)), ElementUnit, alive);

    private void Share<TWork>(TWork work, int length, int grain, int unit, ReadOnlySpan<Tensor?> alive) where TWork : unmanaged, IRangeWork
    {
        team.For(ref work, length, grain, unit);
        foreach (var tensor in alive) GC.KeepAlive(tensor);
    }
}
