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
/// <para>then lambda = lambda - alpha (W - M) and M = (1 - beta) M + beta W - (beta/alpha) lambda, M and lambda of the shape of W; M starts
/// at W and lambda at 0.</para>
/// <para>The pull towards the running mean M stands for what the steps before have learned. A batch takes as many optimizer steps as it has
/// slices. Where they replace W by M at the end of an epoch, here W stays as it is.</para>
/// </summary>
public sealed class ForwardPropagationThroughTime : LearningRule
{
    private static readonly Option<double>
        s_alpha = new("mean.alpha", OptionType.NumberAbove(0), 0.1, "How strongly weights are pulled to their running mean."),
        s_beta = new("mean.beta", OptionType.Number(0, 1), 0.5, "How far the running mean goes to the weights after a step.");

    private readonly double _alpha, _beta;
    private readonly List<(Parameter Weight, string Block, Tensor Mean, Tensor Multiplier)> _means = [];

    internal ForwardPropagationThroughTime(OptionValues values)
    {
        Online = new(values.Of(OnlineRules.Slice), MovesEach: true);
        (_alpha, _beta) = (values.Of(s_alpha), values.Of(s_beta));
    }

    /// <summary>The options as they are declared.</summary>
    internal static IReadOnlyList<Option> Declared { get; } = [s_alpha, s_beta, OnlineRules.Slice];

    /// <inheritdoc/>
    public override string Name => "fptt";

    /// <inheritdoc/>
    public override void Attach(RuleState state)
    {
        foreach (var port in state.Ports)
            foreach (var weight in port.Below.Parameters.Where(parameter => !parameter.Frozen))
            {
                var (mean, multiplier) = (Kept("mean", weight.Value), Kept("multiplier", null));
                _means.Add((weight, port.Name, mean, multiplier));

                Tensor Kept(string name, Tensor? start)
                {
                    var kept = state.Kernels.Allocate(weight.Shape, Role.Feedback);
                    if (start is not null) state.Kernels.Copy(start, kept);
                    state.Keep($"{weight.Name}.{name}", kept);
                    return kept;
                }
            }
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
        foreach (var (weight, block, mean, multiplier) in _means)
        {
            if (block != port.Name) continue;
            var rows = backward.Pass.Rows;   // the optimizer divides by them
            backward.Add(weight, -rows, multiplier);
            backward.Add(weight, rows * _alpha, weight.Value);
            backward.Add(weight, -rows * _alpha, mean);
        }
        return arriving;
    }

    /// <inheritdoc/>
    public override void Adapt(Update update)
    {
        var kernels = update.Kernels;
        foreach (var (weight, block, mean, multiplier) in _means)
        {
            using var _ = new WorkScope(kernels, block: block);
            kernels.Combine(-_alpha, weight.Value, 1, multiplier);
            kernels.Combine(_alpha, mean, 1, multiplier);
            kernels.Combine(_beta, weight.Value, 1 - _beta, mean);
            kernels.Combine(-_beta / _alpha, multiplier, 1, mean);
        }
    }
}
