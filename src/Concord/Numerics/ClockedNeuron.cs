namespace Concord.Numerics;

/// <summary>What a spike does to the potential of a clocked neuron, in the step after it.</summary>
public enum SpikeReset
{
    /// <summary>The threshold is taken off.</summary>
    Soft,

    /// <summary>What was left of the potential is 0.</summary>
    Hard,

    /// <summary>Nothing.</summary>
    None,
}

/// <summary>What stands for the derivative of a spike, with x how far the potential is above the threshold and k the slope.</summary>
public enum Surrogate
{
    /// <summary>1 / (k |x| + 1)^2, snnTorch's FastSigmoid (Zenke and Ganguli 2018), k = 25 there.</summary>
    FastSigmoid,

    /// <summary>(k / 2) / (1 + (pi k x / 2)^2), ATan of snnTorch and SpikingJelly (Fang and others 2021), k = 2 there.</summary>
    Arctan,

    /// <summary>max(0, k - k^2 |x|), SpikingJelly's PiecewiseQuadratic, a triangle; k = 1 there.</summary>
    Triangular,

    /// <summary>k where |x| &lt;= 1 / (2 k), else 0: SLTT's (Meng and others 2023), k = 1.</summary>
    Rectangle,

    /// <summary>k whatever x is, so that signals pass as if neurons were linear.</summary>
    Constant,

    /// <summary>sin(k x), bounded and of both signs: no derivative of a spike at all, for rules that need none.</summary>
    Sine,
}

/// <summary>
/// A leaky integrate-and-fire neuron in discrete time: u_t = beta u_(t-1) + I_t - reset, z_t = 1 where u_t &gt;= threshold, else 0. Soft
/// reset: threshold z_(t-1) is taken off; hard: beta u_(t-1) (1 - z_(t-1)) is left. Neurons that do not fire give their potential.
/// <para>Neurons that adapt (ALIF; Bellec and others 2018, 2020) fire where u_t &gt;= threshold + b a_t, a_t = rho a_(t-1) + z_(t-1); a
/// soft reset takes the threshold alone off.</para>
/// </summary>
/// <param name="Threshold">The potential at which it fires.</param>
/// <param name="Reset">What a spike does.</param>
/// <param name="Refractory">For how many steps after a spike it cannot fire; its potential goes on following the input meanwhile.</param>
/// <param name="Surrogate">What stands for dz/du; 0 while it cannot fire.</param>
/// <param name="Slope">k.</param>
/// <param name="DetachesReset">Whether no derivative is taken of the reset.</param>
/// <param name="Fires">Whether it fires.</param>
/// <param name="Adaptation">b, how far a spike raises the threshold; 0 for neurons that do not adapt.</param>
/// <param name="AdaptationLeak">rho, the share of a that is left after a step.</param>
public readonly record struct ClockedNeuron(double Threshold, SpikeReset Reset = SpikeReset.Soft, int Refractory = 0,
    Surrogate Surrogate = Surrogate.FastSigmoid, double Slope = 25, bool DetachesReset = false, bool Fires = true,
    double Adaptation = 0, double AdaptationLeak = 0)
{
    /// <summary>Whether its threshold rises with its spikes.</summary>
    public bool Adapts => Adaptation > 0;

    /// <summary>The keys that say threshold and surrogate in a list of layers.</summary>
    internal string Written => FormattableString.Invariant($"threshold={Threshold:R} surrogate=")
        + (Surrogate == Surrogate.FastSigmoid ? "fast-sigmoid" : Surrogate.ToString().ToLowerInvariant())
        + FormattableString.Invariant($" slope={Slope:R}");
}
