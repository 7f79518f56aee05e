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

    /// <summary>From an origin to the end of the last window before a long pause, in time constants; other windows end sooner.</summary>
    private readonly T _longest = T.CreateTruncating(3 * Span * neuron.SynapticTime / neuron.TimeConstant);

    /// <summary>How often a pause is cut at most: until e^-80 is left of a current, and refractory times are over.</summary>
    private readonly int _mostCuts = 10 + (int)Math.Ceiling(Math.Min(neuron.RefractoryTime, duration) / (Span * neuron.SynapticTime));

    private T[] _now = [], _growth = [];
    private int[] _counts = [], _starts = [0];

    /// <summary>What times are divided by, seconds.</summary>
    public T TimeConstant => _tau;

    /// <summary>The groups: those of a sample stand together.</summary>
    public SpikeGroup<T>[] Groups { get; private set; } = [];

    /// <summary>What was read.</summary>
    public SpikeTrains Trains { get; private set; } = null!;

    /// <summary>Events after the end, which have no effect.</summary>
    public long Late { get; private set; }

    /// <summary>Where the groups of a sample begin.</summary>
    public int Start(int sample) => _starts[sample];

    /// <summary>How many groups a sample has.</summary>
    public int CountOf(int sample) => _counts[sample];

    /// <summary>Takes a batch; <see cref="Prepare"/> follows for each sample.</summary>
    public void Begin(SpikeTrains trains)
    {
        Trains = trains;
        Late = 0;
        if (_counts.Length < trains.Samples) (_counts, _starts) = (new int[trains.Samples], new int[trains.Samples + 1]);
        for (var sample = 0; sample < trains.Samples; sample++) _starts[sample + 1] = checked(_starts[sample] + Room(sample));
        var length = _starts[trains.Samples];
        if (length > Groups.Length)
        {
            length = checked((int)(length * 5L / 4));
            Groups = new SpikeGroup<T>[length];
            (_now, _growth) = (new T[length], new T[length]);
        }
    }

    /// <summary>Room for a sample's groups, those without events included.</summary>
    private int Room(int sample)
    {
        var events = Trains.CountOf(sample);
        if (events == 0) return 0;
        var spans = Math.Ceiling(Math.Max(0, duration - Trains.Times[Trains.Offsets[sample]]) / (Span * neuron.SynapticTime));
        return checked((int)(events + Math.Min(spans + 2, (double)events * _mostCuts)));
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
        var groups = Groups.AsSpan(Start(sample), Start(sample + 1) - Start(sample));
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

    /// <summary>Adds groups without events until a time is near, or the pause so long that nothing more happens in it.</summary>
    private void Cut(Span<SpikeGroup<T>> groups, Span<T> now, ref int count, T time, int first)
    {
        for (var most = count + _mostCuts; count < most && time - now[count - 1] > _span; count++)
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
                var next = T.Min(((g + 1 < now.Length ? groups[g + 1].Origin : _end) - groups[g].Origin) / _tau, _longest);
                dynamics.Fill(ref groups[g], now[g], next, growth[g], T.Exp(next));
            }
    }
}
