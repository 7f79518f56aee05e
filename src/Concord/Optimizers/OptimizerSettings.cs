using Concord.Numerics;
using Concord.Options;

namespace Concord.Optimizers;

/// <summary>The optimizers.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent, with momentum (Polyak 1964) or Nesterov's (1983; Sutskever and others 2013).</summary>
    Sgd,

    /// <summary>Adam (Kingma, Ba 2015); with decoupled decay AdamW (Loshchilov, Hutter 2019).</summary>
    Adam,

    /// <summary>RMSprop (Tieleman, Hinton 2012).</summary>
    RmsProp,

    /// <summary>Batch Manhattan: SGD on the gradient's signs (Liao, Leibo, Poggio 2015; <see cref="Kernels.ManhattanStep"/>).</summary>
    Manhattan,

    /// <summary>
    /// Muon (Jordan and others 2024): SGD whose momentum is orthogonalised where the parameter is a matrix
    /// (<see cref="Optimizers.Orthogonalizer"/>), by a step of rate sqrt(max(1, out/in)); biases,
    /// gains and shifts move by plain SGD of the same rate and momentum.
    /// </summary>
    Muon,
}

/// <summary>What is kept of the norms of incoming weights after each step.</summary>
public enum IncomingNorm
{
    /// <summary>Nothing.</summary>
    Free,

    /// <summary>Each unit's incoming weight vector has norm 1 after each step.</summary>
    Unit,

    /// <summary>Each unit's incoming weight vector keeps the norm it starts with.</summary>
    Start,
}

