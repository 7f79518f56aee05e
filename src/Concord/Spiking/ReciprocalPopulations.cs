using System.Numerics;
using System.Numerics.Tensors;
using Concord.Numerics;
using Tensor = Concord.Numerics.Tensor;

namespace Concord.Spiking;

/// <summary>
/// A lower and an upper population of leaky integrate-and-fire neurons in steps of a millisecond, each neuron of one connected with all of
/// the other, which fire by noise of their own. Spike by spike the weights of one direction learn to be those of the other (after
/// Spike-based Alignment Learning, Gierlich, Baumbach, Kungl, Max, Petrovici 2025; the rule is reconstructed from their abstract):
/// <code>
/// V = a V + (1 - a) (mu + I + n)      a = exp(-1/20); a spike where V >= 1, and then V = 0
/// I = c I + g W_ji for each spike     c = exp(-1/5); W from lower i to upper j, B_ij from upper j to lower i, g the gain
/// n = b n + s sqrt(1 - b^2) xi        b = exp(-1/10), xi standard normal, of its own for each neuron
/// x = exp(-1/tau) x, + 1 for each spike
/// a spike of lower i: B_ij -= eta x_j for all j      causal for B: anti-Hebbian
/// a spike of upper j: B_ij += eta x_i for all i      anti-causal for B: Hebbian, and evidence for W_ji
/// </code>
/// Where firing is driven by noise, i after j is as much more likely than chance as B_ij is large, and j after i as W_ji is; chance
/// cancels. So E[step of B_ij] is proportional to eta (W_ji - B_ij), and B = W' is where it rests. Where W learns, its steps are minus
/// these.
/// A spike's current is felt from the next millisecond on; spikes of one millisecond do not pair with each other.
/// </summary>
public sealed class ReciprocalPopulations
{
    private const int Lanes = 8;             // of the widest registers: rows of noise are the same everywhere
    private const int Normals = 1 << 16;     // drawn at once
    private readonly Kernels _kernels;
    private readonly ReciprocalSettings _settings;
    private readonly int _neurons, _stride;
    private readonly double[] _potential, _current, _noise, _trace, _drawn;
    private readonly int[] _fired;
    private readonly Tensor _normals;
    private readonly double _membrane, _synapse, _correlation, _kick, _memory;
    private RandomStream _stream;
    private long _time;

    /// <summary>Two populations at rest, with weights of zero.</summary>
    /// <param name="kernels">The engine that draws the noise.</param>
    /// <param name="lower">Neurons of the lower population.</param>
    /// <param name="upper">Neurons of the upper population.</param>
    /// <param name="settings">What they are, and how they learn.</param>
    public ReciprocalPopulations(Kernels kernels, int lower, int upper, ReciprocalSettings settings)
    {
        (_kernels, _settings, Lower, Upper, _neurons) = (kernels, settings, lower, upper, lower + upper);
        _stride = (_neurons + Lanes - 1) / Lanes * Lanes;
        (_potential, _current, _noise, _trace) = (new double[_stride], new double[_stride], new double[_stride], new double[_stride]);
        _fired = new int[_neurons];
        _normals = kernels.Allocate(new(Math.Max(1, Normals / _stride), _stride), Role.Activation);
        var isComputed = kernels.AssumedSpikes is null;
        _drawn = isComputed ? new double[_normals.Length] : [];
        (Forward, Backward) = isComputed ? (new double[lower * upper], new double[lower * upper]) : ([], []);
        (_membrane, _synapse, _correlation, _memory) = (ReciprocalSettings.Kept(ReciprocalSettings.Membrane),
            ReciprocalSettings.Kept(ReciprocalSettings.Synapse), ReciprocalSettings.Kept(settings.Correlation),
            ReciprocalSettings.Kept(settings.Trace));
        _kick = settings.CurrentDeviation * Math.Sqrt(1 - _correlation * _correlation);
    }

    /// <summary>Neurons of the lower population.</summary>
    public int Lower { get; }

    /// <summary>Neurons of the upper population.</summary>
    public int Upper { get; }

    /// <summary>W: element i * <see cref="Upper"/> + j is from lower i to upper j.</summary>
    public double[] Forward { get; }

    /// <summary>B: element i * <see cref="Upper"/> + j is from upper j to lower i, so B = W' is <see cref="Forward"/>.</summary>
    public double[] Backward { get; }

