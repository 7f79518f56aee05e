using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Concord.Numerics;
using Concord.Spiking.Walks;

namespace Concord.Spiking;

/// <summary>
/// The spikes of a batch at one place: for each sample its events from the earliest to the latest, each a time (seconds, from 0) and a
/// neuron. All samples stand in two flat arrays, one after the other; <see cref="Offsets"/> says where each begins. There is no grid of
/// time steps and no object for an event. The memory is kept from batch to batch, so a warm step allocates nothing.
/// <para>
/// A sample is written by <see cref="Append"/>, or by as many <see cref="Add"/> as it has events, in any order, and one
/// <see cref="EndSample"/>.
/// </para>
/// </summary>
public sealed class SpikeTrains
{
    private const int FirstCapacity = 256;

    private readonly double[] _lastTimes;   // of each neuron in the sample being checked: finds events that are there twice
    private Tensor _times;
    private int[] _neurons = new int[FirstCapacity];
    private int[] _offsets = new int[16];
    private Scratch? _scratch;
    private Counting? _counting;

    /// <summary>No samples yet.</summary>
    /// <param name="neurons">How many neurons there are; events name them by 0 to neurons - 1.</param>
    /// <param name="elementType">Precision of the times.</param>
    /// <exception cref="ConcordException">No neuron.</exception>
    public SpikeTrains(int neurons, ElementType elementType = ElementType.Single)
    {
        if (neurons <= 0) throw new ConcordException($"Spike trains need at least one neuron, but {neurons} were asked for.");
        Neurons = neurons;
        _times = new(new(FirstCapacity), elementType);
        _lastTimes = new double[neurons];
    }

    /// <summary>How many neurons there are.</summary>
    public int Neurons { get; }

    /// <summary>How many samples there are.</summary>
    public int Samples { get; private set; }

    /// <summary>How many events there are, over all samples.</summary>
    public int Count { get; private set; }

    /// <summary>The precision of the times.</summary>
    public ElementType ElementType => _times.ElementType;

    /// <summary>Where each sample's events begin, and at the end where the last one's end: samples + 1 numbers.</summary>
    public ReadOnlySpan<int> Offsets => _offsets.AsSpan(0, Samples + 1);

    /// <summary>The neuron of each event.</summary>
    public ReadOnlySpan<int> NeuronsOfEvents => _neurons.AsSpan(0, Count);

    /// <summary>The time of each event, seconds. It has at least <see cref="Count"/> elements; those beyond mean nothing.</summary>
    public Tensor Times => _times;

    /// <summary>How many events a sample has.</summary>
    public int CountOf(int sample) => Offsets[sample + 1] - Offsets[sample];

    /// <summary>Where a sample's events up to a time end, that time included.</summary>
    internal int EndOf(int sample, double last)
    {
        var (start, end) = (_offsets[sample], _offsets[sample + 1]);
        if (ElementType == ElementType.Single) last = (float)last;
        while (end > start && _times[end - 1] > last) end--;
        return end;
    }

    /// <summary>How many samples have no event.</summary>
    public int EmptySamples
    {
        get
        {
            var empty = 0;
            for (var sample = 0; sample < Samples; sample++)
                if (CountOf(sample) == 0) empty++;
            return empty;
        }
    }

    /// <summary>Forgets all samples and keeps the memory.</summary>
    public void Clear() => (Samples, Count) = (0, 0);

    /// <summary>Adds an event to the sample that <see cref="EndSample"/> ends.</summary>
    /// <param name="time">Seconds, 0 or later.</param>
    /// <param name="neuron">Which neuron fires.</param>
    /// <exception cref="ConcordException">
    /// The time is negative, no number or too large for the precision, or there is no such neuron.
    /// </exception>
    public void Add(double time, int neuron)
    {
        Check(time, neuron, Count - _offsets[Samples]);
        Reserve(Count + 1);
        _times[Count] = time + 0.0;   // -0 becomes 0, whose bits rank first
        _neurons[Count++] = neuron;
    }

