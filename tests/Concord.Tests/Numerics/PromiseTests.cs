using Concord.Layers;
using Concord.Numerics;
using Concord.Numerics.Engines;

namespace Concord.Tests.Numerics;

public class PromiseTests
{
    [Theory]
    [InlineData(300, 203)]
    [InlineData(3, 20_011)]
    [InlineData(5_000, 10)]
    public void ResultsDoNotDependOnTheNumberOfThreads(int rows, int width)
    {
        using var one = new FloatKernels();
        var expected = Trace(one, rows, width);
        foreach (var threads in (int[])[2, 3, 7])
        {
            using var several = new FloatKernels(threads);
            foreach (var ((name, bits), (_, same)) in Trace(several, rows, width).Zip(expected))
                Assert.True(bits == same, $"{name} on {threads} threads differs from one.");
        }
    }

    [Fact]
    public void AWarmOperationAllocatesNothing()
    {
        foreach (var kernels in (Kernels[])[new FloatKernels(2), new DoubleKernels()])
        {
            var (calls, _) = EveryOperation.Of(kernels, 150, 203);
            foreach (var (name, call) in calls)
            {
                call();
                call();
                Assert.True(Allocation.Of(call) == 0, $"{name} allocates with {kernels.Description}.");
            }
            kernels.Dispose();
        }
    }

    [Fact]
    public void AProductMayTakeMoreThanATensorHasElements()
    {
        using var k = new PlanningKernels { Log = new() };
        k.Product(k.Allocate(new(1000, 3072)), false, k.Allocate(new(3072, 800)), false, k.Allocate(new(1000, 800)));
        Assert.Equal(2_457_600_000, Assert.Single(k.Log.Records).Work.MultiplyAccumulates);
    }

    [Fact]
    public void EachCallIsRecordedWithWhatItTook()
    {
        using var k = new FloatKernels();
        var log = new OperationLog();
        var s = new Scene(k, 3, 5, 1);
        Tensor x = s.Draw(), y = s.Draw(), row = s.DrawRow(), losses = s.DrawColumn(), mean = s.DrawRow(), variance = s.DrawRow();
        k.Fill(variance, 1);
        var step = new StepSettings(0.1, 1, double.PositiveInfinity, 0, 0);
        k.Phase = Phase.Error;
        k.Log = log;
        Check("Fill", new(0, 0, 15), () => k.Fill(y, 1));
        Check("Copy", new(0, 15, 15), () => k.Copy(x, y));
        Check("Combine", new(0, 15, 15), () => k.Combine(1, x, 0, y));
        Check("Combine", new(0, 30, 15), () => k.Combine(1, x, 1, y));
        Check("Multiply", new(0, 30, 15), () => k.Multiply(x, y, y));
        Check("Product", new(45, 30, 9), () => k.Product(x, false, y, true, k.Allocate(new Shape(3, 3))));
        Check("AddRow", new(0, 20, 15), () => k.AddRow(row, y));
        Check("SumRows", new(0, 20, 5), () => k.SumRows(x, new(row, 1, 1)));
        Check("Gather", new(30, 35, 15), () => k.Gather(x, new int[10], s.Draw(new Shape(5, 2)), y));
        Check("Activate", new(0, 15, 15), () => k.Activate(new(ActivationKind.Tanh), x, y));
        Check("MultiplyByDerivative", new(0, 30, 15), () => k.MultiplyByDerivative(new(ActivationKind.Tanh), x, y, x, y));
        Check("Ternary", new(0, 15, 15), () => k.Ternary(x, 1, y));
        Check("Concordant", new(0, 45, 15), () => k.Concordant(x, 1, x, x, y));
        Check("FillUniform", new(0, 0, 15), () => k.FillUniform(default, 0, 1, y));
        Check("SumSquares", new(0, 15, 0), () => k.SumSquares(x));
        Check("CompareRows", new(0, 30, 0), () => k.CompareRows(x, y, new RowComparison[3]));
        Check("OneHot", new(0, 3, 15), () => k.OneHot([0, 1, 2], y));
        Check("ArgMaxRows", new(0, 15, 3), () => k.ArgMaxRows(x, new int[3]));
        Check("LoadRows", new(0, 15, 15), () => k.LoadRows(new byte[5], [0, 0, 0], [0], [1], y));
        Check("LoadWindows", new(0, 15, 15),
            () => k.LoadWindows(new byte[20], new(5, 2, 2), [0, 0, 0], new SampleWindow[3], new float[5], new float[5], new(5, 1, 1), y));
        Check("SquaredError", new(0, 30, 18), () => k.SquaredError(x, x, y, losses));
        Check("Moments", new(0, 15, 10), () => k.Moments(NormAxis.Columns, x, mean, variance));
        Check("Normalize", new(0, 35, 15), () => k.Normalize(NormAxis.Columns, x, mean, variance, 1, row, row, y));
        Check("NormalizeDerivative", new(0, 45, 15),
            () => k.NormalizeDerivative(NormAxis.Columns, true, true, x, mean, variance, 1, row, x, y));
        Check("NormalizeGradients", new(0, 40, 5), () => k.NormalizeGradients(NormAxis.Columns, x, mean, variance, 1, y, new(row), null));
        Tensor images = s.Draw(new Shape(2, 5, 5, 4)), filtered = s.Draw(new Shape(2, 3, 3, 6)), kernel = s.Draw(new Shape(3, 3, 2, 6)),
            pooled = s.Draw(new Shape(2, 3, 3, 4));
        var window = Window.Square(3, stride: 2, padding: 1);
        Check("Convolve", new(108 * 18, 200 + 108 + 6, 108), () => k.Convolve(window, 2, images, kernel, s.Draw(new Shape(6)), filtered));
        Check("ConvolveTransposed", new(108 * 18, 108 + 108, 200), () => k.ConvolveTransposed(window, 2, filtered, kernel, images));
        Check("ConvolveWeightGradient", new(108 * 18, 200 + 108 + 108, 108),
            () => k.ConvolveWeightGradient(window, 2, images, filtered, new(kernel, 1, 1)));
        Check("MaxPool", new(0, 200, 144), () => k.MaxPool(window, images, pooled, s.Draw(pooled.Shape)));
        Check("MaxPoolSignal", new(0, 144, 200), () => k.MaxPoolSignal(window, pooled, pooled, s.Draw(images.Shape)));
        Check("MaxPoolSignal", new(0, 216, 200),
            () => k.MaxPoolSignal(window, pooled, pooled, s.Draw(images.Shape), new(ActivationKind.Relu), pooled));
        Check("MaxPoolTangent", new(0, 200 + 72, 72), () => k.MaxPoolTangent(window, pooled, images, s.Draw(pooled.Shape)));
        Check("AveragePool", new(0, 200, 72), () => k.AveragePool(window, images, pooled));
        Check("AveragePoolSignal", new(0, 72, 200), () => k.AveragePoolSignal(window, pooled, images));
        Check("TransposeEach", new(0, 200, 200), () => k.TransposeEach(images, 4, s.Draw(images.Shape)));
        Check("SgdStep", new(0, 30, 15), () => k.SgdStep(x, null, y, 0.9, false, step, null));
        Check("SgdStep", new(0, 45, 45), () => k.SgdStep(x, y, s.Draw(), 0.9, false, step, s.Draw()));
        Check("AdamStep", new(0, 60, 45), () => k.AdamStep(x, y, s.Draw(), s.Draw(), new(0.9, 0.9, 1, true, 1), step, null));

        void Check(string operation, Count count, Action call)
        {
            log.Clear();
            call();
            var record = Assert.Single(log.Records);
            Assert.Equal((operation, Phase.Error, count), (record.Operation, record.Phase, Count.Of(record.Work)));
            Assert.Equal(count, Count.Of(log[Phase.Error]));
        }
    }

