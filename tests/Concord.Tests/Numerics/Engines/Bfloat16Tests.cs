using Concord.Numerics;
using Concord.Numerics.Engines;
using Factory = Concord.Numerics.Engines.Engines;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Numerics.Engines;

/// <summary>bf16: how numbers are rounded, when a copy is made again, and which products are narrow.</summary>
[Collection("oneDNN")]
public sealed unsafe class Bfloat16Tests
{
    [Fact]
    public void EveryNumberIsRoundedToTheNearest()
    {
        float[] special =
        [
            0f, -0f, 1f, -1f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, float.MaxValue, float.MinValue, float.Epsilon,
            -float.Epsilon, 1.17549435e-38f, -1.17549435e-38f, 1.1754942e-38f, 1.00390625f, 1.01171875f, 1.003907f, 3.3895314e38f,
            BitConverter.UInt32BitsToSingle(0x7F800001), BitConverter.UInt32BitsToSingle(0xFFFFFFFF),
        ];
        var random = new Random(3);
        var numbers = special.Concat(Enumerable.Range(0, 20_000)
            .Select(_ => BitConverter.UInt32BitsToSingle((uint)random.NextInt64(1L << 32)))).ToArray();
        var rounded = Round(numbers);
        for (var i = 0; i < numbers.Length; i++)
        {
            var (x, y) = (numbers[i], Bfloat16.Widen(rounded[i]));
            if (float.IsNaN(x)) Assert.True(float.IsNaN(y));
            else Assert.True(y.Equals(Nearest(x)) && float.IsNegative(x) == float.IsNegative(y), $"{x:R} became {y:R}.");
        }
    }

    // By the two neighbours in bf16, in double precision; numbers below the smallest normal one are zero.
    private static float Nearest(float x)
    {
        if (float.IsInfinity(x)) return x;
        if (Math.Abs(x) < 1.17549435e-38f) return 0 * x;
        var bits = BitConverter.SingleToUInt32Bits(x) & 0xFFFF0000;
        float low = BitConverter.UInt32BitsToSingle(bits), high = BitConverter.UInt32BitsToSingle(bits + 0x10000);
        double step = Math.Abs((double)low - BitConverter.UInt32BitsToSingle(bits - 0x10000)), past = Math.Abs((double)x - low);
        var whole = float.IsInfinity(high) ? step : Math.Abs((double)high - low);
        return past < whole / 2 || (past == whole / 2 && (bits >> 16) % 2 == 0) ? low : high;
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(31), InlineData(32), InlineData(100)]
    public void AsManyAreWrittenAsWereAskedFor(int count)
    {
        var target = Enumerable.Repeat((ushort)7, count + 40).ToArray();
        var numbers = Enumerable.Range(0, count + 1).Select(i => i + 1f).ToArray();
        fixed (float* x = numbers)
        fixed (ushort* y = target) Bfloat16.Convert(x, y, count);
        for (var i = 0; i < count; i++) Assert.Equal(numbers[i], Bfloat16.Widen(target[i]));
        Assert.All(target[count..], value => Assert.Equal(7, value));
    }

    [Bfloat16Theory]
    [InlineData(1), InlineData(2)]
    public void AProductIsThatOfTheRoundedNumbers(int threads)
    {
        using var kernels = Start(threads);
        Prop.ForAll(ProductCase.Any, product => product.ErrorOf((p, a, b, y) =>
        {
            RoundInPlace(a, p.M * p.K);   // the case's own numbers, so that what is expected is the product of these
            RoundInPlace(b, p.K * p.N);
            Tensor left = Of(kernels, p.TransposeA ? new(p.K, p.M) : new(p.M, p.K), a);
            Tensor right = Of(kernels, p.TransposeB ? new(p.N, p.K) : new(p.K, p.N), b), result = Of(kernels, new(p.M, p.N), y);
            kernels.Product(left, p.TransposeA, right, p.TransposeB, result, p.Alpha, p.Beta);
            for (var i = 0; i < result.Length; i++) y[i] = (float)result[i];
        }) < 1).QuickCheckThrowOnFailure();
    }