    /// <summary>
    /// Ends a sample: puts the events that were added since the last one in the order of time, those at one time in the order in which
    /// they were added. A sample may be empty.
    /// </summary>
    public void EndSample()
    {
        var start = _offsets[Samples];
        if (ElementType == ElementType.Single) Sort<float>(start);
        else Sort<double>(start);
        EndSampleAt(Count);
    }

    /// <summary>Adds a whole sample, whose events stand in the order of time already.</summary>
    /// <param name="times">Seconds.</param>
    /// <param name="neurons">The neuron of each.</param>
    /// <param name="allowEmpty">Whether a sample may have no event.</param>
    /// <exception cref="ConcordException">
    /// A time is negative, no number, too large for the precision or earlier than the one before; a neuron is not there or fires twice at
    /// what the precision makes one time; the numbers of times and neurons differ; the sample is empty though it may not be. The trains are
    /// as they were.
    /// </exception>
    public void Append(ReadOnlySpan<double> times, ReadOnlySpan<int> neurons, bool allowEmpty = false)
    {
        if (times.Length != neurons.Length)
            throw Refusal($"has {times.Length} times and {neurons.Length} neurons. Give one neuron for each time.");
        if (times.Length == 0 && !allowEmpty) throw Refusal("has no events. Leave it out, or allow empty samples.");
        Array.Fill(_lastTimes, -1);
        for (var i = 0; i < times.Length; i++)
        {
            Check(times[i], neurons[i], i);
            if (i > 0 && times[i] < times[i - 1])
                throw Refusal($"is not in the order of time: event {i} at {Text(times[i])} s comes after one at {Text(times[i - 1])} s. "
                    + "Sort its events by time.");
            var kept = Kept(times[i]);
            if (_lastTimes[neurons[i]] == kept)
            {
                var former = times[neurons[..i].LastIndexOf(neurons[i])];
                throw Refusal($"has two events of neuron {neurons[i]} at {Text(times[i])} s"
                    + $"{(times[i] == former ? "" : $" and {Text(former)} s, which are one time in single precision")}. Leave one of them "
                    + "out.");
            }
            _lastTimes[neurons[i]] = kept;
        }
        var start = Count;
        Reserve(start + times.Length);
        for (var i = 0; i < times.Length; i++)
        {
            _times[start + i] = times[i] + 0.0;
            _neurons[start + i] = neurons[i];
        }
        Count += times.Length;
        EndSampleAt(Count);
    }

    /// <summary>Adds a sample of other trains, in the precision of these.</summary>
    /// <param name="trains">Trains of as many neurons.</param>
    /// <param name="sample">Which sample of them.</param>
    /// <exception cref="ArgumentException">They are of another number of neurons.</exception>
    /// <exception cref="ConcordException">A time is too large for the precision of these.</exception>
    public void AppendSample(SpikeTrains trains, int sample)
    {
        if (trains.Neurons != Neurons)
            throw new ArgumentException($"A sample of {trains.Neurons} neurons does not belong to spike trains of {Neurons}.");
        var (from, start, count) = (trains.Offsets[sample], Count, trains.CountOf(sample));
        Reserve(checked(start + count));
        trains.NeuronsOfEvents.Slice(from, count).CopyTo(_neurons.AsSpan(start));
        if (trains.ElementType == ElementType.Single && ElementType == ElementType.Single)
            trains._times.Singles.Slice(from, count).CopyTo(_times.Singles[start..]);
        else
            for (var e = 0; e < count; e++)
            {
                Check(trains._times[from + e], _neurons[start + e], e);
                _times[start + e] = trains._times[from + e];
            }
        Count += count;
        EndSampleAt(Count);
    }

    /// <summary>Counts the events of each neuron.</summary>
    /// <param name="counts">Receives how often each neuron fires, samples x neurons.</param>
    /// <exception cref="ArgumentException">It has another size or precision.</exception>
    public void CountInto(Tensor counts)
    {
        Fits(counts);
        CountSamples(counts, 0, Samples);
    }

