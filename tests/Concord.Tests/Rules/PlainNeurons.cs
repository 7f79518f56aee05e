namespace Concord.Tests.Rules;

/// <summary>
/// A network of one recurrent layer of clocked neurons under outputs, and its gradients, in plain loops over numbers: derivatives are
/// carried forward beside the state, one parameter at a time, with the surrogate for dz/du. It shares no code with the program.
/// </summary>
internal sealed class PlainNeurons(double[] w, double[] b, double[] u, double[] v, double[] c)
{
    private const double Slope = 3;

    private readonly int _hidden = b.Length, _classes = c.Length, _inputs = w.Length / b.Length;

    public double Leak { get; init; } = 0.8;
    public double Threshold { get; init; } = 0.4;
    public double Adaptation { get; init; }
    public double AdaptationLeak { get; init; } = 0.9;

    /// <summary>Of the outputs; 0 for outputs without memory.</summary>
    public double Kappa { get; init; }

    public bool IsHard { get; init; }
    public bool DetachesReset { get; init; }

    /// <summary>Spikes of all samples.</summary>
    public int Fired { get; private set; }

    private sealed record Course(double[][] X, double[][] U, double[][] Z, double[][] Psi, double[][] Error);

    private Course Run(double[][] x, int label)
    {
        var steps = x.Length;
        double[][] potential = Rows(_hidden), z = Rows(_hidden), psi = Rows(_hidden), error = Rows(_classes);
        double[] a = new double[_hidden], y = new double[_classes];
        for (var t = 0; t < steps; t++)
        {
            for (var j = 0; j < _hidden; j++)
            {
                var current = b[j];
                for (var i = 0; i < _inputs; i++) current += x[t][i] * w[i * _hidden + j];
                if (t > 0)
                {
                    for (var i = 0; i < _hidden; i++) current += z[t - 1][i] * u[i * _hidden + j];
                    current += IsHard ? Leak * potential[t - 1][j] * (1 - z[t - 1][j])
                        : Leak * potential[t - 1][j] - Threshold * z[t - 1][j];
                    a[j] = AdaptationLeak * a[j] + z[t - 1][j];
                }
                potential[t][j] = current;
                var over = current - Threshold - Adaptation * a[j];
                z[t][j] = over >= 0 ? 1 : 0;
                psi[t][j] = 1 / Math.Pow(Slope * Math.Abs(over) + 1, 2);
                Fired += (int)z[t][j];
            }
            for (var k = 0; k < _classes; k++)
            {
                y[k] = Kappa * y[k] + c[k];
                for (var j = 0; j < _hidden; j++) y[k] += z[t][j] * v[j * _classes + k];
            }
            double[] shares = [.. y.Select(Math.Exp)];
            for (var k = 0; k < _classes; k++) error[t][k] = (shares[k] / shares.Sum() - (k == label ? 1 : 0)) / steps;
        }
        return new(x, potential, z, psi, error);

        double[][] Rows(int width) => [.. Enumerable.Range(0, steps).Select(_ => new double[width])];
    }

    /// <summary>
    /// The gradients of W, b and U, summed over samples, of the mean loss over the steps; where it stops at recurrent spikes, a spike acts
    /// on other neurons as a constant.
    /// </summary>
    public (double[] W, double[] B, double[] U) Gradients(double[][][] samples, int[] labels, bool stops)
    {
        double[] dw = new double[w.Length], db = new double[b.Length], du = new double[u.Length];
        for (var n = 0; n < samples.Length; n++)
        {
            var course = Run(samples[n], labels[n]);
            for (var p = 0; p < dw.Length; p++) dw[p] += Along(course, stops, p % _hidden, t => course.X[t][p / _hidden]);
            for (var p = 0; p < db.Length; p++) db[p] += Along(course, stops, p, _ => 1);
            for (var p = 0; p < du.Length; p++)
                du[p] += Along(course, stops, p % _hidden, t => t == 0 ? 0 : course.Z[t - 1][p / _hidden]);
        }
        return (dw, db, du);
    }

