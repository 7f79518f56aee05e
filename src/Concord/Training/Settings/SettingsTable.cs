using Concord.Data;
using Concord.Networks;
using Concord.Numerics;
using Concord.Numerics.Engines;
using Concord.Optimizers;
using Concord.Options;
using Concord.Rules;

namespace Concord.Training;

/// <summary>
/// The settings of a run as they are declared: one home for the words that files, checkpoints, the command line and messages use.
/// </summary>
internal static class SettingsTable
{
    public static IReadOnlyList<Setting<RunSettings>> All { get; } =
    [
        Text("data", s => s.Data, (s, v) => s with { Data = DataReference.Named(v) },
            "data set: glyphs, yin-yang, postures, teacher-student or spike-order (built in), mnist, ..., csv:PATH or "
                + "csv:PATH#COLUMN (the label's), folder:PATH (images, a class a subfolder); see concord data",
            "--data NAME"),
        Whole("train", 0, s => s.Train, (s, v) => s with { Train = v }, "training samples; 0 for all", "--train N"),
        Whole("validation", 0, s => s.Validation ?? 0, (s, v) => s with { Validation = v }, "samples held back to choose by",
            "--validation N"),
        Whole("test", 0, s => s.Test, (s, v) => s with { Test = v }, "test samples; 0 for all", "--test N"),
        Of("normalization", OptionType.Choice(Normalization.ByName), s => s.Normalization, (s, v) => s with { Normalization = v },
            "how inputs are normalised: mean-std, unit-range (0 to 1), symmetric-range (-1 to 1), zca (whitening) or none",
            "--normalization NAME"),
        Of("zcaEpsilon", OptionType.NumberAbove(0), s => s.ZcaEpsilon, (s, v) => s with { ZcaEpsilon = v },
            "added to every eigenvalue by zca", "--zca-epsilon X"),
        Of("augment", OptionType.Written("words such as crop=4,flip,cutout=8, or none", Augmentation.Parse), s => s.Augment,
            (s, v) => s with { Augment = v }, "views of training images, as crop=4,flip,cutout=8; "
                + "crop=24x24 or centre-crop=24 for smaller ones", "--augment STRING"),
        Text("model", s => s.Model, (s, v) => s with { Model = ModelCatalogue.Named(v) },
            "a name (lenet, resnet-20, ...; see concord model list) or a string, as mlp:784-256-256-10,tanh; "
                + "by default mlp:INPUTS-256-256-CLASSES", "--model STRING"),
        Text("weights", s => s.Weights, (s, v) => s with { Weights = v },
            "safetensors file that the weights start from: a run's checkpoint, or PyTorch's names", "--weights FILE", isIdle: true),
        Text("weightsHash", s => s.WeightsHash, (s, v) => s with { WeightsHash = v.ToLowerInvariant() }, "SHA-256 of that file"),
        Of("fresh", Blocks, s => s.Fresh, (s, v) => s with { Fresh = v },
            "blocks that start from their own draw in spite of --weights, as fc* or fc3", "--fresh BLOCKS"),
        Of("freeze", Blocks, s => s.Freeze, (s, v) => s with { Freeze = v }, "blocks that do not learn, as conv*,fc1", "--freeze BLOCKS"),
        Of("cacheFeatures", Words(("auto", FeatureCaching.Auto), ("on", FeatureCaching.On), ("off", FeatureCaching.Off)),
            s => s.CacheFeatures, (s, v) => s with { CacheFeatures = v }, "keep on disk what frozen blocks make of the samples: "
                + "auto, on or off", "--cache-features NAME", isIdle: true),
        Text("rule", s => s.Rule, (s, v) => s with { Rule = RuleCatalogue.Named(v) },
            "learning rule, or a map BLOCK=RULE,BLOCK=RULE; see concord rules", "--rule NAME"),
        Text("plugin", s => s.Plugin, (s, v) => s with { Plugin = v }, "DLLs that rule or layers come from, for the record: what loads one "
            + "is --plugin", isIdle: true),
        Text("pluginHash", s => s.PluginHash, (s, v) => s with { PluginHash = v },
            "SHA-256 of those, and of the libraries that they bring along"),
        Of("loss", OptionType.Choice(Objective.ByName), s => s.Objective.Loss,
            (s, v) => s with { Objective = s.Objective with { Loss = v } }, "loss: cross-entropy, bce or mse; of spiking networks count, "
                + "first-spike, spike-time or van-rossum", "--loss NAME"),
        Of("labelSmoothing", OptionType.NumberBelow(0, 1), s => s.Objective.Smoothing,
            (s, v) => s with { Objective = s.Objective with { Smoothing = v } }, "share of the targets spread over all classes",
            "--label-smoothing X"),
        Of("spikeTargets", Targets, s => s.Objective.Aims.Targets, (s, v) => Aiming(s, aims => aims with { Targets = v }),
            "what the label's output and the others should do in a spiking network, as 15/3: spikes, or times as shares of the simulation",
            "--spike-targets A/B"),
        Of("lossTime", OptionType.NumberAbove(0).Or(Usual), s => s.Objective.Aims.TimeConstant,
            (s, v) => Aiming(s, aims => aims with { TimeConstant = v }), "time constant of the losses first-spike and van-rossum, seconds",
            "--loss-time X"),
        Of("rateStrength", OptionType.Number(0), s => s.Objective.Aims.RateStrength,
            (s, v) => Aiming(s, aims => aims with { RateStrength = v }), "how strongly hidden spiking layers are held near a rate; 0 for "
                + "not at all", "--rate-strength X"),
        Of("rateTarget", OptionType.Number(0), s => s.Objective.Aims.RateTarget,
            (s, v) => Aiming(s, aims => aims with { RateTarget = v }), "that rate, spikes of a neuron in a sample", "--rate-target X"),
        Of("weightBump", OptionType.NumberBelow(0, 1).Or("off"), s => s.WeightBump, (s, v) => s with { WeightBump = v },
            "share of a hidden spiking layer's neurons that may be silent in a batch; beyond it the weights of silent ones are raised, "
                + "and those of silent outputs whose class is in the batch",
            "--weight-bump SHARE"),
        .. OptimizerSettings.Declared.Select(setting => setting.Within<RunSettings>(s => s.Optimizer, (s, v) => s with { Optimizer = v })),
        Of("schedule", OptionType.Written("a schedule such as step:30:0.1", Schedule.Parse), s => s.Schedule,
            (s, v) => s with { Schedule = v },
            $"how the learning rate changes: {string.Join(", ", Schedule.Forms)}", "--schedule STRING"),
        Of("activations", Words(("stored", ActivationPolicy.Stored), ("recomputed", ActivationPolicy.Recomputed)), s => s.Activations,
            (s, v) => s with { Activations = v },
            "activations for the backward pass: stored, or recomputed: memory that does not grow with depth (dfa and its kind)",
            "--activations NAME"),
        Flag("preAlign", s => s.PreAlign, (s, v) => s with { PreAlign = v },
            "weights start where the true gradient agrees with the signals of dfa and its kind", "--pre-align"),
        Whole("batch", 1, s => s.Batch, (s, v) => s with { Batch = v }, "samples per step", "--batch N"),
        Of("window", OptionType.Whole(1).Or("off"), s => s.Window, (s, v) => s with { Window = v },
            "time steps of a window, after each of which the weights move: states go on from window to window, and signals walk back "
                + "within one", "--window K"),
        Flag("shuffle", s => s.Shuffle, (s, v) => s with { Shuffle = v }, "whether each epoch visits the samples in an order of its own"),
        Flag("dropLast", s => s.DropLast, (s, v) => s with { DropLast = v },
            "whether samples that do not fill an epoch's last batch are left out of that epoch"),
        Whole("epochs", 0, s => s.Epochs, (s, v) => s with { Epochs = v },
            "passes over the training samples; 0 looks at the untrained network, with its alignment", "--epochs N"),
        Of("earlyStop", OptionType.Whole(1).Or("off"), s => s.EarlyStop, (s, v) => s with { EarlyStop = v },
            "end after so many epochs without a better score on the validation samples", "--early-stop PATIENCE"),
        Of("seed", OptionType.Seed, s => s.Seed, (s, v) => s with { Seed = v }, "decides every draw"),
        Of("probe", ProbeWords.Type, s => s.Probe, (s, v) => s with { Probe = v },
            "alignment: off, port, gate (with f' as well), rank (effective rank as well), feedback (its lag and variance as "
                + "well), or full; or several with +", "--probe NAME"),
        Of("probeSamples", OptionType.Whole(1, RunSettings.MostProbeSamples), s => s.ProbeSamples, (s, v) => s with { ProbeSamples = v },
            "samples that the probe after each epoch looks at"),
        Whole("probeEvery", 0, s => s.ProbeEvery, (s, v) => s with { ProbeEvery = v }, "also on the training pass itself, every K steps",
            "--probe-every K"),
        Of("engine", OptionType.Choice(Engines.Names.ToDictionary(name => name)), s => s.Engine, (s, v) => s with { Engine = v },
            "engine that computes: auto, managed or onednn", "--engine NAME"),
        Whole("threads", 0, s => s.Threads, (s, v) => s with { Threads = v },
            "threads of the engine; 0 for one per processor", "--threads N"),
        Of("precision", Words(("float32", Precision.Full), ("bf16", Precision.Bfloat16)), s => s.Precision,
            (s, v) => s with { Precision = v }, "operands of products and convolutions: float32, or bf16 on processors that have it",
            "--precision NAME"),
        Flag("deterministicKernels", s => s.DeterministicKernels, (s, v) => s with { DeterministicKernels = v },
            "whether products are computed in the ways of a table, and not in those found fastest on this machine",
            "--deterministic-kernels"),
        Of("checkpointMinutes", OptionType.NumberAbove(0), s => s.CheckpointMinutes, (s, v) => s with { CheckpointMinutes = v },
            "time between checkpoints within an epoch", "--checkpoint-minutes X", isIdle: true),
    ];

