using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Concord.Spiking.Walks;

internal sealed unsafe partial class DenseWalk<T, TDynamics>
{
    private void WalkUp<TRegisters>(int block) where TRegisters : struct, IRegisters
    {
        var records = _records[block];
        records.Begin(_input.Samples);
        var (address, stride) = Columns(_weight, _lastWeight, block);
        var fired = stackalloc int[TRegisters.Count * Lanes];
        var until = stackalloc T[TRegisters.Hold ? TRegisters.Count * Lanes : 0];
        var held = new HeldNeurons<T>(until, TRegisters.Hold ? TRegisters.Count * Lanes : 0);
        fixed (SpikeGroup<T>* groups = _groups.Groups)
        fixed (int* neurons = _input.NeuronsOfEvents)
            for (var row = 0; row < _input.Samples; row++)
            {
                new Span<int>(fired, TRegisters.Count * Lanes).Clear();
                if (TRegisters.Hold) held.Clear();
                var start = _groups.Start(row);
                WalkUp<TRegisters>(groups, start, start + _groups.CountOf(row), neurons, (T*)address, stride, records, fired,
                    &held);
                records.EndRow(row);
            }
        SetTimes(records);
        GC.KeepAlive(_lastWeight);
    }

    /// <summary>A row of a block. The five registers are written out, for only variables stay in registers.</summary>
    private void WalkUp<TRegisters>(SpikeGroup<T>* groups, int start, int end, int* neurons, T* weights, nint stride,
        SpikeRecords<T> records, int* fired, HeldNeurons<T>* held) where TRegisters : struct, IRegisters
    {
        Vector512<T> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default,
            b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, w1 = default, w2 = default, w3 = default, w4 = default;
        for (var g = start; g < end; g++)
        {
            var group = groups + g;
            if (group->Moves)
            {
                if (TRegisters.Hold) MoveHeld(held, group);
                Vector512<T> ofA = Vector512.Create(group->AOfA), ofB = Vector512.Create(group->BOfB), bOfA = Vector512.Create(group->BOfA);
                b0 = b0 * ofB + a0 * bOfA;
                a0 *= ofA;
                if (TRegisters.Count > 1)
                {
                    b1 = b1 * ofB + a1 * bOfA;
                    b2 = b2 * ofB + a2 * bOfA;
                    b3 = b3 * ofB + a3 * bOfA;
                    b4 = b4 * ofB + a4 * bOfA;
                    a1 *= ofA;
                    a2 *= ofA;
                    a3 *= ofA;
                    a4 *= ofA;
                }
            }
            int e = group->First, last = group->End;
            if (e < last)
            {
                var at = weights + neurons[e] * stride;
                var w0 = Vector512.Load(at);
                if (TRegisters.Count > 1)
                {
                    w1 = Vector512.Load(at + Lanes);
                    w2 = Vector512.Load(at + 2 * Lanes);
                    w3 = Vector512.Load(at + 3 * Lanes);
                    w4 = Vector512.Load(at + 4 * Lanes);
                }
                for (e++; e < last; e++)
                {
                    at = weights + neurons[e] * stride;
                    w0 += Vector512.Load(at);
                    if (TRegisters.Count > 1)
                    {
                        w1 += Vector512.Load(at + Lanes);
                        w2 += Vector512.Load(at + 2 * Lanes);
                        w3 += Vector512.Load(at + 3 * Lanes);
                        w4 += Vector512.Load(at + 4 * Lanes);
                    }
                }
                Vector512<T> toA = Vector512.Create(group->ToA), toB = Vector512.Create(group->ToB);
                a0 = Wide<T>.MultiplyAdd(w0, toA, a0);
                b0 = Wide<T>.MultiplyAdd(w0, toB, b0);
                if (TRegisters.Count > 1)
                {
                    a1 = Wide<T>.MultiplyAdd(w1, toA, a1);
                    a2 = Wide<T>.MultiplyAdd(w2, toA, a2);
                    a3 = Wide<T>.MultiplyAdd(w3, toA, a3);
                    a4 = Wide<T>.MultiplyAdd(w4, toA, a4);
                    b1 = Wide<T>.MultiplyAdd(w1, toB, b1);
                    b2 = Wide<T>.MultiplyAdd(w2, toB, b2);
                    b3 = Wide<T>.MultiplyAdd(w3, toB, b3);
                    b4 = Wide<T>.MultiplyAdd(w4, toB, b4);
                }
            }
            Vector512<T> checkB = Vector512.Create(group->CheckB), checkA = Vector512.Create(-group->CheckA),
                check = Vector512.Create(group->Check);
            var hit0 = Vector512.GreaterThanOrEqual(Wide<T>.MultiplyAdd(a0, checkA, b0 * checkB), check);
            if (TRegisters.Count == 1)
            {
                if (hit0 != Vector512<T>.Zero) b0 = Fire<TRegisters>(a0, b0, group, g, 0, records, fired, held);
                if (TRegisters.Hold)
                    while (held->Place <= group->Next) b0 = Release(a0, b0, group, g, records, fired, held);
                continue;
            }
            var hit1 = Vector512.GreaterThanOrEqual(Wide<T>.MultiplyAdd(a1, checkA, b1 * checkB), check);
            var hit2 = Vector512.GreaterThanOrEqual(Wide<T>.MultiplyAdd(a2, checkA, b2 * checkB), check);
            var hit3 = Vector512.GreaterThanOrEqual(Wide<T>.MultiplyAdd(a3, checkA, b3 * checkB), check);
            var hit4 = Vector512.GreaterThanOrEqual(Wide<T>.MultiplyAdd(a4, checkA, b4 * checkB), check);
            if (!TRegisters.Hold && (hit0 | hit1 | hit2 | hit3 | hit4) == Vector512<T>.Zero) continue;
            if (hit0 != Vector512<T>.Zero) b0 = Fire<TRegisters>(a0, b0, group, g, 0, records, fired, held);
            if (hit1 != Vector512<T>.Zero) b1 = Fire<TRegisters>(a1, b1, group, g, 1, records, fired, held);
            if (hit2 != Vector512<T>.Zero) b2 = Fire<TRegisters>(a2, b2, group, g, 2, records, fired, held);
            if (hit3 != Vector512<T>.Zero) b3 = Fire<TRegisters>(a3, b3, group, g, 3, records, fired, held);
            if (hit4 != Vector512<T>.Zero) b4 = Fire<TRegisters>(a4, b4, group, g, 4, records, fired, held);
            if (TRegisters.Hold)
                while (held->Place <= group->Next)
                    switch (held->Neuron / Lanes)
                    {
                        case 0: b0 = Release(a0, b0, group, g, records, fired, held); break;
                        case 1: b1 = Release(a1, b1, group, g, records, fired, held); break;
                        case 2: b2 = Release(a2, b2, group, g, records, fired, held); break;
                        case 3: b3 = Release(a3, b3, group, g, records, fired, held); break;
                        default: b4 = Release(a4, b4, group, g, records, fired, held); break;
                    }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<T> Fire<TRegisters>(Vector512<T> a, Vector512<T> b, SpikeGroup<T>* group, int groupIndex, int register,
        SpikeRecords<T> records, int* fired, HeldNeurons<T>* held) where TRegisters : struct, IRegisters => TRegisters.Hold
            ? FireOnce(a, b, group->Now, group, groupIndex, register, records, fired, held)
            : Fire(a, b, group, groupIndex, register, records, fired);

    /// <summary>Has the neurons of a register fire as often as they do in a window; returns their b afterwards.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Vector512<T> Fire(Vector512<T> a, Vector512<T> b, SpikeGroup<T>* group, int groupIndex, int register, SpikeRecords<T> records,
        int* fired)
    {
        var last = Vector512.Create(group->Now);
        for (; ; )
        {
            var fires = _dynamics.Fire(a, b, last, ref *group, out var place, out var slope);
            var bits = fires.ExtractMostSignificantBits();
            if (bits == 0) return b;
            b = Vector512.ConditionalSelect(fires, _dynamics.Reset(b, place), b);
            last = Vector512.ConditionalSelect(fires, place, last);
            records.Reserve(Lanes);
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
                (record.Coordinate, record.Slope, record.Current) = (((T*)&place)[lane], ((T*)&slope)[lane], ((T*)&a)[lane]);
                records.Times[records.Count++] = record.Coordinate;
            }
            if (!Vector512.GreaterThanOrEqualAny(Vector512.ConditionalSelect(fires, b, Vector512.Create(_dynamics.Silent))
                * Vector512.Create(group->CheckB) - a * Vector512.Create(group->CheckA), Vector512.Create(group->Check))) return b;
        }
    }

    /// <summary>The times of a block's spikes, in seconds and not after the end, which rounding might put them.</summary>
    private void SetTimes(SpikeRecords<T> records)
    {
        var times = records.Times.AsSpan(0, records.Count);
        _dynamics.ToTimes(times);
        var (tau, groups, items) = (_groups.TimeConstant, _groups.Groups, records.Items);
        for (var i = 0; i < times.Length; i++) times[i] = T.Clamp(groups[items[i].Group].Origin + tau * times[i], T.Zero, _end);
    }
}
