using System.Numerics;
using Concord.Numerics;

namespace Concord.Spiking.Walks;

/// <summary>
/// The walks of a dense layer over the events of a batch. Neurons are cut into blocks, whose weights stay in a core's cache while all
/// samples are walked; a block belongs to one thread at a time, so no sum needs a copy for each thread, and all sums run in an order that
/// does not depend on the number of threads. Within a block each lane of a register is a neuron. A layer of few neurons has few blocks:
/// there the samples are cut as well, into as many parts whatever the number of threads, whose gradients are added up in their order.
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
    private const int Prepare = 0, Up = 1, Merge = 2, Down = 3, Gather = 4, AddUp = 5;
    private const int GatherGrain = 4096, AddUpGrain = 64;
    private const int LeastUnits = 4;   // what there is at least to be shared, blocks times parts of the samples

    private readonly Kernels _kernels;
    private readonly int _inputs, _outputs, _rowsPerSample, _wide, _blocks, _parts, _mostSpikes;
    private readonly TDynamics _dynamics;
    private readonly T _end, _refractory;   // the refractory time in time constants
    private readonly bool _holds;
    private readonly InputGroups<T, TDynamics> _groups;
    private readonly SpikeRoom _room;
    private readonly SpikeRecords<T>[] _records;   // of the first block's parts, of the second's, ...
    private readonly Tensor? _lastWeight, _lastCarrier;   // of the last block, whose neurons do not fill a register
    private readonly Tensor? _apart;   // gradients that cannot be added up where they belong, one part's after the other
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

    public DenseWalk(Kernels kernels, int inputs, int outputs, SpikingNeuron neuron, TDynamics dynamics, double duration, int rowsPerSample,
        long most = SpikeRoom.Most)
    {
        _room = new(outputs, most);
        (_kernels, _inputs, _outputs, _dynamics, _rowsPerSample) = (kernels, inputs, outputs, dynamics, rowsPerSample);
        (_mostSpikes, _end, _holds) = (neuron.MostSpikes, T.CreateTruncating(duration), neuron.RefractoryTime > 0);
        _refractory = T.CreateTruncating(neuron.RefractoryTime / neuron.TimeConstant);
        _groups = new(neuron, dynamics, duration);
        var registers = (outputs + Lanes - 1) / Lanes;
        _wide = outputs / Lanes / Five.Count;
        _blocks = _wide + registers - _wide * Five.Count;
        _parts = Math.Max(1, LeastUnits / _blocks);
        _records = new SpikeRecords<T>[_blocks * _parts];
        for (var i = 0; i < _records.Length; i++) _records[i] = new(_room);
        var padding = registers * Lanes - outputs;
        if (padding > 0) (_lastWeight, _lastCarrier) = (kernels.Allocate(new(inputs, Lanes)), kernels.Allocate(new(inputs, Lanes)));
        if (_parts > 1 || padding > 0) _apart = kernels.Allocate(new(_parts, inputs, ApartWidth));
    }

    private static int Lanes => Wide<T>.Lanes;

    /// <summary>How many neurons stand in <see cref="_apart"/>, from which one on: all, or those of the last block.</summary>
    private int ApartWidth => FirstNeuron(_blocks) - FirstApart;

    private int FirstApart => _parts > 1 ? 0 : FirstNeuron(_blocks - 1);

    /// <inheritdoc/>
    public override long Late => _groups.Late;

    /// <inheritdoc/>
    public override long CutOff
    {
        get
        {
            var sum = 0L;
            foreach (var records in _records) sum += records.CutOff;
            return sum;
        }
    }

    /// <inheritdoc/>
    public override long Clipped
    {
        get
        {
            var sum = 0L;
            foreach (var records in _records) sum += records.Clipped;
            return sum;
        }
    }

    /// <inheritdoc/>
    public override void Forward(Tensor weight, SpikeTrains input, SpikeTrains output)
    {
        (_weight, _input, _output) = (weight, input, output);
        _room.CheckArriving(input.Count);
        Pad(weight, _lastWeight);
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
        if (arriving is not null && (_partial is null || _partial.Length < _blocks * _input.Count))
            _partial = _kernels.Allocate(new(Math.Max(1, (int)Math.Min(_blocks * _input.Count * 5L / 4, int.MaxValue))));
        if (_carrier is not null) Pad(_carrier, _lastCarrier);
        _kernels.Share(this, Down, _records.Length);
        if (gradient is not null && _apart is not null) _kernels.Share(this, AddUp, _inputs, AddUpGrain);
        if (arriving is not null) _kernels.Share(this, Gather, _input.Count, GatherGrain);
    }

    /// <inheritdoc/>
    public void Run(int phase, int start, int end)
    {
        if (phase == Gather) GatherSignals(start, end);
        else if (phase == AddUp) AddUpApart(start, end);
        else
            for (var i = start; i < end; i++) Run(phase, i);
    }

    private void Run(int phase, int i)
    {
        var (block, part) = (i / _parts, i % _parts);
        switch (phase)
        {
            case Prepare: _groups.Prepare(i); break;
            case Merge: MergeSample(i); break;
            case Up when _holds && block < _wide: WalkUp<FiveHeld>(block, part); break;
            case Up when _holds: WalkUp<OneHeld>(block, part); break;
            case Up when block < _wide: WalkUp<Five>(block, part); break;
            case Up: WalkUp<One>(block, part); break;
            case Down when _holds && block < _wide: WalkDown<FiveHeld>(block, part); break;
            case Down when _holds: WalkDown<OneHeld>(block, part); break;
            case Down when block < _wide: WalkDown<Five>(block, part); break;
            default: WalkDown<One>(block, part); break;
        }
    }

    /// <summary>The first neuron of a block.</summary>
    private int FirstNeuron(int block) => Lanes * (block < _wide ? block * Five.Count : _wide * Five.Count + block - _wide);

    /// <summary>The first row of a part of the samples.</summary>
    private int FirstRow(int part) => (int)((long)_input.Samples / _rowsPerSample * part / _parts) * _rowsPerSample;

    /// <summary>A block's records of a sample.</summary>
    private SpikeRecords<T> RecordsOf(int block, int sample)
    {
        var part = 0;
        while (FirstRow(part + 1) <= sample * _rowsPerSample) part++;
        return _records[block * _parts + part];
    }

    private bool IsPadded(int block) => _lastWeight is not null && block == _blocks - 1;

    private bool IsApart(int block) => _parts > 1 || IsPadded(block);

    /// <summary>Copies the columns of the last block to where its rows fill a register, if they do not where they stand.</summary>
    private void Pad(Tensor weight, Tensor? padded)
    {
        if (padded is null) return;
        var width = _outputs % Lanes;
        Span<T> source = weight.Elements<T>(), target = padded.Elements<T>();
        for (var row = 0; row < _inputs; row++) source.Slice((row + 1) * _outputs - width, width).CopyTo(target[(row * Lanes)..]);
    }

    /// <summary>A block's weights, [inputs, its neurons], and how far apart rows stand.</summary>
    private (nint Address, nint Stride) Columns(Tensor weight, Tensor? padded, int block) =>
        IsPadded(block) ? ((nint)padded!.Pointer<T>(), Lanes) : ((nint)(weight.Pointer<T>() + FirstNeuron(block)), _outputs);
}