    /// <summary>What makes a run the run that it is: all settings but those that change no bit of its result.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Identity(RunSettings settings) =>
        [.. settings.Write().Where(pair => !IsIdle(pair.Key) && !IsAsBefore(pair))];

    /// <summary>The same for comparing within this process, where a path of data is one however it is written.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Sameness(RunSettings settings) =>
        Identity(settings with { Data = DataReference.Whole(settings.Data) });

    /// <summary>
    /// Whether an option of a rule, or a setting, has the value that held before there was such a one,
    /// so that cells of sweeps from then keep their identity.
    /// </summary>
    private static bool IsAsBefore(KeyValuePair<string, string> option) =>
        option is { Key: "mirror.sum", Value: "true" } or { Key: "feedback.earlySteps", Value: "0" }
            or { Key: "feedback.earlyPeriod", Value: "1" } or { Key: "spikeTargets" or "lossTime", Value: Usual }
            or { Key: "rateStrength", Value: "0" } or { Key: "rateTarget", Value: "0.2" }
            or { Key: "weightBump" or "earlyStop" or "window", Value: "off" }
            or { Key: "pluginHash", Value: RunSettings.NoPlugin }
            or { Key: "precision", Value: "float32" } or { Key: "deterministicKernels", Value: "false" };

    /// <summary>
    /// Whether a setting changes no bit of a run's result: what is kept on disk, how often, and where its weights lie (their hash decides).
    /// </summary>
    public static bool IsIdle(string key) => Find(key) is { IsIdle: true };

