using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

/// <summary>
/// Reading and writing one vector (SIMD register) of elements, or the first few lanes of one where a row ends. A formula
/// is written once, on vectors, and meets the odd elements at the end in a register padded with zeros: so an element's
/// result depends neither on where it stands nor on who computes it. <c>count</c> is a constant inside the long loops,
/// where the partial path then vanishes.
/// </summary>
internal static unsafe class Lanes<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Elements in a register: 8 floats or 4 doubles with AVX2.</summary>
    public static int Count => Vector<T>.Count;

    /// <summary>The first count elements; the other lanes are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Load(T* source, int count) => count == Count ? Vector.Load(source) : LoadPart(source, count);

    /// <summary>The first count elements; the other lanes hold the padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Load(T* source, int count, T padding) =>
        count == Count ? Vector.Load(source) : Vector.ConditionalSelect(First(count), LoadPart(source, count), new(padding));

    /// <summary>Writes the first count lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector<T> value, T* target, int count)
    {
        if (count == Count) Vector.Store(value, target);
        else StorePart(value, target, count);
    }

    /// <summary>The first count lanes; the others become zero, even where they are not numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Keep(Vector<T> value, int count) => count == Count ? value : Vector.BitwiseAnd(value, First(count));

    /// <summary>
    /// The larger of each pair, and what is not a number where either is not. In place of Vector.Max: in code that is not optimised yet,
    /// that of .NET 10 loses what is not a number where denormals are flushed.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Larger(Vector<T> a, Vector<T> b) =>
        Vector.ConditionalSelect(Vector.GreaterThan(a, b) | Vector.OnesComplement(Vector.Equals(a, a)), a, b);

    /// <summary>The smaller of each pair, and what is not a number where either is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Smaller(Vector<T> a, Vector<T> b) =>
        Vector.ConditionalSelect(Vector.LessThan(a, b) | Vector.OnesComplement(Vector.Equals(a, a)), a, b);

    /// <summary>target = beta target + alpha value on the first count lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Accumulate(Vector<T> value, T alpha, T beta, T* target, int count) =>
        Store(beta == T.Zero ? value * alpha : Load(target, count) * beta + value * alpha, target, count);

    /// <summary>Vector&lt;float&gt;.Count elements as doubles, in two registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector<double> Low, Vector<double> High) LoadWide(T* source, int count)
    {
        if (typeof(T) == typeof(float))
        {
            var value = Load(source, count).As<T, float>();
            return (Vector.WidenLower(value), Vector.WidenUpper(value));
        }
        return (Load(source, Math.Min(count, Count)).As<T, double>(), Load(source + Count, Math.Max(count - Count, 0)).As<T, double>());
    }

    /// <summary>Rounds two registers of doubles to the element type and writes the first count lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreWide(Vector<double> low, Vector<double> high, T* target, int count)
    {
        if (typeof(T) == typeof(float))
        {
            Store(Vector.Narrow(low, high).As<float, T>(), target, count);
            return;
        }
        Store(low.As<double, T>(), target, Math.Min(count, Count));
        Store(high.As<double, T>(), target + Count, Math.Max(count - Count, 0));
    }

    /// <summary>All bits set in the first count lanes.</summary>
    private static Vector<T> First(int count) => Vector.LessThan(Vector<T>.Indices, new Vector<T>(T.CreateTruncating(count)));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector<T> LoadPart(T* source, int count)
    {
        var value = Vector<T>.Zero;
        for (var i = 0; i < count; i++) ((T*)&value)[i] = source[i];
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StorePart(Vector<T> value, T* target, int count)
    {
        for (var i = 0; i < count; i++) target[i] = ((T*)&value)[i];
    }
}

/// <summary>One register's worth of an element-wise operation.</summary>
internal interface IElementWork
{
    /// <summary>Does elements i to i + count - 1; count is at most one register's.</summary>
    void Do(int i, int count);
}

/// <summary>An element-wise operation on a range.</summary>
internal struct ElementLoop<T, TWork>(TWork work) : IRangeWork
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TWork : unmanaged, IElementWork
{
    private readonly TWork _work = work;

    public void Run(int start, int end)
    {
        var work = _work;   // a local copy, so that its pointers and factors live in registers
        var i = start;
        for (; i <= end - Lanes<T>.Count; i += Lanes<T>.Count) work.Do(i, Lanes<T>.Count);
        if (i < end) work.Do(i, end - i);
    }
}
