namespace Concord.Spiking;

/// <summary>Which weights of two reciprocal populations learn.</summary>
public enum PlasticSide
{
    /// <summary>B, from the upper population to the lower one.</summary>
    Feedback,

    /// <summary>W, from the lower population to the upper one.</summary>
    Forward,

    /// <summary>Both; each step of one is minus that of the other, so their sum stays as it is.</summary>
    Both,
}

/// <summary>Neurons, noise and learning of <see cref="ReciprocalPopulations"/>. Potentials are in units of the threshold.</summary>
/// <param name="Rate">eta, of a weight's own unit.</param>
/// <param name="Trace">tau, milliseconds: how long a spike is remembered.</param>
/// <param name="Gain">The current that a spike makes, for each unit of the weight it crosses.</param>
/// <param name="Drive">mu, the mean of the current from outside: where the potential would come to rest without spikes.</param>
/// <param name="Deviation">The standard deviation that noise would give a potential that had no threshold.</param>
/// <param name="Correlation">Of the noise, milliseconds: an Ornstein-Uhlenbeck process; 0 for white noise.</param>
/// <param name="Plastic">What learns.</param>
/// <param name="IsClosed">Whether B drives the lower neurons; else nothing tells it that it is large enough.</param>
/// <param name="IsAntiHebbian">Whether there is the causal, anti-Hebbian half of the rule; else the Hebbian one alone.</param>
public sealed record ReciprocalSettings(
    double Rate = 0.001, double Trace = 10, double Gain = 1, double Drive = 0.7, double Deviation = 0.22,
    double Correlation = ReciprocalSettings.UsualCorrelation, PlasticSide Plastic = PlasticSide.Feedback, bool IsClosed = true,
    bool IsAntiHebbian = true)
{
    /// <summary>Correlation time of the noise, and time constants of membrane and synapse, milliseconds.</summary>
    public const double UsualCorrelation = 10, Membrane = 20, Synapse = 5;

    /// <summary>What is left of a quantity of that time constant after a millisecond.</summary>
    internal static double Kept(double constant) => constant > 0 ? Math.Exp(-1 / constant) : 0;

    /// <summary>
    /// The standard deviation of the noise current. With a = exp(-1/20) of the membrane and b of the noise, the variance of the potential
    /// is that of the current times (1 - a) (1 + a b) / ((1 + a) (1 - a b)).
    /// </summary>
    internal double CurrentDeviation
    {
        get
        {
            double a = Kept(Membrane), b = Kept(Correlation);
            return Deviation * Math.Sqrt((1 + a) * (1 - a * b) / ((1 - a) * (1 + a * b)));
        }
    }
}
