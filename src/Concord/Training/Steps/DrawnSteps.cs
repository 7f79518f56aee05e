using Concord.Numerics;

namespace Concord.Training;

/// <summary>Which of T time steps a batch learns from: K that are drawn without replacement, anew for each batch (SLTT-K).</summary>
/// <param name="steps">T.</param>
/// <param name="drawn">K.</param>
/// <param name="stream">The stream of draws.</param>
internal sealed class DrawnSteps(int steps, int drawn, RandomStream stream)
{
    private readonly int[] _order = new int[steps];
    private readonly bool[] _isLearned = new bool[steps];
    private long _batch = -1;

    /// <summary>Whether a batch learns from a step.</summary>
    public bool IsLearned(int step, long batch)
    {
        if (batch != _batch) Draw(batch);
        return _isLearned[step];
    }

    private void Draw(long batch)
    {
        for (var i = 0; i < steps; i++) _order[i] = i;
        stream.At(batch).Shuffle(_order.AsSpan());
        Array.Clear(_isLearned);
        foreach (var step in _order.AsSpan(0, drawn)) _isLearned[step] = true;
        _batch = batch;
    }
}
