using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Concord.Numerics.Engines;

namespace Concord.Numerics;

/// <summary>
/// The one interface of all heavy arithmetic. Public operations check shapes and, where a <see cref="Log"/> is attached,
/// record what they did; an engine implements the <c>...Core</c> half. No loop over tensor elements stands outside an
/// engine, so another engine can be added without touching a layer or a rule.
/// <para>
/// In single precision numbers too small for a normal one (below 1.2e-38) are read and written as zero, where the processor can be
/// told to; in double precision they are kept. The mode ends with each operation: callers' own code is never in it.
/// </para>
/// <para>Everywhere N is the number of samples, x_n row n, and a result may be one of the operands where it is said.</para>
/// </summary>
public abstract partial class Kernels : IDisposable
{
    /// <summary>The engine's name: <c>managed</c>, <c>onednn</c>, <c>double</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The version of the library that does the products; of the runtime where there is none.</summary>
    public abstract string Version { get; }

    /// <summary>The vector instructions in use, as <c>AVX-512</c>.</summary>
    public abstract string InstructionSet { get; }

    /// <summary>How many threads share the work of one operation.</summary>
    public abstract int Threads { get; }

    /// <summary>What the engine's tensors hold.</summary>
    public abstract ElementType ElementType { get; }

    /// <summary>What operands of products are rounded to.</summary>
    public virtual Precision Precision => Precision.Full;

    /// <summary>The ways in which products are computed; null on an engine that has one way.</summary>
    internal virtual ProductChoices? Choices => null;

    /// <summary>The choices that a product takes, by their shapes; none on an engine that has one way.</summary>
    internal virtual IEnumerable<ProductShape> ChoicesOf(ProductShape product) => [];

    /// <summary>Makes one of these before the product is met.</summary>
    /// <exception cref="OperationCanceledException">It was interrupted; there is no choice then.</exception>
    internal virtual void Choose(in ProductShape shape, CancellationToken cancellation) { }

    /// <summary>Where every call is recorded; nothing is while this is null.</summary>
    public OperationLog? Log { get; set; }

    /// <summary>What the calls from here on are done for.</summary>
    public Phase Phase { get; set; }

    /// <summary>Where in the network they are done: the name of a block, or <c>loss</c>.</summary>
    public string Block { get; set; } = "";

    /// <summary>After how many steps they are done again.</summary>
    public int Period { get; set; } = 1;

    /// <summary>
    /// What decides the last bits of what it computes, on one line: equal on two machines, or two builds, where these compute the same.
    /// </summary>
    public virtual string Arithmetic => string.Create(CultureInfo.InvariantCulture, $"{Name}, products in {InstructionSet}, "
        + $"vectors of {Vector<byte>.Count * 8} bits, {(Fma.IsSupported || AdvSimd.IsSupported ? "" : "no ")}fused multiply-adds, "
        + $"{Threads} thread{(Threads == 1 ? "" : "s")}");

    /// <summary>One line for people: engine, version, instruction set, threads.</summary>
    public string Description => $"{Name} {Version}, {InstructionSet}, {Threads} thread{(Threads == 1 ? "" : "s")}";

    /// <summary>A tensor of zeros in this engine's element type.</summary>
    /// <param name="shape">Its axes.</param>
    /// <param name="role">What its words are counted as.</param>
    public virtual Tensor Allocate(Shape shape, Role role = Role.None) => new(shape, ElementType, role);

    /// <summary>Does the work on the thread that the engine wants to be called from; blocks until it is done.</summary>
    /// <remarks>A training run is one such piece of work, so that its calls are direct. Exceptions come back to the caller.</remarks>
    public virtual void Run(Action work) => work();

    /// <summary>Held by those who may call an engine from several threads: its memory is that of one operation at a time.</summary>
    internal Lock Turn { get; } = new();

