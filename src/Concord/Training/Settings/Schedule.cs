using Concord.Options;

namespace Concord.Training;

/// <summary>The schedules.</summary>
public enum ScheduleKind
{
    /// <summary>The rate stays.</summary>
    Constant,

    /// <summary>Times Factor every Every epochs, the first time after First.</summary>
    Step,

    /// <summary>Times Factor after each of the Milestones.</summary>
    Milestones,

    /// <summary>Times Factor every epoch.</summary>
    Exponential,

    /// <summary>Half a cosine down to zero over the whole run, after a linear warm-up of Every epochs (Loshchilov, Hutter 2017).</summary>
    Cosine,

    /// <summary>Times Factor once the validation loss has not fallen for Every epochs.</summary>
    Plateau,
}

/// <summary>
/// How the learning rate changes. As on the command line: <c>constant</c>, <c>step:30:0.1</c> (every 30 epochs times 0.1),
/// <c>step:50:0.1:25</c> (after 50 epochs, and every 25 from then on), <c>milestones:50,75,90:0.1</c> (after each of these),
/// <c>exponential:0.95</c>, <c>cosine</c>, <c>cosine:2</c> (two epochs of warm-up), <c>plateau:0.5:3</c> (times 0.5 after 3 epochs without
/// a lower validation loss).
/// </summary>
/// <param name="Kind">Which schedule.</param>
/// <param name="Every">Epochs: between steps, of warm-up, of patience.</param>
/// <param name="Factor">What the rate is multiplied by.</param>
/// <param name="First">Epochs before the first step, where they are not <paramref name="Every"/>; else 0.</param>
public sealed record Schedule(ScheduleKind Kind = ScheduleKind.Constant, int Every = 0, double Factor = 1, int First = 0)
{
    private static readonly Option<int>
        s_first = new("first", OptionType.Whole(1), "Epochs before the rate is multiplied for the first time."),
        s_epochs = new("epochs", OptionType.Whole(1), "Epochs from one multiplication to the next."),
        s_patience = new("epochs", OptionType.Whole(1), "Epochs without a lower validation loss after which the rate is multiplied."),
        s_warmup = new("warmup", OptionType.Whole(0), "Epochs in which the rate rises to where it starts.");

    private static readonly Option<Milestones> s_milestones =
        new("milestones", Training.Milestones.Type, "Epochs after each of which the rate is multiplied.");

    private static readonly Option<double>
        s_factor = new("factor", OptionType.NumberAbove(0, 1), "What the rate is multiplied by."),
        s_perEpoch = new("factor", OptionType.NumberAbove(0, 1), "What the rate is multiplied by after every epoch.");

    /// <summary>The forms: a name, and what stands after it, each behind a colon.</summary>
    public static IReadOnlyList<ScheduleForm> Forms { get; } =
    [
        new("constant", [], _ => new()),
        new("step", [s_epochs, s_factor], values => new(ScheduleKind.Step, values.Of(s_epochs), values.Of(s_factor))),
        new("step", [s_first, s_factor, s_epochs],
            values => new(ScheduleKind.Step, values.Of(s_epochs), values.Of(s_factor), values.Of(s_first))),
        new("milestones", [s_milestones, s_factor], values => new(ScheduleKind.Milestones, Factor: values.Of(s_factor))
        {
            Milestones = values.Of(s_milestones),
        }),
        new("exponential", [s_perEpoch], values => new(ScheduleKind.Exponential, 0, values.Of(s_perEpoch))),
        new("cosine", [], _ => new(ScheduleKind.Cosine)),
        new("cosine", [s_warmup], values => new(ScheduleKind.Cosine, values.Of(s_warmup))),
        new("plateau", [s_factor, s_patience], values => new(ScheduleKind.Plateau, values.Of(s_patience), values.Of(s_factor))),
    ];

    /// <summary>Epochs after each of which the rate is multiplied; null for none.</summary>
    public Milestones? Milestones { get; init; }

    /// <summary>The factor on the learning rate; a plateau's is kept in its state.</summary>
    /// <param name="progress">Epochs done, with the fraction of the present one.</param>
    /// <param name="epochs">Epochs of the whole run.</param>
    /// <param name="plateau">The state of a plateau.</param>
    public double FactorAt(double progress, int epochs, PlateauState plateau) => Kind switch
    {
        ScheduleKind.Step when progress < First => 1,
        ScheduleKind.Step => Math.Pow(Factor, Math.Floor((progress - First) / Every) + (First > 0 ? 1 : 0)),
        ScheduleKind.Milestones => Math.Pow(Factor, Milestones?.CountBy(progress) ?? 0),
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
        var parts = text.ToLowerInvariant().Split(':');
        var form = Forms.FirstOrDefault(form => form.Name == parts[0] && form.Parts.Count == parts.Length - 1)
            ?? throw new ConcordException($"The schedule '{text}' cannot be read. "
                + $"{(KnownWords.Nearest(parts[0], Forms.Select(form => form.Name)) is { } near && near != parts[0]
                    ? $"Did you mean '{near}'? " : "")}Write one of {string.Join(", ", Forms)}.");
        return form.Make(OptionValues.Read(form.Parts,
            form.Parts.Select(part => part.Key).Zip(parts[1..]).ToDictionary(pair => pair.First, pair => pair.Second),
            $" of the schedule '{text}'"));
    }

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public override string ToString() => Kind switch
    {
        ScheduleKind.Step when First > 0 => FormattableString.Invariant($"step:{First}:{Factor}:{Every}"),
        ScheduleKind.Step => FormattableString.Invariant($"step:{Every}:{Factor}"),
        ScheduleKind.Milestones => FormattableString.Invariant($"milestones:{Milestones}:{Factor}"),
        ScheduleKind.Exponential => FormattableString.Invariant($"exponential:{Factor}"),
        ScheduleKind.Cosine => Every == 0 ? "cosine" : FormattableString.Invariant($"cosine:{Every}"),
        ScheduleKind.Plateau => FormattableString.Invariant($"plateau:{Factor}:{Every}"),
        _ => "constant",
    };
}
