using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using Concord.Numerics;

namespace Concord.Spiking.Walks;

internal sealed unsafe partial class DenseWalk<T, TDynamics>
{
    private void WalkDown<TRegisters>(int block, int part) where TRegisters : struct, IRegisters
    {
        var records = _records[block * _parts + part];
        records.Clipped = 0;
        var (carrier, stride) = _carrier is null ? default : Columns(_carrier, _lastCarrier, block);
        var (gradient, gradientStride, alpha) = GradientOf(block, part, TRegisters.Count * Lanes);
        var ones = stackalloc T[2 * TRegisters.Count * Lanes];
        var sums = stackalloc T[TRegisters.Count * Lanes];
        var carried = stackalloc T[TRegisters.Hold ? TRegisters.Count * Lanes : 0];
        new Span<T>(ones, 2 * TRegisters.Count * Lanes).Clear();
        ones[TRegisters.Count * Lanes] = T.One;
        var partial = _arriving is null ? null : _partial!.Pointer<T>() + (nint)block * _input.Count;
        int end = FirstRow(part + 1), firstEvent = _input.Offsets[FirstRow(part)];
        if (partial != null) new Span<T>(partial + firstEvent, _input.Offsets[end] - firstEvent).Clear();
        fixed (SpikeGroup<T>* groups = _groups.Groups)
        fixed (int* neurons = _input.NeuronsOfEvents)
            for (var row = FirstRow(part); row < end; row++)
            {
                if (records.Start(row) == records.Start(row + 1)) continue;
                var start = _groups.Start(row);
                if (TRegisters.Hold) PassHolds(records, row, groups, start, sums, carried, TRegisters.Count * Lanes);
                else PassResets(records, row, groups, start, sums, TRegisters.Count * Lanes);
                WalkDown<TRegisters>(groups, start, neurons, (T*)carrier, stride, (T*)gradient, gradientStride, alpha, partial, records,
                    row, ones);
            }
        GC.KeepAlive(_lastCarrier);
    }

    /// <summary>
    /// What each spike adds to the sums: delta dt/da and delta dt/db, delta with what later spikes of its neuron get through its reset.
    /// </summary>
    private void PassResets(SpikeRecords<T> records, int row, SpikeGroup<T>* groups, int start, T* sums, int width)
    {
        new Span<T>(sums, width).Clear();
        var signal = _signal.Pointer<T>();
        var first = records.Start(row);
        var items = records.Items.AsSpan(first, records.Start(row + 1) - first);
        var places = _places.AsSpan(records.Place(row), items.Length);
        var clipped = 0L;
        var g = items[^1].Group;
        var moves = groups[g].Origin != groups[start].Origin;
        for (var i = items.Length - 1; i >= 0; i--)
        {
            ref var record = ref items[i];
            for (; moves && g > record.Group; g--)
                if (groups[g].Moves)
                    for (var lane = 0; lane < width; lane++) sums[lane] *= groups[g].BOfB;
            var (byA, byB, resetByTime) = _dynamics.Sensitivity(record.Coordinate, record.Slope, record.Current, ref clipped);
            ref var sum = ref sums[record.Neuron];
            var delta = signal[places[i]] + sum * resetByTime;
            record.First = delta * byA;
            sum += record.Second = delta * byB;
        }
        records.Clipped += clipped;
    }

