using Concord.Numerics;
using Concord.Rules;
using static Concord.Tests.Rules.PaperNetwork;

namespace Concord.Tests.Rules;

/// <summary>
/// Forward gradients and learned direct feedback as papers write them, on a network of three layers: with directions v_1, v_2 at the ports
/// t_1 = v_1, t_2 = f'(a_2) (W_2 t_1) + v_2, o = W_3 t_2; with directions V_l, c_l in weights a'_l = V_l x + W_l x' + c_l, o = a'_3.
/// </summary>
internal sealed class PaperForward
{
    private readonly string _rule;
    private readonly Plan _plan;
    private readonly RandomStream _directions;
    private readonly bool _isNormal, _isShared, _activeOnly;
    private readonly int _lanes;
    private readonly double _rate, _decay;
    private readonly double[][,] _d = new double[2][,];   // D_l [K, n_l]

    public PaperForward(string rule, Dictionary<string, string> options, Plan plan, RandomStream feedback, double runRate)
    {
        (_rule, _plan, _directions) = (rule, plan, feedback.Split("directions"));
        double Number(string key, double otherwise) => options.TryGetValue(key, out var text)
            ? double.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : otherwise;
        _isNormal = rule == "sfdfa" || options.GetValueOrDefault("perturbation.distribution") == "normal";
        _isShared = options.GetValueOrDefault("perturbation.perSample") == "false";
        _activeOnly = rule == "sfdfa" || options.GetValueOrDefault("perturbation.activeOnly") == "true";
        _lanes = (int)Number("perturbation.directions", 1);
        var isTheRuns = rule == "dkp" && !options.ContainsKey("feedback.optimizer");
        (_rate, _decay) = (isTheRuns ? runRate : Number("feedback.rate", rule == "sfdfa" ? 0.001 : 0.01), Number("feedback.decay", 0));
        for (var l = 0; l < 2; l++)
        {
            var (outputs, units) = (plan.Network.Output.Length, plan.Network.Ports[l].Shape.Length);
            _d[l] = new double[outputs, units];   // all but grape's start at zero
            if (rule == "grape") _d[l] = Map(_d[l], (_, k, j) => Number("feedback.scale", 1) / Math.Sqrt(units)
                * (2 * feedback.Split("parameters").Split($"fc{l + 1}").Uniform((ulong)(k * units + j)) - 1));
        }
    }

    /// <summary>The feedback is that of the library.</summary>
    public void Compare()
    {
        foreach (var group in _plan.Groups)
            for (var l = 0; l < 2; l++) Kit.Close(Flat(_d[l]), group.Parameters[l].Value.ToArray(), 1e-12, group.Parameters[l].Name);
    }

