using System.Numerics;
using System.Numerics.Tensors;

namespace Concord.Spiking.Walks;

/// <summary>
/// The events of a batch as a layer's walks read them: for each sample its groups, with what does not depend on the receiving neuron. The
/// time origin moves on after every eight synaptic time constants, so that exponentials stay small in long sequences, and a window that
/// is longer is cut.
/// </summary>
internal sealed class InputGroups<T, TDynamics>(SpikingNeuron neuron, TDynamics dynamics, double duration)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TDynamics : struct, IDynamics<T>
{
    /// <summary>Synaptic time constants from one origin to the next.</summary>
    private const int Span = 8;

    private readonly T _span = T.CreateTruncating(Span * neuron.SynapticTime), _end = T.CreateTruncating(duration),
        _tau = T.CreateTruncating(neuron.TimeConstant);

    /// <summary>Room for groups without events, in each sample.</summary>
    private readonly int _extra = checked((int)Math.Ceiling(duration / (Span * neuron.SynapticTime)) + 2);

    private T[] _now = [], _next = [], _growth = [];
    private int[] _counts = [];

    /// <summary>What times are divided by, seconds.</summary>
    public T TimeConstant => _tau;

    /// <summary>The groups: those of a sample stand together.</summary>
    public SpikeGroup<T>[] Groups { get; private set; } = [];

    /// <summary>What was read.</summary>
    public SpikeTrains Trains { get; private set; } = null!;

    /// <summary>Events after the end, which have no effect.</summary>
    public long Late { get; private set; }

    /// <summary>Where the groups of a sample begin.</summary>
    public int Start(int sample) => Trains.Offsets[sample] + sample * _extra;

    /// <summary>How many groups a sample has.</summary>
    public int CountOf(int sample) => _counts[sample];

    /// <summary>Takes a batch; <see cref="Prepare"/> follows for each sample.</summary>
    public void Begin(SpikeTrains trains)
    {
        Trains = trains;
        Late = 0;
        var length = checked(trains.Count + trains.Samples * _extra);
        if (length > Groups.Length)
        {
            length = checked((int)(length * 5L / 4));
            Groups = new SpikeGroup<T>[length];
            (_now, _next, _growth) = (new T[length], new T[length], new T[length]);
        }
        if (_counts.Length < trains.Samples) _counts = new int[trains.Samples];
    }

    /// <summary>Counts what came too late; call it when all samples are prepared.</summary>
    public void End()
    {
        for (var sample = 0; sample < Trains.Samples; sample++)
        {
            var count = _counts[sample];
            Late += Trains.Offsets[sample + 1] - (count == 0 ? Trains.Offsets[sample] : Groups[Start(sample) + count - 1].End);
        }
    }

    /// <summary>Works a sample's groups out.</summary>
    public void Prepare(int sample)
    {
        var times = Trains.Times.Elements<T>();
        var (start, end) = (Start(sample), Trains.Offsets[sample + 1]);
        var count = start;
        for (var e = Trains.Offsets[sample]; e < end && times[e] <= _end;)
        {
            var (first, time) = (e, times[e]);
            while (e < end && times[e] == time) e++;
            if (count > start) Cut(ref count, time, first);
            Add(ref count, time, first, e);
        }
        if (count > start) Cut(ref count, _end, Groups[count - 1].End);
        _counts[sample] = count - start;
        if (count > start) Fill(start, count);
    }

    /// <summary>Adds groups without events until a time is near.</summary>
    private void Cut(ref int count, T time, int first)
    {
        while (time - _now[count - 1] > _span) Add(ref count, _now[count - 1] + _span, first, first);
    }

    private void Add(ref int count, T time, int first, int end)
    {
        _now[count] = time;
        Groups[count].First = first;
        Groups[count++].End = end;
    }

    private void Fill(int start, int end)
    {
        var origin = _now[start];
        for (var g = start; g < end; g++)
        {
            ref var group = ref Groups[g];
            var (time, former) = (_now[g], origin);
            group.Moves = time - origin >= _span;
            if (group.Moves) origin = time;
            group.Origin = origin;
            _now[g] = (time - origin) / _tau;
            if (g == start) continue;
            _next[g - 1] = (time - former) / _tau;
            if (group.Moves) dynamics.Move(ref group, _next[g - 1], T.Exp(-_next[g - 1]));
        }
        _next[end - 1] = (_end - origin) / _tau;
        var growth = _growth.AsSpan(start, end - start);
        TensorPrimitives.Exp(_now.AsSpan(start, end - start), growth);
        for (var g = start; g < end; g++)
        {
            var ends = g + 1 < end && !Groups[g + 1].Moves ? _growth[g + 1] : T.Exp(_next[g]);
            dynamics.Fill(ref Groups[g], _now[g], _next[g], _growth[g], ends);
        }
    }
}
