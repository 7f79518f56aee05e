using System.Runtime.InteropServices;
using Concord.Numerics;

namespace Concord.Tests.Numerics.Engines;

/// <summary>
/// Max pools of two by two inputs, which have a walk of their own, against plain loops: to the bit, what is not a number among them.
/// </summary>
public sealed class PoolsOfFourTests
{
    private static readonly Window s_window = Window.Square(2, stride: 2);

    [Theory]
    [InlineData(1, 2, 2, 1, 1), InlineData(3, 6, 4, 8, 2), InlineData(2, 4, 6, 7, 1), InlineData(5, 8, 8, 33, 3)]
    [InlineData(2, 12, 10, 16, 2), InlineData(2, 5, 7, 9, 2), InlineData(3, 3, 2, 16, 1)]   // in the last two something is left over
    public void TheyAreWhatTheyAreDefinedToBe(int samples, int height, int width, int channels, int threads)
    {
        using var kernels = Kit.Single(threads);
        Tensor x = kernels.Allocate(new(samples, height, width, channels)),
            y = kernels.Allocate(new(samples, height / 2, width / 2, channels)), places = kernels.Allocate(y.Shape),
            signal = kernels.Allocate(y.Shape), result = kernels.Allocate(x.Shape);
        kernels.FillNormal(RandomStream.FromSeed(1), 0, 1, x);
        kernels.FillNormal(RandomStream.FromSeed(2), 0, 1, signal);
        float[] odd = [float.NaN, float.NegativeInfinity, float.PositiveInfinity, 0f, -0f, 1f, 1f, 1f];
        for (var i = 0; i < x.Length; i += 3) x.Singles[i] = odd[i / 3 % odd.Length];
        for (var i = 0; i < signal.Length; i += 5) signal.Singles[i] = -0f;
        var added = height % 2 + width % 2 > 0;   // to zero, where something is left over
        float[] top = new float[y.Length], place = new float[y.Length], down = new float[x.Length], gated = new float[x.Length];
        for (var at = 0; at < y.Length; at++)
        {
            int c = at % channels, j = at / channels % (width / 2), i = at / channels / (width / 2) % (height / 2),
                n = at / (y.Length / samples);
            int Input(int k) => ((n * height + 2 * i + k / 2) * width + 2 * j + k % 2) * channels + c;
            (top[at], place[at]) = (x.Singles[Input(0)], 0);
            for (var k = 1; k < 4; k++)
            {
                if (x.Singles[Input(k)] > top[at]) place[at] = k;
                top[at] = MathF.Max(top[at], x.Singles[Input(k)]);
            }
            float share = signal.Singles[at], slope = top[at] > 0 ? 1 : 0;
            down[Input((int)place[at])] = added ? 0f + share : share;
            gated[Input((int)place[at])] = added ? 0f + share * slope : share * slope;
        }
        kernels.MaxPool(s_window, x, y, places);
        Assert.Equal(Bits(top), Bits(y.Singles));
        Assert.Equal(Bits(place), Bits(places.Singles));
        kernels.Fill(result, double.NaN);
        kernels.MaxPoolSignal(s_window, places, signal, result);
        Assert.Equal(Bits(down), Bits(result.Singles));
        kernels.Fill(result, double.NaN);
        kernels.MaxPoolSignal(s_window, places, signal, result, new(ActivationKind.Relu), y);
        Assert.Equal(Bits(gated), Bits(result.Singles));
    }

    private static int[] Bits(ReadOnlySpan<float> values)
    {
        var bits = MemoryMarshal.Cast<float, int>(values).ToArray();
        for (var i = 0; i < bits.Length; i++)
            if (float.IsNaN(values[i])) bits[i] = int.MaxValue;   // whichever it is
        return bits;
    }
}
