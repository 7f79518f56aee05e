using System.Globalization;
using Concord.Data;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>How one setting is written and read.</summary>
internal sealed record SettingsEntry(string Key, Func<RunSettings, string> Write, Func<RunSettings, string, RunSettings> Read);

/// <summary>The settings of a run by key: one home for the words that files, checkpoints and messages use.</summary>
internal static class SettingsTable
{
    private static readonly Dictionary<string, ProbeKind> s_probes = new() { ["port"] = ProbeKind.Port, ["gate"] = ProbeKind.Gate, ["rank"] = ProbeKind.Rank, ["full"] = ProbeKind.Full, ["off"] = ProbeKind.Off };

    private static readonly Dictionary<string, ActivationPolicy> s_activations = new() { ["stored"] = ActivationPolicy.Stored, ["recomputed"] = ActivationPolicy.Recomputed };

    private static readonly Dictionary<string, FeatureCaching> s_caching = new() { ["auto"] = FeatureCaching.Auto, ["on"] = FeatureCaching.On, ["off"] = FeatureCaching.Off };

    private static readonly Dictionary<string, OptimizerKind> s_optimizers = new()
    {
        ["sgd"] = OptimizerKind.Sgd, ["adam"] = OptimizerKind.Adam, ["rmsprop"] = OptimizerKind.RmsProp, ["manhattan"] = OptimizerKind.Manhattan, ["muon"] = OptimizerKind.Muon,
    };

    private static readonly Dictionary<string, SignedQuantity> s_signed = new() { ["gradient"] = SignedQuantity.Gradient, ["momentum"] = SignedQuantity.Momentum, ["both"] = SignedQuantity.Both };

    private static readonly Dictionary<string, IncomingNorm> s_incoming = new() { ["free"] = IncomingNorm.Free, ["unit"] = IncomingNorm.Unit, ["start"] = IncomingNorm.Start };

    public static IReadOnlyList<SettingsEntry> All { get; } =
    [
        new("data", s => s.Data, (s, v) => s with { Data = v }),
        Whole("train", s => s.Train, (s, v) => s with { Train = v }),
        Whole("validation", s => s.Validation ?? 0, (s, v) => s with { Validation = v }),
        Whole("test", s => s.Test, (s, v) => s with { Test = v }),
        Word("normalization", Normalization.ByName, s => s.Normalization, (s, v) => s with { Normalization = v }),
        Number("zcaEpsilon", s => s.ZcaEpsilon, (s, v) => s with { ZcaEpsilon = v }),
        new("augment", s => s.Augment.ToString(), (s, v) => s with { Augment = Augmentation.Parse(v) }),
        new("model", s => s.Model, (s, v) => s with { Model = v }),
        new("weights", s => s.Weights, (s, v) => s with { Weights = v }),
        new("weightsHash", s => s.WeightsHash, (s, v) => s with { WeightsHash = v.ToLowerInvariant() }),
        new("fresh", s => s.Fresh.ToString(), (s, v) => s with { Fresh = BlockPatterns.Parse(v) }),
        new("freeze", s => s.Freeze.ToString(), (s, v) => s with { Freeze = BlockPatterns.Parse(v) }),
        Word("cacheFeatures", s_caching, s => s.CacheFeatures, (s, v) => s with { CacheFeatures = v }),
        new("rule", s => s.Rule, (s, v) => s with { Rule = v }),
        Word("loss", Objective.ByName, s => s.Objective.Loss, (s, v) => s with { Objective = s.Objective with { Loss = v } }),
        Number("labelSmoothing", s => s.Objective.Smoothing, (s, v) => s with { Objective = s.Objective with { Smoothing = v } }),
        Word("optimizer", s_optimizers, s => s.Optimizer.Kind, (s, v) => s with { Optimizer = s.Optimizer with { Kind = v } }),
        Number("learningRate", s => s.Optimizer.LearningRate, (s, v) => s with { Optimizer = s.Optimizer with { LearningRate = v } }),
        Number("momentum", s => s.Optimizer.Momentum, (s, v) => s with { Optimizer = s.Optimizer with { Momentum = v } }),
        Flag("nesterov", s => s.Optimizer.Nesterov, (s, v) => s with { Optimizer = s.Optimizer with { Nesterov = v } }),
        Number("beta1", s => s.Optimizer.Beta1, (s, v) => s with { Optimizer = s.Optimizer with { Beta1 = v } }),
        Number("beta2", s => s.Optimizer.Beta2, (s, v) => s with { Optimizer = s.Optimizer with { Beta2 = v } }),
        Number("epsilon", s => s.Optimizer.Epsilon, (s, v) => s with { Optimizer = s.Optimizer with { Epsilon = v } }),
        Flag("tensorFlowEpsilon", s => s.Optimizer.TensorFlowEpsilon, (s, v) => s with { Optimizer = s.Optimizer with { TensorFlowEpsilon = v } }),
        Number("weightDecay", s => s.Optimizer.WeightDecay, (s, v) => s with { Optimizer = s.Optimizer with { WeightDecay = v } }),
        Flag("decoupledDecay", s => s.Optimizer.DecoupledDecay, (s, v) => s with { Optimizer = s.Optimizer with { DecoupledDecay = v } }),
        Number("biasRate", s => s.Optimizer.BiasRate, (s, v) => s with { Optimizer = s.Optimizer with { BiasRate = v } }),
        Number("clipValue", s => s.Optimizer.ClipValue, (s, v) => s with { Optimizer = s.Optimizer with { ClipValue = v } }),
        Number("clipNorm", s => s.Optimizer.ClipNorm, (s, v) => s with { Optimizer = s.Optimizer with { ClipNorm = v } }),
        Word("signed", s_signed, s => s.Optimizer.Signed, (s, v) => s with { Optimizer = s.Optimizer with { Signed = v } }),
        Flag("keepSigns", s => s.Optimizer.KeepSigns, (s, v) => s with { Optimizer = s.Optimizer with { KeepSigns = v } }),
        Flag("constrainWeights", s => s.Optimizer.ConstrainWeights, (s, v) => s with { Optimizer = s.Optimizer with { ConstrainWeights = v } }),
        Word("normalizeIncoming", s_incoming, s => s.Optimizer.NormalizeIncoming, (s, v) => s with { Optimizer = s.Optimizer with { NormalizeIncoming = v } }),
        new("schedule", s => s.Schedule.ToString(), (s, v) => s with { Schedule = Schedule.Parse(v) }),
        Word("activations", s_activations, s => s.Activations, (s, v) => s with { Activations = v }),
        Flag("preAlign", s => s.PreAlign, (s, v) => s with { PreAlign = v }),
        Whole("batch", s => s.Batch, (s, v) => s with { Batch = v }),
        Flag("shuffle", s => s.Shuffle, (s, v) => s with { Shuffle = v }),
        Flag("dropLast", s => s.DropLast, (s, v) => s with { DropLast = v }),
        Whole("epochs", s => s.Epochs, (s, v) => s with { Epochs = v }),
        new("seed", s => s.Seed.ToString(CultureInfo.InvariantCulture), (s, v) => s with { Seed = long.TryParse(v, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seed) ? seed : throw Wrong("seed", v, "a whole number") }),
        Word("probe", s_probes, s => s.Probe, (s, v) => s with { Probe = v }),
        Whole("probeSamples", s => s.ProbeSamples, (s, v) => s with { ProbeSamples = v }),
        Whole("probeEvery", s => s.ProbeEvery, (s, v) => s with { ProbeEvery = v }),
        new("engine", s => s.Engine, (s, v) => s with { Engine = v }),
        Whole("threads", s => s.Threads, (s, v) => s with { Threads = v }),
        Number("checkpointMinutes", s => s.CheckpointMinutes, (s, v) => s with { CheckpointMinutes = v }),
    ];

