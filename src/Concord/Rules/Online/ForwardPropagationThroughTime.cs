using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Optimizers;
using Concord.Options;

namespace Concord.Rules;

/// <summary>
/// FPTT (Kag, Saligrama 2021; for spiking networks Yin, Corradi, Bohte 2023): the optimizer steps after each slice of time on
/// <para>L_t = (t/T) l_t - lambda . W + (alpha/2) |W - M|^2, t = 1..T, l_t the loss at that step, whose signal comes down from the block
/// above at the same step as in sltt;</para>
/// <para>M the running mean of W and lambda its multiplier (<see cref="WeightMean"/>). The pull towards M stands for what the steps before
/// have learned. A batch takes as many optimizer steps as it has slices. At the end of an epoch W = M, as in the released code of Yin and
/// others (<c>mean.replace</c>).</para>
/// </summary>
public sealed class ForwardPropagationThroughTime : LearningRule
{
    private static readonly Option<double>
        s_alpha = new("mean.alpha", OptionType.NumberAbove(0), 0.1, "How strongly weights are pulled to their running mean."),
        s_beta = new("mean.beta", OptionType.Number(0, 1), 0.5, "How far the running mean goes to the weights after a step.");

    private static readonly Option<bool> s_replace = new("mean.replace", OptionType.Flag, true,
        "Whether weights become their running mean at the end of each epoch.");

    private readonly double _alpha, _beta;
    private readonly bool _replaces;
    private readonly List<WeightMean> _means = [];

    internal ForwardPropagationThroughTime(OptionValues values)
    {
        Online = new(values.Of(OnlineOptions.Slice), MovesEach: true);
        (_alpha, _beta, _replaces) = (values.Of(s_alpha), values.Of(s_beta), values.Of(s_replace));
    }

    /// <summary>The options as they are declared.</summary>
    internal static IReadOnlyList<Option> Declared { get; } = [s_alpha, s_beta, s_replace, OnlineOptions.Slice];

    /// <inheritdoc/>
    public override string Name => "fptt";

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        foreach (var port in state.Ports)
            foreach (var weight in port.Below.Parameters.Where(parameter => !parameter.Frozen))
                _means.Add(new(weight, port.Name, _alpha, _beta, state));
    }

    /// <inheritdoc/>
    public override Tensor SignalAt(Port port, Tensor? arriving, RuleBackwardPass backward)
    {
        if (!port.IsOutput) return arriving!;
        var (signal, (first, steps)) = (backward.SignalBuffer(port), backward.Pass.TimeStep);
        var count = signal.Shape.Rows / backward.Pass.Rows;
        for (var t = 0; t < count; t++)   // the error is 1/T of that of a step
            backward.Kernels.Combine(first + t + 1, arriving!.Step(count, t), 0, signal.Step(count, t));
        return signal;
    }

    /// <inheritdoc/>
    public override Tensor? Learn(Port port, Tensor signal, RuleBackwardPass backward)
    {
        var arriving = base.Learn(port, signal, backward);
        foreach (var mean in _means) mean.Pull(port.Name, backward);
        return arriving;
    }

    /// <inheritdoc/>
    public override void Adapt(Update update)
    {
        foreach (var mean in _means) mean.Move(update.Kernels);
    }

    /// <inheritdoc/>
    internal override bool WritesWeights => _replaces;

    /// <inheritdoc/>
    internal override void EndEpoch(Kernels kernels)
    {
        foreach (var mean in _means)
            if (_replaces) mean.Replace(kernels);
    }
}