    /// <summary>
    /// Shares work that is no operation of this interface, as the walk over a batch's spikes, among the engine's threads, each range of
    /// indices on one of them. An engine that computes nothing does nothing.
    /// </summary>
    /// <param name="work">The work.</param>
    /// <param name="length">Its indices are 0 to length - 1.</param>
    /// <param name="grain">How many indices are worth waking another thread for.</param>
    internal virtual void Share<TWork>(ref TWork work, int length, int grain = 1) where TWork : unmanaged, IRangeWork { }

    /// <summary>Spikes that a neuron is taken to give in a sample where nothing is computed; null on an engine that computes.</summary>
    internal virtual double? AssumedSpikes => null;

    /// <summary>Records work with spikes, which is no operation of this interface.</summary>
    internal void Count(string operation, Shape extents, in Work work) =>
        Log?.Add(new(operation, Block, Phase, Period, extents, work));

    /// <summary>Frees threads and native memory.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the engine holds.</summary>
    protected virtual void Dispose(bool disposing) { }

    /// <summary>y = value.</summary>
    public void Fill(Tensor y, double value)
    {
        if (Log is not null) Count(nameof(Fill), y.Shape, 0, default, Put(y));
        FillCore(y, value);
    }

    /// <summary>y = x.</summary>
    public void Copy(Tensor x, Tensor y)
    {
        SameLength(x, y);
        if (Log is not null) Count(nameof(Copy), y.Shape, 0, Of(x), Put(y));
        CopyCore(x, y);
    }

    /// <summary>y = alpha x + beta y. With beta = 0, y is overwritten whatever stood there; x may be y.</summary>
    public void Combine(double alpha, Tensor x, double beta, Tensor y)
    {
        SameLength(x, y);
        if (Log is not null) Count(nameof(Combine), y.Shape, 0, Of(x, Kept(y, beta)), Put(y));
        CombineCore(alpha, x, beta, y);
    }

    /// <summary>y = a * b, elementwise; y may be a or b.</summary>
    public void Multiply(Tensor a, Tensor b, Tensor y)
    {
        SameLength(a, b);
        SameLength(a, y);
        if (Log is not null) Count(nameof(Multiply), y.Shape, 0, Of(a, b), Put(y));
        MultiplyCore(a, b, y);
    }

    /// <summary>
    /// y = beta y + alpha op(a) op(b), op the transpose where said: the matrix product, axes after the first taken
    /// together. m n k multiply-accumulates for an m x n result over an inner length k. y must not be a or b.
    /// </summary>
    /// <param name="a">m x k, or k x m if transposed.</param>
    /// <param name="transposeA">Whether a stands transposed in memory.</param>
    /// <param name="b">k x n, or n x k if transposed.</param>
    /// <param name="transposeB">Whether b stands transposed in memory.</param>
    /// <param name="y">m x n.</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="beta">Factor of what stands in y; 0 overwrites.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public void Product(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor y, double alpha = 1, double beta = 0)
    {
        var (m, k) = transposeA ? (a.Shape.RowLength, a.Shape.Rows) : (a.Shape.Rows, a.Shape.RowLength);
        var (inner, n) = transposeB ? (b.Shape.RowLength, b.Shape.Rows) : (b.Shape.Rows, b.Shape.RowLength);
        if (k != inner || y.Shape.Rows != m || y.Shape.RowLength != n)
            throw new ArgumentException($"A product of {a.Shape}{(transposeA ? " transposed" : "")} and "
                + $"{b.Shape}{(transposeB ? " transposed" : "")} into {y.Shape} does not fit: {m}x{k} times {inner}x{n}.");
        if (Log is not null)
            Count(nameof(Product), Shape.OfProduct(m, n, k), (long)m * n * k, Of(a, b, Kept(y, beta)), Put(y), Narrow(a, b));
        ProductCore(a, transposeA, b, transposeB, y, m, n, k, alpha, beta);
    }

    /// <summary>y_n += row for every sample: a bias.</summary>
    public void AddRow(Tensor row, Tensor y)
    {
        RowOf(row, y);
        if (Log is not null) Count(nameof(AddRow), y.Shape, 0, Of(row, y), Put(y));
        AddRowCore(row, y);
    }

