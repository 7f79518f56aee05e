using System.Globalization;

namespace Concord.Spiking;

/// <summary>How the membrane's time constant tau stands to the synapse's, tau_s: cases in which spike times have a closed form.</summary>
public enum Membrane
{
    /// <summary>tau = 2 tau_s: a quadratic equation.</summary>
    TwiceSynaptic,

    /// <summary>tau = tau_s: Lambert's W.</summary>
    EqualToSynaptic,

    /// <summary>No leak, tau = infinity: a linear equation in e^(-t/tau_s).</summary>
    NonLeaky,
}

/// <summary>What is done about spikes at which the potential hardly crosses the threshold, so that derivatives explode.</summary>
public enum Grazing
{
    /// <summary>Nothing: exact derivatives.</summary>
    Exact,

    /// <summary>A slope below a limit counts as the limit. Such spikes are counted.</summary>
    Clipped,

    /// <summary>
    /// The slope is taken without the threshold's part, a y^2 in place of a y^2 - c: never below c, and the same direction for each
    /// spike. It is the local factor of SFDFA's released code. Without a leak it is the exact slope.
    /// </summary>
    Bounded,
}

/// <summary>
/// A current-based leaky integrate-and-fire neuron. Input spikes of weight w_j add to a current that decays, and the potential u
/// integrates it until it meets the threshold theta, where the neuron fires:
/// <code>
/// du/dt = -u/tau + v,   dv/dt = -v/tau_s,   an input spike: v += w_j,   at u = theta: fire, and u -= reset.
/// </code>
/// Inputs at t_j and own spikes at t_k enter u(t) through two sums, a and b. With c = theta/tau, d = reset/tau (tau_s in place of tau
/// where there is no leak) and s = t/tau, the potential over that time constant is
/// <code>
/// tau = 2 tau_s, y = e^(-s):    b y - a y^2        a = sum w_j e^(2 s_j),   b = sum w_j e^(s_j) - d sum_k e^(s_k)
/// tau = tau_s,   y = e^(-s):    (a s - b) y        a = sum w_j e^(s_j),     b = sum w_j s_j e^(s_j) + d sum_k e^(s_k)
/// no leak,       y = e^(-t/tau_s):   b - a y       a = sum w_j e^(t_j/tau_s),   b = sum w_j - d k
/// </code>
/// so that the next spike, where this equals c and rises, which takes a > 0, stands at
/// <code>
/// y = (b + x) / (2a), x = sqrt(b^2 - 4ac);      s = b/a - W0(-(c/a) e^(b/a));      y = (b - c) / a.
/// </code>
/// The derivative of a spike's time after anything is minus the potential's derivative at that time over its slope in time, which is
/// (a y^2 - c)/tau, (a y - c)/tau or a y/tau_s.
/// <para>
/// With a refractory time T a neuron that fires at t_k is held: its potential stays at theta - reset until the release at r = t_k + T,
/// while its current goes on and inputs add to it. From then on the equations hold again, with the a of all inputs, and in place of what b
/// was before, with y and s taken at r,
/// <code>
/// tau = 2 tau_s:   b = (c - d)/y + a y        tau = tau_s:   b = a s - (c - d)/y        no leak:   b = c - d + a y.
/// </code>
/// So a spike after r depends on the inputs before r through a alone, and on t_k through r.
/// </para>
/// </summary>
/// <remarks>
/// The potential is exactly theta when a neuron fires, so that taking the reset off it and setting it to theta - reset are one and the
/// same: a hard reset to u_r is a reset by theta - u_r. Sources: Bacho and Chu (BATS) for several spikes
/// and tau = 2 tau_s; Goltz, Kriener et al. (2021) for tau = tau_s.
/// </remarks>
/// <param name="Membrane">tau over tau_s.</param>
/// <param name="SynapticTime">tau_s, seconds.</param>
/// <param name="Threshold">theta.</param>
/// <param name="Reset">What a spike takes off the potential; null for theta, which is a hard reset to 0.</param>
/// <param name="MostSpikes">
/// Spikes that a neuron may have in a sample. One that would fire once more is silent from then on and counted. With 1 it is a network of
/// first spikes.
/// </param>
/// <param name="Grazing">What is done about small slopes.</param>
/// <param name="SlopeLimit">The smallest slope that counts where slopes are clipped, in thresholds per time constant.</param>
/// <param name="RefractoryTime">T, seconds; 0 for none, where a neuron may fire again at once.</param>
public sealed record SpikingNeuron(Membrane Membrane = Membrane.TwiceSynaptic, double SynapticTime = 0.13, double Threshold = 1,
    double? Reset = null, int MostSpikes = 1000, Grazing Grazing = Grazing.Exact, double SlopeLimit = 0.05,
    double RefractoryTime = 0)
{
    /// <summary>tau for a leaky membrane and tau_s where there is no leak, seconds: what potentials and times are divided by.</summary>
    public double TimeConstant => Membrane == Membrane.TwiceSynaptic ? 2 * SynapticTime : SynapticTime;

    /// <summary>What a spike takes off the potential.</summary>
    public double ResetBy => Reset ?? Threshold;

    /// <summary>
    /// The most synaptic time constants that a simulation lasts: beyond, times in single precision are no finer than a hundredth of one.
    /// </summary>
    private const double LongestDuration = 100_000;

    /// <summary>Refuses parameters that describe no neuron, and simulations that it cannot be in.</summary>
    /// <param name="duration">When the simulation ends, seconds.</param>
    /// <exception cref="ConcordException">One is out of its range, or the simulation is too long for the time constants.</exception>
    public void Check(double duration)
    {
        Check();
        if (!(double.IsFinite(duration) && duration > 0))
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture,
                $"A simulation of spikes lasts a time above 0, but {duration} s was given."));
        if (duration > LongestDuration * SynapticTime)
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"A simulation of {duration} s is ")
                + string.Create(CultureInfo.InvariantCulture, $"{duration / SynapticTime:g3} synaptic time constants of {SynapticTime} s ")
                + string.Create(CultureInfo.InvariantCulture, $"long; the most is {LongestDuration:N0}, beyond which times are not exact. ")
                + "Give a longer time constant (tau=) or a shorter simulation (duration=).");
    }

    /// <summary>Refuses parameters that describe no neuron.</summary>
    /// <exception cref="ConcordException">One is out of its range.</exception>
    public void Check()
    {
        Above(SynapticTime, "The synaptic time constant of a spiking neuron");
        Above(Threshold, "The threshold of a spiking neuron");
        Above(ResetBy, "The reset of a spiking neuron");
        Above(SlopeLimit, "The smallest slope at a spike");
        if (!(double.IsFinite(RefractoryTime) && RefractoryTime >= 0))
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture,
                $"The refractory time of a spiking neuron is 0 or above, but {RefractoryTime} was given."));
        if (MostSpikes < 1) throw new ConcordException($"A neuron may fire at least once, but at most {MostSpikes} spikes were asked for.");
    }

    private static void Above(double value, string what)
    {
        if (!(double.IsFinite(value) && value > 0))
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"{what} is above 0, but {value} was given."));
    }
}
