using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Diagnostics;

/// <summary>
/// Measures alignment: backpropagation runs as a second lane down the same pass (same masks, same batch statistics, no second
/// model) and its signal is compared with the rule's, port by port, sample by sample. In neither vector is there an f'
/// unless the gate is asked for. Hidden ports only: at the output every rule has the error itself.
/// <para>Where spikes pass, what is compared is a number for each spike of the sample.</para>
/// <para>A cosine with a vector that has all but vanished is no evidence of anything: it is void
/// (<see cref="PortAlignment.VoidBelow"/>).</para>
/// </summary>
public sealed class AlignmentProbe
{
    private const int MostBatches = 10;
    private readonly Plan _plan;
    private readonly bool _gate, _rank, _feedback;
    private readonly Workspace _workspace = new();
    private readonly TrainingBatches? _batches;
    private TrueGradient? _true, _local;
    private MeanJacobian? _jacobian;
    private RowComparison[] _rows = [], _steps = [];
    private double[] _cosines = [];

    /// <summary>A probe of that plan.</summary>
    /// <param name="plan">The rule's plan.</param>
    /// <param name="gate">Whether to compare at the pre-activation as well.</param>
    /// <param name="rank">Whether to measure the effective rank of both, which takes far longer than the rest.</param>
    /// <param name="feedback">Whether to measure the error of direct feedback, which takes a walk down for each output.</param>
    /// <param name="batches">The batches of the run, on which feedback is estimated; null to leave what depends on them unmeasured.</param>
    public AlignmentProbe(Plan plan, bool gate = false, bool rank = false, bool feedback = false, TrainingBatches? batches = null) =>
        (_plan, _gate, _rank, _feedback, _batches) = (plan, gate, rank, feedback, batches);

    /// <summary>Compares. Changes nothing that training reads.</summary>
    /// <param name="backward">The rule's walk down a pass, done.</param>
    /// <param name="cancellation">Breaks off between ports.</param>
    /// <returns>One row a hidden port, lowest first.</returns>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public IReadOnlyList<PortAlignment> Measure(BackwardPass backward, CancellationToken cancellation = default)
    {
        var (pass, kernels) = (backward.Pass, backward.Kernels);
        using var _ = new WorkScope(kernels, Phase.Probe);
        if (_true?.Pass != pass) (_true, _local) = (new(pass, _plan.Frozen + 1, lane: 1), new(pass, _plan.Frozen + 1, lane: 2));
        if (_rows.Length != pass.Rows) (_rows, _cosines) = (new RowComparison[pass.Rows], new double[pass.Rows]);
        _true.Walk();
        if (_feedback && !pass.Network.IsSpiking && !pass.Network.HasTime)
        {
            if (_jacobian?.Pass != pass) _jacobian = new(pass, _plan.Frozen);
            _jacobian.Walk();
        }

        List<PortAlignment> result = [];
        foreach (var port in _plan.Network.Ports)
        {
            if (port.IsOutput) continue;
            cancellation.ThrowIfCancellationRequested();
            if (backward.SignalAt(port) is not { } signal)
            {
                result.Add(new(port.Name, double.NaN, double.NaN, pass.Rows, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN,
                    CosineQuantiles.None, double.NaN, double.NaN));
                continue;
            }
            var truth = _true.At(port);
            var whole = Compare(pass, port, signal, truth);
            var quantiles = whole.IsVoid ? CosineQuantiles.None : CosineQuantiles.Of(_cosines.AsSpan(0, pass.Rows - whole.Zeros));
            var gated = !_gate || _plan.CorrelatesAt(port) ? signal : _local!.Gated(port.Below, signal);
            var gate = _gate ? Compare(pass, port, gated, _true.Gated(port.Below, truth)) : default(Comparison?);
            var above = backward.SignalAt(_plan.Network.Ports[port.Index + 1]);
            var local = above is null ? default(Comparison?) : Compare(pass, port, signal, _local!.Through(port.Above!, above));
            var (weightCosine, weightAgreement) = CompareWeights(kernels, port);
            var feedback = CompareFeedback(pass, port);
            result.Add(new(port.Name, whole.Cosine, whole.Std, whole.Zeros, local?.Cosine ?? double.NaN, weightCosine, whole.Agreement,
                whole.Ratio, gate?.Cosine ?? double.NaN, quantiles, _rank && !port.IsSpiking ? EffectiveRank.Of(signal) : double.NaN,
                _rank && !port.IsSpiking ? EffectiveRank.Of(truth) : double.NaN)
            {
                WeightAgreement = weightAgreement, TrueNorm = whole.Reference, IsVoid = whole.IsVoid, IsLocalVoid = local?.IsVoid == true,
                IsGateVoid = gate?.IsVoid == true,
                BatchCosine = whole.IsVoid || port.IsSpiking || port.Shape.Steps > 1 ? double.NaN : CompareBatches(kernels, truth),
                FeedbackCosine = feedback.Cosine, FeedbackError = feedback.Error, FeedbackVariance = feedback.Variance,
            });
        }
        return result;
    }

