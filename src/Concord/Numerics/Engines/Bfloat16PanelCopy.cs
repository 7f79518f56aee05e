namespace Concord.Numerics.Engines;

/// <summary>
/// A matrix in bf16, packed (<see cref="Bfloat16Panels"/>), for one that products read again and again. Packing takes longer than it saves
/// in one product. So what stays, as feedback that does not learn, a frozen weight, or all weights where nothing learns, is packed when
/// products have met the same numbers some times; and what an optimizer moves in each step is packed, where that is wanted, by the
/// optimizer's pass, which has the numbers at hand.
/// </summary>
/// <param name="of">The matrix, of singles.</param>
/// <param name="transposed">Whether its rows are the panels' columns.</param>
internal sealed unsafe class Bfloat16PanelCopy(Tensor of, bool transposed)
{
    /// <summary>Rows that are packed at a time. Panels of a matrix as it stands take 2 rows at least, those of a turned one 16.</summary>
    private const int Band = 32;

    /// <summary>Products after which it is made: they take much longer than packing. And times that it may be made in vain.</summary>
    private const int Often = 8;

    private Tensor? _room;
    private int _width, _meetings, _inVain;
    private long _met = -1, _seen = -1;
    private bool _moves, _isGivenUp;

    /// <summary>Bytes that the panels take.</summary>
    public long Bytes => _room?.Bytes ?? 0;

    /// <summary>Elements that are packed at a time, some whole rows. A part that is packed by itself begins at a multiple.</summary>
    public int Unit => Band * of.Shape.RowLength;

    /// <summary>Whether panels were made, and the matrix has been left alone since.</summary>
    public bool IsCurrent => _seen == of.Accesses;

    /// <summary>Whether an optimizer's pass is to write the panels along with the matrix.</summary>
    public bool IsWrittenAlong => _moves && _room is not null;

    /// <summary>
    /// Counts a product, and says whether it is to read panels: those of a matrix that was left alone for so many products that packing is
    /// worth its time, or that an optimizer packs. The latter not if something else writes the matrix after the optimizer again and again.
    /// </summary>
    /// <param name="moves">Whether the matrix is one that an optimizer moves, and is to pack.</param>
    public bool IsWanted(bool moves)
    {
        _meetings = _met == of.Accesses ? Math.Min(_meetings + 1, Often) : 1;
        _met = of.Accesses;
        _moves = moves && !_isGivenUp;
        return _moves || _meetings == Often;
    }

    /// <summary>The panels of such a width, made anew if the matrix may have been written since.</summary>
    public ushort* Current(int width, Team team)
    {
        if (width != _width) Resize(width);
        if (IsCurrent) _inVain = 0;
        else
        {
            _isGivenUp |= ++_inVain == Often;
            var work = Writer;
            team.For(ref work, of.Length, Unit, Unit);
            GC.KeepAlive(of);
            Renewed();
        }
        return (ushort*)_room!.ReadPointer<float>();
    }

    // Two numbers stand in the room of a single, and zeros where rows or columns are filled up.
    private void Resize(int width)
    {
        (_width, _seen) = (width, -1);
        var length = checked((int)(PanelsOf(width).Length / 2));
        if (_room is null || _room.Length < length) _room = new(new(length));
        else _room.AsBytes().Clear();
    }

    /// <summary>Says that the panels hold what the matrix holds now.</summary>
    public void Renewed() => _seen = of.Accesses;

    /// <summary>What writes the panels. It reads the matrix at its present place, and is valid as long as this is reachable.</summary>
    public PanelWork Writer => new(PanelsOf(_width), of.ReadPointer<float>(), of.Shape.RowLength, transposed,
        (ushort*)_room!.ReadPointer<float>());

    private Bfloat16Panels PanelsOf(int width) =>
        transposed ? new(of.Shape.RowLength, of.Shape.Rows, width) : new(of.Shape.Rows, of.Shape.RowLength, width);

    /// <summary>Packs ranges of elements that begin at multiples of <see cref="Unit"/>, and end there or with the matrix.</summary>
    public readonly struct PanelWork(Bfloat16Panels panels, float* x, int rowLength, bool transposed, ushort* y) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var from = start / rowLength; from < end / rowLength; from += Band)
            {
                var until = Math.Min(from + Band, end / rowLength);
                if (transposed) panels.WriteTransposed(x, from, until, y);
                else panels.Write(x, from, until, y);
            }
        }
    }
}
