using System.Numerics;

namespace Concord.Spiking.Walks;

/// <summary>What the walk down needs of a spike.</summary>
internal struct SpikeRecord<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The neuron of the block, and the group of events in whose window it fired.</summary>
    public int Neuron, Group;

    /// <summary>The coordinate in the neuron's dynamics, the slope and a.</summary>
    public T Coordinate, Slope, Current;

    /// <summary>Scratch of the walk down: what it adds to the two sums.</summary>
    public T First, Second;
}

/// <summary>What the walk down needs of the release of a neuron that was held.</summary>
internal struct SpikeRelease<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The neuron of the block, and the group of events in whose window it was released.</summary>
    public int Neuron, Group;

    /// <summary>How many spikes the block's records had then.</summary>
    public int Before;

    /// <summary>The derivatives of its b then after its a and after the time, per second.</summary>
    public T ByA, ByTime;

    /// <summary>Scratch of the walk down: what it adds to the two sums.</summary>
    public T First, Second;
}

/// <summary>
/// The spikes of a block of neurons, in the order in which the walk upward found them: sample by sample, window by window.
/// </summary>
/// <param name="room">How many there may be, in all blocks of a walk together.</param>
internal sealed class SpikeRecords<T>(SpikeRoom room) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private int[] _offsets = [0], _releaseOffsets = [0], _places = [0];
    private int _releaseCount;

    /// <summary>The spikes.</summary>
    public SpikeRecord<T>[] Items = [];

    /// <summary>When each is, seconds; while the walk upward finds them, their coordinates.</summary>
    public T[] Times = [];

    /// <summary>How many there are.</summary>
    public int Count;

    /// <summary>The releases of neurons that were held, in the order in which they were found.</summary>
    public SpikeRelease<T>[] Releases = [];

    /// <summary>Neurons, over all rows, that would have fired once more than they may.</summary>
    public long CutOff;

    /// <summary>Spikes whose slope was clipped on the last walk down.</summary>
    public long Clipped;

    /// <summary>Forgets all and prepares for the rows from the first up to, not including, the end.</summary>
    public void Begin(int first, int end)
    {
        (Count, CutOff, Clipped, _releaseCount) = (0, 0, 0, 0);
        if (_offsets.Length < end + 1)
            (_offsets, _releaseOffsets, _places) = (new int[end + 1], new int[end + 1], new int[end + 1]);
        (_offsets[first], _releaseOffsets[first]) = (0, 0);
    }

    /// <summary>Notes where a row's records end.</summary>
    public void EndRow(int row) => (_offsets[row + 1], _releaseOffsets[row + 1]) = (Count, _releaseCount);

    /// <summary>Where a row's records begin.</summary>
    public int Start(int row) => _offsets[row];

    /// <summary>Notes where the places in the output of a row's records begin among those of all blocks.</summary>
    public void SetPlace(int row, int place) => _places[row] = place;

    /// <summary>Where they begin.</summary>
    public int Place(int row) => _places[row];

    /// <summary>Adds a release.</summary>
    public void AddRelease(SpikeRelease<T> release)
    {
        if (_releaseCount == Releases.Length) Array.Resize(ref Releases, Math.Max(256, 2 * _releaseCount));
        Releases[_releaseCount++] = release;
    }

    /// <summary>Where a row's releases begin.</summary>
    public int ReleaseStart(int row) => _releaseOffsets[row];

    /// <summary>The last release of a row that a spike follows: those after all spikes change nothing.</summary>
    public int LastRelease(int row)
    {
        var last = _releaseOffsets[row + 1] - 1;
        while (last >= _releaseOffsets[row] && Releases[last].Before == Start(row + 1)) last--;
        return last;
    }

    /// <summary>Makes room for some more.</summary>
    public void Reserve(int more)
    {
        if (Count + more <= Items.Length) return;
        var length = checked((int)Math.Max(256, 2L * (Count + more)));
        room.Take(length - Items.Length);
        Array.Resize(ref Items, length);
        Array.Resize(ref Times, length);
    }
}
