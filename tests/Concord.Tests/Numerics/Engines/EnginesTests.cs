using System.Runtime.InteropServices;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Numerics.Engines.Products;
using FsCheck;
using FsCheck.Fluent;
using Factory = Concord.Numerics.Engines.Engines;

namespace Concord.Tests.Numerics.Engines;

/// <summary>What all engines must do; one after the other with other tests of threads.</summary>
[Collection("oneDNN")]
public sealed class EnginesTests
{
    /// <summary>The engines that this machine can run.</summary>
    public static TheoryData<string, int> Available
    {
        get
        {
            var engines = new TheoryData<string, int> { { "managed", 1 }, { "managed", 2 }, { "double", 0 } };
            if (OneDnnLibrary.TryLoad(2, out _) is null) return engines;
            engines.Add("onednn", 1);
            engines.Add("onednn", 2);
            return engines;
        }
    }

    [Theory, MemberData(nameof(Available))]
    public void ProductIsTheProduct(string name, int threads)
    {
        using var kernels = Factory.Create(name, threads);
        Prop.ForAll(ProductCase.Any, product => product.ErrorOf(Doer(kernels)) < 1).QuickCheckThrowOnFailure();
    }

    [Theory, MemberData(nameof(Available))]
    public void RunBringsExceptionsBackAndNests(string name, int threads)
    {
        using var kernels = Factory.Create(name, threads);
        var done = 0;
        kernels.Run(() => kernels.Run(() => done++));
        Assert.Equal(1, done);
        var thrown = Assert.Throws<FormatException>(() => kernels.Run(() => kernels.Run(() => throw new FormatException("mine"))));
        Assert.Equal("mine", thrown.Message);
        kernels.Run(() => done++);
        Assert.Equal(2, done);
    }

    [Theory, MemberData(nameof(Available))]
    public void WarmOperationsAllocateNothing(string name, int threads)
    {
        using var kernels = Factory.Create(name, threads);
        Tensor x = kernels.Allocate(new(64, 100)), w = kernels.Allocate(new(100, 120)), y = kernels.Allocate(new(64, 120));
        long allocated = -1;
        kernels.Run(() =>
        {
            for (var i = 0; i < 5; i++) Work();
            allocated = Allocation.Of(Work);
        });
        Assert.Equal(0, allocated);

        void Work()
        {
            kernels.Product(x, false, w, false, y);
            kernels.Product(y, false, w, true, x);
            kernels.Product(x, true, y, false, w, 1, 0.9);
            kernels.Activate(new(ActivationKind.Tanh), y, y);
        }
    }

    [Theory, MemberData(nameof(Available))]
    public void AnEngineDescribesItself(string name, int threads)
    {
        using var kernels = Factory.Create(name, threads);
        Assert.StartsWith($"{name} ", kernels.Description, StringComparison.Ordinal);
        Assert.Equal(Math.Max(threads, 1), kernels.Threads);
        Assert.True(System.Version.TryParse(kernels.Version, out _), kernels.Version);
        if (name == "managed") Assert.Equal(VectorWidths.Widest.InstructionSet(), kernels.InstructionSet);
    }

    [FactWith(Need.OneDnn)]
    public unsafe void EnginesWithDifferentThreadsLiveSideBySide()
    {
        using Kernels one = Factory.Create("onednn", 1), three = Factory.Create("onednn", 3);
        Assert.Equal((1, 3), (one.Threads, three.Threads));

        // What oneDNN itself asks OpenMP for, on the engine's thread.
        if (NativeLibrary.TryLoad("libgomp.so.1", out var openMp))
        {
            var most = (delegate* unmanaged<int>)NativeLibrary.GetExport(openMp, "omp_get_max_threads");
            var seen = new List<int>();
            foreach (var engine in new[] { one, three, one }) engine.Run(() => seen.Add(most()));
            Assert.Equal([1, 3, 1], seen);
        }

        var product = new ProductCase(96, 200, 300, false, false, 1, 0);
        Parallel.For(0, 8, i => Assert.True(product.ErrorOf(Doer(i % 2 == 0 ? one : three)) < 1));
    }

    [FactWith(Need.OneDnn)]
    public void AnEngineBesideAnotherUsesItsThreads()
    {
        using var kernels = Factory.Create("onednn", 2);
        var product = new ProductCase(96, 200, 300, false, false, 1, 0);
        using (var beside = Factory.Create("onednn", 2, beside: kernels))
        {
            Assert.Equal(ThreadOf(kernels), ThreadOf(beside));
            Assert.True(product.ErrorOf(Doer(beside)) < 1);
        }
        Assert.True(product.ErrorOf(Doer(kernels)) < 1);   // its threads are still there
        using var other = Factory.Create("onednn", 1, beside: kernels);
        Assert.NotEqual(ThreadOf(kernels), ThreadOf(other));

        static int ThreadOf(Kernels kernels)
        {
            var thread = 0;
            kernels.Run(() => thread = Environment.CurrentManagedThreadId);
            return thread;
        }
    }

    [FactWith(Need.OneDnn)]
    public void ADisposedEngineRefusesWork()
    {
        var kernels = Factory.Create("onednn", 2);
        kernels.Dispose();
        Assert.Throws<ObjectDisposedException>(() => kernels.Run(() => { }));
    }

    [Fact]
    public void MistakesNameWhatWasGivenAndTheChoices()
    {
        var name = Assert.Throws<ConcordException>(() => Factory.Create("mkl"));
        Assert.Equal("There is no engine 'mkl'. Known: auto, managed, onednn, double.", name.Message);
        foreach (var threads in new[] { -1, 100_000 })
            Assert.Contains($"{threads}", Assert.Throws<ConcordException>(() => Factory.Create("managed", threads)).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void ZeroThreadsStandForOneAProcessor()
    {
        using var kernels = Factory.Create("managed");
        Assert.Equal(Environment.ProcessorCount, kernels.Threads);
    }

    /// <summary>The product by way of tensors.</summary>
    private static unsafe ProductCase.Doer Doer(Kernels kernels) => (p, a, b, y) =>
    {
        Tensor left = Of(p.TransposeA ? new(p.K, p.M) : new(p.M, p.K), a), right = Of(p.TransposeB ? new(p.N, p.K) : new(p.K, p.N), b),
            result = Of(new(p.M, p.N), y);
        kernels.Product(left, p.TransposeA, right, p.TransposeB, result, p.Alpha, p.Beta);
        for (var i = 0; i < result.Length; i++) y[i] = (float)result[i];

        Tensor Of(Shape shape, float* values)
        {
            var tensor = kernels.Allocate(shape);
            for (var i = 0; i < tensor.Length; i++) tensor[i] = values[i];
            return tensor;
        }
    };
}
