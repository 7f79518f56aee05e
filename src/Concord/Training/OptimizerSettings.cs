using Concord.Numerics;

namespace Concord.Training;

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
    /// Muon (Jordan and others 2024): SGD whose momentum is orthogonalised where the parameter is a matrix (<see cref="Training.Orthogonalizer"/>), by a step of
    /// rate sqrt(max(1, out/in)); biases, gains and shifts move by plain SGD of the same rate and momentum.
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
/// <param name="KeepSigns">Whether a weight that would change its sign is held at 1e-10 of the old one; biases, gains and shifts are free.</param>
/// <param name="ConstrainWeights">Whether each weight matrix keeps the Frobenius norm it starts with: W = W |W_0| / |W| after each step (Moskovitz, Litwin-Kumar, Abbott 2018, after BioTorch).</param>
/// <param name="NormalizeIncoming">What is kept of each unit's incoming weights after each step (Rahmansetayesh 2021).</param>
public sealed record OptimizerSettings(
    OptimizerKind Kind = OptimizerKind.Sgd, double LearningRate = 0.01, double Momentum = 0.9, bool Nesterov = false,
    double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, bool TensorFlowEpsilon = false,
    double WeightDecay = 0, bool DecoupledDecay = false, double ClipValue = 0, double ClipNorm = 0, double BiasRate = 1,
    SignedQuantity Signed = SignedQuantity.Gradient, bool KeepSigns = false, bool ConstrainWeights = false, IncomingNorm NormalizeIncoming = IncomingNorm.Free)
{
    /// <summary>Whether weights are written beside the optimizer's own step, so that the step does not say what they did.</summary>
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

    /// <summary>What to try where steps were too long, for people: a tenth of the rate, or the usual one if that is less.</summary>
    internal string Gentler => FormattableString.Invariant($"a smaller --learning-rate (it was {LearningRate}), say {Math.Min(LearningRate / 10, ByName.Values.First(usual => usual.Kind == Kind).LearningRate):g3}");

    /// <summary>Refuses settings that cannot be meant.</summary>
    /// <exception cref="ConcordException">A value is out of range.</exception>
    public void Validate()
    {
        Check(LearningRate >= 0 && double.IsFinite(LearningRate), "learning rate", LearningRate, "a number of at least 0");
        Check(Momentum is >= 0 and < 1, "momentum", Momentum, "a number in [0, 1)");
        Check(Beta1 is >= 0 and < 1, "beta1", Beta1, "a number in [0, 1)");
        Check(Beta2 is >= 0 and < 1, "beta2", Beta2, "a number in [0, 1)");
        Check(Epsilon >= 0, "epsilon", Epsilon, "a number of at least 0");
        Check(WeightDecay >= 0 && double.IsFinite(WeightDecay), "weight decay", WeightDecay, "a number of at least 0");
        Check(ClipValue >= 0, "clip value", ClipValue, "a number of at least 0");
        Check(ClipNorm >= 0, "clip norm", ClipNorm, "a number of at least 0");
        Check(BiasRate >= 0 && double.IsFinite(BiasRate), "bias rate", BiasRate, "a number of at least 0");
        if (Nesterov && (Kind is not (OptimizerKind.Sgd or OptimizerKind.Muon) || Momentum == 0)) throw new ConcordException("Nesterov's step needs SGD or Muon with a momentum above 0.");
        if (Kind == OptimizerKind.Muon && ClipValue > 0) throw new ConcordException("Muon orthogonalises the momentum, which a bound on single elements of the gradient would bend: leave out the clip value, or use the clip norm.");
        if (Signed != SignedQuantity.Gradient && Kind != OptimizerKind.Manhattan) throw new ConcordException("Which quantity is signed is a setting of the optimizer 'manhattan' alone.");
        if (Signed != SignedQuantity.Gradient && Momentum == 0) throw new ConcordException("There is no momentum to take the sign of: give a momentum above 0, or sign the gradient.");
        if (ConstrainWeights && NormalizeIncoming != IncomingNorm.Free) throw new ConcordException("The norm of whole weights and that of each unit's incoming weights cannot both be kept; choose one.");
    }

    private static void Check(bool holds, string what, double given, string expected)
    {
        if (!holds) throw new ConcordException(FormattableString.Invariant($"The {what} was given as {given}; it takes {expected}."));
    }
}
