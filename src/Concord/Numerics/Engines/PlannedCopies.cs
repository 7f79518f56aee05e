namespace Concord.Numerics.Engines;

/// <summary>
/// The copies in bf16 that a step makes which is done again and again, found from what it writes and what products read: a copy is made
/// when a product reads what was written since (<see cref="Bfloat16Copy"/>), unless the work that wrote it wrote the copy along with it
/// (<see cref="Bfloat16Along"/>). Packed copies are not among them.
/// </summary>
internal sealed class PlannedCopies
{
    private const int AlongBytes = 2, MadeBytes = 4 + AlongBytes;   // of a number: its copy written, and before that itself read

    private readonly List<Event> _events = [];
    private readonly List<(WorkPlace Place, long Bytes)> _converted = [];

    /// <summary>Bytes of memory that the copies take.</summary>
    public long Bytes => _events.Where(one => !one.Writes).Select(one => one.Tensor).Distinct().Sum(Bfloat16Copy.BytesOf);

    /// <summary>Says that a tensor is written.</summary>
    public void Write(Tensor tensor, in WorkPlace place) => _events.Add(new(tensor, true, false, place));

    /// <summary>Says that what wrote the last tensor writes its copy as well.</summary>
    public void WriteAlong() => _events[^1] = _events[^1] with { Along = true };

    /// <summary>Says that a product reads a tensor in bf16.</summary>
    public void Read(Tensor tensor, in WorkPlace place) => _events.Add(new(tensor, false, false, place));

    /// <summary>Says that a kernel is converted for one convolution.</summary>
    public void Convert(Tensor kernel, in WorkPlace place) => _converted.Add((place, MadeBytes * (long)kernel.Length));

    /// <summary>Bytes read and written to make the copies of a step that follows another: where, and of what.</summary>
    public IEnumerable<(WorkPlace Place, long Bytes)> Made()
    {
        foreach (var one in _converted) yield return one;
        Dictionary<object, (int Version, Event By)> written = [];
        Dictionary<Tensor, int> seen = [];
        for (var step = 0; step < 2; step++)   // the second begins with what the first left
            foreach (var (one, version) in _events.Select((one, i) => (one, step * _events.Count + i)))
            {
                if (one.Writes) written[one.Tensor.Memory] = (version, one);
                else if (written.TryGetValue(one.Tensor.Memory, out var last) && seen.GetValueOrDefault(one.Tensor, -1) != last.Version)
                {
                    seen[one.Tensor] = last.Version;
                    var along = last.By.Along && last.By.Tensor == one.Tensor;
                    var place = (along ? last.By : one).Place with { Period = Math.Max(one.Place.Period, last.By.Place.Period) };
                    if (step > 0) yield return (place, (along ? AlongBytes : MadeBytes) * (long)one.Tensor.Length);
                }
            }
    }

    private readonly record struct Event(Tensor Tensor, bool Writes, bool Along, WorkPlace Place);
}

/// <summary>Where work is counted.</summary>
/// <param name="Block">The block of the network.</param>
/// <param name="Phase">What it is done for.</param>
/// <param name="Period">After how many steps it is done again.</param>
internal readonly record struct WorkPlace(string Block, Phase Phase, int Period);
