using System.Globalization;
using Concord.Diagnostics;
using Concord.Layers;
using Concord.Networks;
using Concord.Spiking;

namespace Concord.Training;

/// <summary>
/// What went wrong with a run that finished: its loss rose, activities grow without bound from block to block, the true gradient has
/// vanished, classes are never answered, units are dead or always fire. One line that says what, and
/// what to try; a healthy run has none. It follows from what the run has written down.
/// </summary>
internal static class RunWarning
{
    /// <summary>How many times the least loss so far the last one must be.</summary>
    public const double Rise = 5;

    /// <summary>
    /// The least training loss that can be wrong, as a share of what the same answer to everything costs:
    /// a rise from 0.001 to 0.01 is none.
    /// </summary>
    public const double LeastShare = 0.1;

    /// <summary>
    /// How many samples the unanswered classes must have between them: a class of two samples may be missed by a sound network.
    /// </summary>
    public const int LeastSamples = 10;

    /// <summary>
    /// A network is learning while its training loss is below this share of what the same answer to everything costs. It is given
    /// <see cref="Patience"/> epochs to answer a class; one that is not learning, none.
    /// </summary>
    public const double LearningShare = 0.99;

    /// <inheritdoc cref="LearningShare"/>
    public const int Patience = 3;

    /// <summary>The steps that every network is given to answer a class: after a few, it answers much as it was drawn.</summary>
    public const int LeastSteps = 50;

    /// <summary>
    /// The share of a block's units that must be dead; of a block of fewer than <see cref="FewUnits"/>, all.
    /// A relu network that learns well has some.
    /// </summary>
    public const double DeadShare = 0.5;

    /// <inheritdoc cref="DeadShare"/>
    public const int FewUnits = 8;

    /// <summary>The share of the samples on which a layer of spiking neurons may be silent.</summary>
    public const double MostSilent = 0.1;

    private const int MostNamed = 5;

    /// <summary>The line; null where nothing is wrong, and of the untrained network.</summary>
    public static string? Of(RunResult result)
    {
        List<EpochMetrics> epochs = [.. result.Epochs.Where(epoch => epoch.Epoch > 0)];
        if (epochs.Count == 0) return null;
        var last = epochs[^1];
        var seen = double.IsNaN(last.ValidationLoss) ? "training" : "validation";
        var same = result.Test.OfConstantAnswer(result.Settings.Objective);
        // neither the control nor weights that are held still on purpose are asked to answer all classes
        var mayMiss = result.Settings.Rule == Comparison.Control || result.Settings.Optimizer.LearningRate == 0;
        var (loss, classes, units) = (OfLoss(epochs, same), mayMiss ? null : OfClasses(epochs, same, seen), OfUnits(last, seen));
        var (growth, gradient) = (OfGrowth(last), OfGradient(last, same));
        // Of layers above a silent one nothing can be said.
        var silent = last.Spikes.FirstOrDefault(layer => layer.SilentSamples >= MostSilent);
        var (silence, (storm, stormy, againstStorm)) = (OfSilence(silent, seen), OfStorm(last, result.Settings.Objective));
        var saturation = OfSaturation(last, seen);
        var circuits = OfCircuits(last, seen);
        if (silent?.SilentSamples == 1) (gradient, units) = (null, null);   // they follow from it
        if (circuits is not null) gradient = null;
        string?[] found = [silence, storm, circuits, saturation, loss, growth, gradient, classes, units];
        if (found.All(line => line is null)) return null;
        var gentler = result.Settings.Optimizer.Gentler;
        var againstSilence = SpikeStatistics.AgainstSilence.TrimEnd('.')
            + (silent?.IsOutput == true && result.Settings.Objective.Loss == LossKind.FirstSpike
                ? ", or give a shorter --loss-time" : "");
        var tries = silence is not null && storm is not null && stormy != silent!.Layer
                ? $"For {silent.Layer}: {Inside(againstSilence)}; for {stormy}: {Inside(againstStorm)}"
            : silence is not null ? againstSilence
            : storm is not null ? againstStorm
            : circuits is not null || (units is not null && last.Energy.Count > 0)
                ? "Lower the threshold of such circuits in the model, or their conductance to ground (ground)"
            : saturation is not null ? "Raise the threshold of such layers in the model, or let more of the potential leak"
            : units is not null && HasClock(result.Settings) ? "Lower the threshold in the model, or give it more gain"
            : units is not null && last.Spikes.Count > 0 ? "Lower the threshold of such layers or raise their weights in the model, or "
                + "wake silent neurons (--weight-bump 0.1)"
            : loss is not null ? $"Try {gentler}, or --clip-norm 1"
            : growth is not null ? $"Try {gentler}, or more --weight-decay"
            : units is not null ? $"Try {gentler}, or an activation that does not die, as leaky-relu=0.01 in the model"
            : gradient is not null ? "Try a norm in the model, as batchnorm, or another start of its weights, as init=xavier-normal"
            : FormattableString.Invariant($"Try more epochs, or another --learning-rate (it was {result.Settings.Optimizer.LearningRate})");
        return $"{string.Join("; ", found.OfType<string>())}. {tries}.";
    }

