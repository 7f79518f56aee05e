using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// The local loss of TESS, at each time step: the cross-entropy of z V, z [N, n] an activity and V [n, K] fixed square waves, one for each
/// class, V_ik = +-1/sqrt(n) with k + 1 periods over the neurons. Its signal is (softmax(z V) - y) V' / T, as the error of the output is
/// 1/T of that of a step.
/// </summary>
internal sealed class SquareWaveLoss : LocalLoss
{
    private readonly Tensor _waves;

    /// <summary>Makes the waves of a port.</summary>
    public SquareWaveLoss(RuleState state, Port port)
    {
        var (neurons, classes) = (port.Shape.Length, state.Network.Output.Length);
        _waves = state.Kernels.Allocate(new(neurons, classes), Role.Feedback);
        if (state.Kernels.AssumedSpikes is null)   // there is memory, and not only a plan
            _waves.CopyFrom([.. from i in Enumerable.Range(0, neurons) from k in Enumerable.Range(0, classes)
                select (2 * (k + 1) * (long)i / neurons % 2 == 0 ? 1 : -1) / Math.Sqrt(neurons)]);
        state.Keep($"waves.{port.Name}", _waves);
    }

    /// <inheritdoc/>
    public override Tensor SignalAt(Tensor activity, RulePass pass)
    {
        var (kernels, rows, classes) = (pass.Kernels, activity.Shape.Rows, _waves.Shape.RowLength);
        Tensor outputs = Buffer(pass, this, "outputs", new(rows, classes)), error = Buffer(pass, this, "error", new(rows, classes)),
            losses = Buffer(pass, this, "losses", new(rows)), signal = Buffer(pass, this, "signal", activity.Shape);
        kernels.Product(activity, false, _waves, false, outputs);
        kernels.SoftmaxCrossEntropy(outputs, pass.Targets, 0, error, losses);
        kernels.Product(error, false, _waves, true, signal, 1.0 / pass.TimeStep.Steps);
        return signal;
    }
}
