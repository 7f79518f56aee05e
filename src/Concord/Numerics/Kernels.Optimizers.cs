namespace Concord.Numerics;

/// <summary>
/// What every optimizer pass has in common. With G the sum of the gradient over samples: g = clip(scale G) and, coupled
/// decay, g + decay w; the new weight is (1 - shrink) w - delta.
/// </summary>
/// <param name="Rate">Learning rate.</param>
/// <param name="Scale">1/N, times the factor that clips by norm.</param>
/// <param name="ClipValue">Elements of scale G are clipped to [-ClipValue, ClipValue]; infinity clips nothing.</param>
/// <param name="CoupledDecay">L2: added to the gradient as CoupledDecay w.</param>
/// <param name="Shrink">Decoupled decay: rate times decay, or 0.</param>
public readonly record struct StepSettings(double Rate, double Scale, double ClipValue, double CoupledDecay, double Shrink);

/// <summary>Constants of Adam (Kingma, Ba 2015).</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="TensorFlowEpsilon">
/// False: epsilon after bias correction, delta = rate m^ / (sqrt(v^) + epsilon), the paper's algorithm 1. True: TensorFlow's form,
/// delta = rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon), on which Crafton 2019's epsilon = 1 depends.
/// </param>
/// <param name="Step">t, from 1.</param>
public readonly record struct AdamSettings(double Beta1, double Beta2, double Epsilon, bool TensorFlowEpsilon, long Step);

/// <summary>What Batch Manhattan takes the sign of.</summary>
public enum SignedQuantity
{
    /// <summary>The mean gradient, before decay and momentum.</summary>
    Gradient,

    /// <summary>What the momentum has come to.</summary>
    Momentum,

    /// <summary>Both.</summary>
    Both,
}

public abstract partial class Kernels
{
    /// <summary>
    /// One pass of stochastic gradient descent. v = mu v + g; delta = rate v, or rate (g + mu v) with Nesterov; without velocity
    /// delta = rate g. Where <paramref name="gradient"/> is null the velocity already holds mu v + scale G
    /// (an <see cref="Accumulator"/> put it there) and the pass only adds the coupled decay and moves the weights.
    /// </summary>
    /// <param name="weight">w, moved in place.</param>
    /// <param name="gradient">G, or null.</param>
    /// <param name="velocity">v, or null without momentum.</param>
    /// <param name="momentum">mu.</param>
    /// <param name="nesterov">Whether to look ahead.</param>
    /// <param name="settings">Rate, scale, clipping and decay.</param>
    /// <param name="delta">Receives delta where a rule asked for it, else null.</param>
    public void SgdStep(Tensor weight, Tensor? gradient, Tensor? velocity, double momentum, bool nesterov,
        in StepSettings settings, Tensor? delta)
    {
        if (gradient is null && velocity is null) throw new ArgumentException("An SGD step needs a gradient or a velocity that holds it.");
        if (gradient is null && nesterov) throw new ArgumentException("Nesterov's step needs the gradient apart from the velocity.");
        CountStep(nameof(SgdStep), weight, gradient, velocity, null, delta,
            writesFirst: gradient is not null || settings.CoupledDecay != 0);
        SgdStepCore(weight, gradient, velocity, momentum, nesterov, settings, delta);
    }

    /// <summary>One pass of Adam: m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; delta as in <see cref="AdamSettings"/>.</summary>
    public void AdamStep(Tensor weight, Tensor gradient, Tensor first, Tensor second, in AdamSettings adam,
        in StepSettings settings, Tensor? delta)
    {
        CountStep(nameof(AdamStep), weight, gradient, first, second, delta, writesFirst: true);
        AdamStepCore(weight, gradient, first, second, adam, settings, delta);
    }

    /// <summary>
    /// One pass of RMSprop (Tieleman, Hinton 2012; PyTorch's form): v = a v + (1 - a) g^2; s = g / (sqrt(v) + epsilon);
    /// with a velocity b = mu b + s and delta = rate b, else delta = rate s.
    /// </summary>
    public void RmsPropStep(Tensor weight, Tensor gradient, Tensor square, Tensor? velocity, double smoothing, double epsilon,
        double momentum, in StepSettings settings, Tensor? delta)
    {
        CountStep(nameof(RmsPropStep), weight, gradient, square, velocity, delta, writesFirst: true);
        RmsPropStepCore(weight, gradient, square, velocity, smoothing, epsilon, momentum, settings, delta);
    }

