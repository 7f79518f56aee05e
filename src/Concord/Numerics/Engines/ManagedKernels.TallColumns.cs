using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

/// <summary>
/// Columns of tall and narrow matrices, as the pixels of images are: few columns leave nothing to share among threads, so the rows are
/// shared. A sum is made of as many parts as threads could ever want, cut by the shape alone and added in order:
/// the same bits on any number of threads.
/// </summary>
internal abstract unsafe partial class ManagedKernels<T>
{
    private const int TallRows = 2048, TallParts = 64;
    private Tensor? _parts, _scales;

    private static bool IsTall(int rows, int width) => rows >= TallRows && width <= Panel;

    /// <summary>The sum over the rows, for each column, of what the term gives.</summary>
    private void SumColumnsOf<TTerm>(TTerm term, int rows, int width, params ReadOnlySpan<Tensor?> alive)
        where TTerm : unmanaged, IColumnTerm
    {
        if (!IsTall(rows, width))
        {
            Columns(new ColumnSums<TTerm>(term, rows), width, rows, alive);
            return;
        }
        using var mode = Team.Compute();
        var parts = Pointer(Buffer(ref _parts, TallParts * Panel));
        Rows(new PartialSums<TTerm>(term, rows, width, parts), TallParts, (rows + TallParts - 1) / TallParts * width, Cheap, alive);
        Finish(term, parts, width);
    }

    /// <summary>Two sums over the rows of a tall matrix in one walk.</summary>
    private void SumColumnsOf<TFirst, TSecond>(TFirst first, TSecond second, int rows, int width, params ReadOnlySpan<Tensor?> alive)
        where TFirst : unmanaged, IColumnTerm where TSecond : unmanaged, IColumnTerm
    {
        using var mode = Team.Compute();
        var parts = Pointer(Buffer(ref _parts, 2 * TallParts * Panel));
        Rows(new PartialSumsOfTwo<TFirst, TSecond>(first, second, rows, width, parts), TallParts,
            (rows + TallParts - 1) / TallParts * width, Cheap, alive);
        Finish(first, parts, width);
        Finish(second, parts + TallParts * Panel, width);
    }

    private static void Finish<TTerm>(TTerm term, T* parts, int width) where TTerm : unmanaged, IColumnTerm
    {
        for (var j = 0; j < width; j += Lanes<T>.Count)
        {
            var sum = Vector<T>.Zero;
            for (var part = 0; part < TallParts; part++) sum += Vector.Load(parts + part * Panel + j);
            term.Finish(j, sum, Math.Min(Lanes<T>.Count, width - j));
        }
    }

    /// <summary>1 / sqrt(variance + epsilon) of each column, for all threads to read.</summary>
    private T* ScalesOf(in Norm norm)
    {
        var scales = Pointer(Buffer(ref _scales, Panel));
        using (Team.Compute()) norm.Scales(0, norm.Width, scales);
        return scales;
    }

    /// <summary>Each part's sums, a panel each.</summary>
    private readonly struct PartialSums<TTerm>(TTerm term, int rows, int width, T* parts) : IRangeWork where TTerm : unmanaged, IColumnTerm
    {
        public void Run(int start, int end)
        {
            var mine = term;
            for (var part = start; part < end; part++)
            {
                var sums = parts + part * Panel;
                new Span<T>(sums, Panel).Clear();
                for (long n = (long)rows * part / TallParts, stop = (long)rows * (part + 1) / TallParts; n < stop; n++)
                    AddRow(ref mine, (int)n, width, sums);
            }
        }
    }

    /// <summary>Each part's sums of two terms, a panel each: those of the second after all of the first.</summary>
    private readonly struct PartialSumsOfTwo<TFirst, TSecond>(TFirst first, TSecond second, int rows, int width, T* parts) : IRangeWork
        where TFirst : unmanaged, IColumnTerm where TSecond : unmanaged, IColumnTerm
    {
        public void Run(int start, int end)
        {
            var (one, other) = (first, second);
            for (var part = start; part < end; part++)
            {
                T* sums = parts + part * Panel, others = sums + TallParts * Panel;
                new Span<T>(sums, Panel).Clear();
                new Span<T>(others, Panel).Clear();
                for (long n = (long)rows * part / TallParts, stop = (long)rows * (part + 1) / TallParts; n < stop; n++)
                {
                    AddRow(ref one, (int)n, width, sums);
                    AddRow(ref other, (int)n, width, others);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow<TTerm>(ref TTerm term, int n, int width, T* sums) where TTerm : unmanaged, IColumnTerm
    {
        term.BeginRow(n);
        var j = 0;
        for (; j <= width - Lanes<T>.Count; j += Lanes<T>.Count) Vector.Store(Vector.Load(sums + j) + term.At(j, Lanes<T>.Count), sums + j);
        if (j < width) Vector.Store(Vector.Load(sums + j) + Lanes<T>.Keep(term.At(j, width - j), width - j), sums + j);
    }

    /// <summary>signal h, for a gain's gradient and for M[h u].</summary>
    private struct GainTerm(Norm norm, T* scale, T* signal, T alpha, T beta, T* target) : IColumnTerm
    {
        private Standardized<ByColumn> _h;
        private T* _row;

        public void BeginRow(int n)
        {
            _h = norm.Panel(n, 0, scale);
            _row = signal + (long)n * norm.Width;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Vector<T> At(int j, int count) => _h.At(j, count) * Lanes<T>.Load(_row + j, count);

        public readonly void Finish(int j, Vector<T> sum, int count) => Lanes<T>.Accumulate(sum, alpha, beta, target + j, count);
    }

    private readonly struct TallNormalizeWork(Norm norm, T* scale, T* gain, T* shift, T* y) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var n = start; n < end; n++)
                Loop(new NormalizeRow<ByColumn>(norm.Panel(n, 0, scale), gain, shift, y + (long)n * norm.Width), norm.Width);
        }
    }

    private readonly struct TallDerivativeWork(Norm norm, T* scale, T* meanU, T* meanHu, T* gain, T* vector, T* result) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var n = start; n < end; n++)
            {
                var offset = (long)n * norm.Width;
                Loop(new DerivativeRow<ByColumn>(norm.Panel(n, 0, scale), downward: true, meanU, meanHu, gain, vector + offset,
                    result + offset), norm.Width);
            }
        }
    }

    private void TallDerivative(Norm norm, bool differentiateMoments, Tensor x, Tensor gain, Tensor vector, Tensor result,
        (Tensor Shift, Tensor Gain)? sums)
    {
        using var mode = Team.Compute();
        var scale = ScalesOf(norm);
        var means = stackalloc T[2 * Panel];
        T* meanU = means, meanHu = means + Panel;
        new Span<T>(means, 2 * Panel).Clear();
        if (differentiateMoments && sums is { } known)
            Loop(new MeansOfSums(Pointer(known.Shift), Pointer(known.Gain), Pointer(gain), T.One / T.CreateTruncating(norm.Height), meanU,
                meanHu), norm.Width);
        Rows(new TallDerivativeWork(norm, scale, meanU, meanHu, Pointer(gain), Pointer(vector), Pointer(result)), norm.Height, norm.Width,
            Cheap, x, gain, vector, result, sums?.Shift, sums?.Gain);
    }
}
