namespace Concord.Numerics;

/// <summary>Which elements <see cref="Kernels.CopySelected"/> copies.</summary>
public enum SelectionKind
{
    /// <summary>Count elements from number First on, round the end to the beginning.</summary>
    Block,

    /// <summary>Count elements drawn without replacement.</summary>
    Random,

    /// <summary>The Count elements with the largest |x - y|; of equal ones, those that come first.</summary>
    Largest,

    /// <summary>All elements with |x - y| above Threshold.</summary>
    Beyond,

    /// <summary>All elements where one of x and y is negative and the other is not.</summary>
    ChangedSign,
}

/// <summary>A choice among the elements of a tensor.</summary>
/// <param name="Kind">By what they are chosen.</param>
/// <param name="Count">How many (Block, Random, Largest); all of them where there are no more.</param>
/// <param name="First">The first of a Block.</param>
/// <param name="Threshold">Of Beyond.</param>
/// <param name="Stream">Decides a Random choice: who knows it knows the choice.</param>
public readonly record struct Selection(SelectionKind Kind, int Count = 0, int First = 0, double Threshold = 0,
    RandomStream Stream = default);

public abstract partial class Kernels
{
    /// <summary>
    /// y_i = x_i for the selected elements; the others stay. Counted as one look at both tensors and one writing of y,
    /// whatever is selected.
    /// </summary>
    /// <returns>How many were selected.</returns>
    public int CopySelected(in Selection selection, Tensor x, Tensor y)
    {
        SameLength(x, y);
        if (selection.Count < 0 || selection.First < 0 || (selection.First > 0 && selection.First >= y.Length))
            throw new ArgumentOutOfRangeException(nameof(selection),
                $"A selection of {selection.Count} elements from number {selection.First} on does not fit {y.Shape}.");
        if (Log is not null) Count(nameof(CopySelected), y.Shape, 0, Of(x, y), Put(y));
        return CopySelectedCore(selection, x, y);
    }

    /// <inheritdoc cref="CopySelected"/>
    protected abstract int CopySelectedCore(in Selection selection, Tensor x, Tensor y);
}
