namespace Concord.Numerics.Engines;

/// <summary>
/// An engine without memory or arithmetic, for planning: its tensors are shapes, its operations check shapes and are counted, and
/// nothing is computed. What a step of a network takes is so known at once, however large it is.
/// </summary>
/// <param name="spikesPerNeuron">Spikes that each neuron is taken to give in a sample.</param>
/// <param name="precision">What operands of products would be rounded to. The machine at hand need not have it.</param>
internal sealed class PlanningKernels(double spikesPerNeuron = 1, Precision precision = Precision.Full) : Kernels
{
    public override string Name => "planning";
    public override string Version => "";
    public override string InstructionSet => "none";
    public override int Threads => 1;
    internal override double? AssumedSpikes => spikesPerNeuron;
    public override ElementType ElementType => ElementType.Single;
    public override Precision Precision => precision;

    /// <summary>The products so far; narrow are those that an engine in bf16 reads so.</summary>
    public HashSet<ProductShape> Products { get; } = [];

    /// <summary>The copies in bf16 that the operations so far take; none in single precision.</summary>
    public PlannedCopies Copies { get; } = new();

    public override Tensor Allocate(Shape shape, Role role = Role.None) => Tensor.WithoutMemory(shape, role);

    internal override void Wrote(Tensor tensor)
    {
        if (precision == Precision.Bfloat16) Copies.Write(tensor, Place);
    }

    /// <summary>Says that an operation writes a tensor, and its copy in bf16 along with it if there is one.</summary>
    public void WroteAlong(Tensor tensor)
    {
        if (precision != Precision.Bfloat16) return;
        Copies.Write(tensor, Place);
        Copies.WriteAlong();
    }

    private WorkPlace Place => new(Block, Phase, Period);

    private void ReadNarrow(Tensor a, Tensor b)
    {
        if (precision != Precision.Bfloat16 || !NarrowOperands.Are(Phase, a, b)) return;
        Copies.Read(a, Place);
        Copies.Read(b, Place);
    }

    // A kernel is converted by each convolution that reads it, into a layout of the library's, and that copy is no tensor.
    private void ReadKernel(Tensor image, Tensor kernel)
    {
        if (precision != Precision.Bfloat16 || !NarrowOperands.Are(Phase, image, kernel)) return;
        Copies.Read(image, Place);
        Copies.Convert(kernel, Place);
    }

