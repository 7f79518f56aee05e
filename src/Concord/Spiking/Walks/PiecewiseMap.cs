using Concord.Numerics;

namespace Concord.Spiking.Walks;

/// <summary>
/// Walks a large batch in pieces of whole samples, one after the other, so that what is kept of the spikes is bounded: some hundred bytes
/// for each that comes in, as often as windows of a convolution see it, and for each that is fired. Spikes and numbers are those of one
/// walk. The walk down finds the spikes of each piece again, as only the last one's are kept.
/// </summary>
/// <param name="map">What walks.</param>
/// <param name="spikes">Spikes of a sample that room is planned for.</param>
/// <param name="most">Events of a piece: those that come in, as often as they are kept, and the spikes that are planned for.</param>
internal sealed class PiecewiseMap(ISpikingMap map, long spikes, long most = 1 << 20)
{
    private readonly List<int> _ends = [];   // of the pieces, in samples
    private SpikeTrains? _input, _output, _piece, _fired;
    private Tensor? _weight, _signal, _arriving;

    /// <summary>Whether the next batches may be walked in pieces.</summary>
    public bool MayCut { get; set; }

    /// <summary>What was counted over the last batch.</summary>
    public WalkCounts Counts { get; private set; }

    /// <summary>How many pieces the last batch had.</summary>
    public int Pieces => _ends.Count;

    /// <summary>The walk upward.</summary>
    public void Forward(Tensor weight, SpikeTrains input, SpikeTrains output)
    {
        (_weight, _input, _output) = (weight, input, output);
        Counts = new(input.Count, 0, 0, 0, 0);
        Cut(input);
        if (Pieces == 1) map.Forward(weight, input, output);
        else output.Clear();
        for (var piece = 0; piece < Pieces; piece++)
        {
            if (Pieces > 1)
            {
                Walk(piece);
                for (var sample = 0; sample < _fired!.Samples; sample++) output.AppendSample(_fired, sample);
            }
            Counts += new WalkCounts(0, map.SynapticOperations, map.Late, map.CutOff, 0);
        }
    }

    /// <summary>The walk down.</summary>
    public void Backward(Tensor signal, Tensor? arriving, Tensor? carrier, Accumulator? gradient)
    {
        Counts = Counts with { Clipped = 0 };
        if (Pieces <= 1) map.Backward(signal, arriving, carrier, gradient);
        for (var piece = 0; piece < Pieces; piece++)
        {
            if (Pieces > 1)
            {
                Walk(piece);
                _signal = _fired!.ValuesOf(_signal);
                Copy(signal, _output!.Offsets[Start(piece)], _signal, 0, _fired.Count);
                if (arriving is not null) _arriving = _piece!.ValuesOf(_arriving);
                map.Backward(_signal, arriving is null ? null : _arriving, carrier, gradient);
                if (gradient is { } sink) gradient = sink with { Beta = 1 };   // the next pieces add to what is there
                if (arriving is not null) Copy(_arriving!, 0, arriving, _input!.Offsets[Start(piece)], _piece!.Count);
            }
            Counts += new WalkCounts(0, 0, 0, 0, map.Clipped);
        }
    }

    private int Start(int piece) => piece == 0 ? 0 : _ends[piece - 1];

    /// <summary>Finds where pieces end; each has at least one sample.</summary>
    private void Cut(SpikeTrains input)
    {
        _ends.Clear();
        var (held, start) = (0L, 0);
        for (var sample = 0; MayCut && sample < input.Samples; sample++)
        {
            var more = (long)input.CountOf(sample) * map.Copies + spikes;
            if (sample > start && held + more > most)
            {
                _ends.Add(start = sample);
                held = 0;
            }
            held += more;
        }
        _ends.Add(input.Samples);
    }

    private void Walk(int piece)
    {
        _piece ??= new(_input!.Neurons, _input.ElementType);
        _fired ??= new(_output!.Neurons, _output.ElementType);
        _piece.Clear();
        for (var sample = Start(piece); sample < _ends[piece]; sample++) _piece.AppendSample(_input!, sample);
        map.Forward(_weight!, _piece, _fired);
    }

    private static void Copy(Tensor from, int start, Tensor to, int place, int count)
    {
        var size = from.ElementType.Size();
        from.AsBytes().Slice(start * size, count * size).CopyTo(to.AsBytes()[(place * size)..]);
    }
}
