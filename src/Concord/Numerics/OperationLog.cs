namespace Concord.Numerics;

/// <summary>Work: multiply-accumulates of products, and words (elements) read and written by all operations.</summary>
/// <param name="MultiplyAccumulates">Multiply-accumulates of products and gathers; elementwise work counts none.</param>
/// <param name="WordsRead">Elements read, each operand once an operation.</param>
/// <param name="WordsWritten">Elements written.</param>
public readonly record struct OperationCount(long MultiplyAccumulates, long WordsRead, long WordsWritten)
{
    /// <summary>Both pieces of work.</summary>
    public static OperationCount operator +(OperationCount a, OperationCount b) =>
        new(a.MultiplyAccumulates + b.MultiplyAccumulates, a.WordsRead + b.WordsRead, a.WordsWritten + b.WordsWritten);
}

/// <summary>One kernel call: what was done, on which extents, what for, and what it took.</summary>
/// <param name="Operation">The name of the kernel operation, as <c>Product</c>.</param>
/// <param name="Phase">What it was done for.</param>
/// <param name="Extents">Its sizes: m x n x k of a product, the result's shape elsewhere.</param>
/// <param name="Count">What it took.</param>
public readonly record struct OperationRecord(string Operation, Phase Phase, Shape Extents, OperationCount Count);

/// <summary>Records every kernel call of the engine it is attached to (<see cref="Kernels.Log"/>).</summary>
public sealed class OperationLog
{
    private readonly List<OperationRecord> _records = [];
    private readonly OperationCount[] _totals = new OperationCount[Enum.GetValues<Phase>().Length];

    /// <summary>Every call, in order.</summary>
    public IReadOnlyList<OperationRecord> Records => _records;

    /// <summary>What a phase took in all.</summary>
    public OperationCount this[Phase phase] => _totals[(int)phase];

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _records.Clear();
        Array.Clear(_totals);
    }

    internal void Add(OperationRecord record)
    {
        _records.Add(record);
        _totals[(int)record.Phase] += record.Count;
    }
}