    /// <summary>Does the products of <see cref="Measure"/> and nothing else, on an engine without memory: to know their shapes.</summary>
    internal void Plan(BackwardPass backward)
    {
        var (pass, kernels) = (backward.Pass, backward.Kernels);
        using var _ = new WorkScope(kernels, Phase.Probe);
        var truth = new TrueGradient(pass, _plan.Frozen + 1, lane: 1);
        truth.Walk();
        var (_, batches) = BatchesIn(pass.Rows);
        foreach (var port in _plan.Network.Ports)
        {
            if (port.IsOutput || backward.SignalAt(port) is null) continue;
            if (_plan.RouteAt(port).Source is { } source) WeightsBetween(kernels, port, source);
            if (!port.IsSpiking && port.Shape.Steps == 1 && batches > 1)
                MeansOf(kernels, Room(kernels, "shares", batches, pass.Rows), truth.At(port));
        }
    }

    // Reference: the mean over all samples of the true vector's norm, zero ones included.
    private readonly record struct Comparison(double Cosine, double Std, int Zeros, double Agreement, double Ratio, double Reference)
    {
        public bool IsVoid => Reference < PortAlignment.VoidBelow;
    }

    // The norms are multiplied as they are: a bound from below on their product, as library cosines have, would shrink the cosine.
    private Comparison Compare(Pass pass, Port port, Tensor signal, Tensor truth)
    {
        var spikes = port.IsSpiking ? pass.SpikesAt(port) : null;
        if (spikes is null) CompareSamples(pass.Kernels, signal, truth);
        else spikes.Compare(signal, truth, _rows);
        double share = 0;   // of agreeing signs, where samples have different numbers of spikes
        double sum = 0, squares = 0, ratio = 0, norms = 0;
        long same = 0;
        var count = 0;
        for (var n = 0; n < _rows.Length; n++)
        {
            var row = _rows[n];
            norms += Math.Sqrt(row.SquaredB);
            if (row.SquaredA == 0 || row.SquaredB == 0) continue;
            var cosine = row.Dot / Math.Sqrt(row.SquaredA * row.SquaredB);
            _cosines[count] = cosine;
            sum += cosine;
            squares += cosine * cosine;
            ratio += Math.Sqrt(row.SquaredA / row.SquaredB);
            same += row.SameSign;
            if (spikes is not null) share += (double)row.SameSign / spikes.CountOf(n);
            count++;
        }
        var mean = sum / count;
        var std = count > 1 ? Math.Sqrt(Math.Max(0, squares - sum * mean) / (count - 1)) : double.NaN;
        Comparison measured = new(mean, std, _rows.Length - count,
            spikes is null ? (double)same / count / (signal.Length / _rows.Length) : share / count, ratio / count,
            norms / _rows.Length);
        return !measured.IsVoid ? measured : measured with
            { Cosine = double.NaN, Std = double.NaN, Agreement = double.NaN, Ratio = double.NaN };
    }

    // A sample's vector is that of all of its time steps.
    private void CompareSamples(Kernels kernels, Tensor signal, Tensor truth)
    {
        if (signal.Shape.Rows == _rows.Length)
        {
            kernels.CompareRows(signal, truth, _rows);
            return;
        }
        if (_steps.Length < signal.Shape.Rows) _steps = new RowComparison[signal.Shape.Rows];
        kernels.CompareRows(signal, truth, _steps.AsSpan(0, signal.Shape.Rows));
        Array.Clear(_rows);
        for (var row = 0; row < signal.Shape.Rows; row++)
        {
            ref var sample = ref _rows[row % _rows.Length];
            var step = _steps[row];
            sample = new(sample.Dot + step.Dot, sample.SquaredA + step.SquaredA, sample.SquaredB + step.SquaredB,
                sample.SameSign + step.SameSign);
        }
    }

    // With u_b the direction of the mean over batch b of k, sum_(a != b) u_a . u_b = |sum_b u_b|^2 - k.
    private double CompareBatches(Kernels kernels, Tensor truth)
    {
        var (size, batches) = BatchesIn(_rows.Length);
        if (batches < 2) return double.NaN;
        var shares = Room(kernels, "shares", batches, _rows.Length);
        kernels.Fill(shares, 0);
        for (var row = 0; row < batches * size; row++) shares[row / size * _rows.Length + row] = 1.0 / size;
        var means = MeansOf(kernels, shares, truth);
        Span<RowComparison> norms = stackalloc RowComparison[batches];
        kernels.CompareRows(means, means, norms);
        var count = 0;
        var turned = Room(kernels, "turned", 1, batches);
        for (var batch = 0; batch < batches; batch++)
        {
            turned[batch] = norms[batch].SquaredA > 0 ? 1 / Math.Sqrt(norms[batch].SquaredA) : 0;
            if (turned[batch] > 0) count++;
        }
        var sum = Room(kernels, "sum", 1, truth.Shape.RowLength);
        kernels.Product(turned, false, means, false, sum);
        return count < 2 ? double.NaN : (kernels.SumSquares(sum) - count) / ((double)count * (count - 1));
    }

