using Concord.Numerics;
using Factory = Concord.Numerics.Engines.Engines;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Numerics.Engines;

/// <summary>
/// Convolutions and pools of every engine against the definition, written out in double precision with one loop an index.
/// </summary>
public sealed class ConvolutionTests
{
    [Theory]
    [InlineData("managed", 1)]
    [InlineData("managed", 3)]
    [OneDnnData("onednn", 1)]
    [OneDnnData("onednn", 2)]
    [InlineData("double", 1)]
    public void ConvolutionsAreWhatTheyAreDefinedToBe(string engine, int threads)
    {
        using var kernels = Factory.Create(engine, threads);
        Prop.ForAll(Arb.From(Cases), given =>
        {
            kernels.Run(() => Check(kernels, given));
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    [Theory]
    [InlineData("managed"), OneDnnData("onednn")]
    public void SoAreThoseOfTheSizesOfRealNetworks(string engine)
    {
        using var kernels = Factory.Create(engine, 2);
        foreach (var (channels, size, filters, window) in ((int, int, int, Window)[])[(32, 15, 64, Window.Square(3)),
            (3, 24, 64, Window.Square(5, padding: 2)), (16, 16, 32, Window.Square(1, stride: 2))])
            kernels.Run(() => Check(kernels, new(4, size, size, channels, filters, 1, window, 7)));
    }

    /// <summary>oneDNN 2.6 writes beyond its memory here, which ended the process or gave wrong gradients.</summary>
    [TheoryWith(Need.OneDnn)]
    [InlineData(1)]
    [InlineData(2)]
    public void FewChannelsAreReadAtAStrideByAWindowOfOnePixel(int threads)
    {
        using var kernels = Factory.Create("onednn", threads);
        foreach (var (channels, filters, groups) in ((int, int, int)[])[(1, 1, 1), (1, 16, 1), (3, 1, 1), (3, 15, 1), (7, 8, 1),
            (15, 16, 1), (16, 16, 1), (24, 17, 1), (6, 32, 2)])
            foreach (var (rows, columns) in ((int, int)[])[(4, 8), (16, 16), (32, 32)])
                kernels.Run(() => Check(kernels, new(5, rows, columns, channels, filters, groups, Window.Square(1, 2), 108)));
    }

    private static void Check(Kernels kernels, Case given)
    {
        var (x, w, bias, d, _) = Operands(kernels, given);
        var results = Results(kernels, given);
        int outputRows = d.Shape[1], outputColumns = d.Shape[2], inner = given.Channels / given.Groups, each = given.Filters / given.Groups;
        Sums y = new(d.Length), down = new(x.Length), gradient = new(w.Length);
        for (var n = 0; n < given.Samples; n++)
            for (var i = 0; i < outputRows; i++)
                for (var j = 0; j < outputColumns; j++)
                    for (var o = 0; o < given.Filters; o++)
                    {
                        var at = ((n * outputRows + i) * outputColumns + j) * given.Filters + o;
                        y.Add(at, bias[o]);
                        for (var a = 0; a < given.Window.Height; a++)
                            for (var b = 0; b < given.Window.Width; b++)
                            {
                                int row = i * given.Window.Stride - given.Window.Padding + a * given.Window.Dilation,
                                    column = j * given.Window.Stride - given.Window.Padding + b * given.Window.Dilation;
                                if (row < 0 || row >= given.Rows || column < 0 || column >= given.Columns) continue;
                                for (var c = 0; c < inner; c++)
                                {
                                    var from = ((n * given.Rows + row) * given.Columns + column) * given.Channels + o / each * inner + c;
                                    var weight = ((a * given.Window.Width + b) * inner + c) * given.Filters + o;
                                    y.Add(at, w[weight] * x[from]);
                                    down.Add(from, w[weight] * d[at]);
                                    gradient.Add(weight, d[at] * x[from]);
                                }
                            }
                    }
        var start = Operands(kernels, given).Start.ToArray();
        var unit = kernels.ElementType == ElementType.Single ? 6e-8 : 1.2e-16;
        y.Check(results[0], unit, $"{given} forward");
        down.Check(results[1], unit, $"{given} transposed");
        gradient.Check(results[2], unit, $"{given} outer");
        gradient.Scale(0.5);
        for (var i = 0; i < w.Length; i++) gradient.Add(i, 0.25 * start[i]);
        gradient.Check(results[3], unit, $"{given} outer, accumulated");
    }

    /// <summary>Sums with the sizes of their terms, by which their errors are measured: one near zero may be of large terms.</summary>
    private sealed class Sums(int length)
    {
        private readonly double[] _values = new double[length], _sizes = new double[length];
        private readonly int[] _terms = new int[length];

        public void Add(int at, double term)
        {
            _values[at] += term;
            _sizes[at] += Math.Abs(term);
            _terms[at]++;
        }

        public void Scale(double by)
        {
            for (var i = 0; i < _values.Length; i++) (_values[i], _sizes[i]) = (by * _values[i], by * _sizes[i]);
        }

        public void Check(double[] actual, double unit, string what)
        {
            Assert.Equal(_values.Length, actual.Length);
            for (var i = 0; i < actual.Length; i++)
                Assert.True(Math.Abs(_values[i] - actual[i]) <= unit * (1 + _sizes[i]) * (4 + Math.Sqrt(_terms[i])),
                    $"{what}[{i}]: expected {_values[i]:r}, got {actual[i]:r}, of terms that come to {_sizes[i]:r}");
        }
    }

    private static List<double[]> Results(Kernels kernels, Case given)
    {
        var (x, w, bias, d, start) = Operands(kernels, given);
        Tensor y = kernels.Allocate(d.Shape), down = kernels.Allocate(x.Shape), gradient = kernels.Allocate(w.Shape);
        kernels.Fill(down, 5);
        kernels.Fill(gradient, double.NaN);
        kernels.Convolve(given.Window, given.Groups, x, w, bias, y);
        kernels.ConvolveTransposed(given.Window, given.Groups, d, w, down);
        kernels.ConvolveWeightGradient(given.Window, given.Groups, x, d, new(gradient));
        kernels.ConvolveWeightGradient(given.Window, given.Groups, x, d, new(start, 0.5, 0.25));
        return [y.ToArray(), down.ToArray(), gradient.ToArray(), start.ToArray()];
    }

    private static (Tensor X, Tensor W, Tensor Bias, Tensor D, Tensor Start) Operands(Kernels kernels, Case given)
    {
        Tensor Draw(string name, Shape shape)
        {
            var tensor = kernels.Allocate(shape);
            kernels.FillNormal(RandomStream.FromSeed(given.Seed).Split(name), 0, 1, tensor);
            return tensor;
        }
        var kernel = new Shape(given.Window.Height, given.Window.Width, given.Channels / given.Groups, given.Filters);
        return (Draw("x", new(given.Samples, given.Rows, given.Columns, given.Channels)), Draw("w", kernel),
            Draw("bias", new(given.Filters)),
            Draw("d", new(given.Samples, given.Window.OutputRows(given.Rows), given.Window.OutputColumns(given.Columns), given.Filters)),
            Draw("start", kernel));
    }

    private sealed record Case(int Samples, int Rows, int Columns, int Channels, int Filters, int Groups, Window Window, int Seed);

    private static Gen<Case> Cases =>
        from samples in Gen.Choose(1, 5)
        from rows in Gen.Choose(1, 9)
        from columns in Gen.Choose(1, 9)
        from groups in Gen.Elements(1, 1, 1, 2, 3)
        from inner in Gen.Elements(1, 2, 3, 8, 16, 17)
        from each in Gen.Elements(1, 2, 5, 16, 32, 48)
        from height in Gen.Choose(1, 4)
        from width in Gen.Choose(1, 4)
        from stride in Gen.Choose(1, 3)
        from padding in Gen.Choose(0, 2)
        from dilation in Gen.Elements(1, 1, 2)
        from seed in Gen.Choose(0, 1000)
        let window = new Window(height, width, stride, padding, dilation)
        where window.OutputRows(rows) > 0 && window.OutputColumns(columns) > 0
        select new Case(samples, rows, columns, inner * groups, each * groups, groups, window, seed);
}
