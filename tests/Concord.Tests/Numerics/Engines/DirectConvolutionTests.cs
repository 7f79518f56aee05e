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

    [Theory, MemberData(nameof(Widths))]
    public void ConvolutionsAreWhatTheyAreDefinedToBe(int width)
    {
        int forward = 0, transposed = 0, outer = 0;
        foreach (var given in Passes)
        {
            var direct = new DirectConvolution(new SerialTeam(), (VectorWidth)width);
            var (y, down, gradient) = Results(direct, given);
            using var exact = new DoubleKernels();
            Tensor x = Draw(exact, "x", given), w = Draw(exact, "w", given), d = Draw(exact, "d", given), bias = Draw(exact, "bias", given);
            Tensor expected = exact.Allocate(d.Shape), below = exact.Allocate(x.Shape), start = Draw(exact, "start", given);
            exact.Convolve(given.Window, 1, x, w, bias, expected);
            exact.ConvolveTransposed(given.Window, 1, d, w, below);
            exact.ConvolveWeightGradient(given.Window, 1, x, d, new(start, 0.5, 0.25));
            if (y is not null) Same(expected, y, ref forward, "forward");
            if (down is not null) Same(below, down, ref transposed, "transposed");
            if (gradient is not null) Same(start, gradient, ref outer, "outer");

            void Same(Tensor expectedOne, Tensor result, ref int count, string name)
            {
                Kit.Close(expectedOne.ToArray(), result.ToArray(), 2e-5, $"{given} {name}");
                count++;
            }
        }
        // the others are declined, as channels that do not fill registers are
        Assert.Equal((Passes.Length, width == 256 ? 5 : 4, Passes.Length - 1), (forward, transposed, outer));
    }

    [Theory, MemberData(nameof(Widths))]
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
