using System.Numerics;
using Concord.Numerics;

namespace Concord.Spiking.Walks;

/// <summary>
/// The walks of a dense layer over the events of a batch. Neurons are cut into blocks, whose weights stay in a core's cache while all
/// samples are walked; a block belongs to one thread at a time, so no sum needs a copy for each thread, and all sums run in an order that
/// does not depend on the number of threads. Within a block each lane of a register is a neuron.
/// <para>
/// Upward, with a and b in registers: the weights of the events at one time are added up, multiplied once into a and b, and one check
/// for the window that follows sorts out the registers in which a neuron may fire.
/// </para>
/// <para>
/// Down, with delta_k = dLoss/dt_k for each spike k of a neuron and the sums S1 = sum delta_k dt_k/da, S2 = sum delta_k dt_k/db over the
/// spikes after the moment that is walked: a spike first gets delta_k += S2 db/dt_k from the reset that it made, then joins the sums; an
/// event of input j at t adds toA S1 + toB S2 to dLoss/dw_j, and dLoss/dt = sum over neurons w_j (toA' S1 + toB' S2), where the carrier
/// stands in the place of w_j. Where the time origin moves, S1 and S2 are taken along. So the walk is linear in the number of events.
/// </para>
/// </summary>
internal sealed unsafe partial class DenseWalk<T, TDynamics> : DenseWalk, ISharedWork
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TDynamics : struct, IDynamics<T>
{
    private const int Prepare = 0, Up = 1, Merge = 2, Down = 3, Gather = 4;
    private const int GatherGrain = 4096;

    private readonly Kernels _kernels;
    private readonly int _inputs, _outputs, _rowsPerSample, _wide, _mostSpikes;
    private readonly TDynamics _dynamics;
    private readonly T _end, _refractory;   // the refractory time in time constants
    private readonly bool _holds;
    private readonly InputGroups<T, TDynamics> _groups;
    private readonly SpikeRecords<T>[] _records;
    private readonly Tensor? _lastWeight, _lastCarrier, _lastGradient;   // of the last block, whose neurons do not fill a register
    private Tensor? _partial;
    private int[] _sizes = [];
    private int[] _order = [], _otherOrder = [];
    private ulong[] _keys = [], _otherKeys = [];
    private T[] _times = [];
    private int[] _places = [];   // in the output, of each record of a sample, block by block
    private SpikeTrains _input = null!, _output = null!;
    private Tensor _weight = null!, _signal = null!;
    private Tensor? _carrier, _arriving;
    private Accumulator? _gradient;

    public DenseWalk(Kernels kernels, int inputs, int outputs, SpikingNeuron neuron, TDynamics dynamics, double duration, int rowsPerSample)
    {
        (_kernels, _inputs, _outputs, _dynamics, _rowsPerSample) = (kernels, inputs, outputs, dynamics, rowsPerSample);
        (_mostSpikes, _end, _holds) = (neuron.MostSpikes, T.CreateTruncating(duration), neuron.RefractoryTime > 0);
        _refractory = T.CreateTruncating(neuron.RefractoryTime / neuron.TimeConstant);
        _groups = new(neuron, dynamics, duration);
        var registers = (outputs + Lanes - 1) / Lanes;
        _wide = outputs / Lanes / Five.Count;
        _records = new SpikeRecords<T>[_wide + registers - _wide * Five.Count];
        for (var i = 0; i < _records.Length; i++) _records[i] = new();
        if (outputs % Lanes == 0) return;
        Shape padded = new(inputs, Lanes);
        (_lastWeight, _lastCarrier, _lastGradient) = (kernels.Allocate(padded), kernels.Allocate(padded), kernels.Allocate(padded));
    }

    private static int Lanes => Wide<T>.Lanes;

    /// <inheritdoc/>
    public override long Late => _groups.Late;

    /// <inheritdoc/>
    public override long CutOff => _records.Sum(records => records.CutOff);

    /// <inheritdoc/>
    public override long Clipped => _records.Sum(records => records.Clipped);

    /// <inheritdoc/>
    public override void Forward(Tensor weight, SpikeTrains input, SpikeTrains output)
    {
        (_weight, _input, _output) = (weight, input, output);
        _groups.Begin(input);
        _kernels.Share(this, Prepare, input.Samples);
        _groups.End();
        _kernels.Share(this, Up, _records.Length);
        Lay();
        _kernels.Share(this, Merge, output.Samples);
    }

    /// <inheritdoc/>
    public override void Backward(Tensor? carrier, Tensor signal, Tensor? arriving, Accumulator? gradient)
    {
        (_carrier, _signal, _arriving, _gradient) = (arriving is null ? null : carrier, signal, arriving, gradient);
        if (arriving is not null && (_partial is null || _partial.Length < _records.Length * _input.Count))
            _partial = _kernels.Allocate(new(Math.Max(1, (int)Math.Min(_records.Length * _input.Count * 5L / 4, int.MaxValue))));
        _kernels.Share(this, Down, _records.Length);
        if (arriving is not null) _kernels.Share(this, Gather, _input.Count, GatherGrain);
    }

    /// <inheritdoc/>
    public void Run(int phase, int start, int end)
    {
        for (var i = start; i < end; i++)
            switch (phase)
            {
                case Prepare: _groups.Prepare(i); break;
                case Up when _holds && i < _wide: WalkUp<FiveHeld>(i); break;
                case Up when _holds: WalkUp<OneHeld>(i); break;
                case Up when i < _wide: WalkUp<Five>(i); break;
                case Up: WalkUp<One>(i); break;
                case Merge: MergeSample(i); break;
                case Down when _holds && i < _wide: WalkDown<FiveHeld>(i); break;
                case Down when _holds: WalkDown<OneHeld>(i); break;
                case Down when i < _wide: WalkDown<Five>(i); break;
                case Down: WalkDown<One>(i); break;
                default:
                    GatherSignals(start, end);
                    return;
            }
    }

    /// <summary>The first neuron of a block.</summary>
    private int FirstNeuron(int block) => Lanes * (block < _wide ? block * Five.Count : _wide * Five.Count + block - _wide);

    private bool IsPadded(int block) => _lastWeight is not null && block == _records.Length - 1;

    /// <summary>A block's weights, [inputs, its neurons], and how far apart rows stand: the last block's are copied and padded.</summary>
    private (nint Address, nint Stride) Columns(Tensor weight, Tensor? padded, int block)
    {
        var columns = weight.Pointer<T>() + FirstNeuron(block);
        if (!IsPadded(block)) return ((nint)columns, _outputs);
        var target = padded!.Pointer<T>();
        var width = _outputs % Lanes;
        for (var row = 0; row < _inputs; row++)
            for (var i = 0; i < width; i++) target[row * Lanes + i] = columns[(nint)row * _outputs + i];
        return ((nint)target, Lanes);
    }
}