    /// <summary>The same by all threads of an engine.</summary>
    internal void CountInto(Tensor counts, Kernels kernels)
    {
        Fits(counts);
        (_counting ??= new(this)).Counts = counts;
        kernels.Share(_counting, 0, Samples);
    }

    /// <summary>Gives each event what its neuron has in its sample, times a factor.</summary>
    /// <param name="factor">The factor.</param>
    /// <param name="ofNeurons">A number for each neuron, samples x neurons.</param>
    /// <param name="signal">Receives a number for each event.</param>
    /// <exception cref="ArgumentException">Sizes or precisions do not fit.</exception>
    public void Spread(double factor, Tensor ofNeurons, Tensor signal)
    {
        Fits(ofNeurons);
        if (signal.Length < Count || signal.ElementType != ElementType)
            throw new ArgumentException($"{Count} events need as many {ElementType} numbers, but {signal} was given.");
        if (ElementType == ElementType.Single) Spread((float)factor, ofNeurons.Singles, signal.Singles);
        else Spread(factor, ofNeurons.Doubles, signal.Doubles);
    }

    /// <summary>Compares two numbers of each event, sample by sample, as <see cref="Kernels.CompareRows"/> does of rows.</summary>
    internal void Compare(Tensor a, Tensor b, Span<RowComparison> samples)
    {
        for (var sample = 0; sample < Samples; sample++)
        {
            var (dot, ofA, ofB, same) = (0.0, 0.0, 0.0, 0);
            for (var e = _offsets[sample]; e < _offsets[sample + 1]; e++)
            {
                var (x, y) = (a[e], b[e]);
                (dot, ofA, ofB) = (dot + x * y, ofA + x * x, ofB + y * y);
                if (x != 0 && Math.Sign(x) == Math.Sign(y)) same++;
            }
            samples[sample] = new(dot, ofA, ofB, same);
        }
    }

    /// <summary>Makes other trains the same as these, in their precision.</summary>
    /// <param name="trains">Trains of as many neurons.</param>
    /// <exception cref="ArgumentException">They are of another number of neurons.</exception>
    public void CopyTo(SpikeTrains trains)
    {
        trains.Clear();
        for (var sample = 0; sample < Samples; sample++) trains.AppendSample(this, sample);
    }

    /// <summary>A tensor with a number for each event, as dLoss/dtime: the given one, or a larger one where it is too small.</summary>
    /// <param name="tensor">One of an earlier batch; null for none.</param>
    public Tensor ValuesOf(Tensor? tensor) => tensor is not null && tensor.Length >= Math.Max(Count, 1) && tensor.ElementType == ElementType
        ? tensor : new(new(Capacity(Count)), ElementType, Role.Error);

    /// <summary>Makes room for a batch whose samples' sizes are known, and sets where each begins.</summary>
    /// <param name="sizes">Events of each sample.</param>
    internal void Lay(ReadOnlySpan<int> sizes)
    {
        Clear();
        foreach (var size in sizes)
        {
            Reserve(checked(Count + size));
            Count += size;
            EndSampleAt(Count);
        }
    }

    /// <summary>The neurons of a batch that was laid, to be written.</summary>
    internal Span<int> LaidNeurons => _neurons.AsSpan(0, Count);

    private void CountSamples(Tensor counts, int start, int end)
    {
        if (ElementType == ElementType.Single) CountSamples<float>(counts.Singles, start, end);
        else CountSamples<double>(counts.Doubles, start, end);
    }

    private void CountSamples<T>(Span<T> counts, int start, int end) where T : unmanaged, INumber<T>
    {
        counts[(start * Neurons)..(end * Neurons)].Clear();
        for (var sample = start; sample < end; sample++)
        {
            var row = counts.Slice(sample * Neurons, Neurons);
            for (var e = _offsets[sample]; e < _offsets[sample + 1]; e++) row[_neurons[e]] += T.One;
        }
    }

