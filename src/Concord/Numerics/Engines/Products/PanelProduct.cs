using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Concord.Numerics.Engines.Products;

/// <summary>
/// The matrix product y = beta y + alpha op(a) op(b) in single precision, in C# alone.
/// <para>
/// Three ideas make it fast. The result is computed in <see cref="Tile{TSimd, TVector}">tiles</see> that stay in
/// registers. The operands are cut into blocks that stay in the caches: a block of b is <see cref="Packing">packed</see>
/// once into the second level, and strips of eight rows of a, small enough for the first level, pass over it. And the
/// threads share the result, never the inner length: each has a <see cref="Rectangle{TSimd, TVector}">rectangle</see> of
/// y of its own, and no thread waits for another. Few rows times a transposed matrix are computed
/// the other way round (<see cref="TurnedProduct{TSimd, TVector}"/>).
/// </para>
/// <para>
/// Every element of y is summed in the same order, whatever the number of threads: results are identical to the bit.
/// Once constructed, it allocates nothing. Calls from several threads take turns.
/// </para>
/// </summary>
internal sealed unsafe class PanelProduct
{
    private const long WorkPerThread = 64 * 1024;   // multiply-adds: what another thread must have to do to be worth the fork
    private const int CacheLine = 16;               // numbers in 64 bytes
    private const int Unit = CacheLine;             // parts begin at multiples of it: whole tiles, and no cache line is shared

    private readonly Team _team;
    private readonly VectorWidth _width;
    private readonly Lock _turn = new();
    private readonly float[] _memory;

    /// <summary>A product that shares its work among a team.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="width">The registers to use; the widest that the machine has if not given.</param>
    public PanelProduct(Team team, VectorWidth? width = null)
    {
        _team = team;
        _width = width ?? VectorWidths.Widest;
        _memory = GC.AllocateUninitializedArray<float>(checked(team.Threads * Scratch.Length + CacheLine), pinned: true);
    }

    /// <summary>y = beta y + alpha op(a) op(b), all dense and row-major; with beta = 0, y is overwritten whatever stood there.</summary>
    /// <param name="transposeA">Whether a stands as k x m, not m x k.</param>
    /// <param name="transposeB">Whether b stands as n x k, not k x n.</param>
    /// <param name="m">Rows of y.</param>
    /// <param name="n">Columns of y.</param>
    /// <param name="k">The inner length; 0 leaves beta y.</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="a">The left operand.</param>
    /// <param name="b">The right operand.</param>
    /// <param name="beta">Factor of what stands in y.</param>
    /// <param name="y">m x n; neither a nor b.</param>
    public void Multiply(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float* a, float* b, float beta, float* y)
    {
        if (m == 0 || n == 0) return;
        if (k == 0)
        {
            using (_team.Compute()) Scale(new Span<float>(y, checked(m * n)), beta);
            return;
        }

        // One column is one row of the transposed product: (a b)' = b' a'.
        var operands = n == 1 && m > 1
            ? new Operands(false, b, !transposeA, a, y, 1, m, k, alpha, beta)
            : new Operands(transposeA, a, transposeB, b, y, m, n, k, alpha, beta);
        lock (_turn)
        {
            if (operands.IsTurned) Turn(operands, new MatrixRows(b, k));
            else
            {
                var threads = ThreadsFor(operands);
                var work = new Work(operands, _width, threads, Memory);
                _team.For(ref work, threads, grain: 1);
            }
        }
    }

    /// <summary>y = a b' where the rows of b are made as they are read. False where it declines: b is too small or too large.</summary>
    public bool TryMultiply(int m, int n, int k, float* a, in SignedRows b, float* y)
    {
        var operands = new Operands(false, a, true, null, y, m, n, k, 1, 0);
        if (!(operands.IsTurned && n > 1) && (m != 1 || k > Scratch.BlockLength / Scratch.Rows)) return false;
        lock (_turn) Turn(operands, b);
        return true;
    }

    private void Turn<TRows>(in Operands operands, TRows rows) where TRows : unmanaged, IRows
    {
        var threads = ThreadsFor(operands);
        var work = new TurnedWork<TRows>(operands, rows, _width, threads, Memory);
        _team.For(ref work, threads, grain: 1);
    }