    // The size of batches among so many samples, and how many of them are compared.
    private (int Size, int Count) BatchesIn(int samples)
    {
        var size = _batches?.Size ?? samples;
        return (size, Math.Min(samples / size, MostBatches));
    }

    private Tensor MeansOf(Kernels kernels, Tensor shares, Tensor truth)
    {
        var means = Room(kernels, "means", shares.Shape.Rows, truth.Shape.RowLength);
        kernels.Product(shares, false, truth.Matrix(truth.Shape.RowLength), false, means);
        return means;
    }

    private Tensor Room(Kernels kernels, string name, int rows, int columns) =>
        _workspace.Get(kernels, this, name, new(rows, columns), Role.Error);

    private (double Cosine, double Agreement) CompareWeights(Kernels kernels, Port port)
    {
        if (_plan.RouteAt(port) == Route.Arriving)
        {
            var crossed = port.Above!.Sequence.EnteringConnections;
            if (crossed.Count != 1) return (double.NaN, double.NaN);
            var (matrix, weight) = (_plan.CarrierOf(crossed[0]).Matrix(crossed[0]), crossed[0].Weight.Value);
            // a dense map in a kernel's place has no angle with it
            return matrix.Shape == weight.Shape ? CompareWhole(kernels, matrix, weight) : (double.NaN, double.NaN);
        }
        if (_plan.RouteAt(port).Source is not { } source
            || _plan.Rule.ProjectionAt(port) is not { } projection || WeightsBetween(kernels, port, source) is not { } above)
            return (double.NaN, double.NaN);
        return CompareWhole(kernels, projection.ToMatrix(kernels), above);
    }

    // W_(q+1) W_(q+2) ... W_s, n x K, s the source (L if it is the output): what the signal would cross if it went down the chain and met
    // no f'. Null where a convolution, a pool or a flatten stands in between: there it is no product of weights, or its units are in
    // another order than the port's.
    private Tensor? WeightsBetween(Kernels kernels, Port port, Port source)
    {
        Tensor? product = null;
        for (var i = source.Index; i > port.Index; i--)
        {
            var sequence = _plan.Network.Blocks[i].Sequence;
            if (sequence.EnteringConnections is not [DenseConnection connection] || sequence.InnerConnections.Count > 0
                || sequence.ReshapesInput) return null;
            var weight = connection.Weight.Value;
            if (product is null)
            {
                product = weight;
                continue;
            }
            var next = _workspace.Get(kernels, this, "product", new(weight.Shape.Rows, product.Shape.RowLength), Role.Weight, i);
            kernels.Product(weight, false, product, false, next);
            product = next;
        }
        return product;
    }

    private (double Cosine, double Error, double Variance) CompareFeedback(Pass pass, Port port)
    {
        if (_jacobian is null || _jacobian.MixesSamples || _plan.Rule.ProjectionAt(port)?.ToMatrix(pass.Kernels) is not { } matrix
            || matrix.Length != _jacobian.At(port).Length) return (double.NaN, double.NaN, double.NaN);
        Span<RowComparison> whole = new RowComparison[1];
        pass.Kernels.CompareRows(matrix.Reshape(new(1, matrix.Length)), _jacobian.At(port).Reshape(new(1, matrix.Length)), whole);
        var (dot, ofD, ofJ, _) = whole[0];
        return (dot / Math.Sqrt(ofD * ofJ), (ofD - 2 * dot + ofJ) / ofJ, VarianceAt(pass, port, ofJ));
    }

    // An estimate of one sample and direction is o'v, whose square is |o|^2 |v|^2: its mean less |J|^2 is the variance of one.
    private double VarianceAt(Pass pass, Port port, double squares)
    {
        if (_batches is null || _plan.Rule.AverageAt(port) is not { } average || pass.Tangents is not { } tangents
            || tangents.Plan.Injections.Any(injection => injection.Port == port && !injection.Perturbation.PerSample)) return double.NaN;
        var kernels = pass.Kernels;
        Tensor o = Dots("outputs"), v = Dots("direction");
        var sum = 0.0;
        for (var lane = 0; lane < average.Directions; lane++)
        {
            kernels.RowDots(tangents.OutputOf(lane), tangents.OutputOf(lane), o);
            kernels.RowDots(tangents.DirectionAt(port, lane), tangents.DirectionAt(port, lane), v);
            kernels.Multiply(o, v, o);
            sum += kernels.Sum(o) / pass.Rows / average.Directions;
        }
        return _batches.VarianceLeft(average.Rate, pass.Step) * (sum - squares) / average.Directions / squares;

        Tensor Dots(string name) => _workspace.Get(kernels, this, name, new(pass.Rows), Role.Error);
    }

    private static (double Cosine, double Agreement) CompareWhole(Kernels kernels, Tensor a, Tensor b)
    {
        Span<RowComparison> whole = new RowComparison[1];
        var flat = new Shape(1, a.Length);
        kernels.CompareRows(a.Reshape(flat), b.Reshape(flat), whole);
        return (whole[0].Dot / Math.Sqrt(whole[0].SquaredA * whole[0].SquaredB), (double)whole[0].SameSign / a.Length);
    }
}