    /// <summary>
    /// row = beta row + alpha sum_n x_n: a bias's gradient. The order of the sum does not depend on the number of threads.
    /// </summary>
    public void SumRows(Tensor x, in Accumulator row)
    {
        RowOf(row.Target, x);
        if (Log is not null) Count(nameof(SumRows), x.Shape, 0, Of(x, Kept(row.Target, row.Beta)), Put(row.Target));
        SumRowsCore(x, row);
    }

    /// <summary>dots_n = a_n . b_n: what two tensors have to do with each other, sample by sample.</summary>
    public void RowDots(Tensor a, Tensor b, Tensor dots)
    {
        SameLength(a, b);
        OnePerRow(dots, a);
        if (Log is not null) Count(nameof(RowDots), a.Shape, a.Length, Of(a, b), Put(dots));
        RowDotsCore(a, b, dots);
    }

    /// <summary>y_n = factors_n x_n; y may be x.</summary>
    public void ScaleRows(Tensor factors, Tensor x, Tensor y)
    {
        SameLength(x, y);
        OnePerRow(factors, x);
        if (Log is not null) Count(nameof(ScaleRows), y.Shape, 0, Of(factors, x), Put(y));
        ScaleRowsCore(factors, x, y);
    }

    /// <summary>
    /// Sparse product by gathering: result[n, j] = sum_i values[j, i] * source[n, index[j * k + i]], for neuron j and its
    /// k non-zeros. N n k multiply-accumulates in place of the dense N n K.
    /// </summary>
    /// <param name="source">N x K.</param>
    /// <param name="index">n k column numbers of the source.</param>
    /// <param name="values">n x k.</param>
    /// <param name="result">N x n.</param>
    public void Gather(Tensor source, ReadOnlySpan<int> index, Tensor values, Tensor result)
    {
        if (index.Length != values.Length || source.Shape.Rows != result.Shape.Rows || result.Shape.RowLength != values.Shape.Rows)
            throw new ArgumentException(
                $"A gather of {index.Length} entries with values {values.Shape} from {source.Shape} into {result.Shape} does not fit.");
        // an index for each value
        if (Log is not null)
            Count(nameof(Gather), result.Shape, (long)source.Shape.Rows * values.Length, Of(source, values, values), Put(result));
        GatherCore(source, index, values, result);
    }

    /// <summary>y = f(x); y may be x where f's slope can be read from its output (<see cref="Activation.SlopeFromOutput"/>).</summary>
    public void Activate(Activation f, Tensor x, Tensor y)
    {
        SameLength(x, y);
        if (Log is not null) Count(nameof(Activate), y.Shape, 0, Of(x), Put(y));
        ActivateCore(f, x, y);
    }

    /// <summary>
    /// result = signal * f'(x), elementwise: the local derivative, downward (a teaching signal) as upward (a tangent).
    /// Reads y = f(x) where <see cref="Activation.SlopeFromOutput"/>, else x. The result may be the signal.
    /// </summary>
    public void MultiplyByDerivative(Activation f, Tensor x, Tensor y, Tensor signal, Tensor result)
    {
        SameLength(x, y);
        SameLength(y, signal);
        SameLength(signal, result);
        if (Log is not null) Count(nameof(MultiplyByDerivative), result.Shape, 0, Of(y, signal), Put(result));
        MultiplyByDerivativeCore(f, x, y, signal, result);
    }

    /// <summary>y = sign(x), with sign(0) = 0; y may be x.</summary>
    public void Sign(Tensor x, Tensor y)
    {
        SameLength(x, y);
        if (Log is not null) Count(nameof(Sign), y.Shape, 0, Of(x), Put(y));
        TernaryCore(x, 0, y);
    }

    /// <summary>y = sign(x) where |x| &gt; threshold, else 0; y may be x.</summary>
    public void Ternary(Tensor x, double threshold, Tensor y)
    {
        SameLength(x, y);
        if (Log is not null) Count(nameof(Ternary), y.Shape, 0, Of(x), Put(y));
        TernaryCore(x, threshold, y);
    }

