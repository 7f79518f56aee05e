using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Buffers that live until <see cref="Recycle"/>: the n-th one asked for since then stands in the memory of the n-th one of every
/// round before. Blocks of a network that take turns in one of these take the memory of the largest of them together.
/// </summary>
internal sealed class RecycledWorkspace : Workspace
{
    private readonly Dictionary<(object Owner, string Name, int Index), Place> _places = [];
    private readonly List<Tensor> _memory = [];
    private int _next;
    private long _round;

    public override Tensor Get(Kernels kernels, object owner, string name, Shape shape, Role role, int index = 0)
    {
        if (!_places.TryGetValue((owner, name, index), out var place)) _places[(owner, name, index)] = place = new();
        if (place.Round != _round)
        {
            if (place.Number != _next) (place.Number, place.View) = (_next, null);
            place.Round = _round;
            _next++;
        }
        if (place.View is not { } view || !Holds(view, shape))
            place.View = view = Memory(kernels, place.Number, shape.Length).View(shape, role);
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
            foreach (var place in _places.Values)
                if (place.Number == number) place.View = null;   // views would keep the smaller memory alive
            _memory[number] = kernels.Allocate(new(length));
        }
        Bytes += _memory[number].Bytes;
        return _memory[number];
    }

    private sealed class Place
    {
        public long Round { get; set; } = -1;

        public int Number { get; set; } = -1;

        public Tensor? View { get; set; }
    }
}
