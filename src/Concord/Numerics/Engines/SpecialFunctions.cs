using System.Numerics;
using System.Runtime.CompilerServices;

namespace Concord.Numerics.Engines;

/// <summary>
/// Functions on vectors that the library has not, or not to full relative accuracy near zero. Every lane is computed the
/// same way (ranges are told apart by masks, not branches), so results do not depend on an element's neighbours.
/// </summary>
internal static class SpecialFunctions
{
    /// <summary>exp x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Exp<T>(Vector<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => typeof(T) == typeof(float)
        ? Vector.Exp(x.As<T, float>()).As<float, T>()
        : Vector.Exp(x.As<T, double>()).As<double, T>();

    /// <summary>sin x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Sin<T>(Vector<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => typeof(T) == typeof(float)
        ? Vector.Sin(x.As<T, float>()).As<float, T>()
        : Vector.Sin(x.As<T, double>()).As<double, T>();

    /// <summary>log x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Log<T>(Vector<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => typeof(T) == typeof(float)
        ? Vector.Log(x.As<T, float>()).As<float, T>()
        : Vector.Log(x.As<T, double>()).As<double, T>();

    /// <summary>1 / (1 + exp(-x)), without overflow and accurate in both tails.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Logistic<T>(Vector<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Logistic(x, Exp(-Vector.Abs(x)));

    /// <summary>
    /// log(1 + exp x) = max(x, 0) + log(1 + exp(-|x|)), and its derivative, the logistic function, which shares the exponential.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector<T> Value, Vector<T> Slope) Softplus<T>(Vector<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var small = Exp(-Vector.Abs(x));
        return (Lanes<T>.Larger(x, Vector<T>.Zero) + LogOnePlus(small), Logistic(x, small));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Logistic<T>(Vector<T> x, Vector<T> small) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Vector.ConditionalSelect(Vector.LessThan(x, Vector<T>.Zero), small, Vector<T>.One) / (Vector<T>.One + small);

