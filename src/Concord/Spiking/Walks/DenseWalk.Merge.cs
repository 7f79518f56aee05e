namespace Concord.Spiking.Walks;

internal sealed unsafe partial class DenseWalk<T, TDynamics>
{
    /// <summary>Makes room for the output's events, whose numbers are known now.</summary>
    private void Lay()
    {
        var samples = _input.Samples / _rowsPerSample;
        if (_sizes.Length < samples) _sizes = new int[samples];
        for (var sample = 0; sample < samples; sample++)
        {
            var size = 0;
            for (var block = 0; block < _blocks; block++)
            {
                var records = RecordsOf(block, sample);
                size += records.Start((sample + 1) * _rowsPerSample) - records.Start(sample * _rowsPerSample);
            }
            _sizes[sample] = size;
        }
        _output.Lay(_sizes.AsSpan(0, samples));
        if (_order.Length >= _output.Count) return;
        var length = checked((int)(_output.Count * 5L / 4));
        (_order, _otherOrder, _keys, _otherKeys, _times, _places) = (new int[length], new int[length], new ulong[length],
            new ulong[length], new T[length], new int[length]);
    }

    /// <summary>
    /// Puts the spikes of all blocks in the order of time. Where each went is kept, so that what arrives from above finds its way back.
    /// </summary>
    private void MergeSample(int sample)
    {
        var (start, end) = (_output.Offsets[sample], _output.Offsets[sample + 1]);
        var length = end - start;
        Span<T> found = _times.AsSpan(start, length), times = _output.Times.Elements<T>().Slice(start, length);
        Span<int> order = _order.AsSpan(start, length), whose = _places.AsSpan(start, length),
            neurons = _output.LaidNeurons.Slice(start, length);
        var n = 0;
        for (var block = 0; block < _blocks; block++)
        {
            var (records, neuron) = (RecordsOf(block, sample), FirstNeuron(block));
            for (var row = sample * _rowsPerSample; row < (sample + 1) * _rowsPerSample; row++, neuron += _outputs)
            {
                var (first, count) = (records.Start(row), records.Start(row + 1) - records.Start(row));
                records.SetPlace(row, start + n);
                records.Times.AsSpan(first, count).CopyTo(found[n..]);
                foreach (ref var record in records.Items.AsSpan(first, count)) whose[n++] = neuron + record.Neuron;
            }
        }
        EventSort.Order<T>(found, order, _keys.AsSpan(start, length), _otherOrder.AsSpan(start, length), _otherKeys.AsSpan(start, length));
        for (var i = 0; i < order.Length; i++) (times[i], neurons[i]) = (found[order[i]], whose[order[i]]);
        for (var i = 0; i < order.Length; i++) whose[order[i]] = start + i;
    }
}