/// <summary>How weights move. All gradients are means over the batch by the time these apply.</summary>
/// <param name="Kind">Which optimizer.</param>
/// <param name="LearningRate">The rate before any schedule.</param>
/// <param name="Momentum">mu of SGD and RMSprop.</param>
/// <param name="Nesterov">Whether SGD looks ahead.</param>
/// <param name="Beta1">Adam's first decay.</param>
/// <param name="Beta2">Adam's second decay, and RMSprop's smoothing.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="TensorFlowEpsilon">TensorFlow's form of Adam, with epsilon outside bias correction.</param>
/// <param name="WeightDecay">Decay, of every parameter that learns.</param>
/// <param name="DecoupledDecay">Whether decay acts on the weight (W = (1 - rate decay) W - ...) instead of on the gradient.</param>
/// <param name="ClipValue">Bound on each element of the mean gradient; 0 for none.</param>
/// <param name="ClipNorm">Bound on the norm of all mean gradients together; 0 for none.</param>
/// <param name="BiasRate">Factor on the learning rate of biases.</param>
/// <param name="Signed">What Batch Manhattan takes the sign of.</param>
/// <param name="KeepSigns">Whether a weight that would change its sign is held at 1e-10 of the old one; biases,
/// gains and shifts are free.</param>
/// <param name="ConstrainWeights">Whether each weight matrix keeps the Frobenius norm it starts with: W = W |W_0| / |W| after each step
/// (Moskovitz, Litwin-Kumar, Abbott 2018, after BioTorch).</param>
/// <param name="NormalizeIncoming">What is kept of each unit's incoming weights after each step (Rahmansetayesh 2021).</param>
public sealed record OptimizerSettings(
    OptimizerKind Kind = OptimizerKind.Sgd, double LearningRate = 0.01, double Momentum = 0.9, bool Nesterov = false,
    double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, bool TensorFlowEpsilon = false,
    double WeightDecay = 0, bool DecoupledDecay = false, double ClipValue = 0, double ClipNorm = 0, double BiasRate = 1,
    SignedQuantity Signed = SignedQuantity.Gradient, bool KeepSigns = false, bool ConstrainWeights = false,
    IncomingNorm NormalizeIncoming = IncomingNorm.Free)
{
    private static readonly OptionType<double> s_decay = OptionType.NumberBelow(0, 1);

    /// <summary>The name of a kind, as a user writes it.</summary>
    internal static string NameOf(OptimizerKind kind) => ByName.First(entry => entry.Value.Kind == kind).Key;

    /// <summary>Whether weights are written outside the optimizer's own step, so that the step does not say what they did.</summary>
    public bool ConstrainsWeights => KeepSigns || ConstrainWeights || NormalizeIncoming != IncomingNorm.Free;

    /// <summary>Optimizers as a user names them, with their usual settings.</summary>
    public static IReadOnlyDictionary<string, OptimizerSettings> ByName { get; } = new Dictionary<string, OptimizerSettings>
    {
        ["sgd"] = new(),
        ["adam"] = new(OptimizerKind.Adam, 0.001, 0),
        ["adamw"] = new(OptimizerKind.Adam, 0.001, 0, WeightDecay: 0.01, DecoupledDecay: true),
        ["rmsprop"] = new(OptimizerKind.RmsProp, 0.001, 0, Beta2: 0.99),
        ["manhattan"] = new(OptimizerKind.Manhattan, 0.0001),
        ["muon"] = new(OptimizerKind.Muon, 0.02, 0.95, Nesterov: true),
    };

    /// <summary>The settings as they are declared, in the order in which files have them.</summary>
    public static IReadOnlyList<Setting<OptimizerSettings>> Declared { get; } =
    [
        new Setting<OptimizerSettings, OptimizerKind>("optimizer", OptionType.Choice(new Dictionary<string, OptimizerKind>
        {
            ["sgd"] = OptimizerKind.Sgd, ["adam"] = OptimizerKind.Adam, ["rmsprop"] = OptimizerKind.RmsProp,
            ["manhattan"] = OptimizerKind.Manhattan, ["muon"] = OptimizerKind.Muon,
        }), s => s.Kind, (s, v) => s with { Kind = v }, "optimizer with its usual settings: sgd, adam, adamw, rmsprop, manhattan or muon",
        "--optimizer NAME"),
        Number("learningRate", OptionType.Number(0), s => s.LearningRate, (s, v) => s with { LearningRate = v },
            "step size before any schedule", "--learning-rate X"),
        Number("momentum", s_decay, s => s.Momentum, (s, v) => s with { Momentum = v }, "momentum of sgd, manhattan, muon and rmsprop",
            "--momentum X"),
        Flag("nesterov", s => s.Nesterov, (s, v) => s with { Nesterov = v }, "Nesterov's momentum", "--nesterov"),
        Number("beta1", s_decay, s => s.Beta1, (s, v) => s with { Beta1 = v }, "decay of adam's first moment"),
        Number("beta2", s_decay, s => s.Beta2, (s, v) => s with { Beta2 = v }, "decay of the second moment of adam and rmsprop"),
        Number("epsilon", OptionType.Number(0), s => s.Epsilon, (s, v) => s with { Epsilon = v },
            "added to the root of the second moment (adam, rmsprop)", "--epsilon X"),
        Flag("tensorFlowEpsilon", s => s.TensorFlowEpsilon, (s, v) => s with { TensorFlowEpsilon = v },
            "epsilon outside adam's bias correction", "--tensorflow-epsilon"),
        Number("weightDecay", OptionType.Number(0), s => s.WeightDecay, (s, v) => s with { WeightDecay = v },
            "decay of every parameter that learns", "--weight-decay X"),
        Flag("decoupledDecay", s => s.DecoupledDecay, (s, v) => s with { DecoupledDecay = v },
            "decay acts on the weight, not on the gradient", "--decoupled-decay"),
        Number("biasRate", OptionType.Number(0), s => s.BiasRate, (s, v) => s with { BiasRate = v },
            "factor on the learning rate of biases"),
        Number("clipValue", OptionType.Number(0), s => s.ClipValue, (s, v) => s with { ClipValue = v },
            "bound on each element of the gradient; 0 for none", "--clip-value X"),
        Number("clipNorm", OptionType.Number(0), s => s.ClipNorm, (s, v) => s with { ClipNorm = v },
            "bound on the gradient's norm; 0 for none", "--clip-norm X"),
        new Setting<OptimizerSettings, SignedQuantity>("signed", OptionType.Choice(new Dictionary<string, SignedQuantity>
        {
            ["gradient"] = SignedQuantity.Gradient, ["momentum"] = SignedQuantity.Momentum, ["both"] = SignedQuantity.Both,
        }), s => s.Signed, (s, v) => s with { Signed = v }, "what manhattan takes the sign of: gradient, momentum or both",
        "--signed NAME"),
        Flag("keepSigns", s => s.KeepSigns, (s, v) => s with { KeepSigns = v }, "no weight changes its sign", "--keep-signs"),
        Flag("constrainWeights", s => s.ConstrainWeights, (s, v) => s with { ConstrainWeights = v },
            "each weight matrix keeps the norm it starts with", "--constrain-weights"),
        new Setting<OptimizerSettings, IncomingNorm>("normalizeIncoming", OptionType.Choice(new Dictionary<string, IncomingNorm>
        {
            ["free"] = IncomingNorm.Free, ["unit"] = IncomingNorm.Unit, ["start"] = IncomingNorm.Start,
        }), s => s.NormalizeIncoming, (s, v) => s with { NormalizeIncoming = v }, "norm of each unit's incoming weights: "
            + "free, unit or start", "--normalize-incoming NAME"),
    ];

    /// <summary>
    /// What to try where steps were too long, for people: a tenth of the rate, or the usual one if that is less. Where the rate times the
    /// decay is 1 or more, a step of decay alone turns a weight's sign round, and the decay is what is too large.
    /// </summary>
    internal string Gentler => LearningRate * WeightDecay >= 1
        ? FormattableString.Invariant($"a smaller --weight-decay (it was {WeightDecay}, which times the learning rate of {LearningRate} ")
            + FormattableString.Invariant($"takes a whole weight away at each step), say {0.01 / LearningRate:g3}")
        : FormattableString.Invariant($"a smaller --learning-rate (it was {LearningRate}), say ")
        + FormattableString.Invariant($"{Math.Min(LearningRate / 10, ByName.Values.First(usual => usual.Kind == Kind).LearningRate):g3}");

    /// <summary>Refuses settings that cannot be meant.</summary>
    /// <exception cref="ConcordException">A value is out of range.</exception>
    public void Validate()
    {
        foreach (var setting in Declared) setting.Check(this);
        if (Nesterov && (Kind is not (OptimizerKind.Sgd or OptimizerKind.Muon) || Momentum == 0))
            throw new ConcordException("Nesterov's step needs SGD or Muon with a momentum above 0.");
        if (Kind == OptimizerKind.Muon && ClipValue > 0)
            throw new ConcordException("Muon orthogonalises the momentum, which a bound on single elements of the gradient would bend: "
                + "leave out the clip value, or use the clip norm.");
        if (Signed != SignedQuantity.Gradient && Kind != OptimizerKind.Manhattan)
            throw new ConcordException("Which quantity is signed is a setting of the optimizer 'manhattan' alone.");
        if (Signed != SignedQuantity.Gradient && Momentum == 0)
            throw new ConcordException("There is no momentum to take the sign of: give a momentum above 0, or sign the gradient.");
        if (ConstrainWeights && NormalizeIncoming != IncomingNorm.Free) throw new ConcordException(
            "The norm of whole weights and that of each unit's incoming weights cannot both be kept; choose one.");
    }

    private static Setting<OptimizerSettings, double> Number(
        string key, OptionType<double> type, Func<OptimizerSettings, double> get, Func<OptimizerSettings, double, OptimizerSettings> set,
        string meaning, string usage = "") =>
        new(key, type, get, set, meaning, usage);

    private static Setting<OptimizerSettings, bool> Flag(
        string key, Func<OptimizerSettings, bool> get, Func<OptimizerSettings, bool, OptimizerSettings> set, string meaning,
        string usage) =>
        new(key, OptionType.Flag, get, set, meaning, usage);
}
