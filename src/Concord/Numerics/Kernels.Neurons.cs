namespace Concord.Numerics;

public abstract partial class Kernels
{
    /// <summary>Some steps of clocked neurons, from the state that the step before them left; the first step begins at 0.</summary>
    /// <param name="neuron">Their equations.</param>
    /// <param name="leak">beta, one for each neuron.</param>
    /// <param name="current">I, T N rows.</param>
    /// <param name="potential">Receives u, T N rows; it may be the current.</param>
    /// <param name="spikes">Receives z, T N rows; null where they do not fire. It may be the current.</param>
    /// <param name="steps">T.</param>
    /// <param name="first">The first step.</param>
    /// <param name="count">How many.</param>
    /// <param name="before">The potential before step 0, N rows; null for 0. It may be the last step of the potential.</param>
    /// <param name="spikesBefore">The spikes of that step; null for none. They may be the last step of the spikes.</param>
    /// <param name="adapted">Receives a, T N rows, where neurons adapt; else null.</param>
    /// <param name="adaptedBefore">a of that step; it may be the last step of a.</param>
    public void LeakySteps(in ClockedNeuron neuron, Tensor leak, Tensor current, Tensor potential, Tensor? spikes, int steps, int first,
        int count, Tensor? before = null, Tensor? spikesBefore = null, Tensor? adapted = null, Tensor? adaptedBefore = null)
    {
        CheckNeurons(neuron, leak, current, potential, spikes, adapted, steps, first, count);
        if (neuron.Adapts && before is null != adaptedBefore is null)
            throw new ArgumentException("The state before some steps of neurons that adapt has what they adapted.");
        if ((before is null ? spikesBefore is not null : before.Length != potential.Length / steps || neuron.Refractory > 0
            || neuron.Fires != spikesBefore is not null) || (spikesBefore is not null && spikesBefore.Length != before!.Length))
            throw new ArgumentException($"The state before {steps} steps of {potential.Shape} is a step of potentials, and one of spikes "
                + "where neurons fire; neurons with refractory steps begin without.");
        if (Log is not null) CountSteps(nameof(LeakySteps), steps, count, neuron.Adapts ? 2 : 1, [current],
            [potential, .. Given(spikes), .. Given(adapted)]);
        LeakyStepsCore(neuron, leak, current, potential, spikes, steps, first, count, before, spikesBefore, adapted, adaptedBefore);
    }

    /// <summary>
    /// The derivative of some steps, from the last to the first: g_t = dL/du_t = dL/dI_t, with a surrogate in the place of dz/du,
    /// g_t = (s_t + dr g_(t+1)) psi(u_t - threshold) + du g_(t+1), where du = beta, with a hard reset beta (1 - z_t), and dr is what a
    /// reset takes: -threshold, or -beta u_t with a hard one, or 0.
    /// <para>Of neurons that adapt, with h_t = dL/da_t: g_t = p_t + du g_(t+1), p_t = (s_t + dr g_(t+1) + h_(t+1)) psi(u_t - threshold -
    /// b a_t), h_t = rho h_(t+1) - b p_t.</para>
    /// </summary>
    /// <param name="neuron">Their equations.</param>
    /// <param name="leak">beta.</param>
    /// <param name="potential">u.</param>
    /// <param name="spikes">z; null where they do not fire.</param>
    /// <param name="signal">s, what arrives at z or, where they do not fire, at u.</param>
    /// <param name="later">Where g_(t+1) is read, T N rows; null for none. The result itself for a walk over all steps.</param>
    /// <param name="result">Receives g, T N rows; not the signal.</param>
    /// <param name="steps">T.</param>
    /// <param name="first">The first step.</param>
    /// <param name="count">How many.</param>
    /// <param name="adapted">a, T N rows, where neurons adapt; else null.</param>
    /// <param name="laterAdapted">Where h_(t+1) is read; null for none.</param>
    /// <param name="resultAdapted">Receives h, T N rows; null where nothing asks for it.</param>
    public void LeakySignal(in ClockedNeuron neuron, Tensor leak, Tensor potential, Tensor? spikes, Tensor signal, Tensor? later,
        Tensor result, int steps, int first, int count, Tensor? adapted = null, Tensor? laterAdapted = null, Tensor? resultAdapted = null)
    {
        CheckNeurons(neuron, leak, potential, result, spikes, adapted, steps, first, count);
        SameLength(signal, result);
        if (later is not null) SameLength(later, result);
        if (laterAdapted is not null) SameLength(laterAdapted, result);
        if (resultAdapted is not null) SameLength(resultAdapted, result);
        if (Log is not null)
            CountSteps(nameof(LeakySignal), steps, count, neuron.Adapts ? 2 : 1, [potential, signal, .. Given(spikes), .. Given(adapted)],
                [result, .. Given(resultAdapted)]);
        LeakySignalCore(neuron, leak, potential, spikes, signal, later, result, steps, first, count, adapted, laterAdapted, resultAdapted);
    }

