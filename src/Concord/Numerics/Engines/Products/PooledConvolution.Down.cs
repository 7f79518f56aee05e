using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Concord.Numerics.Engines.Products;

internal sealed unsafe partial class PooledConvolution
{
    /// <summary>[kh, row, filters] becomes [kh, filters, row].</summary>
    private readonly struct TurnWork(int row, float* w, int filters, float* turned) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var index = start; index < end; index++)
            {
                float* from = w + (nint)(index / filters) * row * filters + index % filters, to = turned + (nint)index * row;
                for (var i = 0; i < row; i++) to[i] = from[(nint)i * filters];
            }
        }
    }

    /// <summary>Images, a run of them for each part.</summary>
    private readonly struct TransposedWork(VectorWidth width, ImagePass pass, Padded padded, Maxima maxima, float* kernels, float* images,
        float* x, int parts, float* values, int* offsets, int lists, int starts) : IRangeWork
    {
        public void Run(int start, int end)
        {
            for (var part = start; part < end; part++)
            {
                var list = values + (nint)part * lists;
                int* at = offsets + (nint)part * (lists + starts), begins = at + lists;
                int first = (int)((long)pass.Samples * part / parts), last = (int)((long)pass.Samples * (part + 1) / parts);
                for (var n = first; n < last; n++)
                {
                    Fill(n, list, at, begins);
                    var image = images + n * padded.Image;
                    new Span<float>(image, (int)padded.Image).Clear();
                    if (width == VectorWidth.Bits512) Add<Simd512, Vector512<float>>(image, list, at, begins);
                    else Add<Simd256, Vector256<float>>(image, list, at, begins);
                    if (!padded.IsPlain) Copy(x + n * pass.Image, image, pass, padded, inward: false);
                }
            }
        }

        /// <summary>The lists of an image, one for each place of each window: the filters whose maximum stood there.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Fill(int n, float* list, int* at, int* begins)
        {
            int area = maxima.Pool.Height * maxima.Pool.Width, channels = maxima.Pool.Channels, across = padded.FullRow, begin = 0;
            var next = stackalloc int[area];
            var from = (nint)n * maxima.Pool.Places * channels;
            float* signal = maxima.Signal + from, places = maxima.Places + from;
            for (var i = 0; i < maxima.Pool.Places; i++, signal += channels, places += channels, begins += area)
            {
                new Span<int>(next, area).Clear();
                for (var o = 0; o < channels; o++) next[(int)places[o]] += IsNotZero(signal[o]);
                for (var place = 0; place < area; place++)
                {
                    begins[place] = begin;
                    begin += next[place];
                    next[place] = begins[place];
                }
                for (var o = 0; o < channels; o++)
                {
                    var place = (int)places[o];
                    if (IsNotZero(signal[o]) == 0) continue;
                    list[next[place]] = signal[o];
                    at[next[place]++] = o * across;
                }
            }
            *begins = begin;
        }

        /// <summary>One row of all kernels at a time, so that it stays in the nearest cache.</summary>
        private void Add<TSimd, TVector>(float* image, float* list, int* at, int* starts) where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            for (var a = 0; a < padded.Height; a++)
            {
                var kernel = kernels + (nint)a * maxima.Pool.Channels * padded.FullRow;
                var begins = starts;
                for (var i = 0; i < maxima.Pool.OutputRows; i++)
                    for (var j = 0; j < maxima.Pool.OutputColumns; j++)
                        for (var row = 0; row < maxima.Pool.Height; row++)
                            for (var column = 0; column < maxima.Pool.Width; column++, begins++)
                            {
                                var count = begins[1] - begins[0];
                                if (count == 0) continue;
                                var to = image + padded.At(pass, maxima.Pool.At(i, row), maxima.Pool.At(j, column)) + a * padded.Pitch;
                                ScaledRows<TSimd, TVector>.Add(padded.Registers, to, kernel, count, list + *begins, at + *begins);
                            }
            }
        }
    }
}
