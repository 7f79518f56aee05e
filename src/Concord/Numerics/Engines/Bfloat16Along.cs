namespace Concord.Numerics.Engines;

/// <summary>
/// The copies of a tensor in bf16 that are written by the work that writes the tensor, a piece at a time that is still in the cache: the
/// elements as they stand, and packed.
/// </summary>
internal readonly unsafe struct Bfloat16Along
{
    private const int Piece = 1024;

    private readonly float* _x;
    private readonly ushort* _plain;
    private readonly Bfloat16PanelCopy.PanelWork _panels, _turned;
    private readonly bool _hasPanels, _hasTurned;

    /// <summary>Those of a tensor.</summary>
    public Bfloat16Along(Tensor tensor)
    {
        _x = tensor.ReadPointer<float>();
        Unit = Piece;
        if (tensor.Bfloat16 is { } plain) _plain = plain.Pointer;
        if (tensor.Panels is { IsWrittenAlong: true } panels) (_panels, _hasPanels, Unit) = (panels.Writer, true, panels.Unit);
        if (tensor.TransposedPanels is { IsWrittenAlong: true } turned) (_turned, _hasTurned, Unit) = (turned.Writer, true, turned.Unit);
    }

    /// <summary>Elements of a piece.</summary>
    public int Unit { get; }

    /// <summary>Whether a tensor has such copies.</summary>
    public static bool IsFor(Tensor tensor) => tensor.Bfloat16 is not null || tensor.Panels is { IsWrittenAlong: true }
        || tensor.TransposedPanels is { IsWrittenAlong: true };

    /// <summary>Writes what belongs to a piece that has been written.</summary>
    public void Write(int from, int until)
    {
        if (_plain != null) Bfloat16.Convert(_x + from, _plain + from, until - from);
        if (_hasPanels) _panels.Run(from, until);
        if (_hasTurned) _turned.Run(from, until);
    }

    /// <summary>Says that the copies hold what the tensor holds now.</summary>
    public static void Renewed(Tensor tensor)
    {
        tensor.Bfloat16?.Renewed();
        if (tensor.Panels is { IsWrittenAlong: true } panels) panels.Renewed();
        if (tensor.TransposedPanels is { IsWrittenAlong: true } turned) turned.Renewed();
    }
}
