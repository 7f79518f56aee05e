namespace Concord.Spiking;

/// <summary>
/// An integrate-and-fire neuron made of resistors and a capacitor (after the resistor-capacitor neuron of arXiv 2106.14596, 2021, whose
/// abstract gives no circuit: what stands here is standard circuit theory). Volts, seconds, farads, siemens; or any consistent units.
/// <code>
/// series RC     C dV/dt = (V_in - V) / R          V(t) = V_in + (V(0) - V_in) e^(-t/RC)
/// parallel RC   C dV/dt = I - V / R               V(t) = R I + (V(0) - R I) e^(-t/RC)
/// inputs V_i through conductances g_i = 1/R_i, and a leak g_L to ground (Millman's theorem):
///               G = sum_i g_i + g_L,   V_inf = sum_i g_i V_i / G,   tau = C / G,   V(t) = V_inf + (V(0) - V_inf) e^(-t/tau)
/// a spike where V >= theta, and then V = V_reset
/// </code>
/// An input that is on pulls the capacitor to its voltage and makes it faster: weights decide target and time constant together. An input
/// is excitatory where its voltage lies above the threshold, and inhibitory where it lies below, at ground for one. While inputs stay as
/// they are, every equation here is exact for any step, so a step may be split in two with the same result.
/// </summary>
/// <param name="Capacitance">C, above 0.</param>
/// <param name="Leak">g_L, the conductance to ground, at least 0.</param>
/// <param name="Threshold">theta, above the reset.</param>
/// <param name="Reset">V_reset, and where it starts.</param>
public sealed record RcNeuron(double Capacitance, double Leak, double Threshold, double Reset = 0)
{
    /// <summary>C.</summary>
    /// <exception cref="ConcordException">It is not above 0.</exception>
    public double Capacitance { get; } = Capacitance > 0 && double.IsFinite(Capacitance) ? Capacitance
        : throw Wrong("a capacitance", Capacitance, "above 0");

    /// <summary>g_L.</summary>
    /// <exception cref="ConcordException">It is below 0.</exception>
    public double Leak { get; } = Leak >= 0 && double.IsFinite(Leak) ? Leak : throw Wrong("a leak", Leak, "of at least 0");

    /// <summary>theta.</summary>
    /// <exception cref="ConcordException">It does not lie above the reset.</exception>
    public double Threshold { get; } = Threshold > Reset && double.IsFinite(Threshold) ? Threshold
        : throw Wrong("a threshold", Threshold, FormattableString.Invariant($"above the reset, {Reset}"));

    /// <summary>The potential after a time in which the circuit pulls it to a target: the exact exponential integrator.</summary>
    /// <param name="potential">V at its beginning.</param>
    /// <param name="target">V_inf: of a series RC its input, of a parallel one R I.</param>
    /// <param name="constant">tau.</param>
    /// <param name="time">The time.</param>
    public static double Charge(double potential, double target, double constant, double time) =>
        target + (potential - target) * Math.Exp(-time / constant);

    /// <summary>Where inputs pull the potential to, and how fast.</summary>
    /// <param name="conductances">g_i, at least 0.</param>
    /// <param name="voltages">V_i, as many.</param>
    /// <exception cref="ConcordException">Nothing conducts, a conductance is below 0, or their numbers differ.</exception>
    public RcDrive DriveOf(ReadOnlySpan<double> conductances, ReadOnlySpan<double> voltages)
    {
        if (conductances.Length != voltages.Length)
            throw new ConcordException(FormattableString.Invariant($"{conductances.Length} conductances were given for ")
                + FormattableString.Invariant($"{voltages.Length} voltages; give one for each."));
        double sum = Leak, weighted = 0;
        for (var i = 0; i < conductances.Length; i++)
        {
            if (!(conductances[i] >= 0)) throw Wrong("a conductance", conductances[i], "of at least 0");
            sum += conductances[i];
            weighted += conductances[i] * voltages[i];
        }
        return sum > 0 ? new(weighted / sum, sum)
            : throw new ConcordException("Nothing conducts: every conductance is 0, and so is the leak. Give one above 0.");
    }

    /// <summary>The time constant, C / G.</summary>
    public double ConstantOf(RcDrive drive) => Capacitance / drive.Conductance;