    private int ThreadsFor(in Operands op) => (int)Math.Clamp((long)op.M * op.N * op.K / WorkPerThread, 1, _team.Threads);

    private float* Memory => (float*)(((nint)Unsafe.AsPointer(ref _memory[0]) + 63) & ~(nint)63);

    private static void Scale(Span<float> y, float beta)
    {
        if (beta == 0) y.Clear();
        else TensorPrimitives.Multiply(y, beta, y);
    }

    /// <summary>y as a grid of rectangles, as many as threads.</summary>
    private readonly struct Work : IRangeWork
    {
        private readonly Operands _operands;
        private readonly VectorWidth _width;
        private readonly int _down, _across;
        private readonly float* _memory;

        public Work(in Operands operands, VectorWidth width, int threads, float* memory)
        {
            _operands = operands;
            _width = width;
            _memory = memory;

            // A rectangle packs its rows of a and its columns of b: the squarer the grid makes it, the less is packed twice.
            // An outer product packs nothing; whole rows are then contiguous memory (twice as fast on two threads).
            _down = operands.K == 1 ? threads : 1;
            for (var down = 2; down <= threads && operands.M > 1; down++)
                if (threads % down == 0 && Perimeter(down, threads / down) <= Perimeter(_down, threads / _down))
                    _down = down;
            _across = threads / _down;
        }

        public void Run(int start, int end)
        {
            for (var cell = start; cell < end; cell++)
            {
                var (row, column) = (cell / _across, cell % _across);
                int top = Edge(_operands.M, row, _down), bottom = Edge(_operands.M, row + 1, _down);
                int left = Edge(_operands.N, column, _across), right = Edge(_operands.N, column + 1, _across);
                if (top == bottom || left == right) continue;
                var scratch = new Scratch(_memory + (nint)cell * Scratch.Length);
                switch (_width)
                {
                    case VectorWidth.Bits512: Run<Simd512, Vector512<float>>(top, bottom, left, right, scratch); break;
                    case VectorWidth.Bits256: Run<Simd256, Vector256<float>>(top, bottom, left, right, scratch); break;
                    case VectorWidth.Bits128: Run<Simd128, Vector128<float>>(top, bottom, left, right, scratch); break;
                    default: Run<SimdNone, float>(top, bottom, left, right, scratch); break;
                }
            }
        }

        private void Run<TSimd, TVector>(int top, int bottom, int left, int right, Scratch scratch)
            where TSimd : struct, ISimd<TVector> where TVector : unmanaged
        {
            if (_operands.K == 1) VectorProduct<TSimd, TVector>.OuterProduct(_operands, top, bottom, left, right);
            else if (_operands.M > 1) Rectangle<TSimd, TVector>.Multiply(_operands, top, bottom, left, right, scratch);
            else if (_operands.ColumnB == 1) VectorProduct<TSimd, TVector>.Straight(_operands, left, right);
            else VectorProduct<TSimd, TVector>.Transposed(_operands, left, right);
        }

        private long Perimeter(int down, int across) => _operands.K == 1 ? across : _operands.M / down + _operands.N / across;
    }

    private static int Edge(int length, int part, int parts) =>
        part == parts ? length : (int)((long)length * part / parts / Unit * Unit);

    /// <summary>Columns of y, as many parts as threads.</summary>
    private readonly struct TurnedWork<TRows>(Operands operands, TRows rows, VectorWidth width, int threads, float* memory) : IRangeWork
        where TRows : unmanaged, IRows
    {
        public void Run(int start, int end)
        {
            for (var part = start; part < end; part++)
            {
                int left = Edge(operands.N, part, threads), right = Edge(operands.N, part + 1, threads);
                var scratch = new Scratch(memory + (nint)part * Scratch.Length);
                switch (width)
                {
                    case VectorWidth.Bits512: Run<Simd512, Vector512<float>>(left, right, scratch); break;
                    case VectorWidth.Bits256: Run<Simd256, Vector256<float>>(left, right, scratch); break;
                    case VectorWidth.Bits128: Run<Simd128, Vector128<float>>(left, right, scratch); break;
                    default: Run<SimdNone, float>(left, right, scratch); break;
                }
            }
        }

        private void Run<TSimd, TVector>(int left, int right, Scratch scratch) where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged => TurnedProduct<TSimd, TVector>.Multiply(operands, rows, left, right, scratch);
    }
}