    /// <summary>
    /// y = x where low &lt;= x &lt;= high, else the bound that it is beyond, elementwise; y may be x. Where low is above high, high.
    /// </summary>
    public void Clamp(Tensor x, Tensor low, Tensor high, Tensor y)
    {
        SameLength(x, low);
        SameLength(x, high);
        SameLength(x, y);
        if (Log is not null) Count(nameof(Clamp), y.Shape, 0, Of(x, low, high), Put(y));
        ClampCore(x, low, high, y);
    }

    /// <summary>
    /// y = scale |magnitude| * sign(weight), elementwise, where a weight that is exactly zero takes the sign of the tie
    /// breaker (a tensor drawn once, never zero); magnitude null stands for 1 everywhere.
    /// </summary>
    public void Concordant(Tensor? magnitude, double scale, Tensor weight, Tensor tieBreaker, Tensor y)
    {
        CountConcordant(magnitude, weight, tieBreaker, y);
        ConcordantCore(magnitude, scale, weight, tieBreaker, y);
    }

    /// <summary>
    /// <see cref="Concordant"/>, which the engine may put off until y is read, and makes of what the operands are by then. It counts here.
    /// </summary>
    internal void ConcordantWhenRead(Tensor? magnitude, double scale, Tensor weight, Tensor tieBreaker, Tensor y)
    {
        CountConcordant(magnitude, weight, tieBreaker, y);
        if (PutsOffSigns) y.Unmade = new(this, magnitude, scale, weight, tieBreaker, y);
        else ConcordantCore(magnitude, scale, weight, tieBreaker, y);
    }

    private void CountConcordant(Tensor? magnitude, Tensor weight, Tensor tieBreaker, Tensor y)
    {
        if (magnitude is not null) SameLength(magnitude, y, nameof(Concordant));
        SameLength(weight, y, nameof(Concordant));
        SameLength(tieBreaker, y, nameof(Concordant));
        if (Log is not null) Count(nameof(Concordant), y.Shape, 0, Of(magnitude, weight, tieBreaker), Put(y));
    }

    /// <summary>Whether the engine puts signs off until they are read.</summary>
    private protected virtual bool PutsOffSigns => false;

    /// <summary>Makes what was put off.</summary>
    internal void Make(in Concordance put) => ConcordantCore(put.Magnitude, put.Scale, put.Weight, put.TieBreaker, put.Result);

    /// <summary>
    /// Element i = low + (high - low) u_i, u_i the stream's uniform draw number i: the same in every element type and thread count.
    /// </summary>
    public void FillUniform(RandomStream stream, double low, double high, Tensor y)
    {
        if (Log is not null) Count(nameof(FillUniform), y.Shape, 0, default, Put(y));
        FillUniformCore(stream, low, high, y);
    }

    /// <summary>
    /// Element i = mean + deviation z_i, z standard normal (words 2j and 2j + 1 of the stream give elements 2j and 2j + 1).
    /// </summary>
    public void FillNormal(RandomStream stream, double mean, double deviation, Tensor y)
    {
        if (Log is not null) Count(nameof(FillNormal), y.Shape, 0, default, Put(y));
        FillNormalCore(stream, mean, deviation, y);
    }

    /// <summary>
    /// Standard normal numbers for directions and noise that are drawn anew at every step: the method of <see cref="FillNormal"/> in
    /// vectors and in single precision, whatever the element type. Its numbers are others than those of <see cref="FillNormal"/>, whose
    /// bits starting weights and feedback depend on. Of each 32 elements, number i and number i + 16 are a pair, from the words of
    /// these numbers.
    /// </summary>
    public void FillStandardNormal(RandomStream stream, Tensor y)
    {
        if (Log is not null) Count(nameof(FillStandardNormal), y.Shape, 0, default, Put(y));
        FillStandardNormalCore(stream, y);
    }