    private static bool HasClock(RunSettings settings) => settings.Blueprint.MakeNetwork().Blocks.SelectMany(block => block.Layers)
        .Any(layer => layer is ClockedNeurons);

    private static string? OfLoss(List<EpochMetrics> epochs, double same)
    {
        // A single batch may begin with a small loss by chance.
        var start = double.MaxNumber(epochs[0].FirstLoss, same);
        // of overfitting networks the latter rises as well
        return Rose("training", epoch => epoch.TrainLoss, LeastShare * same)
            ?? Rose("validation", epoch => epoch.ValidationLoss, Rise * same);

        string? Rose(string samples, Func<EpochMetrics, double> of, double least)
        {
            var (low, at) = (start, 0);
            foreach (var epoch in epochs)
                if (of(epoch) < low || double.IsNaN(low)) (low, at) = (of(epoch), epoch.Epoch);
            var end = of(epochs[^1]);
            return end >= Rise * low && !(end < least)
                ? string.Create(CultureInfo.InvariantCulture,
                    $"the {samples} loss rose from {low:g3}{(at == 0 ? " at the start" : $" in epoch {at}")} to {end:g3}")
                : null;
        }
    }

    private static string? OfSilence(LayerSpikes? silent, string seen) => silent switch
    {
        null => null,
        { SilentSamples: 1 } => $"{silent.Layer} gave no spike on any {seen} sample, so nothing can be learned from it",
        _ => string.Create(CultureInfo.InvariantCulture, $"{silent.Layer} gave no spike on {Math.Floor(1000 * silent.SilentSamples) / 10}")
            + $" % of the {seen} samples, which are answered with the first class",
    };

    private static string Inside(string sentence) => char.ToLowerInvariant(sentence[0]) + sentence[1..];

    private static (string? Says, string Layer, string Tries) OfStorm(EpochMetrics last, Objective objective)
    {
        const string fewer = "Raise its threshold in the model, or give a smaller number for most-spikes";
        // The loss may want more spikes of the label's output.
        var wanted = objective.Loss is LossKind.SpikeCount or LossKind.SpikeTrain ? objective.Aims.TargetsOf(objective.Loss).OfLabel : 0;
        double Limit(LayerSpikes layer) => layer.IsOutput ? Math.Max(LayerSpikes.Storm, wanted) : LayerSpikes.Storm;
        var most = last.Spikes.OrderBy(layer => layer.IsOutput).ThenByDescending(layer => layer.SpikesPerNeuron)
            .FirstOrDefault(layer => layer.SpikesPerNeuron > Limit(layer));
        // With a limit of one spike it is no fault that neurons meet it; where more than half are stopped at two or more, they fire more
        // than once on average.
        var stopped = last.Spikes.FirstOrDefault(layer => layer.CutOff > 0.5 * layer.Neurons && layer.SpikesPerNeuron > 1);
        var storm = most ?? stopped;
        if (storm is not null)
        {
            var stops = most is not null ? "" : string.Create(CultureInfo.InvariantCulture,
                $"where most-spikes stops {100 * storm.CutOff / storm.Neurons:0} % of its neurons, ");
            return (string.Create(CultureInfo.InvariantCulture, $"{storm.Layer} is in a storm of {storm.SpikesPerNeuron:0.0} spikes ")
                + $"a neuron, {stops}which costs time and accuracy", storm.Layer,
                storm.IsOutput ? fewer : "Hold it near a rate (--rate-strength 0.1), or raise its threshold in the model");
        }
        return last.Spikes is not [{ ArrivingPerNeuron: > LayerSpikes.InputStorm } first, ..] ? (null, "", "")
            : (string.Create(CultureInfo.InvariantCulture, $"{first.ArrivingPerNeuron:0} spikes of each input neuron come to ")
                + $"{first.Layer} in a sample, which costs time", first.Layer,
                "Give fewer: a lower rate or burst in the model, or data of fewer events");
    }

