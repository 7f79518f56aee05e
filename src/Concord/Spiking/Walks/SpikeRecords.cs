using System.Numerics;

namespace Concord.Spiking.Walks;

/// <summary>
/// The spikes of a block of neurons, in the order in which the walk upward found them: sample by sample, window by window, for each what
/// the walk down needs.
/// </summary>
internal sealed class SpikeRecords<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private int[] _offsets = [0];

    /// <summary>The neuron of the block, and the group of events in whose window it fired.</summary>
    public int[] Neurons = [], Groups = [];

    /// <summary>Where in the merged spikes of the layer it stands.</summary>
    public int[] Places = [];

    /// <summary>The coordinate of the spike in the neuron's dynamics, its slope and its a.</summary>
    public T[] Coordinates = [], Slopes = [], Currents = [];

    /// <summary>When it is, seconds.</summary>
    public T[] Times = [];

    /// <summary>Scratch of the walk down: what a spike adds to the two sums.</summary>
    public T[] First = [], Second = [];

    /// <summary>How many there are.</summary>
    public int Count;

    /// <summary>Neurons, over all rows, that would have fired once more than they may.</summary>
    public long CutOff;

    /// <summary>Spikes whose slope was clipped on the last walk down.</summary>
    public long Clipped;

    /// <summary>Forgets all and prepares for so many rows.</summary>
    public void Begin(int rows)
    {
        (Count, CutOff, Clipped) = (0, 0, 0);
        if (_offsets.Length < rows + 1) _offsets = new int[rows + 1];
    }

    /// <summary>Notes where a row's records end.</summary>
    public void EndRow(int row) => _offsets[row + 1] = Count;

    /// <summary>Where a row's records begin.</summary>
    public int Start(int row) => _offsets[row];

    /// <summary>Makes room for some more.</summary>
    public void Reserve(int more)
    {
        if (Count + more <= Neurons.Length) return;
        var length = Math.Max(256, 2 * (Count + more));
        Array.Resize(ref Neurons, length);
        Array.Resize(ref Groups, length);
        Array.Resize(ref Places, length);
        Array.Resize(ref Coordinates, length);
        Array.Resize(ref Slopes, length);
        Array.Resize(ref Currents, length);
        Array.Resize(ref Times, length);
        Array.Resize(ref First, length);
        Array.Resize(ref Second, length);
    }
}
