using Concord.Layers;
using Concord.Numerics;
using Concord.Optimizers;

namespace Concord.Rules;

/// <summary>A step of the optimizer as one rule sees it: what was subtracted can be read if the rule declared it.</summary>
internal sealed class RuleUpdate(Declaration declared) : Update
{
    private Update? _step;

    public override Kernels Kernels => Step.Kernels;

    public override long Steps => Step.Steps;

    public override Tensor Delta(Parameter parameter)
    {
        declared.CheckUpdate(parameter.Name);
        return Step.Delta(parameter);
    }

    public override double Decay(Parameter parameter) => Step.Decay(parameter);

    /// <summary>Shows another step.</summary>
    public RuleUpdate Of(Update step)
    {
        _step = step;
        return this;
    }

    private Update Step => _step ?? throw new InvalidOperationException("The weights have made no step yet.");
}