    /// <summary>
    /// Element i = 1 or -1, each with probability 1/2 (Rademacher): -1 where bit i % 32 of word i / 32 of the stream is set.
    /// </summary>
    public void FillRademacher(RandomStream stream, Tensor y)
    {
        if (Log is not null) Count(nameof(FillRademacher), y.Shape, 0, default, Put(y));
        FillRademacherCore(stream, y);
    }

    /// <summary>
    /// mask_i = 0 with probability drop, else 1 / (1 - drop): inverted dropout, so that nothing has to be rescaled at test time.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">drop is not in [0, 1).</exception>
    public void FillDropoutMask(RandomStream stream, double drop, Tensor mask)
    {
        if (!(drop >= 0 && drop < 1))
            throw new ArgumentOutOfRangeException(nameof(drop), $"A dropout rate lies in [0, 1), but {drop} was given.");
        if (Log is not null) Count(nameof(FillDropoutMask), mask.Shape, 0, default, Put(mask));
        FillDropoutMaskCore(stream, drop, mask);
    }

    /// <summary>The sum of the squares of all elements, accumulated in double in a fixed order.</summary>
    public double SumSquares(Tensor x)
    {
        if (Log is not null) Count(nameof(SumSquares), x.Shape, 0, Of(x), default);
        return SumSquaresCore(x);
    }

    /// <summary>The sum of all elements, accumulated in double in a fixed order. Not finite if an element is not.</summary>
    public double Sum(Tensor x)
    {
        if (Log is not null) Count(nameof(Sum), x.Shape, 0, Of(x), default);
        return SumCore(x);
    }

    /// <summary>Compares row n of a with row n of b, for the angle between two signals.</summary>
    /// <param name="a">N x n.</param>
    /// <param name="b">N x n.</param>
    /// <param name="rows">N results.</param>
    public void CompareRows(Tensor a, Tensor b, Span<RowComparison> rows)
    {
        SameLength(a, b);
        if (rows.Length != a.Shape.Rows)
            throw new ArgumentException($"A comparison of {a.Shape} has {a.Shape.Rows} rows, but room for {rows.Length} was given.");
        if (Log is not null) Count(nameof(CompareRows), a.Shape, 0, Of(a, b), default);
        CompareRowsCore(a, b, rows);
    }

    /// <summary>y[n, labels[n]] = 1, all else 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A label is no column of y.</exception>
    public void OneHot(ReadOnlySpan<int> labels, Tensor y)
    {
        if (labels.Length != y.Shape.Rows) throw new ArgumentException($"{labels.Length} labels do not fill targets of shape {y.Shape}.");
        foreach (var label in labels)
            if ((uint)label >= (uint)y.Shape.RowLength)
                throw new ArgumentOutOfRangeException(nameof(labels), $"Label {label} does not lie in 0..{y.Shape.RowLength - 1}.");
        if (Log is not null) Count(nameof(OneHot), y.Shape, 0, Words.Of(y.Role, labels.Length), Put(y));
        OneHotCore(labels, y);
    }

    /// <summary>
    /// columns[n] = the first column of the largest element of row n; not-a-number never beats a number. -1 in a row without columns.
    /// </summary>
    public void ArgMaxRows(Tensor x, Span<int> columns)
    {
        if (columns.Length != x.Shape.Rows)
            throw new ArgumentException($"{x.Shape} has {x.Shape.Rows} rows, but room for {columns.Length} was given.");
        if (Log is not null) Count(nameof(ArgMaxRows), x.Shape, 0, Of(x), Words.Of(x.Role, columns.Length));
        ArgMaxRowsCore(x, columns);
    }

    /// <summary>
    /// y_n = (source row rows[n] - offset) * scale: a batch, picked from 8-bit samples and normalised on the way. Offset and
    /// scale have one entry per channel: a row is that many equally long planes.
    /// </summary>
    public void LoadRows(ReadOnlySpan<byte> source, ReadOnlySpan<int> rows, ReadOnlySpan<float> offset, ReadOnlySpan<float> scale, Tensor y)
    {
        CheckLoad(source.Length, rows, offset, scale, y);
        LoadRowsCore(source, rows, offset, scale, y);
    }