    /// <summary>log(1 + u) for u >= 0: the rounding error of 1 + u cancels in log(w) u / (w - 1), w = 1 + u (Kahan).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> LogOnePlus<T>(Vector<T> u) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var w = Vector<T>.One + u;
        return Vector.ConditionalSelect(Vector.Equals(w, Vector<T>.One), u, Log(w) * u / (w - Vector<T>.One));
    }

    /// <summary>exp(x) - 1 for x &lt;= 0: 2 t / (1 - t), t = tanh(x / 2), where nothing cancels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> ExpMinusOne<T>(Vector<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var t = Tanh(x * T.CreateTruncating(0.5));
        return (t + t) / (Vector<T>.One - t);
    }

    /// <summary>tanh x, to a few units in the last place of x near zero too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Tanh<T>(Vector<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T> => typeof(T) == typeof(float)
        ? Tanh(x.As<T, float>()).As<float, T>()
        : Tanh(x.As<T, double>()).As<double, T>();

    /// <summary>x P(x^2) / Q(x^2), minimax in relative error (2e-8) up to 9.011, where the nearest float is 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Tanh(Vector<float> x)
    {
        x = Lanes<float>.Smaller(Lanes<float>.Larger(x, new(-9.011f)), new(9.011f));
        var s = x * x;
        var p = Add(Add(Add(Add(s, 1.33333998597e-8, 2.05939878305e-5), s, 3.49468281616e-3), s, 0.133802679061), s, 0.999999979805);
        var q = Add(Add(Add(Add(s, 7.76792853956e-7, 3.28414557292e-4), s, 2.58735517279e-2), s, 0.46713583571), s, 1);
        return Lanes<float>.Smaller(Lanes<float>.Larger(x * p / q, -Vector<float>.One), Vector<float>.One);
    }

    /// <summary>x + x^3 P(x^2) / Q(x^2) below 0.625 (S. L. Moshier, Cephes), else 1 - 2 / (exp(2 |x|) + 1) with the sign of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Tanh(Vector<double> x)
    {
        var s = x * x;
        var p = Add(Add(s, -9.64399179425052238628e-1, -9.92877231001918586564e1), s, -1.61468768441708447952e3);
        var q = Add(Add(Add(s, 1, 1.12811678491632931402e2), s, 2.23548839060100448583e3), s, 4.84406305325125486048e3);
        var near = x + x * s * (p / q);
        var size = Vector.Abs(x);
        var far = Vector.CopySign(Vector<double>.One - new Vector<double>(2) / (Vector.Exp(size + size) + Vector<double>.One), x);
        return Vector.ConditionalSelect(Vector.LessThan(size, new(0.625)), near, far);
    }

    /// <summary>
    /// Phi(x) = erfc(-x / sqrt 2) / 2 and phi(x) = exp(-x^2 / 2) / sqrt(2 pi), which share their exponential; Phi from the rational
    /// approximations of W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23, 1969.
    /// Absolute error below 1e-15 in double; the relative error of the lower tail grows as x^2 units in the last place.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector<T> Distribution, Vector<T> Density) Normal<T>(Vector<T> x) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var half = new Vector<T>(T.CreateTruncating(0.5));
        var y = Vector.Abs(x) * T.CreateTruncating(0.70710678118654752440);
        var s = y * y;

        var p = Add(Add(Add(Add(s, 1.85777706184603153e-1, 3.16112374387056560e0), s, 1.13864154151050156e2), s, 3.77485237685302021e2), s,
            3.20937758913846947e3);
        var q = Add(Add(Add(Add(s, 1, 2.36012909523441209e1), s, 2.44024637934444173e2), s, 1.28261652607737228e3), s,
            2.84423683343917062e3);
        var near = half - half * y * (p / q);

        p = Add(Add(Add(Add(y, 2.15311535474403846e-8, 5.64188496988670089e-1), y, 8.88314979438837594e0), y, 6.61191906371416295e1), y,
            2.98635138197400131e2);
        p = Add(Add(Add(Add(p, y, 8.81952221241769090e2), y, 1.71204761263407058e3), y, 2.05107837782607147e3), y, 1.23033935479799725e3);
        q = Add(Add(Add(Add(y, 1, 1.57449261107098347e1), y, 1.17693950891312499e2), y, 5.37181101862009858e2), y, 1.62138957456669019e3);
        q = Add(Add(Add(Add(q, y, 3.29079923573345963e3), y, 4.36261909014324716e3), y, 3.43936767414372164e3), y, 1.23033935480374942e3);
        var middle = p / q;

        var r = Vector<T>.One / s;
        p = Add(Add(Add(Add(Add(r, 1.63153871373020978e-2, 3.05326634961232344e-1), r, 3.60344899949804439e-1), r, 1.25781726111229246e-1),
            r, 1.60837851487422766e-2), r, 6.58749161529837803e-4);
        q = Add(Add(Add(Add(Add(r, 1, 2.56852019228982242e0), r, 1.87295284992346047e0), r, 5.27905102951428412e-1), r,
            6.05183413124413191e-2), r, 2.33520497626869185e-3);
        var far = (new Vector<T>(T.CreateTruncating(0.56418958354775628695)) - r * (p / q)) / y;

        var exp = Exp(-s);
        var outer = half * exp * Vector.ConditionalSelect(Vector.LessThan(y, new(T.CreateTruncating(4))), middle, far);
        var tail = Vector.ConditionalSelect(Vector.LessThan(y, new(T.CreateTruncating(0.46875))), near, outer);
        return (Vector.ConditionalSelect(Vector.LessThan(x, Vector<T>.Zero), tail, Vector<T>.One - tail),
            exp * T.CreateTruncating(0.39894228040143267794));
    }

    /// <summary>a b + c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Add<T>(Vector<T> a, Vector<T> b, double c) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var constant = new Vector<T>(T.CreateTruncating(c));
        return typeof(T) == typeof(float)
            ? Vector.MultiplyAddEstimate(a.As<T, float>(), b.As<T, float>(), constant.As<T, float>()).As<float, T>()
            : Vector.MultiplyAddEstimate(a.As<T, double>(), b.As<T, double>(), constant.As<T, double>()).As<double, T>();
    }

    /// <summary>a b + c, the innermost step of Horner's rule.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Add<T>(Vector<T> a, double b, double c) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Add(a, new Vector<T>(T.CreateTruncating(b)), c);
}