    [Bfloat16Fact]
    public void ACopyIsMadeAgainWhateverWroteTheTensor()
    {
        using var kernels = Start();
        Tensor x = Of(kernels, new(3, 5), 1), w = Of(kernels, new(5, 4), 2), y = kernels.Allocate(new(3, 4), Role.Activation);
        Expect(15 * 2.0 / 3);
        x.Singles.Fill(2);
        Expect(20);
        x[4] = 4;
        Expect(24);
        x.Rows(1).Singles.Fill(1);      // a view of the same memory
        Expect(10);
        x.Matrix(15)[0] = 3;
        Expect(14);
        kernels.Fill(w, 1);
        Expect(7);
        w.Reshape(new(20)).CopyFrom(Enumerable.Repeat(3.0, 20).ToArray());
        Expect(21);
        kernels.SgdStep(w, Of(kernels, w.Shape, 1), null, 0, false, new(1, 1, double.PositiveInfinity, 0, 0), null);
        Expect(14);

        void Expect(double first)
        {
            kernels.Product(x, false, w, false, y);
            Assert.Equal(first, y[0], 1e-6);
        }
    }

    [Bfloat16Fact]
    public void AnOptimizersPassWritesWhatAConversionWouldAndTheNextProductReadsThat()
    {
        using var kernels = Start(2);
        foreach (var pass in Passes(kernels))
        {
            Shape shape = new(301, 67);   // 20,167: several threads, and no whole number of registers
            Tensor w = Random(kernels, shape, 1), x = Random(kernels, new(4, 301), 2), y = kernels.Allocate(new(4, 67), Role.Activation);
            kernels.Run(() =>
            {
                kernels.Product(x, false, w, false, y);
                pass(w, Random(kernels, shape, 3), Random(kernels, shape, 4), Positive(Random(kernels, shape, 5)));
                Assert.True(w.Bfloat16!.IsCurrent);
                var written = new ReadOnlySpan<ushort>(w.Bfloat16.Pointer, w.Length).ToArray();
                Assert.Equal(Round(w.Singles.ToArray()), written);
            });
        }

    }

    [Bfloat16Theory]
    [InlineData(301, 67), InlineData(64, 64), InlineData(5, 3), InlineData(33, 200)]
    public void AnOptimizersPassPacksAWeightBothWaysAndProductsKeepTheirBits(int rows, int columns)
    {
        using Kernels packing = NarrowKernels.StartInCode(2, packsWeights: true), plain = NarrowKernels.StartInCode(2);
        foreach (var (pass, other) in Passes(packing).Zip(Passes(plain)))
            Assert.Equal(Products(plain, other), Products(packing, pass));

        float[] Products(Kernels kernels, Action<Tensor, Tensor, Tensor, Tensor> pass)
        {
            Shape shape = new(rows, columns);
            var w = kernels.Allocate(shape, Role.Weight);
            kernels.FillNormal(RandomStream.FromSeed(1), 0, 1, w);
            Tensor x = Random(kernels, new(4, rows), 2), y = Random(kernels, new(4, columns), 3), down = Random(kernels, new(4, rows), 4);
            List<float> results = [];
            kernels.Run(() =>
            {
                for (var step = 0; step < 3; step++)
                {
                    kernels.Product(x, false, w, false, y);
                    kernels.Product(y, false, w, true, down);
                    results.AddRange([.. y.Singles, .. down.Singles]);
                    pass(w, Random(kernels, shape, 5), Random(kernels, shape, 6), Positive(Random(kernels, shape, 7)));
                    if (kernels != packing) continue;
                    Assert.Null(w.Bfloat16);   // no product reads it as it stands
                    Assert.True(w.Panels!.IsCurrent && w.TransposedPanels!.IsCurrent);
                }
            });
            return [.. results];
        }
    }

    // An optimizer with a constraint behind it, as one that keeps columns at their length.
    [Bfloat16Fact]
    public void AWeightThatIsWrittenAfterTheOptimizerIsSoonReadAsItStands()
    {
        using var kernels = NarrowKernels.StartInCode(packsWeights: true);
        Tensor x = Random(kernels, new(4, 40), 1), y = Random(kernels, new(4, 50), 2), w = kernels.Allocate(new(40, 50), Role.Weight);
        kernels.Fill(w, 0.5);
        kernels.Run(() =>
        {
            for (var step = 0; step < 20; step++)
            {
                kernels.Product(x, false, w, false, y);
                Passes(kernels).First()(w, Random(kernels, w.Shape, 3), Random(kernels, w.Shape, 4), w);
                Assert.Equal(step < 8, w.Panels!.IsWrittenAlong);
                kernels.Fill(w, step);
            }
            kernels.Product(x, false, w, false, y);
        });
        Assert.Equal(19 * Rounded(kernels, x).Singles[..40].ToArray().Sum(value => (double)value), y[0], 1e-3);
        kernels.Run(() =>
        {
            for (var look = 0; look < 10; look++) kernels.Product(x, false, w, false, y);   // as where nothing learns: packed again
            Assert.True(w.Panels!.IsCurrent && !w.Panels.IsWrittenAlong);
            Passes(kernels).First()(w, Random(kernels, w.Shape, 3), Random(kernels, w.Shape, 4), w);
            kernels.Product(x, false, w, false, y);
            Assert.False(w.Panels.IsCurrent || w.Panels.IsWrittenAlong);
        });
        Assert.NotNull(w.Bfloat16);
    }

