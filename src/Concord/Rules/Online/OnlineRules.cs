using Concord.Feedback;
using Concord.Networks;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// Rules that learn at each time step and keep nothing of the steps before but states and traces (<see cref="OnlineLearning"/>). With d_t
/// the signal at the current of a layer of clocked neurons, d_t = s_t psi(u_t - threshold), psi the surrogate:
/// <list type="bullet">
/// <item><c>sltt</c>: dW = sum_t d_t x_t'; s_t comes down from the block above at the same step (Meng and others 2023); SLTT-K: the
/// sum is over K of the steps, drawn for each batch.</item>
/// <item><c>ottt</c>: dW = sum_t d_t a_t', a_t = leak a_(t-1) + x_t; s_t as in sltt (Xiao and others 2022). It is the derivative through
/// time at the highest layer of neurons, under outputs without memory and a reset that is not differentiated; further down signals lack
/// what would come from later steps.</item>
/// <item><c>e-prop</c>: dW = sum_t d_t a_t', dU = sum_t d_t of the trace of the spikes one step before; s_t = e_t D from the output in one
/// hop, D random, or e_t through the output weight itself (symmetric) or through what moves as that weight does (adaptive; Bellec and
/// others 2020). With a trace for each synapse, psi a is filtered once more by the outputs' leak; <see cref="RatePull"/> holds rates.
/// </item>
/// </list>
/// The loss stands at each step, and its error is 1/T of that step's.
/// </summary>
internal static class OnlineRules
{
    /// <summary><c>sltt</c>.</summary>
    public static LearningRule WithoutTraces(OptionValues values) => Down("sltt", values, OnlineOptions.OfSltt(values));

    /// <summary><c>ottt</c>.</summary>
    public static LearningRule WithTraces(OptionValues values) => Down("ottt", values, OnlineOptions.OfOttt(values));

    /// <summary><c>e-prop</c>.</summary>
    public static LearningRule Direct(OptionValues values)
    {
        var online = OnlineOptions.OfEProp(values);
        return OnlineOptions.SignalOf(values) != OnlineSignal.Random ? Down("e-prop", values, online)
            : new DirectFeedbackAlignment("e-prop", new(DirectSource.Error, values)) { Online = online };
    }

    private static LearningRule Down(string name, OptionValues values, OnlineLearning online) =>
        OnlineOptions.SignalOf(values) switch
        {
            OnlineSignal.Symmetric => new Backpropagation(name) { Online = online },
            OnlineSignal.Random => new ChainRule(name, (connection, _) => new RandomCarrier(connection, values.Of(FeedbackOptions.Init)))
                { Online = online },
            _ => new ChainRule(name, (connection, _) => new KolenPollackCarrier(connection)) { Online = online },
        };
}
