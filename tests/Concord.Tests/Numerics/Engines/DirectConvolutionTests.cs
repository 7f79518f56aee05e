using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Numerics.Engines.Products;

namespace Concord.Tests.Numerics.Engines;

/// <summary>Convolutions that read images where they stand, against the double engine, which lays out patches.</summary>
public sealed unsafe class DirectConvolutionTests
{
    private static readonly (int Samples, int Size, int Channels, int Filters, Window Window)[] Passes =
    [
        (3, 15, 32, 64, Window.Square(3)), (2, 9, 16, 16, Window.Square(3, padding: 1)), (2, 8, 16, 48, Window.Square(5, padding: 2)),
        (2, 7, 8, 80, Window.Square(3, stride: 2, padding: 1)), (1, 11, 24, 32, Window.Square(3, padding: 2, dilation: 2)), (2, 5, 64, 16,
            Window.Square(1)),
        (1, 3, 16, 16, new Window(2, 3, Padding: 1)), (5, 1, 16, 16, Window.Square(3, padding: 1)), (2, 6, 3, 16,
            Window.Square(5, padding: 2)),
    ];

    public static TheoryData<int> Widths =>
        new(from width in (VectorWidth[])[VectorWidth.Bits256, VectorWidth.Bits512] where width <= VectorWidths.Widest select (int)width);

    [TheoryWith(Need.WideVectors), MemberData(nameof(Widths))]
    public void ConvolutionsAreWhatTheyAreDefinedToBe(int width)
    {
        int forward = 0, transposed = 0, outer = 0;
        foreach (var given in Passes)
        {
            var direct = new DirectConvolution(new SerialTeam(), (VectorWidth)width);
            var (y, down, gradient) = Results(direct, given);
            var (expected, sizes) = (Exact(given, sizes: false), Exact(given, sizes: true));
            var area = given.Window.Area;
            if (y is not null) Same(0, y, area * given.Channels + 1, ref forward, "forward");
            if (down is not null) Same(1, down, area * given.Filters, ref transposed, "transposed");
            if (gradient is not null) Same(2, gradient, expected[0].Length / given.Filters + 1, ref outer, "outer");

            void Same(int which, Tensor result, int terms, ref int count, string name)
            {
                Kit.CloseSums(expected[which], sizes[which], terms, result.ToArray(), $"{given} {name}");
                count++;
            }
        }
        // the others are declined, as channels that do not fill registers are
        Assert.Equal((Passes.Length, width == 256 ? 5 : 4, Passes.Length - 1), (forward, transposed, outer));
    }

    [TheoryWith(Need.WideVectors), MemberData(nameof(Widths))]
    public void ConvolutionsHaveTheSameBitsOnAnyNumberOfThreads(int width)
    {
        using ThreadTeam two = new(2), three = new(3);
        foreach (var given in Passes)
        {
            var one = Results(new DirectConvolution(new SerialTeam(), (VectorWidth)width), given);
            foreach (var team in (Team[])[two, three])
            {
                var other = Results(new DirectConvolution(team, (VectorWidth)width), given);
                Assert.Equal(one.Y?.ToArray(), other.Y?.ToArray());
                Assert.Equal(one.Down?.ToArray(), other.Down?.ToArray());
                Assert.Equal(one.Gradient?.ToArray(), other.Gradient?.ToArray());
            }
        }
    }

    [Fact]
    public void DeclineWhatDoesNotFillRegisters()
    {
        var direct = new DirectConvolution(new SerialTeam());
        var (y, down, gradient) = Results(direct, (2, 6, 3, 10, Window.Square(3)));
        Assert.Null(y);
        Assert.Null(down);
        Assert.Null(gradient);
    }

    /// <summary>Outputs, signal down and gradient in double precision, or the sizes of the terms that each is a sum of.</summary>
    private static double[][] Exact((int Samples, int Size, int Channels, int Filters, Window Window) given, bool sizes)
    {
        using var exact = new DoubleKernels();
        Tensor x = Made("x"), w = Made("w"), d = Made("d"), bias = Made("bias"), start = Made("start");
        Tensor y = exact.Allocate(d.Shape), down = exact.Allocate(x.Shape);
        exact.Convolve(given.Window, 1, x, w, bias, y);
        exact.ConvolveTransposed(given.Window, 1, d, w, down);
        exact.ConvolveWeightGradient(given.Window, 1, x, d, new(start, 0.5, 0.25));
        return [y.ToArray(), down.ToArray(), start.ToArray()];

        Tensor Made(string name)
        {
            var tensor = Draw(exact, name, given);
            if (sizes) tensor.CopyFrom([.. tensor.ToArray().Select(Math.Abs)]);
            return tensor;
        }
    }

    private static (Tensor? Y, Tensor? Down, Tensor? Gradient) Results(DirectConvolution direct,
        (int Samples, int Size, int Channels, int Filters, Window Window) given)
    {
        using var kernels = new SingleKernels(1);
        Tensor x = Draw(kernels, "x", given), w = Draw(kernels, "w", given), d = Draw(kernels, "d", given),
            bias = Draw(kernels, "bias", given);
        Tensor y = kernels.Allocate(d.Shape), down = kernels.Allocate(x.Shape), gradient = Draw(kernels, "start", given);
        var pass = new ImagePass(given.Window, x.Shape, d.Shape);
        kernels.Fill(y, double.NaN);
        kernels.Fill(down, double.NaN);
        return (
            direct.TryForward(pass, x.Pointer<float>(), w.Pointer<float>(), given.Filters, bias.Pointer<float>(), y.Pointer<float>()) ? y
                : null,
            direct.TryTransposed(pass, d.Pointer<float>(), w.Pointer<float>(), given.Filters, down.Pointer<float>()) ? down : null,
            direct.TryWeightGradient(pass, x.Pointer<float>(), d.Pointer<float>(), given.Filters, 0.5f, 0.25f, gradient.Pointer<float>())
                ? gradient : null);
    }

    private static Tensor Draw(Kernels kernels, string name, (int Samples, int Size, int Channels, int Filters, Window Window) given)
    {
        var tensor = kernels.Allocate(name switch
        {
            "x" => new(given.Samples, given.Size, given.Size, given.Channels),
            "d" => new(given.Samples, given.Window.OutputRows(given.Size), given.Window.OutputColumns(given.Size), given.Filters),
            "bias" => new(given.Filters),
            _ => new(given.Window.Height, given.Window.Width, given.Channels, given.Filters),
        });
        kernels.FillNormal(RandomStream.FromSeed(4).Split(name), 0, 1, tensor);
        return tensor;
    }
}