    [Bfloat16Theory]
    [InlineData(1), InlineData(2)]
    public void FunctionsAndTheirDerivativesWriteWhatAConversionWould(int threads)
    {
        using var kernels = Start(threads);
        Shape shape = new(150, 67);
        Tensor x = Random(kernels, shape, 1), y = Random(kernels, shape, 2);
        Tensor signal = Random(kernels, shape, 3), d = Random(kernels, shape, 4);
        Tensor w = Random(kernels, new(67, 5), 5), after = kernels.Allocate(new(150, 5), Role.Activation);
        foreach (var kind in Enum.GetValues<ActivationKind>())
            kernels.Run(() =>
            {
                kernels.Product(y, false, w, false, after);
                kernels.Product(d, false, w, false, after);
                kernels.Activate(new(kind), x, y);
                Assert.True(y.Bfloat16!.IsCurrent);
                Assert.Equal(Round(y.Singles.ToArray()), Copy(y));
                kernels.MultiplyByDerivative(new(kind), x, y, signal, d);
                Assert.True(d.Bfloat16!.IsCurrent);
                Assert.Equal(Round(d.Singles.ToArray()), Copy(d));
            });

        static ushort[] Copy(Tensor tensor) => new ReadOnlySpan<ushort>(tensor.Bfloat16!.Pointer, tensor.Length).ToArray();
    }

    private static IEnumerable<Action<Tensor, Tensor, Tensor, Tensor>> Passes(Kernels kernels)
    {
        var settings = new StepSettings(0.01, 1.0 / 8, double.PositiveInfinity, 0.001, 0.0001);
        return
        [
            (w, g, v, _) => kernels.SgdStep(w, g, v, 0.9, true, settings, null),
            (w, _, v, _) => kernels.SgdStep(w, null, v, 0.9, false, settings, null),
            (w, g, m, v) => kernels.AdamStep(w, g, m, v, new(0.9, 0.999, 1e-8, false, 3), settings, null),
            (w, g, v, s) => kernels.RmsPropStep(w, g, s, v, 0.99, 1e-8, 0.9, settings, null),
            (w, g, v, _) => kernels.ManhattanStep(w, g, v, 0.9, SignedQuantity.Gradient, settings, null),
        ];
    }

    private static Tensor Positive(Tensor tensor)
    {
        foreach (ref var value in tensor.Singles) value = Math.Abs(value);
        return tensor;
    }

    [Bfloat16Fact]
    public void OnlyProductsOfAStepAreNarrow()
    {
        using var kernels = Start();
        Tensor a = Random(kernels, new(6, 6), 1), b = Random(kernels, new(6, 6), 2), y = kernels.Allocate(new(6, 6), Role.Activation);
        var plain = kernels.Allocate(a.Shape);
        kernels.Copy(a, plain);
        var whole = Exact(a, b);
        var narrow = Exact(Rounded(kernels, a), Rounded(kernels, b));
        foreach (var phase in (Phase[])[Phase.Forward, Phase.Error, Phase.WeightGradient, Phase.ExtraForward])
            Kit.Close(narrow, Product(phase, a, b), 1e-5);
        foreach (var phase in (Phase[])[Phase.Update, Phase.Adaptation, Phase.Probe]) Kit.Close(whole, Product(phase, a, b), 1e-5);
        Kit.Close(whole, Product(Phase.Forward, plain, b), 1e-5);   // without a role
        Kit.Close(Exact(a, a), Product(Phase.Error, a, a), 1e-5);   // a Gram matrix

        double[] Product(Phase phase, Tensor left, Tensor right)
        {
            kernels.Phase = phase;
            kernels.Product(left, false, right, false, y);
            return y.ToArray();
        }
    }

