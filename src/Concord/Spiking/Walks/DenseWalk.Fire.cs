using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Concord.Spiking.Walks;

internal sealed unsafe partial class DenseWalk<T, TDynamics>
{
    /// <summary>Has the neurons of a block that may fire in a window do so; of each register state has a and b.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Fire<TRegisters>(T* state, SpikeGroup<T>* group, int groupIndex, SpikeRecords<T> records, int* fired,
        HeldNeurons<T>* held) where TRegisters : struct, IRegisters
    {
        Vector512<T> checkB = Vector512.Create(group->CheckB), checkA = Vector512.Create(group->CheckA),
            check = Vector512.Create(group->Check);
        var hits = 0u;
        for (var register = 0; register < TRegisters.Count; register++)
            hits |= (Vector512.GreaterThanOrEqualAny(Wide<T>.MultiplyAdd(Vector512.Load(state + 2 * Lanes * register), checkA,
                Vector512.Load(state + 2 * Lanes * register + Lanes) * checkB), check) ? 1u : 0u) << register;
        records.Reserve(TRegisters.Count * Lanes);
        for (; hits != 0; hits &= hits - 1)
        {
            var register = BitOperations.TrailingZeroCount(hits);
            var at = state + 2 * Lanes * register;
            Vector512<T> a = Vector512.Load(at), b = Vector512.Load(at + Lanes);
            b = TRegisters.Hold ? FireOnce(a, b, group->Now, group, groupIndex, register, records, fired, held)
                : Fire(a, b, group, groupIndex, register, records, fired, at);
            Vector512.Store(b, at + Lanes);
        }
        if (!TRegisters.Hold) return;
        while (held->Place <= group->Next)
        {
            var at = state + 2 * Lanes * (held->Neuron / Lanes);
            Vector512.Store(Release(Vector512.Load(at), Vector512.Load(at + Lanes), group, groupIndex, records, fired, held), at + Lanes);
        }
    }

    /// <summary>Has the neurons of a register fire as often as they do in a window; returns their b afterwards.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<T> Fire(Vector512<T> a, Vector512<T> b, SpikeGroup<T>* group, int groupIndex, int register, SpikeRecords<T> records,
        int* fired, T* lanesOfA)
    {
        T* places = lanesOfA + 2 * Lanes * (Five.Count - register), slopes = places + Lanes;
        var last = Vector512.Create(group->Now);
        for (; ; )
        {
            var fires = _dynamics.Fire(a, b, last, ref *group, out var place, out var slope);
            var bits = fires.ExtractMostSignificantBits();
            if (bits == 0) return b;
            b = Vector512.ConditionalSelect(fires, _dynamics.Reset(b, place), b);
            last = Vector512.ConditionalSelect(fires, place, last);
            Vector512.Store(place, places);
            Vector512.Store(slope, slopes);
            var items = records.Items;
            for (; bits != 0; bits &= bits - 1)
            {
                var lane = BitOperations.TrailingZeroCount(bits);
                var neuron = register * Lanes + lane;
                if (fired[neuron] == _mostSpikes)
                {
                    b = b.WithElement(lane, _dynamics.Silent);
                    records.CutOff++;
                    continue;
                }
                fired[neuron]++;
                ref var record = ref items[records.Count];
                (record.Neuron, record.Group) = (neuron, groupIndex);
                (record.Coordinate, record.Slope, record.Current) = (places[lane], slopes[lane], lanesOfA[lane]);
                records.Times[records.Count++] = record.Coordinate;
            }
            // Others, which did not fire, may not now.
            if (!Vector512.GreaterThanOrEqualAny(Vector512.ConditionalSelect(fires, b, Vector512.Create(_dynamics.Silent))
                * Vector512.Create(group->CheckB) + a * Vector512.Create(group->CheckA), Vector512.Create(group->Check))) return b;
            records.Reserve(Five.Count * Lanes);
        }
    }
}