    private static ReadOnlySpan<Tensor> Given(Tensor? tensor) => tensor is null ? [] : new Tensor[] { tensor };

    /// <summary>
    /// Element i = 1 where u_i &lt; x_i, u_i the stream's uniform draw number i in [0, 1), else 0: a spike with probability x.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <param name="x">Probabilities; what is below 0 never fires and what is above 1 always does.</param>
    /// <param name="y">Receives 0 and 1.</param>
    public void FillSpikes(RandomStream stream, Tensor x, Tensor y)
    {
        SameLength(x, y);
        if (Log is not null) Count(nameof(FillSpikes), y.Shape, 0, Of(x), Put(y));
        FillSpikesCore(stream, x, y);
    }

    /// <summary>
    /// When a capacitor that is pulled to x from 0 meets a threshold, in time constants: y = ln(x / (x - threshold)), and
    /// y' = 1 / x - 1 / (x - threshold). Where x is not above the latest target it counts as that, and y' is 0: it never fires.
    /// </summary>
    /// <param name="threshold">Above 0.</param>
    /// <param name="latest">The least target that counts as one, above the threshold.</param>
    /// <param name="x">Targets.</param>
    /// <param name="y">Receives the times; it may be x.</param>
    /// <param name="slope">Receives y', below 0 where it fires and 0 where not; not x.</param>
    public void ChargingTimes(double threshold, double latest, Tensor x, Tensor y, Tensor slope)
    {
        SameLength(x, y);
        SameLength(x, slope);
        if (Log is not null) Count(nameof(ChargingTimes), y.Shape, 0, Of(x), Put(y, slope));
        ChargingTimesCore(threshold, latest, x, y, slope);
    }

    /// <summary>What the method of that name does, once shapes are checked.</summary>
    protected abstract void ChargingTimesCore(double threshold, double latest, Tensor x, Tensor y, Tensor slope);

    /// <summary>What the method of that name does, once shapes are checked.</summary>
    protected abstract void LeakyStepsCore(in ClockedNeuron neuron, Tensor leak, Tensor current, Tensor potential, Tensor? spikes,
        int steps, int first, int count, Tensor? before, Tensor? spikesBefore, Tensor? adapted, Tensor? adaptedBefore);

    /// <summary>What the method of that name does, once shapes are checked.</summary>
    protected abstract void LeakySignalCore(in ClockedNeuron neuron, Tensor leak, Tensor potential, Tensor? spikes, Tensor signal,
        Tensor? later, Tensor result, int steps, int first, int count, Tensor? adapted, Tensor? laterAdapted, Tensor? resultAdapted);

    /// <summary>What the method of that name does, once shapes are checked.</summary>
    protected abstract void FillSpikesCore(RandomStream stream, Tensor x, Tensor y);

    // A multiply-accumulate for each leak of each neuron and step.
    private void CountSteps(string operation, int steps, int count, int leaks, ReadOnlySpan<Tensor> read, ReadOnlySpan<Tensor> written)
    {
        Words from = default, to = default;
        foreach (var tensor in read) from += Words.Of(tensor.Role, tensor.Length / steps * count);
        foreach (var tensor in written)
        {
            to += Words.Of(tensor.Role, tensor.Length / steps * count);
            Wrote(tensor);
        }
        var shape = written[0].Shape.WithRows(written[0].Shape.Rows / steps * count);
        Count(operation, shape, (long)shape.Length * leaks, from, to);
    }

    private static void CheckNeurons(in ClockedNeuron neuron, Tensor leak, Tensor a, Tensor b, Tensor? spikes, Tensor? adapted, int steps,
        int first, int count)
    {
        SameLength(a, b);
        if (spikes is not null) SameLength(spikes, b);
        if (adapted is not null) SameLength(adapted, b);
        if (neuron.Adapts != adapted is not null || (neuron.Adapts && !neuron.Fires))
            throw new ArgumentException("Neurons that adapt fire, and need room for what they adapted; others have none.");
        RowOf(leak, b);
        if (neuron.Fires != spikes is not null) throw new ArgumentException("Neurons that fire need room for spikes, others have none.");
        if (steps < 1 || first < 0 || count < 1 || first > steps - count || b.Shape.Rows % steps != 0)
            throw new ArgumentException($"{b.Shape} has no {count} of {steps} steps from step {first}.");
    }
}