    [Bfloat16Theory]
    [InlineData(3, 12, 8, 3, 1, 1, 1), InlineData(16, 9, 32, 3, 2, 1, 1)]
    [InlineData(8, 7, 12, 2, 1, 0, 2), InlineData(1, 28, 6, 5, 1, 2, 1)]
    public void ConvolutionsAreThoseOfTheRoundedNumbers(int channels, int size, int filters, int kernel, int stride, int padding,
        int groups)
    {
        using Kernels narrow = Start(2), whole = Factory.Create("managed", 1);
        var window = Window.Square(kernel, stride, padding);
        foreach (var (a, b) in Results(whole).Zip(Results(narrow))) Kit.Close(a, b, 2e-4);

        IEnumerable<double[]> Results(Kernels kernels)
        {
            var places = window.OutputRows(size);
            Tensor x = Operand(new(4, size, size, channels), 1), w = Operand(new(kernel, kernel, channels / groups, filters), 2);
            Tensor d = Operand(new(4, places, places, filters), 3), bias = Random(kernels, new(filters), 4);
            Tensor y = kernels.Allocate(d.Shape, Role.Activation), down = kernels.Allocate(x.Shape, Role.Error);
            var gradient = Random(kernels, w.Shape, 5);
            kernels.Run(() =>
            {
                kernels.Convolve(window, groups, x, w, bias, y);
                kernels.ConvolveTransposed(window, groups, d, w, down);
                kernels.ConvolveWeightGradient(window, groups, x, d, new(gradient, 0.5, 0.9));
            });
            return [y.ToArray(), down.ToArray(), gradient.ToArray()];

            // rounded beforehand where the engine does not round them
            Tensor Operand(Shape shape, int seed) => kernels.Precision == Precision.Bfloat16 ? Random(kernels, shape, seed)
                : Rounded(kernels, Random(kernels, shape, seed));
        }
    }

    // Which of a convolution's three products takes which way is chosen for each; here as a run's file says.
    [Bfloat16Fact]
    public void EachProductOfAConvolutionIsReadInTheWayThatWasChosen()
    {
        var words = ConvolutionShapes().Select(shape => shape.AsProduct.ToString()).ToArray();
        Assert.Equal(
        [
            "4x16x16x16-3x3x16-s1p1d1g1-forward-bf16", "4x16x16x16-3x3x16-s1p1d1g1-toinput-bf16",
            "4x16x16x16-3x3x16-s1p1d1g1-tokernel-bf16",
        ], words);
        Assert.All(ConvolutionShapes(), shape => Assert.Equal(4 * 16 * 16 * 9 * 16 * 16, shape.AsProduct.Macs));
        double[][] narrow = OfOneConvolution(NarrowKernels.StartInCode()), whole = OfOneConvolution(Factory.Create("onednn", 1));
        for (var single = 0; single < 3; single++)
        {
            Assert.NotEqual(narrow[single], whole[single]);
            var results = OfOneConvolution(NarrowKernels.StartInCode(), new() { [words[single]] = ProductWay.Single });
            for (var i = 0; i < 3; i++) Assert.Equal(i == single ? whole[i] : narrow[i], results[i]);
        }
    }

    [Bfloat16Fact]
    public void AConvolutionThatThereIsNotInBfloat16IsThatOfSingles() =>
        Assert.Equal(OfOneConvolution(Factory.Create("onednn", 2)), OfOneConvolution(NarrowKernels.StartInCode(2, declines: true)));

    // What its three products come to.
    private static double[][] OfOneConvolution(Kernels started, Dictionary<string, ProductWay>? choices = null)
    {
        using var kernels = started;
        if (choices is not null) kernels.Choices!.Adopt(choices);
        var (_, window, groups, input, kernel, output) = ConvolutionShapes()[0];
        Tensor x = Random(kernels, input, 1), w = Random(kernels, kernel, 2), d = Random(kernels, output, 3);
        Tensor y = Random(kernels, output, 4), down = Random(kernels, input, 5), gradient = Random(kernels, kernel, 6);
        kernels.Run(() =>
        {
            kernels.Convolve(window, groups, x, w, null, y);
            kernels.ConvolveTransposed(window, groups, d, w, down);
            kernels.ConvolveWeightGradient(window, groups, x, d, new(gradient, 1, 0));
        });
        return [y.ToArray(), down.ToArray(), gradient.ToArray()];
    }

