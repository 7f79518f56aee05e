using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// <c>pred</c>: the cross-entropy of a linear classifier at the port, which learns together with the block. With x [N, n], V [n, K] (pooled
/// first where x is a large image) and t [N, K]:
/// <para>z = x V + c, e = softmax(z) - t, s = w e V', dV = w sum_n x_n' e_n, dc = w sum_n e_n, w the loss's weight.</para>
/// <para>In the bio variant b [N, M] are random bits of the class, e = (1 / (1 + exp(-z)) - b) / M, and a fixed random B stands for
/// V in s.</para>
/// V and c start at zero, V as in the authors' code, so that the first step's signal is zero.
/// </summary>
internal sealed class PredictionLoss : LocalLoss
{
    private readonly OwnNetwork _classifier;
    private readonly ProjectedTargets? _targets;
    private readonly double _weight;

    /// <summary>Makes the classifier.</summary>
    public PredictionLoss(RuleState state, Port port, ParameterGroup group, ProjectedTargets? targets, LocalOptions options)
    {
        var outputs = targets?.Length ?? state.Network.Output.Length;
        (_targets, _weight) = (targets, options.Prediction / (targets?.Length ?? 1));
        _classifier = state.NetworkOf($"pred.{port.Name}", port.Shape,
            [.. options.PoolOf(port.Shape), new Linear(outputs, new(InitializerKind.Zero))], group,
            carrier: targets is null ? null : connection => new RandomCarrier(connection));
    }

    /// <inheritdoc/>
    public override Tensor SignalAt(Tensor activity, RulePass pass)
    {
        var outputs = _classifier.Forward(activity, pass);
        Tensor error = Buffer(pass, this, "error", outputs.Shape), losses = Buffer(pass, this, "losses", new(pass.Rows));
        if (_targets is null) pass.Kernels.SoftmaxCrossEntropy(outputs, pass.Targets, 0, error, losses);
        else pass.Kernels.SigmoidCrossEntropy(outputs, _targets.BitsOf(pass), 0, error, losses);
        return _classifier.Backward(Weighted(error, pass), pass)!;
    }

    private Tensor Weighted(Tensor error, RulePass pass)
    {
        if (_weight == 1) return error;
        var weighted = Buffer(pass, this, "weighted", error.Shape);
        pass.Kernels.Combine(_weight, error, 0, weighted);
        return weighted;
    }
}
