using System.Globalization;
using Concord.Layers;
using Concord.Options;
using Concord.Spiking;
using Concord.Spiking.Encoders;

namespace Concord.Networks;

/// <summary>
/// What may stand after the commas of the string of a spiking model: <c>encoder=rate,threshold=0.2/1.3,most-spikes=1</c>. Defaults are
/// those of BATS (Bacho and Chu, their released code) for MNIST.
/// </summary>
public sealed class SpikingOptions
{
    private const string Latency = "latency", Rate = "rate", Burst = "burst", Population = "population", None = "none";

    private static readonly OptionType<double> s_number = OptionType.Number(), s_time = OptionType.NumberAbove(0);

    private static readonly Option<string> s_encoder = new("encoder",
        OptionType.Choice(new[] { Latency, Rate, Burst, Population, None }.ToDictionary(word => word)), Latency,
        "How numbers from 0 to 1 become spikes: latency, the earlier the larger; rate, Poisson; burst; population; "
            + "none for data that are spikes.");

    private static readonly Option<double>
        s_window = new Option<double>("window", s_time, 0.1, "Time in which numbers are encoded, seconds.")
            .When(values => values.Of(s_encoder) is Latency or Rate or Population, "encoder=latency, rate or population"),
        s_rate = new Option<double>("rate", s_time, 100, "Spikes per second of a number of 1.")
            .When(values => values.Of(s_encoder) == Rate, "encoder=rate"),
        s_shortest = new Option<double>("shortest", s_time, 0.002, "Time between the spikes of a number of 1, seconds.")
            .When(values => values.Of(s_encoder) == Burst, "encoder=burst"),
        s_longest = new Option<double>("longest", s_time, 0.02, "Time between the spikes of a number near 0, seconds.")
            .When(values => values.Of(s_encoder) == Burst, "encoder=burst"),
        s_duration = new("duration", s_time, 0.2, "When the simulation of a sample ends, seconds."),
        s_tau = new("tau", s_time, 0.13, "Time constant of the synapses, seconds."),
        s_refractory = new("refractory", OptionType.Number(0), 0, "Time for which a neuron is held after a spike, seconds.");

    private static readonly Option<int>
        s_burst = new Option<int>("burst", OptionType.Whole(1, 10_000), 5, "Spikes of a number of 1.")
            .When(values => values.Of(s_encoder) == Burst, "encoder=burst"),
        s_population = new Option<int>("population", OptionType.Whole(3, 10_000), 8, "Neurons that see a number.")
            .When(values => values.Of(s_encoder) == Population, "encoder=population");

    private static readonly Option<Membrane> s_membrane = new("membrane", OptionType.Choice(new Dictionary<string, Membrane>
    {
        ["double"] = Membrane.TwiceSynaptic, ["equal"] = Membrane.EqualToSynaptic, ["non-leaky"] = Membrane.NonLeaky,
    }), Membrane.TwiceSynaptic, "Time constant of the membranes: double that of the synapses, equal to it, or without a leak.");

    private static readonly Option<PerLayer>
        s_threshold = new("threshold", PerLayer.Type("numbers above 0", value => value > 0), PerLayer.Parse("0.2/1.3"),
            "Potential at which neurons fire: for all layers, HIDDEN/OUTPUT, or one for each layer with weights."),
        s_mostSpikes = new("most-spikes", PerLayer.Type("whole numbers of at least 1", value => value >= 1 && value == Math.Floor(value)
            && value <= int.MaxValue), PerLayer.Parse("30"),
            "Spikes that a neuron may give in a sample; 1 for networks of first spikes. One, two or more numbers as of threshold.");

    private static readonly Option<PerLayer?> s_reset = new("reset", PerLayer.Type("numbers above 0", value => value > 0).Or("threshold"),
        otherwise: (PerLayer?)null, "What a spike takes off the potential; threshold for as much as that, a hard reset to 0. One, two or "
            + "more numbers as of threshold.");

    private static readonly Option<Grazing> s_grazing = new("grazing", OptionType.Choice(new Dictionary<string, Grazing>
    {
        ["exact"] = Grazing.Exact, ["clipped"] = Grazing.Clipped, ["bounded"] = Grazing.Bounded,
    }), Grazing.Exact, "What a slope near 0 at the threshold counts as: itself, at least slope, or that without the threshold's part.");

    private static readonly Option<double> s_slope = new Option<double>("slope", s_time, 0.05,
        "The smallest slope, as a share of threshold per time constant.").When(values => values.Of(s_grazing) == Grazing.Clipped,
            "grazing=clipped");

    private static readonly Option<(double Low, double High)> s_weights = new("weights", OptionType.Pair()
        .Where(value => value.First <= value.Second, "two numbers LOW/HIGH, the first not above the second"), (-1, 1),
        "Weights start uniformly between these two.");

    private static readonly Option<(double Low, double High)?> s_delays = new("delays", OptionType.Pair(least: 0)
        .Where(value => value.First <= value.Second, "two times LOW/HIGH, the first not above the second").Or("off"),
        otherwise: ((double, double)?)null, "Delays of hidden neurons' spikes, one for each neuron, that learn: they start uniformly "
            + "between these two, seconds; off for none.");

