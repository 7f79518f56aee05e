namespace Concord.Training;

/// <summary>How steps of equal length stand for continuous time.</summary>
public enum NirScheme
{
    /// <summary>The share left after a step is e^(-dt/tau): the equation is solved, with the input held for the step.</summary>
    Exact,

    /// <summary>The share left is 1 - dt/tau: Euler's step.</summary>
    Euler,
}

/// <summary>
/// The time in a NIR file, whose numbers have no unit: a step of a clocked network lasts dt, in the file's own unit, and leaves a share
/// beta of the potential. A current that is held for the step adds (1 - beta) r I to it, by either scheme, or dt r I without a leak.
/// </summary>
/// <param name="Step">dt, above 0.</param>
/// <param name="Scheme">How beta and tau belong together.</param>
/// <param name="PerSecond">The file's units in a second: 1, or 1000 for milliseconds.</param>
public sealed record NirTime(double Step = 0.001, NirScheme Scheme = NirScheme.Exact, double PerSecond = 1)
{
    /// <summary>dt.</summary>
    /// <exception cref="ConcordException">It is not above 0.</exception>
    public double Step { get; } = Step > 0 && double.IsFinite(Step) ? Step
        : throw new ConcordException(FormattableString.Invariant($"A time step of {Step} was given; it takes a number above 0 (--dt)."));

    /// <summary>The time constant that leaves a share beta: -dt / ln beta, or dt / (1 - beta); infinity for 1.</summary>
    public double ConstantOf(double beta) => Scheme == NirScheme.Exact ? -Step / Math.Log(beta) : Step / (1 - beta);

    /// <summary>The share that a time constant leaves.</summary>
    public double LeakOf(double tau) => Scheme == NirScheme.Exact ? Math.Exp(-Step / tau) : 1 - Step / tau;

    /// <summary>The unit, for people.</summary>
    public string Unit => PerSecond == 1 ? "s" : "ms";
}
