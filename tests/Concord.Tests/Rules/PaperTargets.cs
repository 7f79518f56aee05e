using Concord.Numerics;
using Concord.Rules;
using static Concord.Tests.Rules.PaperNetwork;

namespace Concord.Tests.Rules;

/// <summary>
/// Difference target propagation as papers write it, on a network of three layers: s_2 = e W_3, s_1 = (g(x_2) - g(x_2 - alpha s_2)) /
/// alpha with g(y) = tanh(V y + c); or direct, s_l = Q_l e. Reverse maps start as the library drew them and descend by plain steps, or
/// Adam's, of their own rate.
/// </summary>
internal sealed class PaperTargets
{
    private readonly bool _isDirect, _isAdam;
    private readonly int _steps;
    private readonly double _alpha, _rate, _deviation, _decay;
    private readonly RandomStream _noise;
    private readonly List<(string Name, Tensor Tensor)> _tensors;   // where the library has the maps
    private readonly double[][,] _q;                                  // Q_l [n_l, K], or V alone
    private readonly double[,] _c = new double[1, 0];
    private readonly Dictionary<int, (double[,] First, double[,] Second, int Steps)> _moments = [];

    public PaperTargets(Plan plan, RandomStream feedback, bool isDirect, bool isAdam, Func<string, double, double> option)
    {
        (_isDirect, _steps, _alpha) = (isDirect, (int)option("reverse.steps", 1), option("target.alpha", 0.1));
        (_isAdam, _rate, _deviation) = (isAdam, option("reverse.rate", isAdam ? 0.01 : 0.1), option("reverse.std", 0.1));
        _decay = option("reverse.decay", isDirect ? 0.1 : 0);
        _noise = feedback.Split("reverse").Split("noise");
        _tensors = [.. plan.Groups.SelectMany(group => group.Parameters.Select(parameter => (parameter.Name, parameter.Value))),
            .. _steps == 0 ? plan.Feedback : []];
        _q = [.. _tensors.Where(entry => entry.Tensor.Shape.Rank == 2)
            .Select(entry => Transpose(Read(entry.Tensor.ToArray(), entry.Tensor.Shape.Rows, entry.Tensor.Shape.RowLength)))];
        Assert.Equal(isDirect ? 2 : 1, _q.Length);
        if (!isDirect) _c = Read(_tensors.Single(entry => entry.Tensor.Shape.Rank == 1).Tensor.ToArray(), 1, 5);
    }

    /// <summary>The maps are those of the library.</summary>
    public void Compare()
    {
        var matrix = 0;
        foreach (var (name, tensor) in _tensors)
            Kit.Close(Flat(tensor.Shape.Rank == 1 ? _c : Transpose(_q[matrix++])), tensor.ToArray(), 1e-12, name);
    }

    /// <summary>s_1 and s_2. The maps learn meanwhile, in the last of their steps after these are made.</summary>
    public double[][,] Signals(PaperNetwork paper, double[,] e, int step)
    {
        for (var i = 0; i < _steps - 1; i++) Learn(paper, step, i);
        double[][,] signals;
        if (_isDirect) signals = [.. _q.Select(q => Times(e, Transpose(q)))];
        else
        {
            var (s, x) = (Times(e, paper.W[2]), paper.X[2]);
            var (back, aimed) = (Reverse(x), Reverse(Map(x, (value, n, j) => value - _alpha * s[n, j])));
            signals = [Map(back, (value, n, j) => (value - aimed[n, j]) / _alpha), s];
        }
        if (_steps > 0) Learn(paper, step, _steps - 1);
        return signals;
    }

    private double[,] Reverse(double[,] y) => Map(Times(y, Transpose(_q[0])), (value, _, j) => Math.Tanh(value + _c[0, j]));

    private void Learn(PaperNetwork paper, int step, int time)
    {
        for (var l = 0; l < _q.Length; l++)
        {
            var x = paper.X[l + 1];
            var (samples, units) = (x.GetLength(0), x.GetLength(1));
            var xi = Map(Read(Kit.Normals(_noise.At(step).At(time).Split($"fc{l + 1}"), x.Length), samples, units),
                (value, _, _) => _deviation * value);
            var noisy = Map(x, (value, n, j) => value + xi[n, j]);
            var y = noisy;
            for (var above = l + 1; above <= (_isDirect ? 2 : 1); above++)
            {
                var (bias, isLast) = (paper.B[above], above == 2);
                y = Map(Times(y, Transpose(paper.W[above])), (value, _, j) => isLast ? value + bias[j] : paper.F(value + bias[j]));
            }
            double[,] d;   // the derivative at the map's linear output
            if (_isDirect)
            {
                y = Map(y, (value, n, k) => (value - paper.Logits[n, k]) / _deviation);
                d = Map(Times(y, Transpose(_q[l])), (value, n, j) => value - xi[n, j] / _deviation);
            }
            else d = Map(Reverse(y), (value, n, j) => (value - noisy[n, j]) * (1 - value * value));
            Descend(l, _q[l], Map(Times(Transpose(d), y), (value, _, _) => value / samples));
            if (_c.Length > 0)
                Descend(-1, _c, Map(_c, (_, _, j) => Enumerable.Range(0, samples).Sum(n => d[n, j]) / samples));
        }
    }

    // value -= rate (gradient + decay value), or Adam's step with that gradient.
    private void Descend(int number, double[,] value, double[,] gradient)
    {
        var g = Map(gradient, (mean, i, j) => mean + _decay * value[i, j]);
        var (m, v, t) = _moments.GetValueOrDefault(number, (Map(g, (_, _, _) => 0), Map(g, (_, _, _) => 0), 0));
        m = Map(m, (was, i, j) => 0.9 * was + 0.1 * g[i, j]);
        v = Map(v, (was, i, j) => 0.999 * was + 0.001 * g[i, j] * g[i, j]);
        _moments[number] = (m, v, ++t);
        for (var i = 0; i < value.GetLength(0); i++)
            for (var j = 0; j < value.GetLength(1); j++)
                value[i, j] -= _rate * (_isAdam
                    ? m[i, j] / (1 - Math.Pow(0.9, t)) / (Math.Sqrt(v[i, j] / (1 - Math.Pow(0.999, t))) + 1e-8) : g[i, j]);
    }
}