    // Without AMX bf16 has to be measured to be faster; small products are not measured, and are in singles. With AMX they are in bf16.
    [Bfloat16Fact]
    public void WhereWaysAreMeasuredBfloat16HasToBeFaster()
    {
        using var folder = new TemporaryFolder();
        using Kernels measuring = NarrowKernels.StartInCode(choices: folder["choices"]), table = NarrowKernels.StartInCode();
        using var amx = NarrowKernels.StartInCode(packsWeights: true, choices: folder["choices"]);
        using var whole = Factory.Create("onednn", 1);
        Assert.Equal(Product(whole, 128), Product(measuring, 128));
        Assert.Equal(Product(whole, 20), Product(measuring, 20));
        Assert.Equal(Product(table, 20), Product(amx, 20));
        Assert.NotEqual(Product(whole, 20), Product(amx, 20));

        static double[] Product(Kernels kernels, int size)
        {
            Tensor a = Random(kernels, new(size, size), 1), b = Random(kernels, new(size, size), 2);
            var y = Random(kernels, new(size, size), 3);
            kernels.Choices!.Adopt(kernels.Choices.About is null ? null : new() { [$"{size}x{size}x{size}-nn"] = ProductWay.Sgemm });
            kernels.Product(a, false, b, false, y);
            return y.ToArray();
        }
    }

    [Bfloat16Fact]
    public void WaysOfAConvolutionAreMeasuredAndKept()
    {
        using var folder = new TemporaryFolder();
        string[] before;
        using (var kernels = NarrowKernels.StartInCode(choices: folder["choices"]))
        {
            foreach (var shape in ConvolutionShapes())
            {
                Assert.Equal([shape.AsProduct], kernels.ChoicesOf(shape.AsProduct));
                kernels.Run(() => kernels.Choose(shape.AsProduct, default));
            }
            Assert.Equal(3, kernels.Choices!.Made.Count);
            Assert.All(kernels.Choices.Made.Values, way => Assert.Equal(ProductWay.Single, way));   // the sums of the tests are slow
            Assert.True(kernels.Choices.Seconds > 0);
            before = [.. kernels.Choices.Made.Values.Select(way => way.ToString())];
        }
        using var again = NarrowKernels.StartInCode(choices: folder["choices"]);
        foreach (var shape in ConvolutionShapes()) again.Run(() => again.Choose(shape.AsProduct, default));
        Assert.Equal(0, again.Choices!.Seconds);
        Assert.Equal(before, again.Choices.Made.Values.Select(way => way.ToString()));
        using var whole = Factory.Create("onednn", 1);
        Assert.Empty(whole.ChoicesOf(ConvolutionShapes()[0].AsProduct));   // in single precision there is one way
    }

    private static ConvolutionShape[] ConvolutionShapes() => [.. Enum.GetValues<ConvolutionDirection>().Select(direction =>
        new ConvolutionShape(direction, Window.Square(3, 1, 1), 1, new(4, 16, 16, 16), new(3, 3, 16, 16), new(4, 16, 16, 16)))];

