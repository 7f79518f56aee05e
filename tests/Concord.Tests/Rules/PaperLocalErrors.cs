using System.Globalization;
using System.Numerics;
using Concord.Rules;
using static Concord.Tests.Rules.PaperNetwork;

namespace Concord.Tests.Rules;

/// <summary>
/// Local errors as the paper writes them: the mean losses of a batch over complex numbers, so that a step along the imaginary axis gives
/// their derivatives to the last digit. The heads begin as the plan drew them, and move by plain gradient descent.
/// </summary>
internal sealed class PaperLocalErrors
{
    private const double Epsilon = 1e-8;

    private readonly double _beta;
    private readonly bool _isBio;
    private readonly double[][,] _v = new double[2][,], _u = new double[2][,], _b = new double[2][,], _p = new double[2][,];
    private readonly double[][] _c = new double[2][];

    public PaperLocalErrors(string rule, Dictionary<string, string> options, Plan plan)
    {
        _beta = rule switch
        {
            "local-pred" => 0,
            "local-sim" => 1,
            _ => double.Parse(options.GetValueOrDefault("local.beta", "0.99"), CultureInfo.InvariantCulture),
        };
        _isBio = options.GetValueOrDefault("local.bio") == "true";
        for (var l = 0; l < 2; l++)
        {
            var port = $"fc{l + 1}";
            if (_beta < 1) (_v[l], _c[l]) = (Own($"pred.{port}.weight"), [.. Flat(Own($"pred.{port}.bias"))]);
            if (_beta > 0 && !_isBio) _u[l] = Own($"sim.{port}.weight");
            if (_isBio) _p[l] = Drawn($"targets.{port}.weight");
            if (_isBio && _beta < 1) _b[l] = Drawn($"pred.{port}.weight");
        }

        double[,] Own(string name) => Read2(plan.Groups.SelectMany(group => group.Parameters).Single(one => one.Name == name).Value);
        double[,] Drawn(string name) => Read2(Kit.Feedback(plan, name));
        static double[,] Read2(Concord.Numerics.Tensor tensor) => tensor.Shape.Rank == 1
            ? Read(tensor.ToArray(), 1, tensor.Length) : Read(tensor.ToArray(), tensor.Shape.Rows, tensor.Shape.RowLength);
    }

    /// <summary>The signal at a hidden layer's output; the layer's heads take their step.</summary>
    public double[,] Teach(int l, double[,] x, double[,] targets, double rate)
    {
        var rows = x.GetLength(0);
        var signal = new double[rows, x.GetLength(1)];
        if (_beta < 1)
        {
            var (v, c) = (_v[l], _c[l]);
            var z = Map(Times(x, v), (value, _, k) => value + c[k]);
            var bits = _isBio ? Map(Times(targets, _p[l]), (value, _, _) => value > 0 ? 1 : 0) : targets;
            var delta = Derivative(z, at => (1 - _beta) * (_isBio ? Bits(at, bits) : CrossEntropy(at, bits)));
            signal = Sum(signal, Times(delta, Transpose(_isBio ? _b[l] : v)), rows);
            var gradient = Times(Transpose(x), delta);
            _v[l] = Map(v, (value, i, k) => value - rate * gradient[i, k]);
            _c[l] = [.. c.Select((value, k) => value - rate * Enumerable.Range(0, rows).Sum(n => delta[n, k]))];
        }
        if (_beta > 0)
        {
            var u = _u[l];
            var wanted = Cosines(Complex(_isBio ? Times(targets, _p[l]) : targets));
            var delta = Derivative(_isBio ? x : Times(x, u), at => _beta * Distance(Cosines(at), wanted));
            signal = Sum(signal, _isBio ? delta : Times(delta, Transpose(u)), rows);
            if (_isBio) return signal;
            var gradient = Times(Transpose(x), delta);
            _u[l] = Map(u, (value, i, j) => value - rate * gradient[i, j]);
        }
        return signal;
    }

    private static double[,] Sum(double[,] a, double[,] b, int factor) => Map(a, (value, i, j) => value + factor * b[i, j]);

    private static Complex[,] Complex(double[,] x)
    {
        var result = new Complex[x.GetLength(0), x.GetLength(1)];
        for (var i = 0; i < x.GetLength(0); i++)
            for (var j = 0; j < x.GetLength(1); j++) result[i, j] = x[i, j];
        return result;
    }

    private static double[,] Derivative(double[,] x, Func<Complex[,], Complex> loss) => Map(x, (value, i, j) =>
    {
        const double Step = 1e-30;
        var at = Complex(x);
        at[i, j] = new(value, Step);
        return loss(at).Imaginary / Step;
    });

    private static Complex CrossEntropy(Complex[,] z, double[,] t)
    {
        Complex loss = 0;
        for (var n = 0; n < z.GetLength(0); n++)
        {
            Complex sum = 0;
            for (var k = 0; k < z.GetLength(1); k++) sum += System.Numerics.Complex.Exp(z[n, k]);
            for (var k = 0; k < z.GetLength(1); k++) loss -= t[n, k] * (z[n, k] - System.Numerics.Complex.Log(sum));
        }
        return loss / z.GetLength(0);
    }

    // The mean over samples and bits.
    private static Complex Bits(Complex[,] z, double[,] bits)
    {
        Complex loss = 0;
        for (var n = 0; n < z.GetLength(0); n++)
            for (var k = 0; k < z.GetLength(1); k++)
                loss += System.Numerics.Complex.Log(1 + System.Numerics.Complex.Exp(z[n, k])) - bits[n, k] * z[n, k];
        return loss / z.Length;
    }

    // Cosines of the centred rows; a row's mean square is a little more than it is.
    private static Complex[,] Cosines(Complex[,] z)
    {
        var (rows, n) = (z.GetLength(0), z.GetLength(1));
        var unit = new Complex[rows, n];
        for (var i = 0; i < rows; i++)
        {
            Complex mean = 0, squares = 0;
            for (var j = 0; j < n; j++) mean += z[i, j] / n;
            for (var j = 0; j < n; j++) squares += (z[i, j] - mean) * (z[i, j] - mean);
            for (var j = 0; j < n; j++) unit[i, j] = (z[i, j] - mean) / System.Numerics.Complex.Sqrt(squares + n * Epsilon);
        }
        var cosines = new Complex[rows, rows];
        for (var i = 0; i < rows; i++)
            for (var k = 0; k < rows; k++)
                for (var j = 0; j < n; j++) cosines[i, k] += unit[i, j] * unit[k, j];
        return cosines;
    }

    private static Complex Distance(Complex[,] a, Complex[,] b)
    {
        Complex sum = 0;
        for (var i = 0; i < a.GetLength(0); i++)
            for (var k = 0; k < a.GetLength(1); k++) sum += (a[i, k] - b[i, k]) * (a[i, k] - b[i, k]);
        return sum / a.Length;
    }
}