    private static void WalkDown<TRegisters>(SpikeGroup<T>* groups, int start, int* neurons, T* carrier, nint stride, T* gradient,
        nint gradientStride, T alpha, T* partial, SpikeRecords<T> records, int row, T* ones)
        where TRegisters : struct, IRegisters
    {
        Vector512<T> p0 = default, p1 = default, p2 = default, p3 = default, p4 = default,
            q0 = default, q1 = default, q2 = default, q3 = default, q4 = default;
        var (first, i, items, releases) = (records.Start(row), records.Start(row + 1) - 1, records.Items, records.Releases);
        var (firstRelease, r) = TRegisters.Hold ? (records.ReleaseStart(row), records.LastRelease(row)) : (0, -1);
        for (var g = items[i].Group; g >= start; g--)
        {
            var group = groups + g;
            while (true)
            {
                // The one lane of the neuron gets its part, without asking in which register it is.
                T* one;
                Vector512<T> toP, toQ;
                if (TRegisters.Hold && r >= firstRelease && releases[r].Group == g && releases[r].Before > i)
                {
                    one = ones + TRegisters.Count * Lanes - releases[r].Neuron;
                    (toP, toQ) = (Vector512.Create(releases[r].First), Vector512.Create(releases[r].Second));
                    r--;
                }
                else if (i >= first && items[i].Group == g)
                {
                    one = ones + TRegisters.Count * Lanes - items[i].Neuron;
                    (toP, toQ) = (Vector512.Create(items[i].First), Vector512.Create(items[i].Second));
                    i--;
                }
                else break;
                p0 = Wide<T>.MultiplyAdd(Vector512.Load(one), toP, p0);
                q0 = Wide<T>.MultiplyAdd(Vector512.Load(one), toQ, q0);
                if (TRegisters.Count > 1)
                {
                    p1 = Wide<T>.MultiplyAdd(Vector512.Load(one + Lanes), toP, p1);
                    q1 = Wide<T>.MultiplyAdd(Vector512.Load(one + Lanes), toQ, q1);
                    p2 = Wide<T>.MultiplyAdd(Vector512.Load(one + 2 * Lanes), toP, p2);
                    q2 = Wide<T>.MultiplyAdd(Vector512.Load(one + 2 * Lanes), toQ, q2);
                    p3 = Wide<T>.MultiplyAdd(Vector512.Load(one + 3 * Lanes), toP, p3);
                    q3 = Wide<T>.MultiplyAdd(Vector512.Load(one + 3 * Lanes), toQ, q3);
                    p4 = Wide<T>.MultiplyAdd(Vector512.Load(one + 4 * Lanes), toP, p4);
                    q4 = Wide<T>.MultiplyAdd(Vector512.Load(one + 4 * Lanes), toQ, q4);
                }
            }
            int e = group->First, last = group->End;
            if (gradient != null && e < last)
            {
                Vector512<T> toA = Vector512.Create(alpha * group->ToA), toB = Vector512.Create(alpha * group->ToB);
                var d0 = Wide<T>.MultiplyAdd(p0, toA, q0 * toB);
                Vector512<T> d1 = default, d2 = default, d3 = default, d4 = default;
                if (TRegisters.Count > 1)
                {
                    d1 = Wide<T>.MultiplyAdd(p1, toA, q1 * toB);
                    d2 = Wide<T>.MultiplyAdd(p2, toA, q2 * toB);
                    d3 = Wide<T>.MultiplyAdd(p3, toA, q3 * toB);
                    d4 = Wide<T>.MultiplyAdd(p4, toA, q4 * toB);
                }
                for (var j = e; j < last; j++)
                {
                    var at = gradient + neurons[j] * gradientStride;
                    Vector512.Store(Vector512.Load(at) + d0, at);
                    if (TRegisters.Count > 1)
                    {
                        Vector512.Store(Vector512.Load(at + Lanes) + d1, at + Lanes);
                        Vector512.Store(Vector512.Load(at + 2 * Lanes) + d2, at + 2 * Lanes);
                        Vector512.Store(Vector512.Load(at + 3 * Lanes) + d3, at + 3 * Lanes);
                        Vector512.Store(Vector512.Load(at + 4 * Lanes) + d4, at + 4 * Lanes);
                    }
                }
            }
            if (partial != null && e < last)
            {
                Vector512<T> toA = Vector512.Create(group->ToAByTime), toB = Vector512.Create(group->ToBByTime);
                var d0 = Wide<T>.MultiplyAdd(p0, toA, q0 * toB);
                Vector512<T> d1 = default, d2 = default, d3 = default, d4 = default;
                if (TRegisters.Count > 1)
                {
                    d1 = Wide<T>.MultiplyAdd(p1, toA, q1 * toB);
                    d2 = Wide<T>.MultiplyAdd(p2, toA, q2 * toB);
                    d3 = Wide<T>.MultiplyAdd(p3, toA, q3 * toB);
                    d4 = Wide<T>.MultiplyAdd(p4, toA, q4 * toB);
                }
                for (; e < last; e++)
                {
                    var at = carrier + neurons[e] * stride;
                    var sum = Vector512.Load(at) * d0;
                    if (TRegisters.Count > 1)
                    {
                        sum = Wide<T>.MultiplyAdd(Vector512.Load(at + Lanes), d1, sum);
                        sum = Wide<T>.MultiplyAdd(Vector512.Load(at + 2 * Lanes), d2, sum);
                        sum = Wide<T>.MultiplyAdd(Vector512.Load(at + 3 * Lanes), d3, sum);
                        sum = Wide<T>.MultiplyAdd(Vector512.Load(at + 4 * Lanes), d4, sum);
                    }
                    partial[e] = Vector512.Sum(sum);
                }
            }
            if (group->Moves)
            {
                Vector512<T> ofA = Vector512.Create(group->AOfA), ofB = Vector512.Create(group->BOfB), bOfA = Vector512.Create(group->BOfA);
                p0 = p0 * ofA + q0 * bOfA;
                q0 *= ofB;
                if (TRegisters.Count > 1)
                {
                    p1 = p1 * ofA + q1 * bOfA;
                    p2 = p2 * ofA + q2 * bOfA;
                    p3 = p3 * ofA + q3 * bOfA;
                    p4 = p4 * ofA + q4 * bOfA;
                    q1 *= ofB;
                    q2 *= ofB;
                    q3 *= ofB;
                    q4 *= ofB;
                }
            }
        }
    }

