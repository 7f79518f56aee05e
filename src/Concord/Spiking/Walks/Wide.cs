using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Concord.Spiking.Walks;

/// <summary>
/// Registers of 512 bits, which the runtime makes of smaller ones where the processor has no such: 16 floats or 8 doubles, each lane a
/// neuron.
/// </summary>
internal static unsafe class Wide<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Neurons in a register.</summary>
    public static int Lanes => Vector512<T>.Count;

    /// <summary>x y + z, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd(Vector512<T> x, Vector512<T> y, Vector512<T> z) => typeof(T) == typeof(float)
        ? Vector512.FusedMultiplyAdd(x.As<T, float>(), y.As<T, float>(), z.As<T, float>()).As<float, T>()
        : Vector512.FusedMultiplyAdd(x.As<T, double>(), y.As<T, double>(), z.As<T, double>()).As<double, T>();
}

/// <summary>How many registers of neurons are walked together.</summary>
internal interface IRegisters
{
    /// <summary>The number; a constant where it is used.</summary>
    static abstract int Count { get; }

    /// <summary>Whether neurons are held after a spike; a constant as well.</summary>
    static abstract bool Hold { get; }
}

/// <summary>One register: for what is left over, and for small layers.</summary>
internal readonly struct One : IRegisters
{
    public static int Count => 1;

    public static bool Hold => false;
}

/// <summary>
/// Five: 80 floats, whose sums a and b, and the sum of the weights that arrive at one time, all stay in registers, while the cost of
/// reading an event is shared by as many neurons as possible.
/// </summary>
internal readonly struct Five : IRegisters
{
    public static int Count => 5;

    public static bool Hold => false;
}

/// <summary>One register of neurons with a refractory time.</summary>
internal readonly struct OneHeld : IRegisters
{
    public static int Count => 1;

    public static bool Hold => true;
}

/// <summary>Five of them.</summary>
internal readonly struct FiveHeld : IRegisters
{
    public static int Count => 5;

    public static bool Hold => true;
}