    private static string? OfGrowth(EpochMetrics last) => last.Steepest is not { Growth: > ActivityNorm.MostGrowth } steepest ? null
        : string.Create(CultureInfo.InvariantCulture, $"activities grow {steepest.Growth:g3} times from the block below "
            + $"{steepest.Block} to {steepest.Block}, and a network of more than {ActivityNorm.MostGrowth} is failing");

    // Of a network that has learned its samples the gradient vanishes for a good reason.
    private static string? OfGradient(EpochMetrics last, double same)
    {
        List<PortAlignment> ports = [.. last.Alignment.Where(port => port.IsVoid)];
        return ports.Count == 0 || last.TrainLoss < LeastShare * same ? null : string.Create(CultureInfo.InvariantCulture,
            $"the true gradient has vanished at {Listed(ports.Select(port => port.Port))} (its mean norm there is "
                + $"{ports.Min(port => port.TrueNorm):0.#e-0}), so alignment with it is {PortAlignment.VoidWord}");
    }

    private static string? OfClasses(List<EpochMetrics> epochs, double same, string seen)
    {
        var patience = epochs[^1].TrainLoss < LearningShare * same ? Patience : 1;
        if (epochs.Count < patience || epochs[^1].Step < LeastSteps) return null;
        List<UnansweredClass> unanswered = [.. epochs[^1].Unanswered.Where(
            entry => epochs.TakeLast(patience).All(epoch => epoch.Unanswered.Any(other => other.Class == entry.Class)))];
        var samples = unanswered.Sum(entry => entry.Samples);
        if (samples < LeastSamples) return null;
        var many = unanswered.Count > 1;
        return string.Create(CultureInfo.InvariantCulture,
            $"{(many ? "classes" : "class")} {Listed(unanswered.Select(entry => entry.Class.ToString(CultureInfo.InvariantCulture)))} "
                + $"{(many ? "are" : "is")} never answered, though {samples:N0} of the {seen} samples are of {(many ? "them" : "it")}");
    }

    // What is not 0 at a port where none fires, as of circuits whose first spike answers.
    private static string? OfCircuits(EpochMetrics last, string seen)
    {
        List<string> layers = [.. last.Energy.Where(layer => layer.SpikesPerNeuron == 0
            && !last.DeadUnits.Any(block => block.Block == layer.Layer && block.Dead == block.Units)).Select(layer => layer.Layer)];
        return layers.Count == 0 ? null : $"{Listed(layers)} gave no spike on any {seen} sample, so nothing can be learned from "
            + $"{(layers.Count == 1 ? "it" : "them")}";
    }

    // Neurons with a clock whose threshold is always reached say as little as silent ones.
    private static string? OfSaturation(EpochMetrics last, string seen)
    {
        List<DeadUnits> blocks = [.. last.DeadUnits.Where(block => block.Saturated >= DeadShare * block.Units)];
        return blocks.Count == 0 ? null : string.Create(CultureInfo.InvariantCulture,
            $"{Listed(blocks.Select(block => $"{block.Saturated} of the {block.Units} neurons of {block.Block}"))} fire at every step of "
                + $"every {seen} sample");
    }

    private static string? OfUnits(EpochMetrics last, string seen)
    {
        List<DeadUnits> blocks = [
            .. last.DeadUnits.Where(block => block.Units < FewUnits ? block.Dead == block.Units : block.Dead >= DeadShare * block.Units)];
        return blocks.Count == 0 ? null : string.Create(CultureInfo.InvariantCulture,
            $"{Listed(blocks.Select(block => block.Dead == block.Units ? $"all {block.Units} units of {block.Block}"
                : $"{block.Dead} of the {block.Units} units of {block.Block}"))} are dead: 0 on every {seen} sample");
    }

    private static string Listed(IEnumerable<string> things)
    {
        List<string> all = [.. things];
        return all.Count is > 1 and <= MostNamed ? $"{string.Join(", ", all[..^1])} and {all[^1]}"
            : all.Count > MostNamed
            ? string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", all.Take(MostNamed))} and {all.Count - MostNamed} more")
            : all[0];
    }
}