    /// <summary>s_1 and s_2; feedback moves once they are made.</summary>
    public double[][,] Signals(PaperNetwork paper, double[,] e, int step)
    {
        double[][,] signals = [.. _d.Select(d => Times(e, d))], estimates = [.. _d.Select(d => Map(d, (_, _, _) => 0.0))];
        if (_rule == "fg-activity") signals = [.. signals.Select(signal => Map(signal, (_, _, _) => 0.0))];
        var samples = e.GetLength(0);
        for (var lane = 0; lane < _lanes && _rule != "dkp"; lane++)
        {
            double[][,] v = [.. Enumerable.Range(0, 2).Select(l => Direction($"fc{l + 1}", step, lane, paper.X[l + 1]))];
            var second = paper.Gate(Times(v[0], Transpose(paper.W[1])), 1);
            var o = Times(Map(second, (value, n, j) => value + v[1][n, j]), Transpose(paper.W[2]));
            for (var l = 0; l < 2; l++)
            {
                var outer = Times(Transpose(o), v[l]);
                estimates[l] = Map(estimates[l], (value, k, j) => value + outer[k, j] / samples / _lanes);
                var direction = v[l];
                if (_rule == "fg-activity")
                    signals[l] = Map(signals[l], (value, n, j) => value + Dot(o, e, n) * direction[n, j] / _lanes);
            }
        }
        for (var l = 0; l < 2; l++)
        {
            var (d, estimate, descent) = (_d[l], estimates[l], Times(Transpose(e), paper.X[l + 1]));
            double Norm(double[,] x) => Math.Sqrt(x.Cast<double>().Sum(value => value * value));
            double c = d.Cast<double>().Zip(estimate.Cast<double>(), (a, b) => a * b).Sum() / Norm(d) / Norm(estimate);
            if (_rule == "grape")
                _d[l] = Map(d, (value, k, j) => value + _rate * (estimate[k, j] / Norm(estimate) - c * value / Norm(d)) / Norm(d));
            else if (_rule == "sfdfa")
            {
                var (x, rate) = (paper.X[l + 1], _rate);
                _d[l] = Map(d, (value, k, j) =>
                    Enumerable.Range(0, samples).Count(n => x[n, j] != 0) is > 0 and var active
                        ? value + rate * (estimate[k, j] * samples / active - value) : value);
            }
            else _d[l] = Map(d, (value, k, j) => _rule == "dkp" ? value - _rate * (descent[k, j] / samples + _decay * value)
                : value + _rate * (estimate[k, j] - value));
        }
        return signals;
    }

    /// <summary>W_l and b_l along their directions.</summary>
    public void Descend(PaperNetwork paper, double[,] e, int step, double factor)
    {
        var changes = new List<(double[,] W, double[] B, double Factor)[]>();
        for (var lane = 0; lane < _lanes; lane++)
        {
            double[,]? x = null;
            double[,] a = null!;
            var directions = new (double[,] W, double[] B)[3];
            for (var l = 0; l < 3; l++)
            {
                int inputs = paper.W[l].GetLength(1), outputs = paper.W[l].GetLength(0);
                var v = Transpose(Read(Drawn($"fc{l + 1}.weight", step, lane, inputs * outputs), inputs, outputs));
                var c = Drawn($"fc{l + 1}.bias", step, lane, outputs);
                directions[l] = (v, c);
                var carried = x is null ? null : Times(x, Transpose(paper.W[l]));
                a = Map(Times(paper.X[l], Transpose(v)), (value, n, j) => value + c[j] + (carried?[n, j] ?? 0));
                if (l < 2) x = paper.Gate(a, l);
            }
            var derivative = Enumerable.Range(0, e.GetLength(0)).Sum(n => Dot(a, e, n)) / _lanes;
            changes.Add([.. directions.Select(direction => (direction.W, direction.B, factor * derivative))]);
        }
        foreach (var change in changes)
            for (var l = 0; l < 3; l++)
            {
                var (v, c, far) = change[l];
                paper.W[l] = Map(paper.W[l], (value, i, j) => value - far * v[i, j]);
                for (var j = 0; j < c.Length; j++) paper.B[l][j] -= far * c[j];
            }
    }

    private static double Dot(double[,] a, double[,] b, int row) => Enumerable.Range(0, a.GetLength(1)).Sum(k => a[row, k] * b[row, k]);

    private double[,] Direction(string port, int step, int lane, double[,] activity)
    {
        int samples = activity.GetLength(0), units = activity.GetLength(1);
        var drawn = Drawn(port, step, lane, _isShared ? units : samples * units);
        return Map(new double[samples, units], (_, n, j) =>
            drawn[_isShared ? j : n * units + j] * (_activeOnly ? Math.Sign(activity[n, j]) : 1));
    }

    private double[] Drawn(string place, int step, int lane, int count)
    {
        using var kernels = Kit.Double();
        var y = kernels.Allocate(new(count));
        var stream = _directions.At(step).At(lane).Split(place);
        if (_isNormal) kernels.FillStandardNormal(stream, y);
        else kernels.FillRademacher(stream, y);
        return y.ToArray();
    }
}
