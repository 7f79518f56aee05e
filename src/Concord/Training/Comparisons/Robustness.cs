using Concord.Data;
using Concord.Diagnostics;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>Accuracy against the strength of an attack by the true gradient (<see cref="AdversarialAttack"/>).</summary>
public static class Robustness
{
    /// <summary>Attacks a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="samples">Of its data set.</param>
    /// <param name="epsilons">Radii as shares of the pixel range; 0 for no attack.</param>
    /// <param name="attack">How.</param>
    /// <param name="cancellation">Breaks off between batches.</param>
    /// <returns>A point a radius.</returns>
    /// <exception cref="ConcordException">The samples are spikes, or have no classes.</exception>
    public static IReadOnlyList<RobustnessPoint> Measure(SavedNetwork network, Samples samples, IReadOnlyList<double> epsilons,
        AttackSettings attack, CancellationToken cancellation = default)
    {
        var correct = new int[epsilons.Count];
        network.Pass.Kernels.Run(() => Count(network, samples, epsilons, attack, correct, cancellation));
        return [.. epsilons.Select((epsilon, i) => new RobustnessPoint(epsilon, correct[i], samples.Count))];
    }

    private static void Count(SavedNetwork network, Samples samples, IReadOnlyList<double> epsilons, AttackSettings settings, int[] correct,
        CancellationToken cancellation)
    {
        if (samples.AreEvents)
            throw new ConcordException($"An attack changes numbers, but the data of the run in '{network.Folder}' are spikes. Give a run "
                + "on numbers.");
        if (!samples.HasClasses)
            throw new ConcordException($"An attack is measured by right answers, and the data of the run in '{network.Folder}' have no "
                + "classes. Give a run on classes.");
        var (pass, kernels) = (network.Pass, network.Pass.Kernels);
        var attack = new AdversarialAttack(pass, network.Settings.Objective);
        var (darkest, brightest) = Borders(network, samples);
        var stream = RandomStream.FromSeed(settings.Seed).Split("attack");
        var answers = new int[network.BatchSize];
        for (var start = 0; start < samples.Count; start += network.BatchSize)
        {
            int[] rows = [.. Enumerable.Range(start, Math.Min(network.BatchSize, samples.Count - start))], one = new int[rows.Length];
            // What the pixels' bounds become on their way into the network is what becomes of samples that consist of them.
            Tensor Bound(Samples border, string name)
            {
                network.Load(border, one);
                var bound = pass.Workspace.Get(kernels, attack, name, pass.Input.Shape, Role.Activation);
                kernels.Copy(pass.Input, bound);
                return bound;
            }
            Tensor low = Bound(darkest, "low"), high = Bound(brightest, "high");
            for (var i = 0; i < epsilons.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                network.Load(samples, rows);
                attack.Run(settings.Kind, epsilons[i], settings.Steps, low, high, stream.At(start));
                network.Answer(answers.AsSpan(0, rows.Length));
                for (var n = 0; n < rows.Length; n++)
                    if (answers[n] == network.Labels[n]) correct[i]++;
            }
        }
    }

    /// <summary>
    /// Two samples: all pixels at the least value they can have, and at the largest. For own data, which has no pixels, those that occur.
    /// </summary>
    private static (Samples Darkest, Samples Brightest) Borders(SavedNetwork network, Samples attacked)
    {
        var (shape, classes, length) = (attacked.Shape, attacked.Classes, attacked.Shape.Length / attacked.Channels);
        var (lowest, highest) = network.TrainingRange;
        if (attacked.AreBytes && lowest.Length == 0)
            return (new(shape, new byte[shape.Length], [0], classes),
                new(shape, [.. Enumerable.Repeat(byte.MaxValue, shape.Length)], [0], classes));
        float[] low = new float[shape.Length], high = new float[shape.Length];
        for (var channel = 0; channel < attacked.Channels; channel++)
        {
            var (least, width) = attacked.AreBytes ? (byte.MinValue, byte.MaxValue) : Normalization.Range(attacked, channel);
            var (trainLow, trainHigh) = lowest.Length > 0 ? (lowest[channel], highest[channel]) : (byte.MinValue, byte.MaxValue);
            low.AsSpan(channel * length, length).Fill((float)Math.Min(trainLow, least));
            high.AsSpan(channel * length, length).Fill((float)Math.Max(trainHigh, least + width));
        }
        return (new(shape, low, [0], classes), new(shape, high, [0], classes));
    }
}
