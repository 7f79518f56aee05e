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
            foreach (var records in _records)
                size += records.Start((sample + 1) * _rowsPerSample) - records.Start(sample * _rowsPerSample);
            _sizes[sample] = size;
        }
        _output.Lay(_sizes.AsSpan(0, samples));
        if (_order.Length >= _output.Count) return;
        var length = checked((int)(_output.Count * 5L / 4));
        (_order, _otherOrder, _keys, _otherKeys, _times) = (new int[length], new int[length], new ulong[length], new ulong[length],
            new T[length]);
    }

    /// <summary>
    /// Puts the spikes of all blocks in the order of time. A record finds its place in the output by itself afterwards, so that what
    /// arrives from above finds its way back.
    /// </summary>
    private void MergeSample(int sample)
    {
        var start = _output.Offsets[sample];
        var n = start;
        for (var block = 0; block < _records.Length; block++)
        {
            var records = _records[block];
            var end = records.Start((sample + 1) * _rowsPerSample);
            for (var i = records.Start(sample * _rowsPerSample); i < end; i++) _times[n++] = records.Times[i];
        }
        var length = n - start;
        var order = _order.AsSpan(start, length);
        EventSort.Order<T>(_times.AsSpan(start, length), order, _keys.AsSpan(start, length), _otherOrder.AsSpan(start, length),
            _otherKeys.AsSpan(start, length));
        Span<T> times = _output.Times.Elements<T>();
        Span<int> places = _otherOrder.AsSpan(start, length), neurons = _output.LaidNeurons;
        for (var i = 0; i < length; i++)
        {
            times[start + i] = _times[start + order[i]];
            places[order[i]] = i;
        }
        n = 0;
        for (var block = 0; block < _records.Length; block++)
        {
            var (records, firstNeuron) = (_records[block], FirstNeuron(block));
            for (var row = sample * _rowsPerSample; row < (sample + 1) * _rowsPerSample; row++)
                for (var i = records.Start(row); i < records.Start(row + 1); i++)
                {
                    ref var record = ref records.Items[i];
                    record.Place = start + places[n++];
                    neurons[record.Place] = (row - sample * _rowsPerSample) * _outputs + firstNeuron + record.Neuron;
                }
        }
    }
}
