using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// Rules that learn at each time step and keep nothing of the steps before but states and traces (<see cref="OnlineLearning"/>). With d_t
/// the signal at the current of a layer of clocked neurons, d_t = s_t psi(u_t - threshold), psi the surrogate:
/// <list type="bullet">
/// <item><c>sltt</c>: dW = sum_t d_t x_t'; s_t comes down from the block above at the same step (Meng and others 2023).</item>
/// <item><c>ottt</c>: dW = sum_t d_t a_t', a_t = leak a_(t-1) + x_t; s_t as in sltt (Xiao and others 2022). It is the derivative through
/// time at the highest layer of neurons, under outputs without memory and a reset that is not differentiated; further down signals lack
/// what would come from later steps.</item>
/// <item><c>e-prop</c>: dW = sum_t d_t a_t', dU = sum_t d_t of the trace of the spikes one step before; s_t = e_t D from the output in one
/// hop, D random, or e_t through the output weight itself (symmetric) or through what moves as that weight does (adaptive; Bellec and
/// others 2020). With a trace for each synapse, psi a is filtered once more by the outputs' leak; <see cref="RatePull"/> holds rates.
/// </item>
/// </list>
/// The loss stands at each step, and its error is 1/T of that step's.
/// </summary>
internal static class OnlineRules
{
    private enum Signal
    {
        Symmetric,
        Random,
        Adaptive,
    }

    private static readonly Option<Signal> s_signal = new("feedback.signal", OptionType.Choice(new Dictionary<string, Signal>
    {
        ["symmetric"] = Signal.Symmetric, ["random"] = Signal.Random, ["adaptive"] = Signal.Adaptive,
    }), Signal.Symmetric, "What signals cross: the weights themselves, what is drawn once, or what is drawn and moves as they do.");

    /// <summary>Time steps that are made at once.</summary>
    public static Option<int> Slice { get; } = new("online.slice", OptionType.Whole(1, RepeatInTime.MostSteps), 1,
        "Time steps that are made at once. Memory grows with them, the time that a step takes shrinks; gradients are the same.");

    private static readonly Option<bool> s_perSynapse = new("online.trace", OptionType.Choice(new Dictionary<string, bool>
    {
        ["input"] = false, ["synapse"] = true,
    }), false, "What has a trace: each input, or each synapse of each sample, with what a reset does to it.");

    private static readonly Option<int> s_sliceOfInputs = Slice.When(values => !values.Of(s_perSynapse), "online.trace=input");

    private static readonly Option<bool> s_each = new("online.update", OptionType.Choice(new Dictionary<string, bool>
    {
        ["batch"] = false, ["slice"] = true,
    }), false, "When weights move: once for a batch, or after each slice of time, by as many steps of the optimizer.");

    private static readonly Option<bool> s_filter = new Option<bool>("online.filter", OptionType.Flag, true,
        "Whether eligibilities are filtered by the leak of the outputs, where these have one.")
        .When(values => values.Of(s_perSynapse), "online.trace=synapse");

    private static readonly Option<double> s_strength = new("rate.strength", OptionType.Number(0), 0,
        "How strongly hidden neurons are pulled towards a rate; 0 for not at all.");

    private static readonly Option<double> s_target = new Option<double>("rate.target", OptionType.Number(0, 1), 0.01,
        "That rate, in spikes a step.").When(values => values.Of(s_strength) > 0, "rate.strength above 0");

    /// <summary>Of rules whose signals come down from the block above.</summary>
    public static IReadOnlyList<Option> Declared { get; } = [s_signal, IfRandom(FeedbackOptions.Init), Slice, s_each];

    /// <summary>Of <c>ottt</c>.</summary>
    public static IReadOnlyList<Option> DeclaredTraced { get; } =
        [s_signal, IfRandom(FeedbackOptions.Init), s_perSynapse, s_sliceOfInputs, s_each];

    /// <summary>Of <c>e-prop</c>.</summary>
    public static IReadOnlyList<Option> DeclaredDirect { get; } =
        [s_signal.Defaulting(Signal.Random), .. DirectOptions.Declared.Select(IfRandom), s_perSynapse, s_sliceOfInputs, s_each,
            s_filter, s_strength, s_target];

    /// <summary><c>sltt</c>.</summary>
    public static LearningRule WithoutTraces(OptionValues values) => Down("sltt", values, Settings(values, traces: false));

    /// <summary><c>ottt</c>.</summary>
    public static LearningRule WithTraces(OptionValues values) => Down("ottt", values, Settings(values, traces: true));

    /// <summary><c>e-prop</c>.</summary>
    public static LearningRule Direct(OptionValues values)
    {
        var online = Settings(values, traces: true) with
        {
            Filters = values.Of(s_perSynapse) && values.Of(s_filter),
            Pull = values.Of(s_strength) is > 0 and var strength ? new(strength, values.Of(s_target)) : null,
        };
        return values.Of(s_signal) != Signal.Random ? Down("e-prop", values, online)
            : new DirectFeedbackAlignment("e-prop", new(DirectSource.Error, values)) { Online = online };
    }

    private static OnlineLearning Settings(OptionValues values, bool traces) =>
        new(values.Of(traces ? s_sliceOfInputs : Slice), traces, PerSynapse: traces && values.Of(s_perSynapse),
            MovesEach: values.Of(s_each));

    private static LearningRule Down(string name, OptionValues values, OnlineLearning online) => values.Of(s_signal) switch
    {
        Signal.Symmetric => new Backpropagation(name) { Online = online },
        Signal.Random => new ChainRule(name, (connection, _) => new RandomCarrier(connection, values.Of(FeedbackOptions.Init)))
            { Online = online },
        _ => new ChainRule(name, (connection, _) => new KolenPollackCarrier(connection)) { Online = online },
    };

    private static Option IfRandom(Option option) => option.Only(values => values.Of(s_signal) == Signal.Random, "feedback.signal=random");
}
