using System.Globalization;
using Concord.Cost;
using Concord.Diagnostics;
using Concord.Networks;
using Concord.Options;
using Concord.Rules;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>A figure to be regenerated.</summary>
/// <param name="Cell">The keys that say which runs it is of, <c>rule</c> first; what they leave open is the same in all runs.</param>
/// <param name="Quantity">What it is of.</param>
/// <param name="Port">The port it is measured at, or what is counted (<see cref="CostCount"/>; <c>weights</c> or <c>bits</c> of transport)
/// or asked of a trial (<see cref="TrialKind.Measures"/>); empty for an accuracy or error.</param>
/// <param name="Value">The figure, in the quantity's unit; NaN where none was published, and ours is only shown with the others.</param>
/// <param name="Std">Its standard deviation over runs; NaN if none was published.</param>
/// <param name="Runs">How many runs it is the mean of; 0 if that was not published.</param>
/// <param name="Origin">Where it stands.</param>
/// <param name="Reason">Why ours may differ; empty if no reason is known.</param>
public sealed record PublishedFigure(
    IReadOnlyList<KeyValuePair<string, string>> Cell, FigureQuantity Quantity, string Port, double Value, double Std, int Runs,
    FigureOrigin Origin, string Reason)
{
    internal const string MovedWeights = "weights", MovedBits = "bits";
    private const string Epochs = "epochs", Train = "train";

    /// <summary>The rule of the runs; empty where the figure is of all rules.</summary>
    internal string Rule => Cell.FirstOrDefault(pair => pair.Key == ExperimentKeys.Rule).Value ?? "";

    /// <summary>The runs in a few words.</summary>
    public string Label => string.Join(' ',
        Cell.Select(pair => pair.Key == ExperimentKeys.Rule ? pair.Value : $"{pair.Key[(pair.Key.LastIndexOf('.') + 1)..]}={pair.Value}"));

    /// <summary>The quantity in words.</summary>
    public string QuantityName => Quantity switch
    {
        FigureQuantity.TestAccuracy => "test accuracy, %",
        FigureQuantity.TestError => "test error, %",
        FigureQuantity.BestTestAccuracy => "test accuracy at the best epoch, %",
        FigureQuantity.TestLoss => "test loss",
        FigureQuantity.TrainAccuracy => "train accuracy, %",
        FigureQuantity.Cosine => $"cosine {Port}",
        FigureQuantity.GateAngle => $"delta angle {Port}, °",
        FigureQuantity.WeightAngle => $"weight angle {Port}, °",
        FigureQuantity.LocalAngle => $"local angle {Port}, °",
        FigureQuantity.SignalRank => $"effective rank {Port}",
        FigureQuantity.Concordance => $"sign concordance {Port}",
        FigureQuantity.FeedbackError => $"feedback error {Port}",
        FigureQuantity.SpikesPerNeuron => $"spikes per neuron {Port}",
        FigureQuantity.Energy => $"energy of a sample {Port}, C V²",
        FigureQuantity.Cka => $"CKA {Port}",
        FigureQuantity.CkaWhereWrong => $"CKA {Port}, where it is wrong",
        FigureQuantity.CkaBefore => $"CKA {Port} before activation",
        FigureQuantity.CkaBeforeWhereWrong => $"CKA {Port} before activation, where it is wrong",
        FigureQuantity.Cost => CostCount.ByName[Port].Words,
        FigureQuantity.Transport => $"{Port} moved, backprop 1",
        _ when Trials is { } trials => trials.Measures[Port].Words,
        _ => $"backprop over it: {CostCount.ByName[Port].Words}",
    };

    /// <summary>Decimals with which such figures are shown.</summary>
    public int Decimals => Quantity switch
    {
        FigureQuantity.Cost => 0,
        _ when Trials is { } trials => trials.Measures[Port].Decimals,
        FigureQuantity.GateAngle or FigureQuantity.WeightAngle or FigureQuantity.LocalAngle => 1,
        FigureQuantity.TestLoss or FigureQuantity.Cosine or FigureQuantity.Concordance or FigureQuantity.Saving
            or FigureQuantity.Energy => 3,
        _ when IsCka => 3,
        FigureQuantity.Transport or FigureQuantity.FeedbackError => 5,
        _ => 2,
    };

    /// <summary>What it counts among in a summary.</summary>
    internal FigureFamily Family => Quantity switch
    {
        FigureQuantity.TestAccuracy or FigureQuantity.BestTestAccuracy or FigureQuantity.TestError or FigureQuantity.TestLoss
            or FigureQuantity.TrainAccuracy => FigureFamily.Accuracies,
        FigureQuantity.SignalRank or FigureQuantity.SpikesPerNeuron or FigureQuantity.Energy => FigureFamily.Representations,
        _ when IsCka => FigureFamily.Representations,
        FigureQuantity.Cost or FigureQuantity.Saving or FigureQuantity.Transport => FigureFamily.Counts,
        _ => FigureFamily.Alignments,
    };

    /// <summary>Whether it is a CKA, wherever and on whichever samples.</summary>
    internal bool IsCka => Quantity is FigureQuantity.Cka or FigureQuantity.CkaWhereWrong or FigureQuantity.CkaBefore
        or FigureQuantity.CkaBeforeWhereWrong;

    /// <summary>Whether it follows from sizes and equations, whatever a network learns and however long.</summary>
    internal bool IsDerived => Origin == FigureOrigin.Derived || Family == FigureFamily.Counts;

    /// <summary>A number of its unit, rounded as it is shown.</summary>
    internal double Shown(double value) => double.Parse(value.ToString($"F{Decimals.ToString(CultureInfo.InvariantCulture)}",
        CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>
    /// Whether runs with these settings are shorter than those of others, or have fewer samples.
    /// A figure that says its own epochs or samples is of these.
    /// </summary>
    internal bool IsCut(RunSettings ours, RunSettings published)
    {
        bool Says(string key) => Cell.Any(pair => pair.Key == key);
        return (!Says(Epochs) && ours.Epochs < published.Epochs)
            || (!Says(Train) && ours.Train > 0 && (published.Train == 0 || ours.Train < published.Train));
    }

    /// <summary>The same of runs of any length.</summary>
    internal PublishedFigure OfAnyLength => this with { Cell = [.. Cell.Where(pair => pair.Key is not (Epochs or Train))] };

    /// <summary>Whether it comes out of the cost model, without a run.</summary>
    public bool IsModelled => Quantity is FigureQuantity.Cost or FigureQuantity.Saving;

    /// <summary>Whether it is of trials, without a run.</summary>
    public bool IsOfTrials => Trials is not null;

    /// <summary>The trials that it is of, without a run; null for figures of runs and of the cost model.</summary>
    internal TrialKind? Trials => TrialKind.Of(Quantity);

    /// <summary>The variance of the published mean; 0 unless standard deviation and number of runs are both published.</summary>
    internal double SquaredError => double.IsFinite(Std) && Runs > 0 ? Std * Std / Runs : 0;

    /// <summary>Whether runs with these settings are the ones meant.</summary>
    internal bool IsOf(ExperimentCell cell)
    {
        var settings = cell.Settings;
        var options = RuleCatalogue.Resolve(settings.Rule, settings.RuleOptions);
        return Cell.All(pair => OptionType.AreSame(pair.Value, pair.Key == ExperimentKeys.Preset ? cell.ValueOf(pair.Key)
            : SettingsTable.Find(pair.Key)?.Write(settings) ?? options.Resolved.GetValueOrDefault(pair.Key)));
    }

    /// <summary>
    /// The same quantity of the finished runs of a group, in the same unit; null if there are none, or they have no such port.
    /// </summary>
    internal SeedStatistic? Of(SweepGroup group) => Quantity switch
    {
        _ when group.Result is null => null,
        _ when IsCka => group.Similarity(Port,
            Quantity is FigureQuantity.Cka or FigureQuantity.CkaBefore ? ComparedSamples.All : ComparedSamples.FirstAloneIsRight,
            Quantity is FigureQuantity.Cka or FigureQuantity.CkaWhereWrong ? Placement.BlockEnd : Placement.PreActivation),
        _ => Of(group.Result),
    };

    private SeedStatistic? Of(RuleResult result) => Quantity switch
    {
        FigureQuantity.TestAccuracy => new([.. result.TestAccuracy.Values.Select(share => 100 * share)]),
        FigureQuantity.TestError => new([.. result.TestAccuracy.Values.Select(share => 100 * (1 - share))]),
        FigureQuantity.TestLoss => new([.. result.Runs.Select(run => run.Test.Loss)]),
        FigureQuantity.BestTestAccuracy =>
            result.Runs.All(run => run.BestTest is not null) ? new([.. result.BestTestAccuracy.Values.Select(share => 100 * share)]) : null,
        FigureQuantity.TrainAccuracy => new([.. result.TrainAccuracy.Values.Select(share => 100 * share)]),
        FigureQuantity.Cosine => AtPort(result, port => port.Cosine, port => port.IsVoid),
        FigureQuantity.GateAngle => AtPort(result, port => PortAlignment.Degrees(port.GateCosine), port => port.IsGateVoid),
        FigureQuantity.WeightAngle => AtPort(result, port => PortAlignment.Degrees(port.WeightCosine)),
        FigureQuantity.LocalAngle => AtPort(result, port => PortAlignment.Degrees(port.LocalCosine), port => port.IsLocalVoid),
        FigureQuantity.SignalRank => AtPort(result, port => port.SignalRank),
        FigureQuantity.Transport => result.Runs.All(run => run.Transport is not null)
            ? new([.. result.Runs.Select(run => 1 / (Port == MovedBits ? run.Transport!.ByteReduction : run.Transport!.Reduction))]) : null,
        FigureQuantity.FeedbackError => AtPort(result, port => port.FeedbackError),
        FigureQuantity.Concordance => AtPort(result, port => port.WeightAgreement),
        FigureQuantity.SpikesPerNeuron => result.Spikes.FirstOrDefault(layer => layer.Layer == Port).SpikesPerNeuron,
        FigureQuantity.Energy => result.Energy.FirstOrDefault(layer => layer.Layer == Port).Energy,
        _ => throw new InvalidOperationException($"{QuantityName} is not a figure of runs."),
    };

    /// <summary>The same quantity out of the cost model.</summary>
    internal SeedStatistic Of(RunSettings settings)
    {
        long Count(string rule, IReadOnlyDictionary<string, string> options) =>
            CostCount.ByName[Port].Of(RuleCost.Of(settings.Model, rule, settings.Batch, options, settings.Objective));
        var own = Count(settings.Rule, settings.RuleOptions);
        return new([Quantity == FigureQuantity.Cost ? own : (double)Count(Comparison.Reference, new Dictionary<string, string>()) / own]);
    }

    /// <summary>The same quantity of the trials of all seeds; null if none are its own.</summary>
    internal SeedStatistic? Of(IEnumerable<TrialRow> rows)
    {
        double[] values = [.. rows.Where(row => IsOf(row.Cell)).Select(row => Trials!.Measures[Port].Of(row))];
        return values.Length == 0 ? null : new(values);
    }

    private SeedStatistic? AtPort(RuleResult result, Func<PortAlignment, double> measure, Func<PortAlignment, bool>? isVoid = null)
    {
        if (!result.Runs.All(run => run.Alignment.Any(port => port.Port == Port))) return null;
        List<PortAlignment> rows = [.. result.Runs.Select(run => run.Alignment.First(port => port.Port == Port))];
        return new([.. rows.Select(measure)]) { Void = rows.Count(row => isVoid?.Invoke(row) == true) };
    }
}
