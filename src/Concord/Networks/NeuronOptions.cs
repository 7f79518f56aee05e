using Concord.Layers;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Networks;

/// <summary>The options of clocked neurons, in a list of layers as in a model string.</summary>
internal static class NeuronOptions
{
    /// <summary>Share of the potential that is left after a step.</summary>
    public static readonly Option<double> Leak = new("leak", OptionType.Number(0, 1), 0.9,
        "Share of the potential that is left after a step, exp(-dt / tau): 0 to 1.");

    private static readonly Option<bool>
        s_learns = new("learned-leak", OptionType.Flag, false, "Whether each neuron learns its leak, from there.") { Alone = "true" },
        s_detached = new Option<bool>("detached-reset", OptionType.Flag, false, "Whether no derivative is taken of the reset.")
            { Alone = "true" },
        s_recurrent = new("recurrent", OptionType.Flag, false,
            "Whether the spikes of a step go to all neurons of the layer in the next one.") { Alone = "true" };

    private static readonly Option<double> s_threshold = new("threshold", OptionType.NumberAbove(0), 1, "Potential at which neurons fire.");

    private static readonly Option<SpikeReset> s_reset = new("reset", OptionType.Choice(new Dictionary<string, SpikeReset>
    {
        ["soft"] = SpikeReset.Soft, ["hard"] = SpikeReset.Hard, ["none"] = SpikeReset.None,
    }), SpikeReset.Soft, "What a spike does: it takes the threshold off the potential, sets it to 0, or nothing.");

    private static readonly Option<int> s_refractory = new("refractory", OptionType.Whole(), 0,
        "Steps after a spike in which a neuron cannot fire.");

    private static readonly Option<double>
        s_adaptation = new("adaptation", OptionType.Number(0), 0,
            "How far a spike raises the threshold of a neuron that adapts (ALIF), beta; 0 for none."),
        s_adaptationLeak = new Option<double>("adaptation-leak", OptionType.Number(0, 1), 0.95,
            "Share of that rise that is left after a step, exp(-dt / tau): 0 to 1.").When(values => values.Of(s_adaptation) > 0,
                "adaptation above 0");

    private static readonly Option<Surrogate> s_surrogate = new("surrogate", OptionType.Choice(new Dictionary<string, Surrogate>
    {
        ["fast-sigmoid"] = Surrogate.FastSigmoid, ["arctan"] = Surrogate.Arctan, ["triangular"] = Surrogate.Triangular,
        ["rectangle"] = Surrogate.Rectangle, ["constant"] = Surrogate.Constant, ["sine"] = Surrogate.Sine,
    }), Surrogate.Arctan, "What stands for the derivative of a spike.");

    private static readonly Option<double> s_slope = new("slope", OptionType.NumberAbove(0), values => values.Of(s_surrogate) switch
    {
        Surrogate.FastSigmoid => 25, Surrogate.Arctan => 2, _ => 1,
    }, "Its slope: by default 25 of fast-sigmoid, 2 of arctan, 1 of the others.");

    /// <summary>Those of neurons that fire.</summary>
    public static IReadOnlyList<Option> OfFiring { get; } =
    [
        Leak, s_learns, s_threshold, s_reset, s_detached.When(values => values.Of(s_reset) != SpikeReset.None, "reset=soft or hard"),
        s_refractory, s_adaptation, s_adaptationLeak, s_recurrent, s_surrogate, s_slope, TruncationOption.Truncate,
    ];

    /// <summary>Those of neurons that do not.</summary>
    public static IReadOnlyList<Option> OfLeaky { get; } = [Leak, s_learns, TruncationOption.Truncate];

    private static readonly Option<double>
        s_circuitThreshold = new("threshold", OptionType.NumberAbove(0), 0.1, "Voltage at which neurons fire, the supply's being 1."),
        s_circuitStep = new("step", OptionType.NumberAbove(0), 0.1, "Length of a step over the capacitance."),
        s_ground = new("ground", OptionType.Number(0), 0.2, "Conductance to ground.");

    /// <summary>T of first spikes.</summary>
    public static readonly Option<double> Time =
        new("time", OptionType.NumberAbove(0), 0.05, "What a difference of the times of first spikes is measured in.");

    private static readonly Option<bool> s_fires = new("fires", OptionType.Flag, true,
        "Whether neurons fire; else their potential is what comes out.");

    /// <summary>Those of circuits of resistors and capacitors.</summary>
    public static IReadOnlyList<Option> OfCircuits { get; } =
        [s_circuitStep, s_ground, s_fires, s_circuitThreshold.When(values => values.Of(s_fires), "fires=true"),
            s_surrogate.When(values => values.Of(s_fires), "fires=true"), s_slope.When(values => values.Of(s_fires), "fires=true"),
            TruncationOption.Truncate];

    /// <summary>Those of circuits that fire and have time steps alone.</summary>
    public static IReadOnlyList<Option> OfHiddenCircuits { get; } = [s_circuitStep, s_surrogate, s_slope, TruncationOption.Truncate];

    /// <summary>Those of circuits that fire.</summary>
    public static IReadOnlyList<Option> OfFiringCircuits { get; } = [s_ground, s_circuitThreshold, .. OfHiddenCircuits];

    /// <summary>Those of circuits whose first spike answers.</summary>
    public static IReadOnlyList<Option> OfFirstSpikes { get; } = [s_ground, s_circuitThreshold, Time];

    /// <summary>Circuits.</summary>
    public static RcLayer Circuits(int units, OptionValues values) => CircuitsThat(values.Of(s_fires), units, values);

    /// <summary>Circuits that fire.</summary>
    public static RcLayer FiringCircuits(int units, OptionValues values) => CircuitsThat(true, units, values);

    /// <summary>Circuits whose first spike answers.</summary>
    public static RcReadout FirstSpikes(int units, OptionValues values) =>
        new(units, values.Of(s_circuitThreshold), values.Of(s_ground), values.Of(Time));

    private static RcLayer CircuitsThat(bool fire, int units, OptionValues values) => new(units, new(values.Of(s_circuitThreshold),
        SpikeReset.Hard, Surrogate: values.Of(s_surrogate), Slope: values.Of(s_slope), Fires: fire), values.Of(s_circuitStep),
        values.Of(s_ground), values.Of(TruncationOption.Truncate));

    /// <summary>Neurons that fire.</summary>
    public static ClockedNeurons Firing(OptionValues values) => new(
        new(values.Of(s_threshold), values.Of(s_reset), values.Of(s_refractory), values.Of(s_surrogate), values.Of(s_slope),
            values.Of(s_detached), Adaptation: values.Of(s_adaptation), AdaptationLeak: values.Of(s_adaptationLeak)),
        values.Of(Leak), values.Of(s_learns), values.Of(s_recurrent) ? new(InitializerKind.PyTorch) : null,
        values.Of(TruncationOption.Truncate));

    /// <summary>Neurons that give their potential.</summary>
    public static ClockedNeurons Leaky(OptionValues values) =>
        new(new(1, SpikeReset.None, Fires: false), values.Of(Leak), values.Of(s_learns), truncation: values.Of(TruncationOption.Truncate));
}
