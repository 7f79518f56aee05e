using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Concord.Spiking.Walks;

/// <summary>
/// Neurons that are held at their reset for a time after each spike. While it is held, a neuron's b is one that never fires, so that the
/// walk's check passes over it, and only a grows; at the release r a new b is made of a and r, and the b of before is forgotten. Down, with
/// S1 and S2 of <see cref="DenseWalk{T, TDynamics}"/>, a release takes S2 off and adds S2 db/da to S1, and its spike's delta gets
/// S2 db/dr, for r = t_k + the refractory time. A release is no event of the window, so the neuron is looked at by itself then. All this is
/// compiled for layers that have such neurons alone.
/// </summary>
internal sealed unsafe partial class DenseWalk<T, TDynamics>
{
    /// <summary>The neurons of a block that fire once and are held afterwards; returns their b.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Vector512<T> FireOnce(Vector512<T> a, Vector512<T> b, T last, SpikeGroup<T>* group, int groupIndex, int register,
        SpikeRecords<T> records, int* fired, HeldNeurons<T>* held)
    {
        var fires = _dynamics.Fire(a, b, Vector512.Create(last), ref *group, out var place, out var slope);
        var bits = fires.ExtractMostSignificantBits();
        if (bits == 0) return b;
        records.Reserve(Lanes);
        for (; bits != 0; bits &= bits - 1)
        {
            var lane = BitOperations.TrailingZeroCount(bits);
            var neuron = register * Lanes + lane;
            b = b.WithElement(lane, _dynamics.Silent);
            if (fired[neuron] == _mostSpikes)
            {
                records.CutOff++;
                continue;
            }
            fired[neuron]++;
            ref var record = ref records.Items[records.Count];
            (record.Neuron, record.Group) = (neuron, groupIndex);
            (record.Coordinate, record.Slope, record.Current) = (place[lane], slope[lane], a[lane]);
            records.Times[records.Count++] = record.Coordinate;
            held->Until[neuron] = _dynamics.TimeOf(record.Coordinate) + _refractory;
        }
        FindNext(held);
        return b;
    }

    /// <summary>Releases the neuron that is next, and has it fire if it does before the window ends; returns its register's b.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Vector512<T> Release(Vector512<T> a, Vector512<T> b, SpikeGroup<T>* group, int groupIndex, SpikeRecords<T> records, int* fired,
        HeldNeurons<T>* held)
    {
        var (neuron, place) = (held->Neuron, T.Max(held->Place, group->Now));
        var lane = neuron % Lanes;
        var (free, byA, byTime) = _dynamics.Release(a[lane], place);
        records.AddRelease(new() { Neuron = neuron, Group = groupIndex, Before = records.Count, ByA = byA, ByTime = byTime });
        held->Until[neuron] = T.PositiveInfinity;
        var alone = Vector512.Create(_dynamics.Silent).WithElement(lane, free);
        alone = FireOnce(a, alone, place, group, groupIndex, neuron / Lanes, records, fired, held);
        FindNext(held);
        return b.WithElement(lane, alone[lane]);
    }

    /// <summary>Takes releases along where the time origin moves.</summary>
    private void MoveHeld(HeldNeurons<T>* held, SpikeGroup<T>* group)
    {
        var distance = (group->Origin - group[-1].Origin) / _groups.TimeConstant;
        for (var neuron = 0; neuron < held->Count; neuron++) held->Until[neuron] -= distance;
        FindNext(held);
    }

    private void FindNext(HeldNeurons<T>* held)
    {
        held->Neuron = 0;
        for (var neuron = 1; neuron < held->Count; neuron++)
            if (held->Until[neuron] < held->Until[held->Neuron]) held->Neuron = neuron;
        held->Place = T.IsPositiveInfinity(held->Until[held->Neuron]) ? T.PositiveInfinity : _dynamics.PlaceOf(held->Until[held->Neuron]);
    }

    /// <summary>What <see cref="PassResets"/> does, for neurons that are held.</summary>
    private void PassHolds(SpikeRecords<T> records, int row, SpikeGroup<T>* groups, int start, T* sums, T* carried, int width)
    {
        new Span<T>(sums, width).Clear();
        new Span<T>(carried, width).Clear();
        var signal = _signal.Pointer<T>();
        var (items, releases) = (records.Items, records.Releases);
        var (first, i) = (records.Start(row), records.Start(row + 1) - 1);
        var places = _places.AsSpan(records.Place(row), i + 1 - first);
        var (firstRelease, r) = (records.ReleaseStart(row), records.LastRelease(row));
        for (var g = items[i].Group; g >= start && i >= first; g--)
        {
            for (; ; )
                if (r >= firstRelease && releases[r].Group == g && releases[r].Before > i)
                {
                    ref var release = ref releases[r--];
                    ref var sum = ref sums[release.Neuron];
                    (release.First, release.Second, carried[release.Neuron]) = (sum * release.ByA, -sum, sum * release.ByTime);
                    sum = T.Zero;
                }
                else if (i >= first && items[i].Group == g)
                {
                    ref var record = ref items[i--];
                    var (byA, byB, _) = _dynamics.Sensitivity(record.Coordinate, record.Slope, record.Current, ref records.Clipped);
                    var delta = signal[places[i + 1 - first]] + carried[record.Neuron];
                    carried[record.Neuron] = T.Zero;
                    record.First = delta * byA;
                    sums[record.Neuron] += record.Second = delta * byB;
                }
                else break;
            if (groups[g].Moves)
                for (var lane = 0; lane < width; lane++) sums[lane] *= groups[g].BOfB;
        }
    }
}

/// <summary>The neurons of a block that are held, on the stack of a walk upward.</summary>
internal unsafe struct HeldNeurons<T>(T* until, int count) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Of each neuron, when it is released, in time constants from the origin; infinity where it is not held.</summary>
    public readonly T* Until = until;

    /// <summary>How many neurons there are.</summary>
    public readonly int Count = count;

    /// <summary>The neuron that is released next.</summary>
    public int Neuron;

    /// <summary>Where, as a coordinate of the dynamics; infinity if none is held.</summary>
    public T Place = T.PositiveInfinity;

    /// <summary>Holds none.</summary>
    public void Clear()
    {
        new Span<T>(Until, Count).Fill(T.PositiveInfinity);
        Place = T.PositiveInfinity;
    }
}