    private readonly record struct Count(long MultiplyAccumulates, long Read, long Written)
    {
        public static Count Of(Work work) => new(work.MultiplyAccumulates, work.Read.Total, work.Written.Total);
    }

    [Fact]
    public void AnOperandIsCountedAsWhatItIs()
    {
        using var k = new PlanningKernels { Log = new(), Block = "fc1", Period = 3 };
        Tensor x = k.Allocate(new(4, 5), Role.Activation), w = k.Allocate(new(5, 3), Role.Weight), e = k.Allocate(new(4, 3), Role.Error),
            g = k.Allocate(new(5, 3), Role.Gradient);
        k.Product(x.Rows(2), true, e.Rows(2), false, g, 1, beta: 0.9);
        k.Combine(1, w.Reshape(new(15)), 0, k.Allocate(new(15), Role.Feedback));
        k.Fill(k.Allocate(new(7)), 0);
        Assert.Equal(
        [
            new Work(30, new(Activations: 10, Errors: 6, Gradients: 15), new(Gradients: 15)),
            new Work(0, new(Weights: 15), new(Feedback: 15)),
            new Work(0, default, new(Other: 7)),
        ], k.Log.Records.Select(record => record.Work));
        Assert.All(k.Log.Records, record => Assert.Equal(("fc1", 3), (record.Block, record.Period)));
    }

    [Fact]
    public void RecycledMemoryIsWhatItIsToWhoeverAsks()
    {
        using var k = new FloatKernels();
        var workspace = new RecycledWorkspace();
        var activity = workspace.Get(k, "one", "activity", new(2, 3), Role.Activation);
        workspace.Recycle();
        var error = workspace.Get(k, "other", "signal", new(3, 2), Role.Error);
        Assert.Equal((Role.Activation, Role.Error), (activity.Role, error.Role));
        error[0] = 7;
        Assert.Equal(7, activity[0]);
    }

    [Fact]
    public void ScopesEndWhereTheyBeganAndLeaveAProbeAlone()
    {
        using var k = new PlanningKernels { Phase = Phase.Error, Block = "fc2" };
        using (new WorkScope(k, Phase.Adaptation, "fc1", 5))
        {
            using (new WorkScope(k, block: "loss")) Assert.Equal((Phase.Adaptation, "loss", 5), (k.Phase, k.Block, k.Period));
            Assert.Equal((Phase.Adaptation, "fc1", 5), (k.Phase, k.Block, k.Period));
        }
        Assert.Equal((Phase.Error, "fc2", 1), (k.Phase, k.Block, k.Period));
        using var probe = new WorkScope(k, Phase.Probe);
        using var within = new WorkScope(k, Phase.Update);
        Assert.Equal(Phase.Probe, k.Phase);
    }

    [Fact]
    public void AnEngineDescribesItself()
    {
        using var kernels = new DoubleKernels();
        Assert.Equal(ElementType.Double, kernels.ElementType);
        Assert.StartsWith("double ", kernels.Description, StringComparison.Ordinal);
        Assert.EndsWith("1 thread", kernels.Description, StringComparison.Ordinal);
    }

    /// <summary>The bits of all tensors after each operation in turn.</summary>
    private static List<(string Name, string Bits)> Trace(Kernels kernels, int rows, int width)
    {
        var (calls, written) = EveryOperation.Of(kernels, rows, width);
        var trace = new List<(string, string)>();
        foreach (var (name, call) in calls)
        {
            call();
            var hash = new HashCode();
            foreach (var tensor in written) hash.AddBytes(tensor.AsBytes());
            trace.Add((name, $"{hash.ToHashCode():x8}"));
        }
        return trace;
    }
}
