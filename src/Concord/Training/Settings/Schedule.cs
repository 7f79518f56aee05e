using Concord.Options;

namespace Concord.Training;

/// <summary>The schedules.</summary>
public enum ScheduleKind
{
    /// <summary>The rate stays.</summary>
    Constant,

    /// <summary>Times Factor every Every epochs, the first time after First.</summary>
    Step,

    /// <summary>Times Factor every epoch.</summary>
    Exponential,

    /// <summary>Half a cosine down to zero over the whole run, after a linear warm-up of Every epochs (Loshchilov, Hutter 2017).</summary>
    Cosine,

    /// <summary>Times Factor once the validation loss has not fallen for Every epochs.</summary>
    Plateau,
}

/// <summary>
/// How the learning rate changes. As on the command line: <c>constant</c>, <c>step:30:0.1</c> (every 30 epochs times 0.1),
/// <c>step:50:0.1:25</c> (after 50 epochs, and every 25 from then on), <c>exponential:0.95</c>, <c>cosine</c>, <c>cosine:2</c> (two epochs
/// of warm-up), <c>plateau:0.5:3</c> (times 0.5 after 3 epochs without a lower validation loss).
/// </summary>
/// <param name="Kind">Which schedule.</param>
/// <param name="Every">Epochs: between steps, of warm-up, of patience.</param>
/// <param name="Factor">What the rate is multiplied by.</param>
/// <param name="First">Epochs before the first step, where they are not <paramref name="Every"/>; else 0.</param>
public sealed record Schedule(ScheduleKind Kind = ScheduleKind.Constant, int Every = 0, double Factor = 1, int First = 0)
{
    private static readonly OptionType<double> s_factor = OptionType.NumberAbove(0, 1);

    /// <summary>The factor on the learning rate; a plateau's is kept in its state.</summary>
    /// <param name="progress">Epochs done, with the fraction of the present one.</param>
    /// <param name="epochs">Epochs of the whole run.</param>
    /// <param name="plateau">The state of a plateau.</param>
    public double FactorAt(double progress, int epochs, PlateauState plateau) => Kind switch
    {
        ScheduleKind.Step when progress < First => 1,
        ScheduleKind.Step => Math.Pow(Factor, Math.Floor((progress - First) / Every) + (First > 0 ? 1 : 0)),
        ScheduleKind.Exponential => Math.Pow(Factor, Math.Floor(progress)),
        ScheduleKind.Cosine when progress < Every => progress / Every,
        ScheduleKind.Cosine => epochs <= Every ? 1 : 0.5 * (1 + Math.Cos(Math.PI * (progress - Every) / (epochs - Every))),
        ScheduleKind.Plateau => plateau.Factor,
        _ => 1,
    };

    /// <summary>
    /// Whether the rate depends on how many epochs the whole run has, so that a longer run is another one from its first step on.
    /// </summary>
    public bool LooksAtLength => Kind == ScheduleKind.Cosine;

    /// <summary>The plateau's state after an epoch.</summary>
    public PlateauState After(PlateauState state, double validationLoss)
    {
        if (Kind != ScheduleKind.Plateau) return state;
        if (validationLoss < state.Best) return state with { Best = validationLoss, Waited = 0 };
        return state.Waited + 1 < Every ? state with { Waited = state.Waited + 1 }
            : state with { Waited = 0, Factor = state.Factor * Factor };
    }

    /// <summary>Reads a schedule.</summary>
    /// <exception cref="ConcordException">It cannot be read.</exception>
    public static Schedule Parse(string text)
    {
        var parts = text.Split(':');
        return (parts[0], parts.Length) switch
        {
            ("constant", 1) => new(),
            ("cosine", 1) => new(ScheduleKind.Cosine),
            ("cosine", 2) => new(ScheduleKind.Cosine, Epochs(text, parts[1], least: 0)),
            ("step", 3) => new(ScheduleKind.Step, Epochs(text, parts[1], least: 1), Number(text, parts[2])),
            ("step", 4) =>
                new(ScheduleKind.Step, Epochs(text, parts[3], least: 1), Number(text, parts[2]), Epochs(text, parts[1], least: 1)),
            ("exponential", 2) => new(ScheduleKind.Exponential, 0, Number(text, parts[1])),
            ("plateau", 3) => new(ScheduleKind.Plateau, Epochs(text, parts[2], least: 1), Number(text, parts[1])),
            _ => throw new ConcordException($"The schedule '{text}' cannot be read. Write constant, step:EPOCHS:FACTOR, "
                + "step:FIRST:FACTOR:EPOCHS, exponential:FACTOR, cosine, cosine:WARMUP or plateau:FACTOR:EPOCHS."),
        };
    }

    private static int Epochs(string schedule, string text, int least) =>
        OptionType.Whole(least).Read($"The number of epochs in the schedule '{schedule}'", text);

    private static double Number(string schedule, string text) => s_factor.Read($"The factor in the schedule '{schedule}'", text);

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public override string ToString() => Kind switch
    {
        ScheduleKind.Step when First > 0 => FormattableString.Invariant($"step:{First}:{Factor}:{Every}"),
        ScheduleKind.Step => FormattableString.Invariant($"step:{Every}:{Factor}"),
        ScheduleKind.Exponential => FormattableString.Invariant($"exponential:{Factor}"),
        ScheduleKind.Cosine => Every == 0 ? "cosine" : FormattableString.Invariant($"cosine:{Every}"),
        ScheduleKind.Plateau => FormattableString.Invariant($"plateau:{Factor}:{Every}"),
        _ => "constant",
    };
}
