namespace Concord.Numerics;

/// <summary>One kernel call: what was done, on which extents, what for, and what it took.</summary>
/// <param name="Operation">The name of the kernel operation, as <c>Product</c>.</param>
/// <param name="Block">The block of the network that it was done in, or another word where it belongs to none.</param>
/// <param name="Phase">What it was done for.</param>
/// <param name="Period">After how many steps it is done again.</param>
/// <param name="Extents">Its sizes: m x n x k of a product, the result's shape elsewhere.</param>
/// <param name="Work">What it took: each operand once, as what it is.</param>
public readonly record struct OperationRecord(string Operation, string Block, Phase Phase, int Period, Shape Extents, Work Work);

/// <summary>Records every kernel call of the engine it is attached to (<see cref="Kernels.Log"/>).</summary>
/// <param name="keepsRecords">Whether each call is kept; else they are only added up, however many there are.</param>
public sealed class OperationLog(bool keepsRecords = true)
{
    private readonly List<OperationRecord> _records = [];
    private readonly Work[] _totals = new Work[Enum.GetValues<Phase>().Length];

    /// <summary>Every call, in order.</summary>
    public IReadOnlyList<OperationRecord> Records => _records;

    /// <summary>What a phase took in all.</summary>
    public Work this[Phase phase] => _totals[(int)phase];

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _records.Clear();
        Array.Clear(_totals);
    }

    internal void Add(OperationRecord record)
    {
        if (keepsRecords) _records.Add(record);
        _totals[(int)record.Phase] += record.Work;
    }
}
