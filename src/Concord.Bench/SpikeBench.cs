using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Bench;

/// <summary>What a spiking layer came to: seconds per batch upward and down, and what their reading of the weights alone takes.</summary>
/// <param name="Events">Synaptic events of a batch: input spikes times neurons.</param>
/// <param name="Spikes">Spikes of a neuron in a sample.</param>
/// <param name="Forward">The walk upward.</param>
/// <param name="Backward">The walk down, to the gradient.</param>
/// <param name="Read">Adding up the same weights in the same order, and nothing else: what the walk upward cannot be faster than.</param>
/// <param name="Update">Adding a number to the same elements of the gradient: the same for the walk down.</param>
internal sealed record SpikeFigures(long Events, double Spikes, double Forward, double Backward, double Read, double Update);

/// <summary>
/// A layer of 800 spiking neurons on inputs like those of MNIST: 784 neurons, of which a sample's 148 fire once, at 256 possible times.
/// </summary>
internal static class SpikeBench
{
    private const int Samples = 50, Inputs = 784, Neurons = 800, Active = 148, Block = 80;

    public static SpikeFigures Run(Kernels kernels, int rounds, double seconds)
    {
        var stream = RandomStream.FromSeed(0);
        var input = Spikes(stream);
        var layer = new SpikingDense(kernels, Inputs, Neurons, new SpikingNeuron(Threshold: 0.2, MostSpikes: 30), duration: 0.2);
        Tensor weight = kernels.Allocate(new(Inputs, Neurons)), gradient = kernels.Allocate(new(Inputs, Neurons));
        var (output, signal) = (new SpikeTrains(Neurons), (Tensor?)null);
        kernels.Run(() =>
        {
            kernels.FillUniform(stream.Split("weight"), -1, 1, weight);
            layer.Forward(weight, input, output);
            signal = output.ValuesOf(null);
            kernels.Fill(signal, 1e-6);
        });
        var rows = input.NeuronsOfEvents.ToArray();
        var times = Interleaved.Measure(
        [
            new("forward", count => kernels.Run(() =>
            {
                for (var i = 0; i < count; i++) layer.Forward(weight, input, output);
            })),
            new("backward", count => kernels.Run(() =>
            {
                for (var i = 0; i < count; i++) layer.Backward(signal!, null, null, new Accumulator(gradient));
            })),
            new("read", count => Blocks(kernels, count, block => Read(weight, rows, block))),
            new("update", count => Blocks(kernels, count, block => Update(gradient, rows, block))),
        ], rounds, seconds);
        return new(layer.SynapticOperations, output.Count / (double)(Samples * Neurons), times["forward"], times["backward"],
            times["read"], times["update"]);
    }

    private static SpikeTrains Spikes(RandomStream stream)
    {
        var trains = new SpikeTrains(Inputs);
        var neurons = new int[Inputs];
        for (var sample = 0; sample < Samples; sample++)
        {
            for (var i = 0; i < Inputs; i++) neurons[i] = i;
            var draws = stream.Split("input").At(sample);
            draws.Shuffle<int>(neurons);
            for (var i = 0; i < Active; i++) trains.Add(0.1 * draws.Split("time").Below((ulong)i, 256) / 255, neurons[i]);
            trains.EndSample();
        }
        return trains;
    }

    private static void Blocks(Kernels kernels, int count, Action<int> work)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = kernels.Threads };
        for (var i = 0; i < count; i++)
            if (kernels.Threads > 1) Parallel.For(0, Neurons / Block, options, work);
            else
                for (var block = 0; block < Neurons / Block; block++) work(block);
    }

    private static void Read(Tensor weight, int[] rows, int block)
    {
        ref var first = ref MemoryMarshal.GetReference(weight.Singles);
        Vector512<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default, sum4 = default;
        foreach (var row in rows)
        {
            ref var part = ref Unsafe.Add(ref first, row * Neurons + block * Block);
            sum0 += Vector512.LoadUnsafe(ref part);
            sum1 += Vector512.LoadUnsafe(ref part, 16);
            sum2 += Vector512.LoadUnsafe(ref part, 32);
            sum3 += Vector512.LoadUnsafe(ref part, 48);
            sum4 += Vector512.LoadUnsafe(ref part, 64);
        }
        if (float.IsNaN(Vector512.Sum(sum0 + sum1 + sum2 + sum3 + sum4)))   // so that the sums are needed
            throw new InvalidOperationException("Weights are numbers.");
    }

    private static void Update(Tensor gradient, int[] rows, int block)
    {
        ref var first = ref MemoryMarshal.GetReference(gradient.Singles);
        var one = Vector512.Create(1e-6f);
        foreach (var row in rows)
        {
            ref var part = ref Unsafe.Add(ref first, row * Neurons + block * Block);
            (Vector512.LoadUnsafe(ref part) + one).StoreUnsafe(ref part);
            (Vector512.LoadUnsafe(ref part, 16) + one).StoreUnsafe(ref part, 16);
            (Vector512.LoadUnsafe(ref part, 32) + one).StoreUnsafe(ref part, 32);
            (Vector512.LoadUnsafe(ref part, 48) + one).StoreUnsafe(ref part, 48);
            (Vector512.LoadUnsafe(ref part, 64) + one).StoreUnsafe(ref part, 64);
        }
    }
}
