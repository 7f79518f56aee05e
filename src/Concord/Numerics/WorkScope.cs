namespace Concord.Numerics;

/// <summary>
/// Until disposed, kernel calls count as done for another phase, in another block or once in another number of steps; then as before.
/// What is left null stays as it is. Whatever is done within a probe stays the probe's.
/// </summary>
public readonly ref struct WorkScope
{
    private readonly Kernels _kernels;
    private readonly Phase _phase;
    private readonly string _block;
    private readonly int _period;

    /// <summary>Begins it.</summary>
    /// <param name="kernels">The engine.</param>
    /// <param name="phase">What the work is done for.</param>
    /// <param name="block">Where in the network: the name of a block, or another word where it belongs to none.</param>
    /// <param name="period">After how many steps it is done again.</param>
    public WorkScope(Kernels kernels, Phase? phase = null, string? block = null, int? period = null)
    {
        _kernels = kernels;
        (_phase, _block, _period) = (kernels.Phase, kernels.Block, kernels.Period);
        if (_phase == Phase.Probe) return;
        kernels.Phase = phase ?? _phase;
        kernels.Block = block ?? _block;
        kernels.Period = period ?? _period;
    }

    /// <summary>Ends it.</summary>
    public void Dispose() => (_kernels.Phase, _kernels.Block, _kernels.Period) = (_phase, _block, _period);
}
