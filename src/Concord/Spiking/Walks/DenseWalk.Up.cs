using System.Runtime.Intrinsics;

namespace Concord.Spiking.Walks;

internal sealed unsafe partial class DenseWalk<T, TDynamics>
{
    private void WalkUp<TRegisters>(int block, int part) where TRegisters : struct, IRegisters
    {
        var records = _records[block * _parts + part];
        int first = FirstRow(part), end = FirstRow(part + 1);
        records.Begin(first, end);
        var (address, stride) = Columns(_weight, _lastWeight, block);
        var fired = stackalloc int[TRegisters.Count * Lanes];
        var memory = stackalloc T[(2 * Five.Count + 3) * Lanes];
        var state = Aligned(memory);   // a and b of each register, and two of scratch
        var until = stackalloc T[TRegisters.Hold ? TRegisters.Count * Lanes : 0];
        var held = new HeldNeurons<T>(until, TRegisters.Hold ? TRegisters.Count * Lanes : 0);
        fixed (SpikeGroup<T>* groups = _groups.Groups)
        fixed (int* neurons = _input.NeuronsOfEvents)
            for (var row = first; row < end; row++)
            {
                new Span<int>(fired, TRegisters.Count * Lanes).Clear();
                if (TRegisters.Hold) held.Clear();
                var start = _groups.Start(row);
                WalkUp<TRegisters>(groups, start, start + _groups.CountOf(row), neurons, (T*)address, stride, records, fired,
                    state, &held);
                records.EndRow(row);
            }
        SetTimes(records);
        GC.KeepAlive(_lastWeight);
    }

    /// <summary>A row of a block. The five registers are written out, for only variables stay in registers.</summary>
    private void WalkUp<TRegisters>(SpikeGroup<T>* groups, int start, int end, int* neurons, T* weights, nint stride,
        SpikeRecords<T> records, int* fired, T* state, HeldNeurons<T>* held) where TRegisters : struct, IRegisters
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
            Vector512<T> checkB = Vector512.Create(group->CheckB), checkA = Vector512.Create(group->CheckA);
            var most = Wide<T>.MultiplyAdd(a0, checkA, b0 * checkB);
            if (TRegisters.Count > 1)
            {
                most = Vector512.MaxNative(Vector512.MaxNative(Vector512.MaxNative(most, Wide<T>.MultiplyAdd(a1, checkA, b1 * checkB)),
                    Vector512.MaxNative(Wide<T>.MultiplyAdd(a2, checkA, b2 * checkB), Wide<T>.MultiplyAdd(a3, checkA, b3 * checkB))),
                    Wide<T>.MultiplyAdd(a4, checkA, b4 * checkB));
            }
            if (!Vector512.GreaterThanOrEqualAny(most, Vector512.Create(group->Check))
                && !(TRegisters.Hold && held->Place <= group->Next)) continue;

            // By way of memory, so that no sum lives across the call, which would take all of them out of the registers for good.
            Vector512.Store(a0, state);
            Vector512.Store(b0, state + Lanes);
            if (TRegisters.Count > 1)
            {
                Vector512.Store(a1, state + 2 * Lanes);
                Vector512.Store(b1, state + 3 * Lanes);
                Vector512.Store(a2, state + 4 * Lanes);
                Vector512.Store(b2, state + 5 * Lanes);
                Vector512.Store(a3, state + 6 * Lanes);
                Vector512.Store(b3, state + 7 * Lanes);
                Vector512.Store(a4, state + 8 * Lanes);
                Vector512.Store(b4, state + 9 * Lanes);
            }
            Fire<TRegisters>(state, group, g, records, fired, held);
            a0 = Vector512.Load(state);
            b0 = Vector512.Load(state + Lanes);
            if (TRegisters.Count > 1)
            {
                a1 = Vector512.Load(state + 2 * Lanes);
                b1 = Vector512.Load(state + 3 * Lanes);
                a2 = Vector512.Load(state + 4 * Lanes);
                b2 = Vector512.Load(state + 5 * Lanes);
                a3 = Vector512.Load(state + 6 * Lanes);
                b3 = Vector512.Load(state + 7 * Lanes);
                a4 = Vector512.Load(state + 8 * Lanes);
                b4 = Vector512.Load(state + 9 * Lanes);
            }
        }
    }

    /// <summary>The first place in a stack's memory at which a register does not stand on two lines of the cache.</summary>
    private static T* Aligned(T* memory) => (T*)((nint)memory + 63 & ~(nint)63);

    /// <summary>The times of a block's spikes, in seconds and not after the end, which rounding might put them.</summary>
    private void SetTimes(SpikeRecords<T> records)
    {
        var times = records.Times.AsSpan(0, records.Count);
        _dynamics.ToTimes(times);
        var (tau, groups, items) = (_groups.TimeConstant, _groups.Groups, records.Items);
        for (var i = 0; i < times.Length; i++) times[i] = T.Clamp(groups[items[i].Group].Origin + tau * times[i], T.Zero, _end);
    }
}
