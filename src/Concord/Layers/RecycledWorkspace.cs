using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Buffers that live until <see cref="Recycle"/>: the n-th one asked for since then stands in the memory of the n-th one of every
/// round before. Blocks of a network that take turns in one of these take the memory of the largest of them together.
/// </summary>
internal sealed class RecycledWorkspace : Workspace
{
    private readonly Dictionary<(object Owner, string Name, int Index), Slot> _slots = [];
    private readonly List<Tensor> _memory = [];
    private int _next;
    private long _round;

    public override Tensor Get(Kernels kernels, object owner, string name, Shape shape, Role role, int index = 0)
    {
        if (!_slots.TryGetValue((owner, name, index), out var slot)) _slots[(owner, name, index)] = slot = new();
        if (slot.Round != _round)
        {
            if (slot.Number != _next) (slot.Number, slot.View) = (_next, null);
            slot.Round = _round;
            _next++;
        }
        if (slot.View is not { } view || !Holds(view, shape))
            slot.View = view = Memory(kernels, slot.Number, shape.Length).View(shape, role);
        return view.Rows(shape.Rows);
    }

    internal override void Recycle()
    {
        _next = 0;
        _round++;
    }

    private Tensor Memory(Kernels kernels, int number, int length)
    {
        if (number < _memory.Count && _memory[number].Length >= length) return _memory[number];
        if (number == _memory.Count) _memory.Add(kernels.Allocate(new(length)));
        else
        {
            Bytes -= _memory[number].Bytes;
            foreach (var slot in _slots.Values)
                if (slot.Number == number) slot.View = null;   // views would keep the smaller memory alive
            _memory[number] = kernels.Allocate(new(length));
        }
        Bytes += _memory[number].Bytes;
        return _memory[number];
    }

    private sealed class Slot
    {
        public long Round { get; set; } = -1;

        public int Number { get; set; } = -1;

        public Tensor? View { get; set; }
    }
}
