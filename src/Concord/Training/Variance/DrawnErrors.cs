using MathNet.Numerics.Distributions;

namespace Concord.Training;

/// <summary>Errors u - g of estimates, one draw after the other, and what bias and variance they have.</summary>
internal sealed class DrawnErrors(int draws)
{
    public const int Groups = 10;
    private readonly int _inGroup = draws / Groups;
    private readonly double[][] _sums = new double[Groups][];
    private readonly double[] _squares = new double[Groups];
    private double _reference;   // sum of |g|^2
    private double[]? _first;
    private bool _varies;

    /// <summary>How many have come.</summary>
    public int Count { get; private set; }

    /// <summary>Whether there is nothing to wait for: all have come, or the first two are the same.</summary>
    public bool IsDone => Count == Groups * _inGroup || (Count == 2 && !_varies);

    /// <summary>Takes one.</summary>
    /// <param name="error">u - g; not kept.</param>
    /// <param name="reference">|g|^2.</param>
    public void Add(ReadOnlySpan<double> error, double reference)
    {
        var group = Count / _inGroup;
        var sum = _sums[group] ??= new double[error.Length];
        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] += error[i];
            _squares[group] += error[i] * error[i];
        }
        if (_first is null) _first = error.ToArray();
        else if (!_varies) _varies = !error.SequenceEqual(_first);
        _reference += reference;
        Count++;
    }

    /// <summary>The figures.</summary>
    public VarianceRow Row(string rule, string of, double predicted)
    {
        var scale = Count / _reference;
        if (!_varies) return new(rule, of, scale * _first!.Sum(error => error * error), 0, 0, 0, predicted, 1);
        double[] squares = [.. _sums.Select(sum => Dot(sum, sum) / ((double)_inGroup * _inGroup))];   // of the groups' means
        // bias and variance together, which neighbours that are alike leave as it is
        var total = new SeedStatistic([.. _squares.Select(sum => scale * sum / _inGroup)]);
        var all = new double[_sums[0].Length];
        foreach (var sum in _sums)
            for (var i = 0; i < all.Length; i++) all[i] += sum[i] / _inGroup;
        double whole = Dot(all, all), each = squares.Sum();
        // the mean over pairs of groups, whose errors are independent, of m_g . m_h; and the same without each group
        var bias = (whole - each) / (Groups * (Groups - 1));
        var without = new SeedStatistic([.. _sums.Select((sum, g) =>
            (whole - 2 * Dot(all, sum) / _inGroup + squares[g] - (each - squares[g])) / ((Groups - 1) * (Groups - 2)))]);
        var deviation = without.Std * (Groups - 1) / Math.Sqrt(Groups);   // jackknife
        return new(rule, of, scale * bias, scale * StudentT.InvCDF(0, 1, Groups - 1, 0.975) * deviation,
            total.Mean - scale * bias, total.HalfWidth95, predicted, Count);
    }

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
