using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// y = gain * (x - mean) / sqrt(variance + epsilon) + shift. What <see cref="BatchNorm"/> and <see cref="LayerNorm"/>
/// share: the two differ only in whose mean and variance it is.
/// <para>Backward, with h the normalised input, u = gain * signal, M the mean over what shares the moments:
/// (u - M[u] - h M[h u]) / sqrt(variance + epsilon); dgain = sum_n signal_n h_n, dshift = sum_n signal_n. The gain is a forward
/// weight in the signal's way: an exact local derivative, of the kind every rule here leaves alone.</para>
/// </summary>
/// <param name="axis">Who shares moments.</param>
/// <param name="epsilon">Added to the variance.</param>
public abstract class NormLayer(NormAxis axis, double epsilon) : Layer
{
    private Parameter? _gain, _shift;
    private int _places;

    /// <summary>The factor, one per unit, from 1.</summary>
    public Parameter Gain => _gain ?? throw new InvalidOperationException("The layer has no shape yet: put it in a network.");

    /// <summary>The offset, one per unit, from 0.</summary>
    public Parameter Shift => _shift ?? throw new InvalidOperationException("The layer has no shape yet: put it in a network.");

    /// <summary>Units: the elements of a sample, or the channels of an image where its pixels share moments.</summary>
    protected int Units => Gain.Shape.Length;

    /// <summary>Rows of one sample: the pixels of an image for a batch norm, else 1.</summary>
    protected int Places => _places;

    /// <summary>What is added to the variance.</summary>
    private protected double Epsilon => epsilon;

    /// <summary>The same numbers as one row for each that has moments in common.</summary>
    private protected Tensor InRows(Tensor x) => _places == 1 ? x : x.Matrix(Units);

    /// <inheritdoc/>
    public override IReadOnlyList<Parameter> Parameters => [Gain, Shift];

    /// <inheritdoc/>
    public override string Kind => "norm";

    /// <inheritdoc/>
    public override bool GatesInPlace => true;

    /// <inheritdoc/>
    protected override Shape Build(Shape input)
    {
        var units = axis == NormAxis.Columns && input.Rank == 3 ? input[2] : input.Length;
        _places = units == 0 ? 1 : input.Length / units;
        _gain = new(new(units), new(InitializerKind.Constant, 1), units, units) { Name = $"{Name}.gain" };
        _shift = new(new(units), new(InitializerKind.Zero), units, units) { Name = $"{Name}.shift" };
        return input;
    }

    /// <summary>The moments of this pass, and whether they are functions of x (else constants).</summary>
    protected abstract (Tensor Mean, Tensor Variance, bool OfInput) MomentsOf(Tensor x, Tape tape);

    /// <summary>Computes the moments of this pass, where they are functions of x.</summary>
    protected abstract void Measure(Tensor x, Tape tape);

    /// <inheritdoc/>
    public override void Forward(Tensor x, Tensor y, Tape tape)
    {
        Measure(InRows(x), tape);
        var (mean, variance, _) = MomentsOf(x, tape);
        tape.Kernels.Normalize(axis, InRows(x), mean, variance, epsilon, Gain.Value, Shift.Value, InRows(y));
    }

    /// <inheritdoc/>
    public override void Backward(Tensor x, Tensor y, Tensor signal, Tensor? inputSignal, Tape tape, BackwardContext context)
    {
        var (mean, variance, ofInput) = MomentsOf(x, tape);
        Accumulator? gain = context.TryTake(Gain, out var forGain) ? forGain : null;
        Accumulator? shift = context.TryTake(Shift, out var forShift) ? forShift : null;
        (Tensor Shift, Tensor Gain)? sums = null;
        if (gain is { } ofGain && shift is { } ofShift && inputSignal is not null && SharesSums(ofInput))
        {
            // The two gradients are what the signal's own means are made of: summed once, used twice.
            sums = (context.Workspace.Get(context.Kernels, this, "sums", Shift.Shape, Role.Gradient, context.Lane),
                context.Workspace.Get(context.Kernels, this, "products", Gain.Shape, Role.Gradient, context.Lane));
            using var _ = context.Gradients();
            tape.Kernels.NormalizeGradients(axis, InRows(x), mean, variance, epsilon, InRows(signal), new(sums.Value.Gain),
                new(sums.Value.Shift));
            tape.Kernels.Combine(ofGain.Alpha, sums.Value.Gain, ofGain.Beta, ofGain.Target);
            tape.Kernels.Combine(ofShift.Alpha, sums.Value.Shift, ofShift.Beta, ofShift.Target);
        }
        else if (gain is not null || shift is not null)
            using (context.Gradients())
                tape.Kernels.NormalizeGradients(axis, InRows(x), mean, variance, epsilon, InRows(signal), gain, shift);
        if (inputSignal is not null)
            tape.Kernels.NormalizeDerivative(axis, true, ofInput, InRows(x), mean, variance, epsilon, Gain.Value, InRows(signal),
                InRows(inputSignal), sums);
    }

    private bool SharesSums(bool ofInput) => ofInput && axis == NormAxis.Columns;

    /// <inheritdoc/>
    public override void Pushforward(Tensor x, Tensor y, Tensor? tangent, Tensor result, Tape tape)
    {
        var (mean, variance, ofInput) = MomentsOf(x, tape);
        if (tangent is not null)
            tape.Kernels.NormalizeDerivative(axis, false, ofInput, InRows(x), mean, variance, epsilon, Gain.Value, InRows(tangent),
                InRows(result));
        if (tape.DirectionOf(Gain) is null && tape.DirectionOf(Shift) is null)
        {
            if (tangent is null) tape.Kernels.Fill(result, 0);
            return;
        }
        // gain' h + shift' is a normalisation by other gains and shifts
        var change = tangent is null ? result : tape.Tangent(this, "change", result.Shape);
        tape.Kernels.Normalize(axis, InRows(x), mean, variance, epsilon, DirectionOf(Gain, tape), DirectionOf(Shift, tape), InRows(change));
        if (tangent is not null) tape.Kernels.Combine(1, change, 1, result);
    }

    private Tensor DirectionOf(Parameter parameter, Tape tape)
    {
        if (tape.DirectionOf(parameter) is { } direction) return direction;
        var zeros = tape.Tangent(this, "no direction", parameter.Shape);
        tape.Kernels.Fill(zeros, 0);
        return zeros;
    }
}