    private readonly OptionValues _values;
    private readonly int _layers;

    private SpikingOptions(OptionValues values, int layers) => (_values, _layers) = (values, layers);

    /// <summary>The options.</summary>
    public static IReadOnlyList<Option> Declared { get; } =
    [
        s_encoder, s_window, s_rate, s_burst, s_shortest, s_longest, s_population, s_duration, s_tau, s_membrane, s_threshold, s_reset,
        s_refractory, s_mostSpikes, s_grazing, s_slope, s_weights, s_delays,
    ];

    /// <summary>Whether the data are spikes.</summary>
    internal bool ReadsSpikes => _values.Of(s_encoder) == None;

    /// <summary>When the simulation of a sample ends, seconds.</summary>
    internal double Duration => _values.Of(s_duration);

    /// <summary>Where weights start.</summary>
    internal Initializer Initializer =>
        new(InitializerKind.Uniform, _values.Of(s_weights).Low, High: _values.Of(s_weights).High);

    /// <summary>Delays of a hidden layer's neurons; null for none.</summary>
    internal SpikeDelayLayer? Delays() => _values.Of(s_delays) is not { } start ? null : new(_values.Of(s_tau),
        new(InitializerKind.Uniform, start.Low / _values.Of(s_tau), High: start.High / _values.Of(s_tau)));

    /// <summary>How numbers become spikes.</summary>
    internal SpikeEncoder Encoder() => _values.Of(s_encoder) switch
    {
        Rate => new PoissonEncoder(_values.Of(s_rate), _values.Of(s_window)),
        Burst => new BurstEncoder(_values.Of(s_burst), _values.Of(s_shortest), _values.Of(s_longest)),
        Population => new PopulationEncoder(_values.Of(s_population), _values.Of(s_window)),
        _ => new LatencyEncoder(_values.Of(s_window)),
    };

    /// <summary>The neurons of a layer.</summary>
    /// <param name="layer">Which of those with weights, from 0.</param>
    internal SpikingNeuron Neuron(int layer) => new(_values.Of(s_membrane), _values.Of(s_tau), _values.Of(s_threshold).Of(layer, _layers),
        _values.Of(s_reset)?.Of(layer, _layers), (int)_values.Of(s_mostSpikes).Of(layer, _layers), _values.Of(s_grazing),
        _values.Of(s_slope), _values.Of(s_refractory));

    /// <summary>Reads options.</summary>
    /// <param name="text">The whole model string, for people.</param>
    /// <param name="words">What stands after its commas.</param>
    /// <param name="layers">How many layers have weights.</param>
    /// <exception cref="ConcordException">One is none, its value is out of range, or it has no effect.</exception>
    internal static SpikingOptions Read(string text, IReadOnlyList<string> words, int layers)
    {
        var owner = $"The model '{text}'";
        var values = OptionValues.Read(Declared, OptionWords.Read(words, Declared, owner, laterCounts: true), $" of the model '{text}'")
            .Check(owner);
        foreach (var (key, value) in ((string, PerLayer?)[])[(s_threshold.Key, values.Of(s_threshold)),
            (s_mostSpikes.Key, values.Of(s_mostSpikes)), (s_reset.Key, values.Of(s_reset))])
            if (value?.Values.Count is > 2 and var count && count != layers)
                throw new ConcordException(FormattableString.Invariant($"{owner} has {layers} layers with weights, but {count} numbers ")
                    + FormattableString.Invariant($"for {key}. Give one, two (hidden layers and the output), or {layers}."));
        if (layers < 2 && values.Of(s_delays) is not null)
            throw new ConcordException($"{owner} has delays, which are of hidden neurons, and there are none. Leave delays out.");
        var options = new SpikingOptions(values, layers);
        options.Neuron(0).Check(options.Duration);
        if (!options.ReadsSpikes) options.Encoder();   // it refuses what does not go together
        return options;
    }

    /// <summary>Numbers with slashes between them: one for all layers, two for hidden ones and the output, or one for each.</summary>
    private readonly record struct PerLayer(IReadOnlyList<double> Values)
    {
        public static OptionType<PerLayer> Type(string words, Func<double, bool> allows) =>
            new($"{words}, with slashes between them", Read, value => value.ToString(), value => value.Values.All(allows));

        public static PerLayer Parse(string text) => Read(text).Value;

        public static (bool IsRead, PerLayer Value) Read(string text)
        {
            List<double> numbers = [];
            foreach (var word in text.Split('/'))
            {
                if (!s_number.TryParse(word, out var number)) return (false, new([]));
                numbers.Add(number);
            }
            return (true, new(numbers));
        }

        public double Of(int layer, int layers) => Values.Count == layers ? Values[layer]
            : layer == layers - 1 ? Values[^1] : Values[0];

        public bool Equals(PerLayer other) => Values.SequenceEqual(other.Values);

        public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

        public override string ToString() => string.Join('/', Values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
    }
}
