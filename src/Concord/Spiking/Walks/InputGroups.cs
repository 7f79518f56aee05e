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

    private T[] _now = [], _growth = [];
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
            (_now, _growth) = (new T[length], new T[length]);
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
        var times = Trains.Times.Elements<T>()[..Trains.Offsets[sample + 1]];
        var groups = Groups.AsSpan(Start(sample), Trains.CountOf(sample) + _extra);
        var now = _now.AsSpan(Start(sample), groups.Length);
        var count = 0;
        for (var e = Trains.Offsets[sample]; e < times.Length && times[e] <= _end;)
        {
            var (first, time) = (e, times[e]);
            while (++e < times.Length && times[e] == time) { }
            if (count > 0 && time - now[count - 1] > _span) Cut(groups, now, ref count, time, first);
            now[count] = time;
            (groups[count].First, groups[count++].End) = (first, e);
        }
        if (count > 0) Cut(groups, now, ref count, _end, groups[count - 1].End);
        _counts[sample] = count;
        if (count > 0) Fill(groups[..count], now[..count], _growth.AsSpan(Start(sample), count));
    }

    /// <summary>Adds groups without events until a time is near.</summary>
    private void Cut(Span<SpikeGroup<T>> groups, Span<T> now, ref int count, T time, int first)
    {
        for (; time - now[count - 1] > _span; count++)
        {
            now[count] = now[count - 1] + _span;
            groups[count].First = groups[count].End = first;
        }
    }

    private void Fill(Span<SpikeGroup<T>> groups, Span<T> now, Span<T> growth)
    {
        var origin = now[0];
        for (var g = 0; g < now.Length; g++)
        {
            ref var group = ref groups[g];
            var (time, former) = (now[g], origin);
            group.Moves = time - origin >= _span;
            if (group.Moves)
            {
                origin = time;
                var distance = (time - former) / _tau;
                dynamics.Move(ref group, distance, T.Exp(-distance));
            }
            group.Origin = origin;
            now[g] = (time - origin) / _tau;
        }
        TensorPrimitives.Exp(now, growth);
        for (var g = 0; g < now.Length; g++)
            if (g + 1 < now.Length && !groups[g + 1].Moves) dynamics.Fill(ref groups[g], now[g], now[g + 1], growth[g], growth[g + 1]);
            else
            {
                var next = ((g + 1 < now.Length ? groups[g + 1].Origin : _end) - groups[g].Origin) / _tau;
                dynamics.Fill(ref groups[g], now[g], next, growth[g], T.Exp(next));
            }
    }
}
