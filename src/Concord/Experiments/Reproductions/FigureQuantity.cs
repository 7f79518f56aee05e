using Concord.Training;

namespace Concord.Experiments;

/// <summary>What a published figure is of.</summary>
public enum FigureQuantity
{
    /// <summary>Share of right answers on the test samples, in per cent.</summary>
    TestAccuracy,

    /// <summary>Share of wrong answers on the test samples, in per cent.</summary>
    TestError,

    /// <summary>Cosine of the delivered signal with the true gradient at a port, after the last epoch, -1 to 1.</summary>
    Cosine,

    /// <summary>
    /// Share of right answers on the training samples during the last epoch, each before the step it took part in, in per cent.
    /// </summary>
    TrainAccuracy,

    /// <summary>
    /// The angle between the same two at the pre-activation, with f' in both, in degrees, 0 to 180;
    /// the probe must measure it (<c>gate</c>).
    /// </summary>
    GateAngle,

    /// <summary>The angle between feedback and forward weights at a port, after the last epoch, in degrees, 0 to 180.</summary>
    WeightAngle,

    /// <summary>The effective rank of the delivered signal at a port, after the last epoch.</summary>
    SignalRank,

    /// <summary>Share of elements of feedback and forward weights at a port whose signs agree, after the last epoch, 0 to 1.</summary>
    Concordance,

    /// <summary>
    /// Linear CKA at a port, over test samples, with the run of backpropagation of the same seed and grid; of backpropagation itself,
    /// with that of the next seed.
    /// </summary>
    Cka,

    /// <summary>The same over those test samples that the other run answers rightly and this one wrongly.</summary>
    CkaWhereWrong,

    /// <summary>As <see cref="Cka"/>, right before the block's activation.</summary>
    CkaBefore,

    /// <summary>As <see cref="CkaWhereWrong"/>, right before the block's activation.</summary>
    CkaBeforeWhereWrong,

    /// <summary>A count of the cost model for one step, exact: multiply-accumulates, or error weights read.</summary>
    Cost,

    /// <summary>How many times as much backpropagation takes of such a count.</summary>
    Saving,

    /// <summary>
    /// What was moved from weights to feedback over the whole run, as a share of what backpropagation moves; 0 where nothing was.
    /// </summary>
    Transport,

    /// <summary>
    /// The angle between the delivered signal and what the exact derivative makes of the same signal of the block above, at a port,
    /// in degrees, 0 to 180.
    /// </summary>
    LocalAngle,

    /// <summary>
    /// As <see cref="TestAccuracy"/>, with the weights of the epoch that was best on the validation samples;
    /// of runs without such samples there is none.
    /// </summary>
    BestTestAccuracy,

    /// <summary>Mean loss of the test samples, with the last weights, in the loss's own unit (nats of a cross-entropy).</summary>
    TestLoss,

    /// <summary>
    /// Squared distance of direct feedback from the mean derivative of the outputs by a port, over the square of that, after the last
    /// epoch; the probe must measure it (<c>feedback</c>).
    /// </summary>
    FeedbackError,

    /// <summary>What is predicted or measured of a rule at solutions of <see cref="StabilityTable"/>; no run is made for it.</summary>
    Stability,

    /// <summary>
    /// Mean number of spikes of a neuron in a sample, by layer, after the last epoch: over the validation samples or, where there are
    /// none, over as many training samples as the probe looks at.
    /// </summary>
    SpikesPerNeuron,

    /// <summary>How two reciprocal populations stand to each other (<see cref="PairRow"/>); no run is made for it.</summary>
    Pair,

    /// <summary>
    /// What the circuits of a layer take from the supply for their spikes, of a sample, in units of a capacitance times the square of the
    /// supply's voltage; over the same samples as <see cref="SpikesPerNeuron"/>.
    /// </summary>
    Energy,
}
