using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Options;

namespace Concord.Rules;

/// <summary>What the signals of an online rule cross.</summary>
internal enum OnlineSignal
{
    /// <summary>The weights themselves.</summary>
    Symmetric,

    /// <summary>What is drawn once.</summary>
    Random,

    /// <summary>What is drawn, and moves as the weights do.</summary>
    Adaptive,
}

/// <summary>The options of rules that learn at each time step, and what they come to.</summary>
internal static class OnlineOptions
{
    private static readonly Option<OnlineSignal> s_signal = new("feedback.signal", OptionType.Choice(new Dictionary<string, OnlineSignal>
    {
        ["symmetric"] = OnlineSignal.Symmetric, ["random"] = OnlineSignal.Random, ["adaptive"] = OnlineSignal.Adaptive,
    }), OnlineSignal.Symmetric, "What signals cross: the weights themselves, what is drawn once, or what is drawn and moves as they do.");

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
        "Whether eligibilities are filtered by the leak of the outputs. It does nothing where these have none (readout=linear), or fire.")
        .When(values => values.Of(s_perSynapse), "online.trace=synapse");

    private static readonly Option<double> s_strength = new("rate.strength", OptionType.Number(0), 0,
        "How strongly hidden neurons are pulled towards a rate; 0 for not at all.");

    private static readonly Option<double> s_target = new Option<double>("rate.target", OptionType.Number(0, 1), 0.01,
        "That rate, in spikes a step.").When(values => values.Of(s_strength) > 0, "rate.strength above 0");

    private static readonly Option<int> s_drawn = new Option<int>("online.steps", OptionType.Whole(), 0,
        "Of how many time steps of a batch, drawn anew for each, signals are walked down (SLTT-K); 0 for all.")
        .When(values => values.Of(Slice) == 1 && !values.Of(s_each), "online.slice=1 and online.update=batch");

    /// <summary>Of <c>sltt</c>.</summary>
    public static IReadOnlyList<Option> Declared { get; } = [s_signal, IfRandom(FeedbackOptions.Init), Slice, s_each, s_drawn];

    /// <summary>Of <c>ottt</c>.</summary>
    public static IReadOnlyList<Option> DeclaredTraced { get; } =
        [s_signal, IfRandom(FeedbackOptions.Init), s_perSynapse, s_sliceOfInputs, s_each];

    /// <summary>Of <c>e-prop</c>.</summary>
    public static IReadOnlyList<Option> DeclaredDirect { get; } =
        [s_signal.Defaulting(OnlineSignal.Random), .. DirectOptions.Declared.Select(IfRandom), s_perSynapse, s_sliceOfInputs, s_each,
            s_filter, s_strength, s_target];

    /// <summary>What signals cross.</summary>
    public static OnlineSignal SignalOf(OptionValues values) => values.Of(s_signal);

    /// <summary>How <c>sltt</c> learns.</summary>
    public static OnlineLearning OfSltt(OptionValues values) =>
        new(values.Of(Slice), MovesEach: values.Of(s_each), Drawn: values.Of(s_drawn));

    /// <summary>How <c>ottt</c> learns.</summary>
    public static OnlineLearning OfOttt(OptionValues values) =>
        new(values.Of(s_sliceOfInputs), Traces: true, PerSynapse: values.Of(s_perSynapse), MovesEach: values.Of(s_each));

    /// <summary>How <c>e-prop</c> learns.</summary>
    public static OnlineLearning OfEProp(OptionValues values) => OfOttt(values) with
    {
        Filters = values.Of(s_perSynapse) && values.Of(s_filter),
        Pull = values.Of(s_strength) is > 0 and var strength ? new(strength, values.Of(s_target)) : null,
    };

    private static Option IfRandom(Option option) =>
        option.Only(values => values.Of(s_signal) == OnlineSignal.Random, "feedback.signal=random");
}