    /// <summary>When the potential meets the threshold under a constant drive; infinity where it never does.</summary>
    /// <param name="drive">What pulls it.</param>
    /// <param name="potential">V at time 0, below the threshold.</param>
    /// <returns>t = tau ln((V_inf - V(0)) / (V_inf - theta)) where V_inf is above theta.</returns>
    public double TimeToThreshold(RcDrive drive, double potential) => drive.Target > Threshold
        ? ConstantOf(drive) * Math.Log((drive.Target - potential) / (drive.Target - Threshold)) : double.PositiveInfinity;

    /// <summary>How that time changes with each conductance and each voltage.</summary>
    /// <param name="conductances">g_i.</param>
    /// <param name="voltages">V_i.</param>
    /// <param name="potential">V at time 0.</param>
    /// <param name="byConductance">
    /// Overwritten by dt/dg_i = -t / G + (V_i - V_inf) / G dt/dV_inf, dt/dV_inf = tau (1 / (V_inf - V(0)) - 1 / (V_inf - theta)).
    /// </param>
    /// <param name="byVoltage">Overwritten by dt/dV_i = g_i / G dt/dV_inf.</param>
    /// <returns>The time; infinity where there is none, and then all derivatives are 0.</returns>
    public double Differentiate(ReadOnlySpan<double> conductances, ReadOnlySpan<double> voltages, double potential,
        Span<double> byConductance, Span<double> byVoltage)
    {
        var drive = DriveOf(conductances, voltages);
        var time = TimeToThreshold(drive, potential);
        var fires = double.IsFinite(time);
        var byTarget = fires ? ConstantOf(drive) * (1 / (drive.Target - potential) - 1 / (drive.Target - Threshold)) : 0;
        for (var i = 0; i < conductances.Length; i++)
        {
            byConductance[i] = fires ? ((voltages[i] - drive.Target) * byTarget - time) / drive.Conductance : 0;
            byVoltage[i] = conductances[i] / drive.Conductance * byTarget;
        }
        return time;
    }

    /// <summary>Lets a constant drive pull for a time, with the spikes that fall into it.</summary>
    /// <param name="potential">V; becomes that at the end.</param>
    /// <param name="drive">What pulls it.</param>
    /// <param name="time">How long.</param>
    /// <param name="spikes">Where the times of spikes are added, from the beginning of the time; null if they are only counted.</param>
    /// <returns>How many spikes there were.</returns>
    public int Advance(ref double potential, RcDrive drive, double time, ICollection<double>? spikes = null)
    {
        var (constant, count, passed) = (ConstantOf(drive), 0, 0.0);
        if (potential >= Threshold) Fire(ref potential);
        for (var next = TimeToThreshold(drive, potential); passed + next <= time; next = TimeToThreshold(drive, potential))
        {
            passed += next;
            Fire(ref potential);
        }
        potential = Charge(potential, drive.Target, constant, time - passed);
        return count;

        void Fire(ref double v)
        {
            v = Reset;
            count++;
            spikes?.Add(passed);
        }
    }

    /// <summary>
    /// What a supply gives for a spike: it fills the capacitor from the reset to the threshold, a charge of C (theta - V_reset) at the
    /// supply's voltage. What the leak takes meanwhile is not in it.
    /// </summary>
    /// <param name="supply">The supply's voltage.</param>
    public double EnergyPerSpike(double supply) => Capacitance * (Threshold - Reset) * supply;

    /// <summary>What is left in the capacitor at the threshold and lost at the reset, C (theta^2 - V_reset^2) / 2.</summary>
    public double EnergyOfReset => Capacitance * (Threshold * Threshold - Reset * Reset) / 2;

    private static ConcordException Wrong(string what, double given, string expected) =>
        new(FormattableString.Invariant($"A resistor-capacitor neuron was given {what} of {given}; it takes one {expected}."));
}

/// <summary>What pulls at a capacitor: V_inf = sum g_i V_i / G, and G = sum g_i + g_L.</summary>
/// <param name="Target">V_inf.</param>
/// <param name="Conductance">G.</param>
public readonly record struct RcDrive(double Target, double Conductance);
