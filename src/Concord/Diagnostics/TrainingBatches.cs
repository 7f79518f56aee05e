namespace Concord.Diagnostics;

/// <summary>How many samples the steps of a run have: every epoch the same number of batches, of which the last may be smaller.</summary>
/// <param name="Size">Samples of a batch.</param>
/// <param name="Last">Samples of the last batch of an epoch.</param>
/// <param name="PerEpoch">Batches of an epoch.</param>
public sealed record TrainingBatches(int Size, int Last, int PerEpoch)
{
    /// <summary>Those of a run.</summary>
    /// <param name="samples">Samples of an epoch, at least one.</param>
    /// <param name="size">Samples that a batch is to have.</param>
    public static TrainingBatches Of(int samples, int size)
    {
        var (whole, rest) = (Math.Min(size, samples), samples % Math.Min(size, samples));
        return new(whole, rest == 0 ? whole : rest, samples / whole + (rest == 0 ? 0 : 1));
    }

    /// <summary>
    /// What is left of the variance of one sample's estimate in a moving average, alpha that of an average of one mean over a batch for
    /// each step,
    /// <para>alpha^2 sum_(t &lt; T) (1 - alpha)^(2 (T - 1 - t)) / N_t, N_t the samples of step t; about alpha / ((2 - alpha) N) where all
    /// batches have N.</para>
    /// A small last batch counts as much in the average as the others and varies more.
    /// </summary>
    /// <param name="rate">alpha, above 0 and at most 1.</param>
    /// <param name="steps">T, the steps so far.</param>
    public double VarianceLeft(double rate, long steps)
    {
        var kept = (1 - rate) * (1 - rate);
        var (epochs, since) = (steps / PerEpoch, steps % PerEpoch);
        var all = Sum(kept, steps) / Size;
        var smaller = Math.Pow(kept, since) * Sum(Math.Pow(kept, PerEpoch), epochs);   // of the last steps of epochs
        return rate * rate * (all + smaller * (1.0 / Last - 1.0 / Size));

        // 1 + ratio + ... of so many terms
        static double Sum(double ratio, long terms) => ratio == 1 ? terms : (1 - Math.Pow(ratio, terms)) / (1 - ratio);
    }
}