    /// <summary>The same from samples in single precision.</summary>
    public void LoadRows(ReadOnlySpan<float> source, ReadOnlySpan<int> rows, ReadOnlySpan<float> offset,
        ReadOnlySpan<float> scale, Tensor y)
    {
        CheckLoad(source.Length, rows, offset, scale, y);
        LoadRowsCore(source, rows, offset, scale, y);
    }

    private void CheckLoad(int length, ReadOnlySpan<int> rows, ReadOnlySpan<float> offset, ReadOnlySpan<float> scale, Tensor y)
    {
        var width = y.Shape.RowLength;
        if (rows.Length != y.Shape.Rows || offset.Length != scale.Length || offset.Length == 0 || width % offset.Length != 0)
            throw new ArgumentException($"{rows.Length} rows with {offset.Length} channels do not fill a batch of shape {y.Shape}.");
        foreach (var row in rows)
            if (row < 0 || ((long)row + 1) * width > length)
                throw new ArgumentOutOfRangeException(nameof(rows), $"Row {row} lies outside {length} elements in rows of {width}.");
        if (Log is not null) Count(nameof(LoadRows), y.Shape, 0, Of(y), Put(y));
    }

    /// <summary>Records a call. Asked for only where there is a log, so that without one nothing is counted.</summary>
    private void Count(string operation, Shape extents, long multiplyAccumulates, Words read, Words written, Words narrow = default) =>
        Log!.Add(new(operation, Block, Phase, Period, extents, new(multiplyAccumulates, read, written) { Narrow = narrow }));

    /// <summary>
    /// The words of operands, as what they are. Labels and rows of data are no tensors; they count as what is made of them.
    /// </summary>
    private static Words Of(params ReadOnlySpan<Tensor?> operands)
    {
        Words words = default;
        foreach (var operand in operands)
            if (operand is not null) words += Words.Of(operand.Role, operand.Length);
        return words;
    }

    /// <summary>The words of results.</summary>
    private Words Put(params ReadOnlySpan<Tensor?> results)
    {
        foreach (var result in results)
            if (result is not null) Wrote(result);
        return Of(results);
    }

    /// <summary>Told of each tensor that an operation is recorded to write.</summary>
    internal virtual void Wrote(Tensor tensor) { }

    /// <summary>The words of a product's operands if they are read in bf16.</summary>
    private Words Narrow(Tensor a, Tensor b) =>
        Precision == Precision.Bfloat16 && NarrowOperands.Are(Phase, a, b) ? Of(a, b) : default;

    private static Tensor? Kept(Tensor y, double beta) => beta == 0 ? null : y;

    private static void SameLength(Tensor a, Tensor b, [CallerMemberName] string operation = "")
    {
        if (a.Length != b.Length)
            throw new ArgumentException($"{operation} takes tensors of equal length, but {a.Shape} and {b.Shape} were given.");
    }

    private static void RowOf(Tensor row, Tensor batch, [CallerMemberName] string operation = "")
    {
        if (row.Length != batch.Shape.RowLength)
            throw new ArgumentException($"{operation} takes one row of {batch.Shape.RowLength} elements for a batch of shape "
                + $"{batch.Shape}, but {row.Shape} was given.");
    }

    private static void OnePerRow(Tensor numbers, Tensor batch, [CallerMemberName] string operation = "")
    {
        if (numbers.Length != batch.Shape.Rows)
            throw new ArgumentException($"{operation} takes a number for each of the {batch.Shape.Rows} rows of {batch.Shape}, but "
                + $"{numbers.Shape} was given.");
    }

    /// <inheritdoc cref="Fill"/>
    protected abstract void FillCore(Tensor y, double value);

    /// <inheritdoc cref="Copy"/>
    protected abstract void CopyCore(Tensor x, Tensor y);

    /// <inheritdoc cref="Combine"/>
    protected abstract void CombineCore(double alpha, Tensor x, double beta, Tensor y);