    // dL/dp for a parameter that adds its input at each step to the current of one neuron.
    private double Along(Course course, bool stops, int neuron, Func<int, double> input)
    {
        double[] du = new double[_hidden], da = new double[_hidden], dz = new double[_hidden], dy = new double[_classes];
        var sum = 0.0;
        for (var t = 0; t < course.X.Length; t++)
        {
            double[] nextU = new double[_hidden], nextA = new double[_hidden], nextZ = new double[_hidden];
            for (var j = 0; j < _hidden; j++)
            {
                if (t > 0)
                {
                    var ofReset = DetachesReset ? 0 : dz[j];
                    nextU[j] = IsHard ? Leak * (du[j] * (1 - course.Z[t - 1][j]) - course.U[t - 1][j] * ofReset)
                        : Leak * du[j] - Threshold * ofReset;
                    if (!stops) for (var i = 0; i < _hidden; i++) nextU[j] += dz[i] * u[i * _hidden + j];
                    nextA[j] = AdaptationLeak * da[j] + dz[j];
                }
                if (j == neuron) nextU[j] += input(t);
                nextZ[j] = course.Psi[t][j] * (nextU[j] - Adaptation * nextA[j]);
            }
            (du, da, dz) = (nextU, nextA, nextZ);
            for (var k = 0; k < _classes; k++)
            {
                dy[k] *= Kappa;
                for (var j = 0; j < _hidden; j++) dy[k] += dz[j] * v[j * _classes + k];
                sum += course.Error[t][k] * dy[k];
            }
        }
        return sum;
    }

    /// <summary>
    /// e-prop as Bellec and others (2020) write it, the learning signal through the outputs' own weight: dW_ji = sum_t L_j ebar_ji,
    /// e = psi_j (zbar_i - beta eps_ji), eps = psi_j zbar_i + (rho - psi_j beta) eps of the step before, ebar = kappa ebar + e. The reset
    /// is not differentiated.
    /// </summary>
    /// <param name="samples">Steps of inputs.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="filters">Whether e is filtered by the outputs' leak.</param>
    /// <param name="strength">c_reg, the pull of each neuron's rate so far to the target: + c_reg (rate_j - target) / T e_ji.</param>
    /// <param name="target">In spikes a step.</param>
    public (double[] W, double[] U) Eligibility(double[][][] samples, int[] labels, bool filters, double strength = 0, double target = 0)
    {
        double[] dw = new double[w.Length], du = new double[u.Length];
        Course[] courses = [.. samples.Select((x, n) => Run(x, labels[n]))];
        foreach (var course in courses)
        {
            Add(dw, _inputs, (t, i) => course.X[t][i]);
            Add(du, _hidden, (t, i) => t == 0 ? 0 : course.Z[t - 1][i]);

            void Add(double[] gradient, int inputs, Func<int, int, double> z)
            {
                for (var i = 0; i < inputs; i++)
                    for (var j = 0; j < _hidden; j++)
                    {
                        double zbar = 0, eps = 0, ebar = 0;
                        for (var t = 0; t < course.X.Length; t++)
                        {
                            zbar = Leak * zbar + z(t, i);
                            var e = course.Psi[t][j] * (zbar - Adaptation * eps);
                            eps = course.Psi[t][j] * zbar + (AdaptationLeak - course.Psi[t][j] * Adaptation) * eps;
                            ebar = (filters ? Kappa * ebar : 0) + e;
                            var signal = Enumerable.Range(0, _classes).Sum(k => course.Error[t][k] * v[j * _classes + k]);
                            var rate = courses.Sum(other => Enumerable.Range(0, t + 1).Sum(s => other.Z[s][j]))
                                / (courses.Length * (t + 1));
                            gradient[i * _hidden + j] += signal * ebar + strength * (rate - target) / course.X.Length * e;
                        }
                    }
            }
        }
        return (dw, du);
    }
}
