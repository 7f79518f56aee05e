using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Numerics.Engines.Products;
using Concord.Training;
using FsCheck;
using FsCheck.Fluent;
using Factory = Concord.Numerics.Engines.Engines;

namespace Concord.Tests.Numerics.Engines;

/// <summary>
/// The ways down through a convolution from a pool's signal that was never laid out, against the same operations one after the other.
/// </summary>
[Collection("oneDNN")]
public sealed unsafe class PooledConvolutionTests
{
    public static TheoryData<string> Functions => [.. ActivationLayer.ByName.Where(f => f.Value.SlopeFromOutput).Select(f => f.Key)];

    [Theory]
    [InlineData(256, 1), InlineData(256, 3), InlineData(512, 2)]
    public void TheyAreThoseOfTheImage(int width, int threads)
    {
        var (gradients, downs) = (0, 0);
        Prop.ForAll(Arb.From(Cases), given =>
        {
            using var exact = Kit.Double();
            var scene = new Operands(exact, given, "tanh");
            var convolution = new PooledConvolution(new FakeTeam(threads), (VectorWidth)width);
            Tensor x = Singles(scene.X), w = Singles(scene.W), signal = Singles(scene.Gated()), places = Singles(scene.Places),
                gradient = new(w.Shape), down = new(x.Shape);
            for (var i = 0; i < down.Length; i++) down.Singles[i] = float.NaN;   // what is overwritten must not be read
            var pass = new ImagePass(given.Kernel, x.Shape, scene.D.Shape);
            var maxima = new PooledConvolution.Maxima(new(given.Pool, scene.D.Shape, places.Shape), signal.Pointer<float>(),
                places.Pointer<float>());
            scene.Dense();
            if (convolution.TryWeightGradient(pass, x.Pointer<float>(), maxima, gradient.Pointer<float>()))
            {
                gradients++;
                Kit.Close(scene.Gradient(alpha: 1, beta: 0), gradient.ToArray(), 1e-4, $"{given} gradient");
            }
            if (convolution.TryTransposed(pass, maxima, w.Pointer<float>(), down.Pointer<float>()))
            {
                downs++;
                Kit.Close(scene.Down(), down.ToArray(), 1e-4, $"{given} down");
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(7, 11));
        Assert.True(gradients >= 20 && downs >= 5, $"{gradients} gradients and {downs} ways down were taken.");
    }

    [Theory]
    [InlineData(256), InlineData(512)]
    public void ThreadsDoNotChangeABit(int width)
    {
        using var kernels = Kit.Single();
        var given = new Case(5, 13, 12, 16, 7, Window.Square(3, padding: 1), Window.Square(2, stride: 2));
        var scene = new Operands(kernels, given, "relu");
        var signal = scene.Gated();
        Assert.Equal(Results(1), Results(4));

        float[] Results(int threads)
        {
            var convolution = new PooledConvolution(new FakeTeam(threads), (VectorWidth)width);
            var maxima = new PooledConvolution.Maxima(new(given.Pool, scene.D.Shape, signal.Shape), signal.Pointer<float>(),
                scene.Places.Pointer<float>());
            var pass = new ImagePass(given.Kernel, scene.X.Shape, scene.D.Shape);
            Tensor gradient = new(scene.W.Shape), down = new(scene.X.Shape);
            Assert.True(convolution.TryWeightGradient(pass, scene.X.Pointer<float>(), maxima, gradient.Pointer<float>()));
            Assert.True(convolution.TryTransposed(pass, maxima, scene.W.Pointer<float>(), down.Pointer<float>()));
            return [.. gradient.Singles, .. down.Singles];
        }
    }

    [Theory, MemberData(nameof(Functions))]
    public void OneDnnTakesThemBehindEachFunction(string function)
    {
        foreach (var given in new[]
        {
            new Case(3, 15, 15, 32, 24, Window.Square(3), Window.Square(2, stride: 2)),
            new Case(2, 12, 13, 8, 7, Window.Square(3, padding: 1), Window.Square(3, stride: 2, padding: 1)),
            new Case(2, 12, 12, 3, 40, Window.Square(5, padding: 2), Window.Square(2, stride: 2)),
        })
        {
            using Kernels exact = Kit.Double(), kernels = Factory.Create("onednn", 2);
            Operands expected = new(exact, given, function), actual = new(kernels, given, function);
            expected.Dense();
            actual.PutOff();
            Kit.Close(expected.Gradient(), actual.Gradient(), 1e-4, $"{given} gradient");
            Kit.Close(expected.Sum(), actual.Sum(), 1e-4, $"{given} sum");
            // with vectors this wide the image was not made for them
            Assert.Equal(VectorWidths.Widest >= VectorWidth.Bits256, actual.D.Pooled is not null);
            Kit.Close(expected.Down(), actual.Down(), 1e-4, $"{given} down");
            Kit.Close(expected.D.ToArray(), actual.D.ToArray(), 4e-6, $"{given} image");   // slopes of outputs that were rounded
            Assert.Null(actual.D.Pooled);
        }
    }

    /// <summary>The pool leaves more than half of the numbers, so the image is made.</summary>
    [Theory]
    [InlineData("onednn"), InlineData("managed")]
    public void WhatIsDeclinedHasTheBitsOfTheImage(string engine)
    {
        using var kernels = Factory.Create(engine, 2);
        var given = new Case(3, 6, 6, 8, 16, Window.Square(3), Window.Square(2, stride: 1));
        Operands one = new(kernels, given, "relu"), other = new(kernels, given, "relu");
        one.Dense();
        other.PutOff();
        Assert.Equal(one.Gradient(), other.Gradient());
        Assert.Equal(one.Sum(), other.Sum());
        Assert.Equal(one.Down(), other.Down());
        Assert.Equal(one.D.ToArray(), other.D.ToArray());
    }

    [Fact]
    public void TheManagedEngineLaysImagesOut()
    {
        using var kernels = Factory.Create("managed", 2);
        var given = new Case(3, 15, 15, 32, 24, Window.Square(3), Window.Square(2, stride: 2));
        var scene = new Operands(kernels, given, "relu");
        scene.PutOff();
        Assert.Null(scene.D.Pooled);
    }

    [Fact]
    public void AViewOfTheImageMakesIt()
    {
        using var kernels = Factory.Create("onednn", 1);
        var given = new Case(2, 15, 15, 8, 8, Window.Square(3), Window.Square(2, stride: 2));
        Operands one = new(kernels, given, "relu"), other = new(kernels, given, "relu");
        var view = other.D.Rows(1, 1);
        one.Dense();
        other.PutOff();
        Assert.Equal(one.D.Rows(1, 1).ToArray(), view.ToArray());
    }

    [Fact]
    public void TheyCountAsTheOperationsThatTheyStandFor()
    {
        var given = new Case(2, 15, 15, 8, 8, Window.Square(3), Window.Square(2, stride: 2));
        using var kernels = Factory.Create("onednn", 1);
        Assert.Equal(Counted(scene => scene.Dense()), Counted(scene => scene.PutOff()));

        List<OperationRecord> Counted(Action<Operands> begin)
        {
            var scene = new Operands(kernels, given, "relu");
            kernels.Log = new();
            begin(scene);
            scene.Gradient();
            scene.Sum();
            scene.Down();
            var records = kernels.Log.Records.ToList();
            kernels.Log = null;
            return records;
        }
    }

    /// <summary>Three steps by oneDNN, which takes them, and by the managed engine, which does not.</summary>
    [Theory]
    [InlineData("backprop"), InlineData("fa"), InlineData("usf"), InlineData("dfa")]
    [InlineData("local-predsim"), InlineData("kolen-pollack"), InlineData("symmetric-alignment")]
    public void NetworksLearnTheSame(string rule)
    {
        const string model = "cnn:3x16x16-c8k3p1-p2-c16k3p1-p2-6-4";
        using Kernels managed = Factory.Create("managed", 1), oneDnn = Factory.Create("onednn", 2);
        Learner one = Kit.Learner(model, rule, managed), other = Kit.Learner(model, rule, oneDnn);
        for (var step = 0; step < 3; step++)
            Kit.Close([Kit.Step(one, 5, step)], [Kit.Step(other, 5, step)], 1e-4, "loss");
        foreach (var parameter in one.Network.Parameters)
            Kit.Close(parameter.Value.ToArray(), Kit.Parameter(other.Network, parameter.Name).Value.ToArray(), 1e-4, parameter.Name);
    }

    [Fact]
    public void ASignalAtAPreActivationIsNotPutOff()
    {
        using var kernels = Factory.Create("onednn", 1);
        var learner = Kit.Learner("cnn:3x16x16-c8k3p1-p2-4", "backprop", kernels);
        Kit.Step(learner, 5);
        var truth = new TrueGradient(learner.Pass, 1, 3);
        truth.Walk();
        var gated = truth.Gated(learner.Network.Blocks[0], truth.At(learner.Network.Ports[0]));
        Assert.Equal(new Shape(5, 16, 16, 8), gated.Shape);
        Assert.Null(gated.Pooled);
    }

    [Fact]
    public void AWarmStepAllocatesNothing()
    {
        using var kernels = Factory.Create("onednn", 1);
        long allocated = -1;
        kernels.Run(() =>
        {
            var learner = Kit.Learner("cnn:3x16x16-c8k3p1-p2-c16k3p1-p2-6-4", "backprop", kernels);
            for (var i = 0; i < 5; i++) Kit.Step(learner, 5);
            allocated = Allocation.Of(() => learner.Step(0.1));
        });
        Assert.Equal(0, allocated);
    }

    private static Tensor Singles(Tensor tensor)
    {
        var singles = new Tensor(tensor.Shape);
        for (var i = 0; i < tensor.Length; i++) singles.Singles[i] = (float)tensor[i];
        return singles;
    }

    private sealed record Case(int Samples, int Rows, int Columns, int Channels, int Filters, Window Kernel, Window Pool);

    private static Gen<Case> Cases =>
        from samples in Gen.Choose(1, 4)
        from rows in Gen.Choose(8, 14)
        from columns in Gen.Choose(8, 14)
        from channels in Gen.Elements(1, 3, 8, 16, 32, 48)
        from filters in Gen.Elements(1, 3, 8, 17)
        from height in Gen.Choose(1, 5)
        from width in Gen.Choose(1, 4)
        from stride in Gen.Elements(1, 1, 2)
        from padding in Gen.Choose(0, 2)
        from size in Gen.Choose(1, 3)
        from step in Gen.Elements(2, 2, 3, 1)
        from margin in Gen.Choose(0, 1)
        let kernel = new Window(height, width, stride, padding, 1)
        let pool = Window.Square(size, step, Math.Min(margin, size - 1))
        where kernel.OutputRows(rows) > 0 && kernel.OutputColumns(columns) > 0
            && pool.OutputRows(kernel.OutputRows(rows)) > 0 && pool.OutputColumns(kernel.OutputColumns(columns)) > 0
        select new Case(samples, rows, columns, channels, filters, kernel, pool);

    /// <summary>A convolution, a pool and a function above it, with a signal on top.</summary>
    private sealed class Operands
    {
        private readonly Kernels _kernels;
        private readonly Case _given;
        private readonly Activation _f;
        private readonly Tensor _y, _signal;

        public Operands(Kernels kernels, Case given, string function)
        {
            (_kernels, _given, _f) = (kernels, given, ActivationLayer.ByName[function]);
            X = Draw("x", new(given.Samples, given.Rows, given.Columns, given.Channels));
            W = Draw("w", new(given.Kernel.Height, given.Kernel.Width, given.Channels, given.Filters));
            var images = Draw("images", new(given.Samples, given.Kernel.OutputRows(given.Rows), given.Kernel.OutputColumns(given.Columns),
                given.Filters));
            D = kernels.Allocate(images.Shape);
            _signal = Draw("signal", new(given.Samples, given.Pool.OutputRows(images.Shape[1]), given.Pool.OutputColumns(images.Shape[2]),
                given.Filters));
            _y = kernels.Allocate(_signal.Shape);
            Places = kernels.Allocate(_signal.Shape);
            kernels.MaxPool(given.Pool, images, _y, Places);
            kernels.Activate(_f, _y, _y);
        }

        public Tensor X { get; }

        public Tensor W { get; }

        public Tensor D { get; }

        public Tensor Places { get; }

        public Tensor Gated()
        {
            var gated = _kernels.Allocate(_signal.Shape);
            _kernels.MultiplyByDerivative(_f, _y, _y, _signal, gated);
            return gated;
        }

        public void Dense() => _kernels.MaxPoolSignal(_given.Pool, Places, _signal, D, _f, _y);

        public void PutOff() => _kernels.MaxPoolSignalWhenRead(_given.Pool, Places, _signal, D, _f, _y);

        public double[] Gradient(double alpha = 0.5, double beta = 0.25)
        {
            var gradient = Draw("start", W.Shape);
            _kernels.ConvolveWeightGradient(_given.Kernel, 1, X, D, new(gradient, alpha, beta));
            return gradient.ToArray();
        }

        public double[] Sum()
        {
            var sum = Draw("sum", new(_given.Filters));
            _kernels.SumRows(D.Matrix(_given.Filters), new(sum, 0.5, 0.25));
            return sum.ToArray();
        }

        public double[] Down()
        {
            var down = _kernels.Allocate(X.Shape);
            _kernels.ConvolveTransposed(_given.Kernel, 1, D, W, down);
            return down.ToArray();
        }

        private Tensor Draw(string name, Shape shape) => Kit.Tensor(_kernels, shape, name);
    }
}
