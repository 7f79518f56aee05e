using Concord.Numerics;
using Concord.Rules;
using static Concord.Tests.Rules.PaperNetwork;

namespace Concord.Tests.Rules;

/// <summary>
/// Difference target propagation as papers write it, on a network of three layers: s_2 = e W_3, s_1 = (g(x_2) - g(x_2 - alpha s_2)) /
/// alpha with
/// g(y) = tanh(V y + c); or direct, s_l = Q_l e. Reverse maps start as the library drew them and descend by plain steps of their own rate.
/// </summary>
internal sealed class PaperTargets
{
    private readonly bool _isDirect;
    private readonly int _steps;
    private readonly double _alpha, _rate, _deviation;
    private readonly RandomStream _noise;
    private readonly List<(string Name, Tensor Tensor)> _tensors;   // where the library has the maps
    private readonly double[][,] _q;                                  // Q_l [n_l, K], or V alone
    private readonly double[] _c = [];

    public PaperTargets(Plan plan, RandomStream feedback, bool isDirect, Func<string, double, double> option)
    {
        (_isDirect, _steps, _alpha) = (isDirect, (int)option("reverse.steps", 1), option("target.alpha", 0.1));
        (_rate, _deviation) = (option("reverse.rate", 0.1), option("reverse.std", 0.1));
        _noise = feedback.Split("reverse").Split("noise");
        _tensors = [.. plan.Groups.SelectMany(group => group.Parameters.Select(parameter => (parameter.Name, parameter.Value))),
            .. _steps == 0 ? plan.Feedback : []];
        _q = [.. _tensors.Where(entry => entry.Tensor.Shape.Rank == 2)
            .Select(entry => Transpose(Read(entry.Tensor.ToArray(), entry.Tensor.Shape.Rows, entry.Tensor.Shape.RowLength)))];
        Assert.Equal(isDirect ? 2 : 1, _q.Length);
        if (!isDirect) _c = _tensors.Single(entry => entry.Tensor.Shape.Rank == 1).Tensor.ToArray();
    }

    /// <summary>The maps are those of the library.</summary>
    public void Compare()
    {
        var matrix = 0;
        foreach (var (name, tensor) in _tensors)
            Kit.Close(tensor.Shape.Rank == 1 ? _c : Flat(Transpose(_q[matrix++])), tensor.ToArray(), 1e-12, name);
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

    private double[,] Reverse(double[,] y) => Map(Times(y, Transpose(_q[0])), (value, _, j) => Math.Tanh(value + _c[j]));

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
            var gradient = Times(Transpose(d), y);
            _q[l] = Map(_q[l], (value, i, j) => value - _rate * gradient[i, j] / samples);
            for (var j = 0; j < _c.Length; j++) _c[j] -= _rate * Enumerable.Range(0, samples).Sum(n => d[n, j]) / samples;
        }
    }
}
