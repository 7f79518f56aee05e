using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Concord.Numerics.Engines.Products;

internal sealed unsafe partial class PooledConvolution
{
    /// <summary>Filters, each through all images.</summary>
    private readonly struct GradientWork(VectorWidth width, ImagePass pass, Padded padded, float* images, Maxima maxima, float* values,
        int* offsets, float* kernels, float* w) : IRangeWork
    {
        public void Run(int start, int end)
        {
            if (width == VectorWidth.Bits512) Run<Simd512, Vector512<float>>(start, end);
            else Run<Simd256, Vector256<float>>(start, end);
        }

        private void Run<TSimd, TVector>(int start, int end) where TSimd : struct, ISimd<TVector> where TVector : unmanaged
        {
            var steps = stackalloc int[maxima.Pool.Height * maxima.Pool.Width];
            var scattered = stackalloc nint[padded.Sums / TSimd.Lanes];
            for (var k = 0; padded.IsScattered && k < padded.Height * padded.Registers; k++)
                scattered[k] = k / padded.Registers * padded.Pitch + k % padded.Registers * TSimd.Lanes;
            Steps(steps);
            int places = maxima.Pool.Places, rows = padded.Height, kernel = padded.Sums, across = padded.FullRow;
            for (var n = 0; n < pass.Samples; n++)
            {
                var image = images + n * padded.Image;
                for (var o = start; o < end; o++)
                {
                    var to = kernels + (nint)o * kernel;
                    float* list = values + (nint)o * places;
                    var at = offsets + (nint)o * places;
                    var count = Fill(n, o, steps, list, at);
                    if (padded.IsScattered)
                        for (var k = 0; k < kernel / TSimd.Lanes; k += ScaledRows<TSimd, TVector>.Scattered)
                            ScaledRows<TSimd, TVector>.AddScattered(to + k * TSimd.Lanes, image, scattered + k, count, list, at);
                    else
                        for (var a = 0; a < rows; a++)
                            ScaledRows<TSimd, TVector>.Add(padded.Registers, to + a * across, image + a * padded.Pitch, count, list, at);
                }
            }
            for (var o = start; o < end; o++)
                for (var a = 0; a < rows; a++)
                    for (var i = 0; i < padded.Row; i++)
                        w[((nint)a * padded.Row + i) * maxima.Pool.Channels + o] = kernels[(nint)o * kernel + a * across + i];
        }

        /// <summary>How far from a window's corner each of its places stands, seen through the convolution.</summary>
        private void Steps(int* steps)
        {
            for (var a = 0; a < maxima.Pool.Height; a++)
                for (var b = 0; b < maxima.Pool.Width; b++) steps[a * maxima.Pool.Width + b] = padded.At(pass, a, b);
        }

        /// <summary>The list of a filter in an image: maxima that have a signal, in order.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private int Fill(int n, int filter, int* steps, float* list, int* at)
        {
            var channels = (nint)maxima.Pool.Channels;
            var from = (nint)n * maxima.Pool.Places * channels + filter;
            float* signal = maxima.Signal + from, place = maxima.Places + from;
            int columns = maxima.Pool.OutputColumns, next = padded.At(pass, 0, maxima.Pool.Stride);
            nint count = 0;
            for (var i = 0; i < maxima.Pool.OutputRows; i++)
            {
                var corner = padded.At(pass, maxima.Pool.At(i, 0), maxima.Pool.At(0, 0));
                for (var j = 0; j < columns; j++, corner += next, signal += channels, place += channels)
                {
                    var value = *signal;
                    list[count] = value;
                    at[count] = corner + steps[(int)*place];
                    count += IsNotZero(value);
                }
            }
            return (int)count;
        }
    }
}
