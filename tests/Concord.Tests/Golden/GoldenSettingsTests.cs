using Concord.Data;
using Concord.Experiments;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;
using Concord.Training;
using static System.FormattableString;

namespace Concord.Tests.Golden;

/// <summary>
/// Golden settings: what options and settings become when they are read, what is written of them, and the identity that a cell of a
/// sweep has by them, so that no run is begun again because its settings are declared in another way. <see cref="GoldenFile"/> says
/// when and how the files are written.
/// </summary>
public sealed class GoldenSettingsTests
{
    private static readonly string[] s_settings =
    [
        "data=mnist", "train=500", "validation=100", "test=50", "normalization=unit-range", "normalization=symmetric-range",
        "normalization=zca zcaEpsilon=0.01", "augment=crop=4,flip", "augment=crop=24x24,cutout=8,flip=0.3", "augment=centre-crop=20",
        "model=mlp:784-10,tanh", "model=lenet",
        "weights=some.safetensors weightsHash=ABC fresh=fc*", "freeze=conv*,fc1", "cacheFeatures=off", "loss=bce", "loss=mse",
        "labelSmoothing=0.1", "optimizer=sgd nesterov=true", "optimizer=adam", "optimizer=adamw", "optimizer=rmsprop",
        "optimizer=manhattan", "optimizer=manhattan signed=both", "optimizer=muon",
        "optimizer=adam tensorFlowEpsilon=true epsilon=1 beta1=0.8 beta2=0.99", "learningRate=1e-3",
        "learningRate=0.30000000000000004 momentum=0", "weightDecay=0.0005 decoupledDecay=true", "biasRate=0.5", "clipValue=1",
        "clipNorm=0.25", "keepSigns=true", "constrainWeights=true", "normalizeIncoming=unit", "schedule=step:30:0.1",
        "schedule=step:50:0.1:25", "schedule=exponential:0.95", "schedule=cosine", "schedule=cosine:2", "schedule=plateau:0.5:3",
        "activations=recomputed", "preAlign=true", "batch=64", "shuffle=false", "dropLast=true", "epochs=3", "seed=4", "probe=full",
        "probeSamples=100", "probeEvery=10", "engine=managed threads=2", "precision=bf16", "deterministicKernels=true",
        "checkpointMinutes=1.5",
    ];

    [Fact]
    public void OptionsOfEveryVariantStay() => GoldenFile.Check("Settings/options", GoldenVariants.Rules.Select(OptionsOf));

    [Fact]
    public void CellsOfEverySettingAndVariantStay() => GoldenFile.Check("Settings/cells",
    [
        CellOf("usual settings", []),
        .. s_settings.Select(words => CellOf(words, Pairs(words.Split(' ')))),
        .. GoldenVariants.Rules.Select(rule => CellOf(rule, [new("rule", rule.Split(' ')[0]), .. Pairs(rule.Split(' ')[1..])])),
        .. from preset in ExperimentPreset.ByName.Values
           from cell in ExperimentFile.Parse($"preset: {preset.Name}", preset.Name).Cells
           select CellOf($"{preset.Name}: {cell.Label}", cell.Settings),
    ]);

    [Fact]
    public void LayersAndModelsStay() => GoldenFile.Check("Settings/models",
    [
        .. from kind in LayerKind.All
           select new GoldenCase($"layer {kind.Name}", [new("keys", Line(kind.Keys)), new("block", kind.Block ?? "none of its own")]),
        .. from model in ModelCatalogue.All
           let parameters = Kit.Network(model.Usual).Parameters.Sum(parameter => (long)parameter.Shape.Length)
           select new GoldenCase($"model {model.Name}", [new("string", model.Usual), new("parameters", Invariant($"{parameters}"))]),
        .. from network in GoldenVariants.NetworkNames
           let blocks = Kit.Network(network).Blocks.Select(block => new GoldenLine($"block {block.Name}", string.Join(", ", block.Layers)))
           select new GoldenCase(network, [.. blocks]),
    ]);

    private static string Line(IEnumerable<string> words) => string.Join(' ', words.DefaultIfEmpty("none"));

    private static KeyValuePair<string, string>[] Pairs(IEnumerable<string> words) =>
        [.. words.Select(word => word.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1]))];

    private static GoldenCase OptionsOf(string rule)
    {
        try
        {
            var words = rule.Split(' ');
            var given = Pairs(words[1..]).ToDictionary();
            var (options, made) = (RuleCatalogue.Resolve(words[0], given), RuleCatalogue.Create(words[0], given));
            string Value(string key) => options.Resolved.GetValueOrDefault(key, "differs among its rules");
            string Effect(string key) => options.NeedsOf(key) is null ? "" : ", which has no effect here";
            return new(rule, [new("rule", made.Name), .. options.Keys.Select(key => new GoldenLine(key, Value(key) + Effect(key)))]);
        }
        catch (ConcordException)
        {
            return new(rule, [new(GoldenCase.Refused, "by its options")]);
        }
    }

    private static GoldenCase CellOf(string name, IReadOnlyCollection<KeyValuePair<string, string>> pairs)
    {
        try
        {
            var settings = ExperimentKeys.Apply(pairs);
            settings.Validate();
            return CellOf(name, settings);
        }
        catch (ConcordException)
        {
            return new(name, [new(GoldenCase.Refused, "by its settings")]);
        }
    }

    private static GoldenCase CellOf(string name, RunSettings settings)
    {
        var cell = new SweepCell(new(settings, []), settings, Data(settings), Path.Combine(Path.GetTempPath(), "no-such-sweep"), _ => null);
        var written = cell.Settings.Write().Select(pair => new GoldenLine(pair.Key, pair.Value));
        return new(name, [new("identity", cell.Id), new("work", Invariant($"{cell.Work:r}")), .. written]);
    }

    /// <summary>A few samples of the shape that the data set's have; an identity depends on no more of them.</summary>
    private static DataSplit Data(RunSettings settings)
    {
        const int Count = 20, Classes = 10;
        var shape = settings.Data.StartsWith("cifar", StringComparison.Ordinal) ? new Shape(3, 32, 32) : new Shape(1, 28, 28);
        int[] labels = [.. Enumerable.Range(0, Count).Select(i => i % Classes)];
        return Dataset.From(new float[Count, shape.Length], labels, shape: shape).Split(2, RandomStream.FromSeed(0));
    }
}