    /// <inheritdoc cref="Multiply"/>
    protected abstract void MultiplyCore(Tensor a, Tensor b, Tensor y);

    /// <inheritdoc cref="Product"/>
    protected abstract void ProductCore(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor y, int m, int n, int k,
        double alpha, double beta);

    /// <inheritdoc cref="AddRow"/>
    protected abstract void AddRowCore(Tensor row, Tensor y);

    /// <inheritdoc cref="SumRows"/>
    protected abstract void SumRowsCore(Tensor x, in Accumulator row);

    /// <inheritdoc cref="RowDots"/>
    protected abstract void RowDotsCore(Tensor a, Tensor b, Tensor dots);

    /// <inheritdoc cref="ScaleRows"/>
    protected abstract void ScaleRowsCore(Tensor factors, Tensor x, Tensor y);

    /// <inheritdoc cref="Gather"/>
    protected abstract void GatherCore(Tensor source, ReadOnlySpan<int> index, Tensor values, Tensor result);

    /// <inheritdoc cref="Activate"/>
    protected abstract void ActivateCore(Activation f, Tensor x, Tensor y);

    /// <inheritdoc cref="MultiplyByDerivative"/>
    protected abstract void MultiplyByDerivativeCore(Activation f, Tensor x, Tensor y, Tensor signal, Tensor result);

    /// <inheritdoc cref="Ternary"/>
    protected abstract void TernaryCore(Tensor x, double threshold, Tensor y);

    /// <inheritdoc cref="Clamp"/>
    protected abstract void ClampCore(Tensor x, Tensor low, Tensor high, Tensor y);

    /// <inheritdoc cref="Concordant"/>
    protected abstract void ConcordantCore(Tensor? magnitude, double scale, Tensor weight, Tensor tieBreaker, Tensor y);

    /// <inheritdoc cref="FillUniform"/>
    protected abstract void FillUniformCore(RandomStream stream, double low, double high, Tensor y);

    /// <inheritdoc cref="FillNormal"/>
    protected abstract void FillNormalCore(RandomStream stream, double mean, double deviation, Tensor y);

    /// <inheritdoc cref="FillStandardNormal"/>
    protected abstract void FillStandardNormalCore(RandomStream stream, Tensor y);

    /// <inheritdoc cref="FillRademacher"/>
    protected abstract void FillRademacherCore(RandomStream stream, Tensor y);

    /// <inheritdoc cref="FillDropoutMask"/>
    protected abstract void FillDropoutMaskCore(RandomStream stream, double drop, Tensor mask);

    /// <inheritdoc cref="SumSquares"/>
    protected abstract double SumSquaresCore(Tensor x);

    /// <inheritdoc cref="Sum"/>
    protected abstract double SumCore(Tensor x);

    /// <inheritdoc cref="CompareRows"/>
    protected abstract void CompareRowsCore(Tensor a, Tensor b, Span<RowComparison> rows);

    /// <inheritdoc cref="OneHot"/>
    protected abstract void OneHotCore(ReadOnlySpan<int> labels, Tensor y);

    /// <inheritdoc cref="ArgMaxRows"/>
    protected abstract void ArgMaxRowsCore(Tensor x, Span<int> columns);

    /// <inheritdoc cref="LoadRows(ReadOnlySpan{byte}, ReadOnlySpan{int}, ReadOnlySpan{float}, ReadOnlySpan{float}, Tensor)"/>
    protected abstract void LoadRowsCore(ReadOnlySpan<byte> source, ReadOnlySpan<int> rows, ReadOnlySpan<float> offset,
        ReadOnlySpan<float> scale, Tensor y);

    /// <inheritdoc cref="LoadRows(ReadOnlySpan{float}, ReadOnlySpan{int}, ReadOnlySpan{float}, ReadOnlySpan{float}, Tensor)"/>
    protected abstract void LoadRowsCore(ReadOnlySpan<float> source, ReadOnlySpan<int> rows, ReadOnlySpan<float> offset,
        ReadOnlySpan<float> scale, Tensor y);
}