    /// <summary>Whether an option of a rule says what held before there was such an option, so that cells of sweeps from then keep their identity.</summary>
    public static bool IsAsBefore(KeyValuePair<string, string> option) => option is { Key: "mirror.sum", Value: "true" } or { Key: "feedback.earlySteps", Value: "0" } or { Key: "feedback.earlyPeriod", Value: "1" };

    /// <summary>Whether a setting changes no bit of a run's result: what is kept on disk, how often, and where its weights lie (their hash decides).</summary>
    public static bool IsIdle(string key) => key is "checkpointMinutes" or "weights" or "cacheFeatures";

    public static SettingsEntry? Find(string key) => All.FirstOrDefault(entry => entry.Key == key);

    private static SettingsEntry Whole(string key, Func<RunSettings, int> get, Func<RunSettings, int, RunSettings> set) =>
        new(key, s => get(s).ToString(CultureInfo.InvariantCulture), (s, v) => set(s, int.TryParse(v, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) ? n : throw Wrong(key, v, "a whole number")));

    private static SettingsEntry Number(string key, Func<RunSettings, double> get, Func<RunSettings, double, RunSettings> set) =>
        new(key, s => get(s).ToString("R", CultureInfo.InvariantCulture), (s, v) => set(s, double.TryParse(v, NumberStyles.Float, CultureInfo.InvariantCulture, out var n) ? n : throw Wrong(key, v, "a number, with a point for decimals")));

    private static SettingsEntry Flag(string key, Func<RunSettings, bool> get, Func<RunSettings, bool, RunSettings> set) =>
        new(key, s => get(s) ? "true" : "false", (s, v) => set(s, bool.TryParse(v, out var flag) ? flag : throw Wrong(key, v, "true or false")));

    private static SettingsEntry Word<T>(string key, IReadOnlyDictionary<string, T> words, Func<RunSettings, T> get, Func<RunSettings, T, RunSettings> set) where T : struct =>
        new(key, s => words.First(word => word.Value.Equals(get(s))).Key, (s, v) => set(s, Nearest.Find(key, v, words)));

    private static ConcordException Wrong(string key, string given, string expected) => new($"The setting {key} was given as '{given}'; it takes {expected}.");
}