    private void Spread<T>(T factor, ReadOnlySpan<T> ofNeurons, Span<T> signal) where T : unmanaged, INumber<T>
    {
        for (var sample = 0; sample < Samples; sample++)
        {
            var row = ofNeurons.Slice(sample * Neurons, Neurons);
            for (var e = _offsets[sample]; e < _offsets[sample + 1]; e++) signal[e] = factor * row[_neurons[e]];
        }
    }

    private void Fits(Tensor ofNeurons)
    {
        if (ofNeurons.Length != Samples * Neurons || ofNeurons.ElementType != ElementType)
            throw new ArgumentException($"{Samples} samples of {Neurons} neurons take as many {ElementType} numbers, but {ofNeurons} was "
                + "given.");
    }

    private static int Capacity(int count) => Math.Max(FirstCapacity, (int)Math.Min(count * 5L / 4, int.MaxValue));

    private void EndSampleAt(int end)
    {
        if (Samples + 2 > _offsets.Length) Array.Resize(ref _offsets, 2 * _offsets.Length);
        _offsets[++Samples] = end;
    }

    private void Reserve(int count)
    {
        if (count <= _neurons.Length) return;
        var larger = new Tensor(new(Math.Max(Capacity(count), 2 * _neurons.Length)), ElementType);
        _times.AsBytes().CopyTo(larger.AsBytes());
        _times = larger;
        Array.Resize(ref _neurons, larger.Length);
    }

    private void Check(double time, int neuron, int index)
    {
        if (!double.IsFinite(Kept(time)) || time < 0)
            throw Refusal($"has an event {index} at {Text(time)} s; times are finite numbers of seconds from 0 "
                + $"{(double.IsFinite(time) && time > 0 ? "to 3.4E+38, the largest that single precision holds" : "on")}. "
                + "Shift or drop such events.");
        if ((uint)neuron >= (uint)Neurons)
            throw Refusal($"has an event {index} of neuron {neuron}; there are neurons 0 to {Neurons - 1}. "
                + "Check the number of inputs of the model.");
    }

    /// <summary>A time as the trains keep it.</summary>
    private double Kept(double time) => ElementType == ElementType.Single ? (float)time : time;

    private ConcordException Refusal(string what) => new($"Sample {Samples} of the spike trains {what}");

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    private void Sort<T>(int start) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var length = Count - start;
        if (length < 2) return;
        var scratch = (_scratch ??= new()).For(length);
        var times = _times.Elements<T>().Slice(start, length);
        var neurons = _neurons.AsSpan(start, length);
        EventSort.Order<T>(times, scratch.Order, scratch.Keys, scratch.OtherOrder, scratch.OtherKeys);
        var copy = MemoryMarshal.Cast<ulong, T>(scratch.Keys.AsSpan())[..length];
        times.CopyTo(copy);
        for (var i = 0; i < length; i++) times[i] = copy[scratch.Order[i]];
        neurons.CopyTo(scratch.OtherOrder);
        for (var i = 0; i < length; i++) neurons[i] = scratch.OtherOrder[scratch.Order[i]];
    }

    /// <summary>Counts events for some of the samples.</summary>
    private sealed class Counting(SpikeTrains trains) : ISharedWork
    {
        public Tensor? Counts;

        public void Run(int phase, int start, int end) => trains.CountSamples(Counts!, start, end);
    }

    /// <summary>What sorting needs beside the events.</summary>
    private sealed class Scratch
    {
        public int[] Order = [], OtherOrder = [];
        public ulong[] Keys = [], OtherKeys = [];

        public Scratch For(int length)
        {
            if (Order.Length >= length) return this;
            length = Capacity(length);
            (Order, OtherOrder, Keys, OtherKeys) = (new int[length], new int[length], new ulong[length], new ulong[length]);
            return this;
        }
    }
}
