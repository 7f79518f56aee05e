using System.Globalization;
using Concord.Data;
using Concord.Diagnostics;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Training;

/// <summary>Whether settings, network and data fit together: what a run refuses before it begins.</summary>
internal static class RunFit
{
    /// <summary>Refuses settings about starting weights where there are none.</summary>
    /// <exception cref="ConcordException">There are such settings.</exception>
    public static void CheckWeights(RunSettings settings)
    {
        if (settings.Weights == RunSettings.NoWeights && !(settings.Fresh.IsNone && settings.WeightsHash == RunSettings.NoWeights))
            throw new ConcordException($"The setting {(settings.Fresh.IsNone ? "weightsHash" : $"fresh (--fresh {settings.Fresh})")} "
                + "applies to starting weights only, and there are none. Give them (--weights FILE), or leave it out.");
    }

    /// <summary>Refuses a network that does not take the samples, or give their classes.</summary>
    /// <exception cref="ConcordException">It does not, or there are no training samples.</exception>
    public static void CheckData(RunSettings settings, Network network, DataSplit data)
    {
        CheckTargets(settings, data.Train);
        CheckSpikes(settings, network, data);
        var sample = settings.Augment.ViewOf(data.Train.Shape);
        if (network.Input.Length != sample.Length || network.Output.Length != data.Train.Classes)
            throw new ConcordException($"The model {settings.Model} takes {network.Input.Length} inputs and gives {network.Output.Length} "
                + $"outputs, but the data {settings.Data} has samples of {data.Train.Shape}{(sample == data.Train.Shape ? ""
                    : $", of which the augmentation '{settings.Augment}' leaves {sample}")} ({sample.Length} elements) "
                + $"{data.Train.Answers}.");
        if (network.Input.Rank == 3 && sample != new Shape(network.Input[2], network.Input[0], network.Input[1]))
            throw new ConcordException($"The model {settings.Model} takes images of {network.Input[0]}x{network.Input[1]} pixels "
                + $"in {network.Input[2]} channels, but the data {settings.Data} has samples of {data.Train.Shape} (channels x height x "
                + $"width){(sample == data.Train.Shape ? "" : $", of which the augmentation '{settings.Augment}' leaves {sample}")}.");
        if (data.Train.Count == 0)
            throw new ConcordException($"No training samples are left of {settings.Data}: {settings.Validation} were taken for validation. "
                + "Lower --validation.");
    }

    /// <summary>Refuses real targets for a loss that compares classes.</summary>
    /// <exception cref="ConcordException">They are such, and it does.</exception>
    public static void CheckTargets(RunSettings settings, Samples samples)
    {
        if (!samples.HasClasses && settings.Objective.Loss != LossKind.SquaredError)
            throw new ConcordException($"The data {settings.Data} have real targets, and the loss {settings.Objective.Name} is one of "
                + "classes. Give --loss mse, or other data.");
        if (!samples.HasClasses && settings.Objective.Smoothing > 0) throw new ConcordException(
            $"The data {settings.Data} have real targets, which label smoothing is not made for. Leave it out.");
    }

    private static void CheckTargets(RunSettings settings, Samples samples, Plan plan)
    {
        if (!samples.HasClasses && plan.ReaderOf(Needs.Targets) is { } reader)
            throw new ConcordException($"The rule {reader.Rule} delivers a sample's class to hidden blocks, and the data {settings.Data} "
                + "have real targets. Choose a rule that takes the output's error, such as dfa, or other data.");
    }

    /// <summary>Refuses spikes for a network of numbers, numbers for one of spikes, and spikes that come too late.</summary>
    private static void CheckSpikes(RunSettings settings, Network network, DataSplit data)
    {
        var train = data.Train;
        if (!train.AreEvents && network.ReadsSpikes)
            throw new ConcordException($"The model {settings.Model} takes spikes, but the data {settings.Data} has numbers. Have the model "
                + "encode them: leave out encoder=none.");
        if (!train.AreEvents) return;
        var last = new[] { train, data.Validation, data.Test }.Max(part => part.LastEvent());
        var lasting = string.Create(CultureInfo.InvariantCulture, $"duration={Math.Ceiling(last * 10) / 10:0.0##}");
        if (!network.ReadsSpikes)
            throw new ConcordException($"The data {settings.Data} has spikes, but the model {settings.Model} takes numbers. Give one that "
                + $"takes spikes: --model snn:{train.Shape.Length}-128-{train.Classes},encoder=none,{lasting}.");
        var end = network.Blocks[0].Layers.OfType<SpikingNeurons>().First().Duration;
        if (last > end && !settings.Model.Contains("duration=", StringComparison.Ordinal))
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"The model {settings.Model} ends at {end} s, but the "
                + $"data {settings.Data} has spikes until {last} s. Append {lasting} to the model to take them all, or ")
                + "the duration you want: later spikes have no effect.");
    }

    /// <summary>Refuses to stop early where there is nothing to stop by, or where it could never happen.</summary>
    /// <exception cref="ConcordException">There is not, or it could not.</exception>
    public static void CheckEarlyStop(RunSettings settings, DataSplit data)
    {
        if (settings.EarlyStop is not { } patience) return;
        if (data.Validation.Count == 0)
            throw new ConcordException("A run stops early by its score on validation samples, and there are none. Give --validation a "
                + "number above 0, or leave earlyStop (--early-stop) out.");
        if (patience > settings.Epochs - 2)
            throw new ConcordException($"With {Things.Of(settings.Epochs, "epoch")} a run cannot stop early after "
                + FormattableString.Invariant($"{patience} without a better score: the first epoch is always the best so far, so it takes ")
                + FormattableString.Invariant($"at least {patience + 2} epochs. Give more --epochs, a lower --early-stop, or leave it ")
                + "out.");
    }

    /// <summary>Refuses a schedule that looks at validation samples where there are none.</summary>
    /// <exception cref="ConcordException">It is such a one.</exception>
    public static void CheckSchedule(RunSettings settings, DataSplit data)
    {
        if (settings.Schedule.Kind == ScheduleKind.Plateau && data.Validation.Count == 0)
            throw new ConcordException($"The schedule {settings.Schedule} lowers the learning rate by the loss on validation samples, "
                + "and there are none. Give --validation a number above 0, or choose another --schedule.");
    }

    /// <summary>Refuses batches that cannot be trained on: here, and not where one is met, which may be at the end of an epoch.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="network">The network.</param>
    /// <param name="samples">The training samples.</param>
    /// <exception cref="ConcordException">There is none, or the last one is too small for a norm.</exception>
    public static void CheckBatches(RunSettings settings, Network network, int samples)
    {
        var (batch, used) = (settings.Batch, settings.SamplesAnEpoch(samples));
        if (used == 0)
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"{samples} training samples do not fill one "
                + $"batch of {batch}, and a last batch that is not full is left out. Lower --batch, or keep the last batch."));
        var last = used % batch == 0 ? batch : used % batch;
        foreach (var norm in network.Blocks.SelectMany(block => block.Layers).SelectMany(layer => layer.WithBranches).OfType<BatchNorm>())
            if (norm.Obstacle(last) is { } obstacle)
                throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"{obstacle} "
                    + $"{(batch == 1 ? "Choose a --batch of 2 or more." : $"The {used} training samples in batches of {batch} end in "
                        + $"one of {last}: choose another --batch, or leave the rest out (dropLast: true in an experiment file).")}"));
    }

    /// <summary>Refuses settings and data that the rule, or the network under it, cannot be given.</summary>
    /// <exception cref="ConcordException">There are such.</exception>
    public static void CheckRule(RunSettings settings, Learner learner, Samples train)
    {
        var plan = learner.Plan;
        CheckTargets(settings, train, plan);
        if (plan.Online is { PerSynapse: true } online)
            TensorMemory.Check(learner.Kernels,
                [.. SynapseTraces.Extents(learner.Network, Math.Min(settings.Batch, train.Count), online)],
                "Choose a smaller network or --batch, or a trace of each input (online.trace=input).", "all traces of synapses");
        if (settings.PreAlign) PreAlignment.Check(plan);
        if (settings.Probe != ProbeKind.Full && settings.Probe.HasFlag(ProbeKind.Feedback)) MeanJacobian.Check(learner.Network);
        if (settings is { Probe: not ProbeKind.Off, ProbeEvery: > 0 } && plan.Online is not null)
            throw new ConcordException($"The rule {plan.Rule.Name} learns {(plan.Online.Walks ? "window by window" : "step by step")} in "
                + "time, so its training steps cannot be probed. Leave out --probe-every (probeEvery). "
                + "Validation samples are still probed after each epoch.");
        if (settings.CacheFeatures == FeatureCaching.On && FeatureCache.Obstacle(settings, learner) is { } obstacle)
            throw new ConcordException($"The features of frozen blocks cannot be kept: {obstacle}. "
                + "Change what stands in the way, or leave cacheFeatures (--cache-features) at auto.");
    }
}
