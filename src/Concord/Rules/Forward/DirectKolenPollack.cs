using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// Direct Kolen-Pollack, DKP (Webster 2021): direct feedback whose matrix makes the steps that a weight from the port straight
/// to the outputs would make,
/// <para>s_l = e D_l, D_l = (1 - lambda) D_l - eta mean_n e_n' x_l,n, D_l = 0 at first, x_l [N, n_l] the activity,</para>
/// <para>so that below the output layer, whose weight makes the same steps, D_l becomes its transpose as far as decay forgets the starts.
/// No signal crosses a weight and none is read.</para>
/// </summary>
/// <param name="optimizer">How D moves.</param>
public sealed class DirectKolenPollack(GroupOptimizer optimizer) : LearnedFeedback("dkp", optimizer, new(InitializerKind.Zero))
{
    internal DirectKolenPollack(OptionValues values) : this(LearnedFeedbackOptions.Of(values)) { }

    /// <summary>The options as they are declared.</summary>
    internal static IReadOnlyList<Option> Declared => LearnedFeedbackOptions.OfWeights;

    /// <inheritdoc/>
    public override Needs NeedsAt(Port port) => base.NeedsAt(port) | (port.IsOutput ? Needs.None : Needs.Activation);

    /// <inheritdoc/>
    protected override void Gather(Port port, Tensor matrix, RulePass pass, in Accumulator gradient) =>
        pass.Kernels.Product(pass.Error, true, pass.At(port), false, gradient.Target, gradient.Alpha, gradient.Beta);
}
