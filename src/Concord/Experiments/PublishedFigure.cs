using System.Globalization;
using Concord.Rules;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>What a published figure is of.</summary>
public enum FigureQuantity
{
    /// <summary>Share of right answers on the test samples, in per cent.</summary>
    TestAccuracy,

    /// <summary>Share of wrong answers on the test samples, in per cent.</summary>
    TestError,

    /// <summary>Cosine of the delivered signal with the true gradient at a port, after the last epoch, -1 to 1.</summary>
    Cosine,

    /// <summary>Share of right answers on the training samples during the last epoch, each before the step it took part in, in per cent.</summary>
    TrainAccuracy,
}

/// <summary>Where a published figure stands.</summary>
public enum FigureOrigin
{
    /// <summary>In the paper.</summary>
    Paper,

    /// <summary>In the authors' code, or a log beside it.</summary>
    Code,

    /// <summary>On the authors' slides.</summary>
    Slides,

    /// <summary>Nowhere in print: measured with an independent re-implementation of the published setting.</summary>
    Measured,
}

/// <summary>A figure to be regenerated.</summary>
/// <param name="Cell">The keys that say which runs it is of, <c>rule</c> first; what they leave open is the same in all runs.</param>
/// <param name="Quantity">What it is of.</param>
/// <param name="Port">The port of a cosine; empty for the others.</param>
/// <param name="Value">The figure, in per cent or as a cosine.</param>
/// <param name="Std">Its standard deviation over runs; NaN if none was published.</param>
/// <param name="Runs">How many runs it is the mean of; 0 if that was not published.</param>
/// <param name="Origin">Where it stands.</param>
/// <param name="Reason">Why ours may differ; empty if no reason is known.</param>
public sealed record PublishedFigure(
    IReadOnlyList<KeyValuePair<string, string>> Cell, FigureQuantity Quantity, string Port, double Value, double Std, int Runs, FigureOrigin Origin, string Reason)
{
    /// <summary>The runs in a few words.</summary>
    public string Label => string.Join(' ', Cell.Select(pair => pair.Key == ExperimentKeys.Rule ? pair.Value : $"{pair.Key[(pair.Key.LastIndexOf('.') + 1)..]}={pair.Value}"));

    /// <summary>The quantity in words.</summary>
    public string QuantityName => Quantity switch
    {
        FigureQuantity.TestAccuracy => "test accuracy, %",
        FigureQuantity.TestError => "test error, %",
        FigureQuantity.TrainAccuracy => "train accuracy, %",
        _ => $"cosine {Port}",
    };

    /// <summary>The variance of the published mean; 0 unless standard deviation and number of runs are both published.</summary>
    internal double SquaredError => double.IsFinite(Std) && Runs > 0 ? Std * Std / Runs : 0;

    /// <summary>Whether runs with these settings are the ones meant.</summary>
    internal bool IsOf(RunSettings settings)
    {
        var options = new RuleOptions(settings.RuleOptions);
        RuleCatalogue.Create(settings.Rule, options);
        return Cell.All(pair => Same(pair.Value, SettingsTable.Find(pair.Key)?.Write(settings) ?? options.Resolved.GetValueOrDefault(pair.Key)));
    }

    /// <summary>The same quantity of finished runs, in the same unit.</summary>
    internal SeedStatistic? Of(RuleResult result) => Quantity switch
    {
        FigureQuantity.TestAccuracy => new([.. result.TestAccuracy.Values.Select(share => 100 * share)]),
        FigureQuantity.TestError => new([.. result.TestAccuracy.Values.Select(share => 100 * (1 - share))]),
        FigureQuantity.TrainAccuracy => new([.. result.TrainAccuracy.Values.Select(share => 100 * share)]),
        _ => result.Alignment.FirstOrDefault(port => port.Port == Port)?.Cosine,
    };

    private static bool Same(string wanted, string? found) => wanted == found
        || (double.TryParse(wanted, NumberStyles.Float, CultureInfo.InvariantCulture, out var a) && double.TryParse(found, NumberStyles.Float, CultureInfo.InvariantCulture, out var b) && a.Equals(b));
}