    /// <summary>Biological time since the neurons were last at rest, milliseconds.</summary>
    public long Milliseconds => _time;

    /// <summary>Spikes of the lower and of the upper population in that time.</summary>
    public (long Lower, long Upper) Spikes { get; private set; }

    /// <summary>Words of memory beside the weights.</summary>
    internal long Words => _normals.Length + 4L * _stride + 2L * Lower * Upper;

    /// <summary>Puts the neurons to rest, and says which noise they have from there on; weights stay as they are.</summary>
    public void Rest(RandomStream noise)
    {
        Array.Clear(_potential);
        Array.Clear(_current);
        Array.Clear(_noise);
        Array.Clear(_trace);
        (_stream, _time, Spikes) = (noise, 0, default);
    }

    /// <summary>Lets so much biological time pass.</summary>
    public void Advance(long milliseconds)
    {
        var rows = _normals.Shape.Rows;
        for (var end = _time + milliseconds; _time < end;)
        {
            var row = (int)(_time % rows);
            if (row == 0) Draw(_time / rows);
            var steps = Math.Min(end - _time, rows - row);
            if (_drawn.Length > 0)
                for (var step = 0; step < steps; step++) Step((row + step) * _stride);
            _time += steps;
        }
    }

    private void Draw(long part)
    {
        _kernels.FillStandardNormal(_stream.At(part), _normals);
        if (_drawn.Length == 0) return;
        if (_normals.ElementType == ElementType.Double) _normals.Doubles.CopyTo(_drawn);
        else TensorPrimitives.ConvertTruncating<float, double>(_normals.Singles, _drawn);
    }

    private void Step(int normals)
    {
        var fired = 0;
        for (var i = 0; i < _stride; i += Vector<double>.Count)
        {
            var noise = _correlation * new Vector<double>(_noise, i) + _kick * new Vector<double>(_drawn, normals + i);
            var current = new Vector<double>(_current, i);
            var potential = _membrane * new Vector<double>(_potential, i)
                + (1 - _membrane) * (new Vector<double>(_settings.Drive) + current + noise);
            noise.CopyTo(_noise, i);
            potential.CopyTo(_potential, i);
            (_synapse * current).CopyTo(_current, i);
            (_memory * new Vector<double>(_trace, i)).CopyTo(_trace, i);
            if (!Vector.GreaterThanOrEqualAny(potential, Vector<double>.One)) continue;
            for (var k = i; k < i + Vector<double>.Count; k++)
            {
                if (_potential[k] < 1) continue;
                _potential[k] = 0;
                if (k < _neurons) _fired[fired++] = k;   // those behind fill up the register
            }
        }
        var spikes = _fired.AsSpan(0, fired);
        foreach (var k in spikes) Learn(k);
        foreach (var k in spikes) Send(k);
    }

    private void Learn(int k)
    {
        var isUpper = k >= Lower;
        if (_settings.Plastic != PlasticSide.Forward && (isUpper || _settings.IsAntiHebbian))
            Pair(Backward, k, isUpper ? _settings.Rate : -_settings.Rate);
        if (_settings.Plastic != PlasticSide.Feedback && (!isUpper || _settings.IsAntiHebbian))
            Pair(Forward, k, isUpper ? -_settings.Rate : _settings.Rate);
    }

    // Adds rate times the traces of the other population to all weights of a neuron.
    private void Pair(double[] weights, int k, double rate)
    {
        if (k < Lower)
            for (var j = 0; j < Upper; j++) weights[k * Upper + j] += rate * _trace[Lower + j];
        else
            for (var i = 0; i < Lower; i++) weights[i * Upper + k - Lower] += rate * _trace[i];
    }

    private void Send(int k)
    {
        _trace[k] += 1;
        var (lower, upper) = Spikes;
        if (k < Lower)
        {
            Spikes = (lower + 1, upper);
            for (var j = 0; j < Upper; j++) _current[Lower + j] += _settings.Gain * Forward[k * Upper + j];
            return;
        }
        Spikes = (lower, upper + 1);
        if (!_settings.IsClosed) return;
        for (var i = 0; i < Lower; i++) _current[i] += _settings.Gain * Backward[i * Upper + k - Lower];
    }
}
