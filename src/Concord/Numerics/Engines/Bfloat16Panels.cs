using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Concord.Numerics.Engines;

/// <summary>
/// A matrix in bf16 in the order in which oneDNN reads a product's second operand fastest, which it calls <c>16a64b2a</c>: panels of 64
/// columns (or 48, 32, 16), one after the other, and in a panel two neighbouring rows side by side, column by column, since an instruction
/// multiplies two and adds. So element (p, j), p on the inner length, is number p % 2 of pair j % width of row p / 2 of panel j / width.
/// Rows are filled up to a multiple of 32, columns to one of the width, with zeros.
/// </summary>
/// <param name="depth">The inner length.</param>
/// <param name="columns">The columns.</param>
/// <param name="width">Columns of a panel, a multiple of 16.</param>
internal readonly unsafe struct Bfloat16Panels(int depth, int columns, int width)
{
    private const int DepthUnit = 32;

    private readonly int _pairs = Up(depth, DepthUnit) / 2;

    /// <summary>How many there are.</summary>
    public int Count => Up(columns, width) / width;

    /// <summary>Numbers of all panels, zeros included.</summary>
    public long Length => 2L * _pairs * Count * width;

    /// <summary>Writes rows of a matrix into all panels; those that are filled up are zero from the start.</summary>
    /// <param name="x">The matrix, depth x columns.</param>
    /// <param name="from">The first row, an even one.</param>
    /// <param name="until">The row behind the last; even, but at the matrix's end.</param>
    /// <param name="y">All panels.</param>
    public void Write(float* x, int from, int until, ushort* y)
    {
        for (var panel = 0; panel < Count; panel++)
        {
            var target = (uint*)y + ((long)panel * _pairs + from / 2) * width;
            var count = Math.Min(width, columns - panel * width);
            for (var p = from; p < until; p += 2, target += width)
            {
                float* first = x + (long)p * columns + panel * width, second = p + 1 < depth ? first + columns : null;
                for (var j = 0; j < count; j += Bfloat16.Lanes)
                    WritePairs(first + j, second == null ? null : second + j, count - j, target + j);
            }
        }
    }

    /// <summary>The same of a matrix that stands transposed, columns x depth: rows of it are columns of the panels.</summary>
    /// <param name="x">The matrix.</param>
    /// <param name="from">The first row, a multiple of 16.</param>
    /// <param name="until">The row behind the last; a multiple of 16, but at the matrix's end.</param>
    /// <param name="y">All panels.</param>
    public void WriteTransposed(float* x, int from, int until, ushort* y)
    {
        var tile = stackalloc float[Bfloat16.Lanes * DepthUnit];
        for (var p = 0; p < depth; p += DepthUnit)
        {
            for (var j = from; j < until; j += Bfloat16.Lanes)
            {
                var target = (uint*)y + ((long)(j / width) * _pairs + p / 2) * width + j % width;
                var source = x + (long)j * depth + p;
                int rows = Math.Min(columns - j, Bfloat16.Lanes), count = Math.Min(depth - p, DepthUnit);
                if (rows == Bfloat16.Lanes && count == DepthUnit) WriteTile(source, depth, target);
                else
                {
                    new Span<float>(tile, Bfloat16.Lanes * DepthUnit).Clear();
                    for (var i = 0; i < rows; i++)
                        new ReadOnlySpan<float>(source + (long)i * depth, count).CopyTo(new(tile + i * DepthUnit, count));
                    WriteTile(tile, DepthUnit, target);
                }
            }
        }
    }

    /// <summary>Up to 16 columns of two rows, or of one where there is no other; zeros in place of what there is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WritePairs(float* first, float* second, int count, uint* y)
    {
        if (Avx512BW.IsSupported)
        {
            var low = Bfloat16.Round(Load(first, count)).AsUInt32();
            var high = second == null ? Vector512<uint>.Zero : Bfloat16.Round(Load(second, count)).AsUInt32();
            ((low >>> 16) | (high & Vector512.Create(0xFFFF_0000))).Store(y);
        }
        else for (var i = 0; i < Bfloat16.Lanes; i++) y[i] = i < count ? Pair(first[i], second == null ? 0 : second[i]) : 0;
    }

    /// <summary>
    /// 16 rows of 32 numbers, that is of 16 pairs, turned round: within quarters of registers four rows at a time, then the quarters.
    /// </summary>
    private void WriteTile(float* x, int stride, uint* y)
    {
        if (!Avx512BW.IsSupported)
        {
            for (var pair = 0; pair < Bfloat16.Lanes; pair++, y += width)
                for (var i = 0; i < Bfloat16.Lanes; i++) y[i] = Pair(x[i * stride + 2 * pair], x[i * stride + 2 * pair + 1]);
            return;
        }
        var turned = stackalloc Vector512<uint>[Bfloat16.Lanes];   // number 4j + r: pairs j, 4 + j, 8 + j, 12 + j of rows 4r to 4r + 3
        for (var r = 0; r < 4; r++, x += 4 * stride)
        {
            Vector512<uint> a = Pairs(x), b = Pairs(x + stride), c = Pairs(x + 2 * stride), d = Pairs(x + 3 * stride);
            Vector512<ulong> ab0 = Avx512F.UnpackLow(a, b).AsUInt64(), ab2 = Avx512F.UnpackHigh(a, b).AsUInt64();
            Vector512<ulong> cd0 = Avx512F.UnpackLow(c, d).AsUInt64(), cd2 = Avx512F.UnpackHigh(c, d).AsUInt64();
            turned[r] = Avx512F.UnpackLow(ab0, cd0).AsUInt32();
            turned[4 + r] = Avx512F.UnpackHigh(ab0, cd0).AsUInt32();
            turned[8 + r] = Avx512F.UnpackLow(ab2, cd2).AsUInt32();
            turned[12 + r] = Avx512F.UnpackHigh(ab2, cd2).AsUInt32();
        }
        for (var j = 0; j < 4; j++)
        {
            const byte Even = 0x88, Odd = 0xDD;
            Vector512<uint> a = turned[4 * j], b = turned[4 * j + 1], c = turned[4 * j + 2], d = turned[4 * j + 3];
            Vector512<uint> ab02 = Avx512F.Shuffle4x128(a, b, Even), ab13 = Avx512F.Shuffle4x128(a, b, Odd);
            Vector512<uint> cd02 = Avx512F.Shuffle4x128(c, d, Even), cd13 = Avx512F.Shuffle4x128(c, d, Odd);
            Avx512F.Shuffle4x128(ab02, cd02, Even).Store(y + j * width);
            Avx512F.Shuffle4x128(ab13, cd13, Even).Store(y + (4 + j) * width);
            Avx512F.Shuffle4x128(ab02, cd02, Odd).Store(y + (8 + j) * width);
            Avx512F.Shuffle4x128(ab13, cd13, Odd).Store(y + (12 + j) * width);
        }
    }

    /// <summary>32 numbers of a row, neighbours in one lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Pairs(float* row) =>
        Bfloat16.Round(Vector512.Load(row), Vector512.Load(row + Bfloat16.Lanes)).AsUInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Load(float* x, int count) => count >= Bfloat16.Lanes ? Vector512.Load(x)
        : Avx512F.MaskLoad(x, Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle(), Vector512<float>.Zero);

    private static uint Pair(float first, float second) => Bfloat16.Round(first) | ((uint)Bfloat16.Round(second) << 16);

    private static int Up(int length, int unit) => (length + unit - 1) / unit * unit;
}