    /// <summary>
    /// One pass of Batch Manhattan (Liao, Leibo, Poggio 2015; in this order as Xiao, Chen, Liao, Poggio 2018 released it): g =
    /// sign(clip(scale G)), then g + decay w, then v = mu v + g; delta = rate v, without velocity rate g.
    /// Or the sign is taken of v instead, or of both. sign(0) = 0.
    /// </summary>
    public void ManhattanStep(Tensor weight, Tensor gradient, Tensor? velocity, double momentum, SignedQuantity signed,
        in StepSettings settings, Tensor? delta)
    {
        CountStep(nameof(ManhattanStep), weight, gradient, velocity, null, delta, writesFirst: true);
        ManhattanStepCore(weight, gradient, velocity, momentum, signed, settings, delta);
    }

    /// <summary>
    /// Where an element of y has not the sign that it had before, or became zero, y = 1e-10 with the former sign (Xiao, Chen, Liao, Poggio
    /// 2018). What was zero before may go anywhere.
    /// </summary>
    public void KeepSigns(Tensor before, Tensor y)
    {
        SameLength(before, y);
        if (Log is not null) Count(nameof(KeepSigns), y.Shape, 0, Of(before, y), Put(y));
        KeepSignsCore(before, y);
    }

    /// <summary>
    /// norms_j = |x_.j|, the Euclidean norm of each column: of a unit's incoming weights, the output being a weight's last axis.
    /// </summary>
    public void ColumnNorms(Tensor x, Tensor norms)
    {
        RowOf(norms, x);
        if (Log is not null) Count(nameof(ColumnNorms), x.Shape, 0, Of(x), Put(norms));
        ColumnNormsCore(x, norms);
    }

    /// <summary>y_ij = y_ij wanted_j / norms_j; a column of norm zero stays.</summary>
    public void RescaleColumns(Tensor norms, Tensor wanted, Tensor y)
    {
        RowOf(norms, y);
        RowOf(wanted, y);
        if (Log is not null) Count(nameof(RescaleColumns), y.Shape, 0, Of(norms, wanted, y), Put(y));
        RescaleColumnsCore(norms, wanted, y);
    }

    private void CountStep(string operation, Tensor weight, Tensor? gradient, Tensor? first, Tensor? second, Tensor? delta,
        bool writesFirst)
    {
        foreach (var tensor in (ReadOnlySpan<Tensor?>)[gradient, first, second, delta])
            if (tensor is not null) SameLength(weight, tensor, operation);
        if (Log is not null)
            Count(operation, weight.Shape, 0, Of(weight, gradient, first, second), Put(weight, writesFirst ? first : null, second, delta));
    }

    /// <inheritdoc cref="SgdStep"/>
    protected abstract void SgdStepCore(Tensor weight, Tensor? gradient, Tensor? velocity, double momentum, bool nesterov,
        in StepSettings settings, Tensor? delta);

    /// <inheritdoc cref="AdamStep"/>
    protected abstract void AdamStepCore(Tensor weight, Tensor gradient, Tensor first, Tensor second, in AdamSettings adam,
        in StepSettings settings, Tensor? delta);

    /// <inheritdoc cref="RmsPropStep"/>
    protected abstract void RmsPropStepCore(Tensor weight, Tensor gradient, Tensor square, Tensor? velocity, double smoothing,
        double epsilon, double momentum, in StepSettings settings, Tensor? delta);

    /// <inheritdoc cref="ManhattanStep"/>
    protected abstract void ManhattanStepCore(Tensor weight, Tensor gradient, Tensor? velocity, double momentum, SignedQuantity signed,
        in StepSettings settings, Tensor? delta);

    /// <inheritdoc cref="KeepSigns"/>
    protected abstract void KeepSignsCore(Tensor before, Tensor y);

    /// <inheritdoc cref="ColumnNorms"/>
    protected abstract void ColumnNormsCore(Tensor x, Tensor norms);

    /// <inheritdoc cref="RescaleColumns"/>
    protected abstract void RescaleColumnsCore(Tensor norms, Tensor wanted, Tensor y);
}