    [Bfloat16Theory]
    [InlineData(1), InlineData(2)]
    public void WarmProductsAllocateNothing(int threads)
    {
        using var kernels = Start(threads);
        Tensor x = Random(kernels, new(64, 100), 1), w = Random(kernels, new(100, 120), 2), y = Random(kernels, new(64, 120), 3);
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
            kernels.Activate(new(ActivationKind.Tanh), y, y);
            kernels.Product(y, false, w, true, x);
            kernels.Product(x, true, y, false, w, 0.01, 0.9);
        }
    }

    [Bfloat16Fact]
    public void MoreFactorsThanAreKeptGiveTheSameProducts()
    {
        using var kernels = Start();
        Tensor a = Of(kernels, new(2, 3), 1), b = Of(kernels, new(3, 4), 1), y = Of(kernels, new(2, 4), 0);
        for (var i = 1; i <= 1200; i++)
        {
            kernels.Product(a, false, b, false, y, i);
            Assert.Equal(3f * i, y.Singles[7]);
        }
    }

    [Theory]
    [InlineData(1, 1, 16), InlineData(5, 7, 16), InlineData(33, 100, 48), InlineData(64, 64, 64), InlineData(100, 130, 64)]
    public void InPanelsEachNumberStandsInItsPlace(int depth, int columns, int width)
    {
        var panels = new Bfloat16Panels(depth, columns, width);
        var numbers = Enumerable.Range(0, depth * columns).Select(i => i + 1f).ToArray();
        ushort[] packed = new ushort[panels.Length], turned = new ushort[panels.Length];
        fixed (float* x = numbers, t = Enumerable.Range(0, depth * columns).Select(i => numbers[i % depth * columns + i / depth]).ToArray())
        fixed (ushort* y = packed, z = turned)
        {
            for (var from = 0; from < depth; from += 32) panels.Write(x, from, Math.Min(from + 32, depth), y);
            for (var from = 0; from < columns; from += 32) panels.WriteTransposed(t, from, Math.Min(from + 32, columns), z);
        }
        var expected = new ushort[panels.Length];
        var rows = (depth + 31) / 32 * 32;
        for (var p = 0; p < depth; p++)
            for (var j = 0; j < columns; j++)
                expected[j / width * rows * width + p / 2 * 2 * width + j % width * 2 + p % 2] = Bfloat16.Round(numbers[p * columns + j]);
        Assert.Equal(expected, packed);
        Assert.Equal(expected, turned);
    }

    [Bfloat16Theory]
    [InlineData(1, 32, 1000, 784), InlineData(2, 3, 7, 5), InlineData(2, 33, 500, 77)]
    [InlineData(1, 20, 10, 101), InlineData(2, 1, 300, 64)]
    public void WhatStaysIsPackedAndProductsKeepTheirBits(int threads, int m, int n, int k)
    {
        using var kernels = Start(threads);
        foreach (var transpose in (bool[])[false, true])
        {
            Tensor a = Random(kernels, new(m, k), 1), b = Random(kernels, transpose ? new(n, k) : new(k, n), 2);
            var (y, before) = (Random(kernels, new(m, n), 3), (float[]?)null);
            foreach (var value in (double[])[0.37, -1.2])
            {
                b[0] = value;
                before = null;
                for (var i = 0; i < 10; i++)
                {
                    kernels.Product(a, false, b, transpose, y);
                    Assert.Equal(before ??= y.Singles.ToArray(), y.Singles.ToArray());
                }
                Assert.True((transpose ? b.TransposedPanels : b.Panels)!.IsCurrent);
            }
        }
    }

    [Fact]
    public void ItIsRefusedWhereThereIsNone()
    {
        var refusal = Assert.Throws<ConcordException>(() => Factory.Create("managed", 1, precision: Precision.Bfloat16));
        Assert.Equal("Precision bf16 is not to be had: it is the engine onednn that has it, but managed was asked for. "
            + "Use precision float32.", refusal.Message);
        Assert.Contains("managed was asked for", Factory.Bfloat16Obstacle("managed"), StringComparison.Ordinal);
    }

    private static Kernels Start(int threads = 1) => NarrowKernels.Start(threads);

    private static ushort[] Round(float[] numbers)
    {
        var rounded = new ushort[numbers.Length];
        fixed (float* x = numbers)
        fixed (ushort* y = rounded) Bfloat16.Convert(x, y, numbers.Length);
        return rounded;
    }

    private static void RoundInPlace(float* numbers, int count)
    {
        var rounded = Round(new ReadOnlySpan<float>(numbers, count).ToArray());
        for (var i = 0; i < count; i++) numbers[i] = Bfloat16.Widen(rounded[i]);
    }

    private static Tensor Rounded(Kernels kernels, Tensor tensor)
    {
        var rounded = kernels.Allocate(tensor.Shape, tensor.Role);
        kernels.Copy(tensor, rounded);
        RoundInPlace(rounded.Pointer<float>(), rounded.Length);
        return rounded;
    }

    private static double[] Exact(Tensor a, Tensor b)
    {
        var n = a.Shape.Rows;
        var y = new double[n * n];
        for (var i = 0; i < n; i++)
            for (var j = 0; j < n; j++)
                for (var p = 0; p < n; p++) y[i * n + j] += a[i * n + p] * b[p * n + j];
        return y;
    }

    private static Tensor Of(Kernels kernels, Shape shape, float* values)
    {
        var tensor = kernels.Allocate(shape, Role.Activation);
        for (var i = 0; i < tensor.Length; i++) tensor[i] = values[i];
        return tensor;
    }

    private static Tensor Of(Kernels kernels, Shape shape, double value)
    {
        var tensor = kernels.Allocate(shape, Role.Activation);
        kernels.Fill(tensor, value);
        return tensor;
    }

    private static Tensor Random(Kernels kernels, Shape shape, int seed)
    {
        var tensor = kernels.Allocate(shape, Role.Activation);
        kernels.FillNormal(RandomStream.FromSeed(seed), 0, 1, tensor);
        return tensor;
    }
}