    /// <summary>The options of all rules, each key once.</summary>
    public static IReadOnlyCollection<Option> RuleOptions => s_ruleOptions.Values;

    /// <summary>What the values of a key are for another program.</summary>
    public static ValueKind KindOf(string key) => Find(key) is { } setting ? setting.Kind
        : s_ruleOptions.TryGetValue(key, out var option) ? option.Kind : ValueKind.Text;

    public static Setting<RunSettings>? Find(string key) => All.FirstOrDefault(setting => setting.Key == key);

    private const string Usual = "usual";

    private static readonly Dictionary<string, Option> s_ruleOptions = RuleCatalogue.All.SelectMany(rule => rule.Options)
        .DistinctBy(option => option.Key).ToDictionary(option => option.Key);

    private static OptionType<(double OfLabel, double OfOthers)?> Targets => OptionType.Pair(least: 0).Or(Usual);

    private static RunSettings Aiming(RunSettings settings, Func<SpikeAims, SpikeAims> with)
    {
        var aims = with(settings.Objective.Aims);
        return settings with { Objective = settings.Objective with { Spikes = aims == SpikeAims.Usual ? null : aims } };
    }

    private static OptionType<BlockPatterns> Blocks =>
        OptionType.Written("names of blocks or patterns, as conv*,fc1, or none", BlockPatterns.Parse);

    private static OptionType<T> Words<T>(params ReadOnlySpan<(string Word, T Value)> words) =>
        OptionType.Choice(words.ToArray().ToDictionary(word => word.Word, word => word.Value));

    private static Setting<RunSettings, T> Of<T>(
        string key, OptionType<T> type, Func<RunSettings, T> get, Func<RunSettings, T, RunSettings> set, string meaning, string usage = "",
        bool isIdle = false) =>
        new(key, type, get, set, meaning, usage, isIdle);

    private static Setting<RunSettings, string> Text(
        string key, Func<RunSettings, string> get, Func<RunSettings, string, RunSettings> set, string meaning, string usage = "",
        bool isIdle = false) =>
        new(key, OptionType.Text, get, set, meaning, usage, isIdle);

    private static Setting<RunSettings, int> Whole(string key, int least, Func<RunSettings, int> get,
        Func<RunSettings, int, RunSettings> set, string meaning, string usage) =>
        new(key, OptionType.Whole(least), get, set, meaning, usage);

    private static Setting<RunSettings, bool> Flag(string key, Func<RunSettings, bool> get, Func<RunSettings, bool, RunSettings> set,
        string meaning, string usage = "") =>
        new(key, OptionType.Flag, get, set, meaning, usage);
}
