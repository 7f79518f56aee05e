using Concord.Numerics;

namespace Concord.Tests.Data;

/// <summary>An engine that can fill a batch and nothing else: all that data need of one.</summary>
internal sealed class LoadingKernels : Kernels
{
    public override string Name => "loading";
    public override string Version => "1";
    public override string InstructionSet => "none";
    public override int Threads => 1;
    public override ElementType ElementType => ElementType.Single;

    protected override void LoadRowsCore(ReadOnlySpan<byte> source, ReadOnlySpan<int> rows, ReadOnlySpan<float> offset, ReadOnlySpan<float> scale, Tensor y)
    {
        int width = y.Shape.RowLength, plane = width / offset.Length;
        for (var n = 0; n < rows.Length; n++)
            for (var i = 0; i < width; i++) y.Singles[n * width + i] = (source[rows[n] * width + i] - offset[i / plane]) * scale[i / plane];
    }

    protected override void LoadRowsCore(ReadOnlySpan<float> source, ReadOnlySpan<int> rows, ReadOnlySpan<float> offset, ReadOnlySpan<float> scale, Tensor y)
    {
        int width = y.Shape.RowLength, plane = width / offset.Length;
        for (var n = 0; n < rows.Length; n++)
            for (var i = 0; i < width; i++) y.Singles[n * width + i] = (source[rows[n] * width + i] - offset[i / plane]) * scale[i / plane];
    }

    protected override void LoadWindowsCore(ReadOnlySpan<byte> source, Shape image, ReadOnlySpan<int> rows, ReadOnlySpan<SampleWindow> windows, ReadOnlySpan<float> offset, ReadOnlySpan<float> scale, Shape window, Tensor y) => throw new NotSupportedException();
    protected override void LoadWindowsCore(ReadOnlySpan<float> source, Shape image, ReadOnlySpan<int> rows, ReadOnlySpan<SampleWindow> windows, ReadOnlySpan<float> offset, ReadOnlySpan<float> scale, Shape window, Tensor y) => throw new NotSupportedException();
    protected override void SoftmaxCrossEntropyCore(Tensor logits, Tensor targets, double smoothing, Tensor error, Tensor losses) => throw new NotSupportedException();
    protected override void SigmoidCrossEntropyCore(Tensor logits, Tensor targets, double smoothing, Tensor error, Tensor losses) => throw new NotSupportedException();
    protected override void SquaredErrorCore(Tensor outputs, Tensor targets, Tensor error, Tensor losses) => throw new NotSupportedException();
    protected override void MomentsCore(NormAxis axis, Tensor x, Tensor mean, Tensor variance) => throw new NotSupportedException();
    protected override void NormalizeCore(NormAxis axis, Tensor x, Tensor mean, Tensor variance, double epsilon, Tensor gain, Tensor shift, Tensor y) => throw new NotSupportedException();
    protected override void NormalizeDerivativeCore(NormAxis axis, bool downward, bool differentiateMoments, Tensor x, Tensor mean, Tensor variance, double epsilon, Tensor gain, Tensor vector, Tensor result) => throw new NotSupportedException();
    protected override void NormalizeGradientsCore(NormAxis axis, Tensor x, Tensor mean, Tensor variance, double epsilon, Tensor signal, Accumulator? gain, Accumulator? shift) => throw new NotSupportedException();
    protected override void ManhattanStepCore(Tensor weight, Tensor gradient, Tensor? velocity, double momentum, SignedQuantity signed, in StepSettings settings, Tensor? delta) => throw new NotSupportedException();

    protected override void KeepSignsCore(Tensor before, Tensor y) => throw new NotSupportedException();

    protected override void ColumnNormsCore(Tensor x, Tensor norms) => throw new NotSupportedException();

    protected override void RescaleColumnsCore(Tensor norms, Tensor wanted, Tensor y) => throw new NotSupportedException();

    protected override void SgdStepCore(Tensor weight, Tensor? gradient, Tensor? velocity, double momentum, bool nesterov, in StepSettings settings, Tensor? delta) => throw new NotSupportedException();
    protected override void AdamStepCore(Tensor weight, Tensor gradient, Tensor first, Tensor second, in AdamSettings adam, in StepSettings settings, Tensor? delta) => throw new NotSupportedException();
    protected override void RmsPropStepCore(Tensor weight, Tensor gradient, Tensor square, Tensor? velocity, double smoothing, double epsilon, double momentum, in StepSettings settings, Tensor? delta) => throw new NotSupportedException();
    protected override void FillCore(Tensor y, double value) => throw new NotSupportedException();
    protected override void CopyCore(Tensor x, Tensor y) => throw new NotSupportedException();
    protected override void CombineCore(double alpha, Tensor x, double beta, Tensor y) => throw new NotSupportedException();
    protected override void MultiplyCore(Tensor a, Tensor b, Tensor y) => throw new NotSupportedException();
    protected override void ProductCore(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor y, int m, int n, int k, double alpha, double beta) => throw new NotSupportedException();
    protected override void AddRowCore(Tensor row, Tensor y) => throw new NotSupportedException();
    protected override void SumRowsCore(Tensor x, in Accumulator row) => throw new NotSupportedException();
    protected override void GatherCore(Tensor source, ReadOnlySpan<int> index, Tensor values, Tensor result) => throw new NotSupportedException();
    protected override void ActivateCore(Activation f, Tensor x, Tensor y) => throw new NotSupportedException();
    protected override void GateCore(Activation f, Tensor x, Tensor y, Tensor signal, Tensor result) => throw new NotSupportedException();
    protected override void TernaryCore(Tensor x, double threshold, Tensor y) => throw new NotSupportedException();
    protected override void ConcordantCore(Tensor? magnitude, double scale, Tensor weight, Tensor tieBreaker, Tensor y) => throw new NotSupportedException();
    protected override void FillUniformCore(RandomStream stream, double low, double high, Tensor y) => throw new NotSupportedException();
    protected override int CopySelectedCore(in Selection selection, Tensor x, Tensor y) => throw new NotSupportedException();
    protected override void FillNormalCore(RandomStream stream, double mean, double deviation, Tensor y) => throw new NotSupportedException();
    protected override void FillDropoutMaskCore(RandomStream stream, double drop, Tensor mask) => throw new NotSupportedException();
    protected override double SumSquaresCore(Tensor x) => throw new NotSupportedException();
    protected override double SumCore(Tensor x) => throw new NotSupportedException();
    protected override void CompareRowsCore(Tensor a, Tensor b, Span<RowComparison> rows) => throw new NotSupportedException();
    protected override void OneHotCore(ReadOnlySpan<int> labels, Tensor y) => throw new NotSupportedException();
    protected override void ArgMaxRowsCore(Tensor x, Span<int> columns) => throw new NotSupportedException();
}
