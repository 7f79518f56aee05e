using Concord.Interchange;

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
    private const string StepKey = "dt", UnitKey = "time_unit", SchemeKey = "scheme";

    /// <summary>dt.</summary>
    /// <exception cref="ConcordException">It is not above 0.</exception>
    public double Step { get; } = Step > 0 && double.IsFinite(Step) ? Step
        : throw new ConcordException(FormattableString.Invariant($"A time step of {Step} was given; it takes a number above 0 (--dt)."));

    /// <summary>The time constant that leaves a share beta: -dt / ln beta, or dt / (1 - beta); infinity for 1.</summary>
    public double ConstantOf(double beta) => Scheme == NirScheme.Exact ? -Step / Math.Log(beta) : Step / (1 - beta);

    /// <summary>The share that a time constant leaves.</summary>
    public double LeakOf(double tau) => Scheme == NirScheme.Exact ? Math.Exp(-Step / tau) : 1 - Step / tau;

    /// <summary>
    /// Where a file's metadata say another time than it is read with. They are not taken from there, as NIR says that no reader should; but
    /// then somebody is mistaken.
    /// </summary>
    /// <param name="metadata">Those of the graph.</param>
    internal IEnumerable<string> Differences(IReadOnlyDictionary<string, NirField> metadata)
    {
        var unit = metadata.GetValueOrDefault(UnitKey)?.Text;
        if (metadata.GetValueOrDefault(StepKey)?.Values is [var step] && Math.Abs(step - Step) > 1e-6 * Step)   // the file may have singles
            yield return FormattableString.Invariant($"a step is {step} {unit ?? Unit}, and it is read with {Step} {Unit} (--dt)");
        if (unit is not null && unit != Unit)
            yield return $"the unit of time is {PlainText.Line(unit)}, and it is read with {Unit} (--time-unit)";
        if (metadata.GetValueOrDefault(SchemeKey)?.Text is { } scheme && scheme != SchemeName)
            yield return $"the scheme is {PlainText.Line(scheme)}, and it is read with {SchemeName} (--scheme)";
    }

    /// <summary>What a file's metadata say of it.</summary>
    internal Dictionary<string, NirField> Metadata() => new()
    {
        ["producer"] = NirField.Of("Concord"), [StepKey] = NirField.Of(Step), [UnitKey] = NirField.Of(Unit),
        [SchemeKey] = NirField.Of(SchemeName),
    };

    private string SchemeName => Scheme == NirScheme.Exact ? "exact" : "euler";

    /// <summary>The unit, for people.</summary>
    public string Unit => PerSecond == 1 ? "s" : "ms";
}
