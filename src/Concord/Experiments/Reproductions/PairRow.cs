using Concord.Diagnostics;
using Concord.Numerics;
using Concord.Rules;
using Concord.Spiking;

namespace Concord.Experiments;

/// <summary>How far B of two reciprocal populations is from W.</summary>
/// <param name="Seconds">Biological time by then.</param>
/// <param name="Angle">Between the two, in degrees.</param>
/// <param name="Error">|W - B| / |W|.</param>
/// <param name="Concordance">The share of elements of one sign.</param>
/// <param name="Norm">|B| / |W|.</param>
public sealed record PairAlignment(double Seconds, double Angle, double Error, double Concordance, double Norm)
{
    internal static PairAlignment Of(ReciprocalPopulations pair, double seconds)
    {
        var (w, b) = (pair.Forward, pair.Backward);
        double ww = 0, bb = 0, wb = 0, gap = 0, same = 0;
        for (var k = 0; k < w.Length; k++)
        {
            (ww, bb, wb) = (ww + w[k] * w[k], bb + b[k] * b[k], wb + w[k] * b[k]);
            gap += (w[k] - b[k]) * (w[k] - b[k]);
            if (w[k] * b[k] > 0) same++;
        }
        return new(seconds, PortAlignment.Degrees(wb / Math.Sqrt(ww * bb)), Math.Sqrt(gap / ww), same / w.Length, Math.Sqrt(bb / ww));
    }
}

/// <summary>
/// The rule <c>sal</c> by itself: two populations of ten neurons, W and B drawn from 0.1 N(0, 1), as many calibrations, each of as much
/// biological time, as its options say before training.
/// </summary>
/// <param name="Cell">The rule's options and the seed of weights and noise.</param>
/// <param name="Alignments">At the start and after each calibration.</param>
/// <param name="Rate">Spikes of a neuron in a second, the mean over both populations and all time.</param>
public sealed record PairRow(ExperimentCell Cell, IReadOnlyList<PairAlignment> Alignments, double Rate) : TrialRow(Cell)
{
    private const string Rule = "sal";
    private const int Neurons = 10;
    private const double Scale = 0.1;
    private static readonly int[] s_looks = [0, 4, 8, 12];

    /// <summary>Such trials as a kind.</summary>
    public static TrialKind Kind { get; } = new(FigureQuantity.Pair, "pair", "pairs of populations, simulated", "All pairs:",
        ["pair", "seed", "biological time, s", "angle, °", "relative error", "sign concordance", "norm of B over W", "spikes a second"],
        new Dictionary<string, TrialMeasure>([.. Over("angle", "angle of B and W, °", 1, one => one.Angle, (by, _) => by.Degrees),
            .. Over("error", "relative error of B", 2, one => one.Error, (by, value) => by.Ratio * value),
            .. Over("concordance", "sign concordance", 2, one => one.Concordance, (by, _) => by.Concordance),
            .. Over("norm", "norm of B over that of W", 2, one => one.Norm, (by, value) => by.Ratio * value),
            new("rate", new("spikes of a neuron in a second", 1, row => ((PairRow)row).Rate, (by, _) => by.Spikes))]),
        "two populations of ten neurons", _ => "", (cells, kernels, stop) => cells.Select(cell => Of(cell, kernels, stop)));

    /// <inheritdoc/>
    public override IReadOnlyList<string> Figures =>
    [
        Cell.Label, FormattableString.Invariant($"{Cell.Settings.Seed}"), NumberFormat.Fixed(Alignments[^1].Seconds, 0),
        Series(one => one.Angle, 1), Series(one => one.Error, 2), Series(one => one.Concordance, 2), Series(one => one.Norm, 2),
        NumberFormat.Fixed(Rate, 1),
    ];

    /// <summary>Simulates one.</summary>
    /// <param name="cell">Options and seed.</param>
    /// <param name="kernels">The engine.</param>
    /// <param name="stop">Breaks off between calibrations.</param>
    /// <exception cref="ConcordException">The cell's rule is another.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public static PairRow Of(ExperimentCell cell, Kernels kernels, CancellationToken stop = default)
    {
        if (cell.Settings.Rule != Rule)
            throw new ConcordException($"Pairs of populations are of the rule {Rule}; the rule {cell.Settings.Rule} has none.");
        var options = new PairingOptions(RuleCatalogue.Resolve(Rule, cell.Settings.RuleOptions));
        var pair = new ReciprocalPopulations(kernels, Neurons, Neurons, options.Settings);
        var stream = RandomStream.FromSeed(cell.Settings.Seed).Split("pair");
        var drawn = kernels.Allocate(new(pair.Forward.Length));
        foreach (var (name, weights) in new[] { ("W", pair.Forward), ("B", pair.Backward) })
        {
            kernels.FillNormal(stream.Split(name), 0, Scale, drawn);
            drawn.ToArray().CopyTo(weights, 0);
        }
        List<PairAlignment> alignments = [PairAlignment.Of(pair, 0)];
        var spikes = 0L;
        for (var move = 1; move <= options.Before; move++)
        {
            stop.ThrowIfCancellationRequested();
            pair.Rest(stream.Split("noise").At(-move));
            pair.Advance(options.Steps);
            spikes += pair.Spikes.Lower + pair.Spikes.Upper;
            alignments.Add(PairAlignment.Of(pair, move * options.Seconds));
        }
        return new(cell, alignments, spikes / (2 * Neurons * alignments[^1].Seconds));
    }

    // At the start, after some calibrations, and at the end.
    private static IEnumerable<KeyValuePair<string, TrialMeasure>> Over(string name, string words, int decimals,
        Func<PairAlignment, double> of, Func<ReproductionTolerance, double, double> allowed) =>
    [
        new(name, new(words, decimals, row => of(((PairRow)row).Alignments[^1]), allowed)),
        .. s_looks.Select(look => new KeyValuePair<string, TrialMeasure>(FormattableString.Invariant($"{name}{look}"), new(
            look == 0 ? $"{words} at the start" : FormattableString.Invariant($"{words} after {look} calibrations"), decimals,
            row => ((PairRow)row).Alignments is var all && look < all.Count ? of(all[look]) : double.NaN, allowed))),
    ];

    private string Series(Func<PairAlignment, double> of, int decimals) => string.Join(" → ",
        s_looks.Where(look => look < Alignments.Count - 1).Select(look => Alignments[look]).Append(Alignments[^1])
            .Select(one => NumberFormat.Fixed(of(one), decimals)));
}
