using Concord.Feedback;
using Concord.Layers;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Spiking;

namespace Concord.Rules;

/// <summary>
/// Feedback alignment whose B is brought to W by spikes (after Spike-based Alignment Learning, Gierlich, Baumbach, Kungl, Max, Petrovici
/// 2025, whose rule is reconstructed from the abstract): inputs and outputs of a connection are populations of neurons that fire by noise,
/// <para>B_ij = B_ij - eta x_j at each spike of input i, + eta x_i at each spike of output j, x the traces of spikes, W fixed.</para>
/// <para>See <see cref="ReciprocalPopulations"/>. A calibration begins with neurons at rest and lasts a given biological time; there are
/// some before training, and one after every so many steps. In a convolution the populations are those of one place: its window and its
/// filters. B has W in it by nothing but spikes, so nothing is transported.</para>
/// </summary>
/// <param name="connection">What B stands for.</param>
/// <param name="options">How it learns.</param>
public sealed class PairingCarrier(Connection connection, PairingOptions options) : RandomCarrier(connection)
{
    private const double Wild = 200;   // spikes of a neuron in a second
    private ReciprocalPopulations _pair = null!;
    private RandomStream _noise;

    /// <inheritdoc/>
    public override int PreparationSteps => options.Before;

    /// <inheritdoc/>
    public override int Period => options.Every;

    /// <inheritdoc/>
    public override void Draw(FeedbackState state)
    {
        if (options.Settings.Plastic != PlasticSide.Feedback)
            throw new ConcordException("The option sal.plastic was given another value than feedback, and in a network the weights belong "
                + "to the optimizer. Leave it out; it is for two populations by themselves, as in concord reproduce sal-alignment.");
        base.Draw(state);
        _noise = state.Stream(Weight.Name).Split("pairing");
        _pair = new(state.Kernels, Weight.MatrixShape.Rows, Weight.MatrixShape.RowLength, options.Settings);
        state.Count(_pair.Words);
    }

    /// <inheritdoc/>
    public override void Prepare(PreparationContext context, int move) => Calibrate(context.Kernels, -move);

    /// <inheritdoc/>
    public override void Adapt(Update update) => Calibrate(update.Kernels, update.Steps);

    // On noise that belongs to a moment: before training negative, else the optimizer's step.
    private void Calibrate(Kernels kernels, long moment)
    {
        var w = Weight.Value;
        kernels.Count("Pairing", w.Shape, new(0, Words.Of(w.Role, w.Length) + Words.Of(Tensor.Role, w.Length),
            Words.Of(Tensor.Role, w.Length)));
        var isComputed = kernels.AssumedSpikes is null;
        for (var k = 0; isComputed && k < w.Length; k++) (_pair.Forward[k], _pair.Backward[k]) = (w[k], Tensor[k]);
        _pair.Rest(_noise.At(moment));
        _pair.Advance(options.Steps);
        if (!isComputed) return;
        Check();
        Tensor.CopyFrom(_pair.Backward);
    }

    // From spikes that never stop, or never come, no weight can be learned.
    private void Check()
    {
        var (lower, upper) = _pair.Spikes;
        if (options.Seconds < 1) return;   // too short to tell
        var most = Math.Max(lower / (options.Seconds * _pair.Lower), upper / (options.Seconds * _pair.Upper));
        if (most > Wild)
            throw new ConcordException($"The neurons that calibrate the feedback of {Weight.Name} fire "
                + FormattableString.Invariant($"{most:0} times a second: weights and feedback times sal.gain are so large that they ")
                + "excite each other. Give a smaller sal.gain.");
        if (lower + upper == 0)
            throw new ConcordException(FormattableString.Invariant($"No neuron fired in {options.Seconds} s of calibrating the feedback ")
                + $"of {Weight.Name}: the noise never reached the threshold. Give a larger sal.drive or sal.std.");
    }
}
