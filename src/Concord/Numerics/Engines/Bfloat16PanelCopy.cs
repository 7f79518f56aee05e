namespace Concord.Numerics.Engines;

/// <summary>
/// A matrix in bf16, packed (<see cref="Bfloat16Panels"/>): for one that products read again and again, as feedback that stays, a frozen
/// weight, or all weights where nothing learns. It is made when products have met the same numbers some times. What moves in each step is
/// read as it stands, for packing takes longer than it saves in one product.
/// </summary>
/// <param name="of">The matrix, of singles.</param>
/// <param name="transposed">Whether its rows are the panels' columns.</param>
internal sealed unsafe class Bfloat16PanelCopy(Tensor of, bool transposed)
{
    /// <summary>Products after which it is made: they take much longer than packing.</summary>
    private const int Often = 8;

    private Tensor? _room;
    private int _width, _meetings;
    private long _met = -1, _seen = -1;

    /// <summary>Whether panels were made, and the matrix has been left alone since.</summary>
    public bool IsCurrent => _seen == of.Accesses;

    /// <summary>Counts a product, and says whether the matrix has been left alone for so many that packing is worth its time.</summary>
    public bool IsMetOften()
    {
        _meetings = _met == of.Accesses ? Math.Min(_meetings + 1, Often) : 1;
        _met = of.Accesses;
        return _meetings == Often;
    }

    /// <summary>The panels of such a width, made anew if the matrix may have been written since.</summary>
    public ushort* Current(int width, Team team)
    {
        var (depth, columns) = transposed ? (of.Shape.RowLength, of.Shape.Rows) : (of.Shape.Rows, of.Shape.RowLength);
        var panels = new Bfloat16Panels(depth, columns, width);
        if (_room is null || width != _width)
            (_room, _width, _seen) = (new(new(checked((int)(panels.Length / 2)))), width, -1);   // two numbers in the room of a single
        var numbers = (ushort*)_room.ReadPointer<float>();
        if (!IsCurrent)
        {
            var work = new Work(panels, of.ReadPointer<float>(), transposed, numbers);
            team.For(ref work, panels.Count, grain: 1);
            GC.KeepAlive(of);
            _seen = of.Accesses;
        }
        return numbers;
    }

    private readonly struct Work(Bfloat16Panels panels, float* x, bool transposed, ushort* y) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var panel = start; panel < end; panel++)
            {
                if (transposed) panels.WriteTransposed(x, panel, y);
                else panels.Write(x, panel, y);
            }
        }
    }
}
