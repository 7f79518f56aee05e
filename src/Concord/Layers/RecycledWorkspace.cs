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

    internal override long CopyBytes => _slots.Values.Sum(slot => slot.CopyBytes);

    public override Tensor Get(Kernels kernels, object owner, string name, Shape shape, Role role, int index = 0)
    {
        if (!_slots.TryGetValue((owner, name, index), out var slot)) _slots[(owner, name, index)] = slot = new();
        if (slot.Round != _round) (slot.Number, slot.Round) = (_next++, _round);
        return (slot.Find(shape) ?? slot.Keep(Memory(kernels, slot.Number, shape.Length).View(shape, role))).Rows(shape.Rows);
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
            foreach (var slot in _slots.Values) slot.Forget(number);   // views would keep the smaller memory alive
            _memory[number] = kernels.Allocate(new(length));
        }
        Bytes += _memory[number].Bytes;
        return _memory[number];
    }

    // One owner may ask at several blocks of a walk: each time another memory, or one of another shape. It keeps a view of each.
    private sealed class Slot
    {
        private readonly List<(int Number, Tensor View)> _views = [];

        public long Round { get; set; } = -1;

        public int Number { get; set; } = -1;

        public long CopyBytes => _views.Sum(kept => kept.View.CopyBytes);

        public Tensor? Find(Shape shape)
        {
            foreach (var (number, view) in _views)
                if (number == Number && Holds(view, shape)) return view;
            return null;
        }

        public Tensor Keep(Tensor view)
        {
            _views.RemoveAll(kept => kept.Number == Number && Holds(view, kept.View.Shape));   // what it replaces is of fewer rows
            _views.Add((Number, view));
            return view;
        }

        public void Forget(int number) => _views.RemoveAll(kept => kept.Number == number);
    }
}