    protected override void FillCore(Tensor y, double value) { }
    protected override void CopyCore(Tensor x, Tensor y) { }
    protected override void CombineCore(double alpha, Tensor x, double beta, Tensor y) { }
    protected override void MultiplyCore(Tensor a, Tensor b, Tensor y) { }
    protected override void ProductCore(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor y, int m, int n, int k, double alpha,
        double beta)
    {
        Products.Add(new(transposeA, transposeB, m, n, k, beta != 0, NarrowOperands.Are(Phase, a, b)));
        ReadNarrow(a, b);
    }
    protected override void AddRowCore(Tensor row, Tensor y) { }
    protected override void SumRowsCore(Tensor x, in Accumulator row) { }
    protected override void RowDotsCore(Tensor a, Tensor b, Tensor dots) { }
    protected override void ScaleRowsCore(Tensor factors, Tensor x, Tensor y) { }
    protected override void GatherCore(Tensor source, ReadOnlySpan<int> index, Tensor values, Tensor result) { }
    protected override void ActivateCore(Activation f, Tensor x, Tensor y) => WroteAlong(y);
    protected override void MultiplyByDerivativeCore(Activation f, Tensor x, Tensor y, Tensor signal, Tensor result) => WroteAlong(result);
    protected override void TernaryCore(Tensor x, double threshold, Tensor y) { }
    protected override void ClampCore(Tensor x, Tensor low, Tensor high, Tensor y) { }
    protected override void ConcordantCore(Tensor? magnitude, double scale, Tensor weight, Tensor tieBreaker, Tensor y) { }
    protected override int CopySelectedCore(in Selection selection, Tensor x, Tensor y) => 0;
    protected override void FillUniformCore(RandomStream stream, double low, double high, Tensor y) { }
    protected override void FillNormalCore(RandomStream stream, double mean, double deviation, Tensor y) { }
    protected override void FillStandardNormalCore(RandomStream stream, Tensor y) { }
    protected override void FillRademacherCore(RandomStream stream, Tensor y) { }
    protected override void FillDropoutMaskCore(RandomStream stream, double drop, Tensor mask) { }
    protected override double SumSquaresCore(Tensor x) => 0;
    protected override double SumCore(Tensor x) => 0;
    protected override void CompareRowsCore(Tensor a, Tensor b, Span<RowComparison> rows) { }
    protected override void OneHotCore(ReadOnlySpan<int> labels, Tensor y) { }
    protected override void ArgMaxRowsCore(Tensor x, Span<int> columns) { }
    protected override void LoadRowsCore(ReadOnlySpan<byte> source, ReadOnlySpan<int> rows, ReadOnlySpan<float> offset,
        ReadOnlySpan<float> scale, Tensor y) { }
    protected override void LoadRowsCore(ReadOnlySpan<float> source, ReadOnlySpan<int> rows, ReadOnlySpan<float> offset,
        ReadOnlySpan<float> scale, Tensor y) { }
    protected override void LoadWindowsCore(ReadOnlySpan<byte> source, Shape image, ReadOnlySpan<int> rows,
        ReadOnlySpan<SampleWindow> windows, ReadOnlySpan<float> offset, ReadOnlySpan<float> scale, Shape window, Tensor y) { }
    protected override void LoadWindowsCore(ReadOnlySpan<float> source, Shape image, ReadOnlySpan<int> rows,
        ReadOnlySpan<SampleWindow> windows, ReadOnlySpan<float> offset, ReadOnlySpan<float> scale, Shape window, Tensor y) { }
    protected override void MomentsCore(NormAxis axis, Tensor x, Tensor mean, Tensor variance) { }
    protected override void NormalizeCore(NormAxis axis, Tensor x, Tensor mean, Tensor variance, double epsilon, Tensor gain,
        Tensor shift, Tensor y) { }
    protected override void NormalizeDerivativeCore(NormAxis axis, bool downward, bool differentiateMoments, Tensor x, Tensor mean,
        Tensor variance, double epsilon, Tensor gain, Tensor vector, Tensor result, (Tensor Shift, Tensor Gain)? sums) { }
    protected override void NormalizeGradientsCore(NormAxis axis, Tensor x, Tensor mean, Tensor variance, double epsilon, Tensor signal,
        Accumulator? gain, Accumulator? shift) { }
    protected override void SoftmaxCrossEntropyCore(Tensor logits, Tensor targets, double smoothing, Tensor error, Tensor losses) { }
    protected override void SigmoidCrossEntropyCore(Tensor logits, Tensor targets, double smoothing, Tensor error, Tensor losses) { }
    protected override void SquaredErrorCore(Tensor outputs, Tensor targets, Tensor error, Tensor losses) { }
    protected override void ManhattanStepCore(Tensor weight, Tensor gradient, Tensor? velocity, double momentum, SignedQuantity signed,
        in StepSettings settings, Tensor? delta) => WroteAlong(weight);
    protected override void KeepSignsCore(Tensor before, Tensor y) { }
    protected override void ColumnNormsCore(Tensor x, Tensor norms) { }
    protected override void RescaleColumnsCore(Tensor norms, Tensor wanted, Tensor y) { }
    protected override void SgdStepCore(Tensor weight, Tensor? gradient, Tensor? velocity, double momentum, bool nesterov,
        in StepSettings settings, Tensor? delta) => WroteAlong(weight);
    protected override void AdamStepCore(Tensor weight, Tensor gradient, Tensor first, Tensor second, in AdamSettings adam,
        in StepSettings settings, Tensor? delta) => WroteAlong(weight);
    protected override void RmsPropStepCore(Tensor weight, Tensor gradient, Tensor square, Tensor? velocity, double smoothing,
        double epsilon, double momentum, in StepSettings settings, Tensor? delta) => WroteAlong(weight);
    protected override void ConvolveCore(Window window, int groups, Tensor x, Tensor w, Tensor? bias, Tensor y)
    {
        ReadKernel(x, w);
        Convolved(new(ConvolutionDirection.Forward, window, groups, x.Shape, w.Shape, y.Shape), x, w);
    }
    protected override void ConvolveTransposedCore(Window window, int groups, Tensor d, Tensor w, Tensor x)
    {
        ReadKernel(d, w);
        Convolved(new(ConvolutionDirection.ToInput, window, groups, x.Shape, w.Shape, d.Shape), d, w);
    }
    protected override void ConvolveWeightGradientCore(Window window, int groups, Tensor x, Tensor d, in Accumulator w)
    {
        ReadNarrow(x, d);
        Convolved(new(ConvolutionDirection.ToKernel, window, groups, x.Shape, w.Target.Shape, d.Shape), x, d);
    }
    private void Convolved(in ConvolutionShape shape, Tensor a, Tensor b)
    {
        if (NarrowOperands.Are(Phase, a, b)) Products.Add(shape.AsProduct);
    }
    protected override void MaxPoolCore(Window window, Tensor x, Tensor y, Tensor places) { }
    protected override void MaxPoolSignalCore(Window window, Activation f, Tensor? y, Tensor places, Tensor signal, Tensor result) { }
    protected override void MaxPoolTangentCore(Window window, Tensor places, Tensor tangent, Tensor result) { }
    protected override void AveragePoolCore(Window window, Tensor x, Tensor y) { }
    protected override void AveragePoolSignalCore(Window window, Tensor signal, Tensor result) { }
    protected override void TransposeEachCore(Tensor x, int columns, Tensor y) { }
    protected override void GruStepCore(Tensor a, Tensor c, Tensor? h, Tensor y) { }
    protected override void GruSignalCore(Tensor gates, Tensor c, Tensor? h, Tensor signal, Tensor da, Tensor dc, Tensor? straight) { }
    protected override void LeakyStepsCore(in ClockedNeuron neuron, Tensor leak, Tensor current, Tensor potential, Tensor? spikes,
        int steps, int first, int count, Tensor? before, Tensor? spikesBefore, Tensor? adapted, Tensor? adaptedBefore) { }
    protected override void LeakySignalCore(in ClockedNeuron neuron, Tensor leak, Tensor potential, Tensor? spikes, Tensor signal,
        Tensor? later, Tensor result, int steps, int first, int count, Tensor? adapted, Tensor? laterAdapted, Tensor? resultAdapted) { }
    protected override void ChargingTimesCore(double threshold, double latest, Tensor x, Tensor y, Tensor slope) { }
    protected override void StepTracesCore(Tensor x, Tensor decay, Tensor trace) { }
    protected override void StepAdaptingTracesCore(Tensor x, Tensor decay, Tensor slopes, Tensor lost, Tensor kept, Tensor trace,
        Tensor adapted) { }
    protected override void AddTracesCore(double factor, Tensor s, Tensor trace, double keep, Tensor result) { }
    protected override void SumTracesCore(Tensor d, Tensor trace, in Accumulator y) { }
    protected override void FillSpikesCore(RandomStream stream, Tensor x, Tensor y) { }
    protected override void RepeatStepsCore(Tensor x, Tensor y) { }
    protected override void SumStepsCore(Tensor x, in Accumulator y) { }
    protected override void SwapRunsCore(Tensor x, int outer, int inner, Tensor y, int first) { }
}
