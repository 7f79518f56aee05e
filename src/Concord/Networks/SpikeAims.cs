namespace Concord.Networks;

/// <summary>What losses of spikes want of a network.</summary>
/// <param name="Targets">
/// What the label's output and the others should do: numbers of spikes (count, van-rossum), or when they fire first as a share of the
/// simulation (spike-time). Null for 15 and 3 spikes (BATS for MNIST; Bacho and Chu), a quarter and three quarters.
/// </param>
/// <param name="TimeConstant">tau of first-spike, or of van-rossum's kernel, seconds; null for 5 ms and 10 ms.</param>
/// <param name="RateStrength">How strongly hidden layers are held near a rate (<see cref="Spiking.Losses.RateRegularizer"/>).</param>
/// <param name="RateTarget">That rate, spikes of a neuron in a sample.</param>
public sealed record SpikeAims((double OfLabel, double OfOthers)? Targets = null, double? TimeConstant = null, double RateStrength = 0,
    double RateTarget = 0.2)
{
    /// <summary>The usual.</summary>
    public static SpikeAims Usual { get; } = new();

    internal (double OfLabel, double OfOthers) TargetsOf(LossKind loss) =>
        Targets ?? (loss == LossKind.SpikeTime ? (0.25, 0.75) : (15, 3));

    /// <summary>Refuses what has no effect, or cannot be meant.</summary>
    /// <exception cref="ConcordException">There is such a thing.</exception>
    internal void Check(Objective objective)
    {
        var loss = objective.Loss;
        var idle = !objective.IsOfSpikes ? "spikeTargets, lossTime, rateStrength and rateTarget belong to losses of spikes"
            : Targets is not null && loss == LossKind.FirstSpike ? "spikeTargets has no effect on first-spike, whose target is the label"
            : TimeConstant is not null && loss is LossKind.SpikeCount or LossKind.SpikeTime ? "lossTime has an effect on first-spike and "
                + "van-rossum alone"
            : RateStrength == 0 && RateTarget != Usual.RateTarget ? "rateTarget has an effect with a rateStrength above 0 alone" : null;
        if (idle is not null) throw new ConcordException($"With the loss {objective.Name}, {idle}. Leave it out.");
        if (loss == LossKind.SpikeTime && Targets is { } shares && !(shares is { OfLabel: >= 0 and <= 1, OfOthers: >= 0 and <= 1 }))
            throw new ConcordException("Under spike-time, spikeTargets are shares of the simulation, from 0 to 1, as 0.25/0.75.");
    }
}