    /// <summary>Where a block's gradient is added up: its columns, scaled by beta, or those of its part apart, cleared.</summary>
    private (nint Address, nint Stride, T Alpha) GradientOf(int block, int part, int width)
    {
        if (_gradient is not { } sink) return default;
        var (columns, stride, beta, alpha) = IsApart(block)
            ? ((nint)(Apart(part) + FirstNeuron(block) - FirstApart), ApartWidth, 0, 1)
            : ((nint)(sink.Target.Pointer<T>() + FirstNeuron(block)), _outputs, sink.Beta, sink.Alpha);
        var factor = Vector512.Create(T.CreateTruncating(beta));
        for (var row = 0; row < _inputs && beta != 1; row++)
            for (var at = (T*)columns + (nint)row * stride; at < (T*)columns + (nint)row * stride + width; at += Lanes)
                Vector512.Store(beta == 0 ? Vector512<T>.Zero : Vector512.Load(at) * factor, at);
        return (columns, stride, T.CreateTruncating(alpha));
    }

    /// <summary>Adds gradients that were added up apart to where they belong, for some of the inputs.</summary>
    private void AddUpApart(int start, int end)
    {
        var (sink, width, alpha) = (_gradient!.Value, _outputs - FirstApart, T.CreateTruncating(_gradient.Value.Alpha));
        for (var row = start; row < end; row++)
        {
            var target = sink.Target.Pointer<T>() + (nint)row * _outputs + FirstApart;
            if (sink.Beta != 1) Scale(target, width, sink.Beta);
            var source = Apart(0) + (nint)row * ApartWidth;
            for (var i = 0; i < width; i++)
            {
                var sum = source[i];
                for (var part = 1; part < _parts; part++) sum += source[(nint)part * _inputs * ApartWidth + i];
                target[i] += alpha * sum;
            }
        }
    }

    private T* Apart(int part) => _apart!.Pointer<T>() + (nint)part * _inputs * ApartWidth;

    private static void Scale(T* row, int width, double beta)
    {
        var span = new Span<T>(row, width);
        if (beta == 0) span.Clear();
        else TensorPrimitives.Multiply(span, T.CreateTruncating(beta), span);
    }

    /// <summary>Adds up what the blocks found for events, in their order.</summary>
    private void GatherSignals(int start, int end)
    {
        var partial = _partial!.Pointer<T>();
        var arriving = _arriving!.Elements<T>()[start..end];
        new ReadOnlySpan<T>(partial + start, end - start).CopyTo(arriving);
        for (var block = 1; block < _blocks; block++)
            TensorPrimitives.Add(arriving, new ReadOnlySpan<T>(partial + (nint)block * _input.Count + start, end - start), arriving);
    }
}
