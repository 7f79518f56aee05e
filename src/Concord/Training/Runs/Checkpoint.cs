using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Concord.Interchange;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>
/// Where a run stood: what a checkpoint holds besides tensors. Streams need no state, for every draw is keyed by seed and step.
/// </summary>
/// <param name="Settings">What decides the run.</param>
/// <param name="Step">Optimizer steps taken.</param>
/// <param name="Epoch">Whole epochs done.</param>
/// <param name="Here">The present epoch.</param>
/// <param name="Plateau">State of a plateau schedule.</param>
/// <param name="BestAccuracy">Best validation accuracy so far; NaN for none.</param>
/// <param name="BestEpoch">When.</param>
/// <param name="MetricsBytes">Length of <c>metrics.jsonl</c> that belongs to this moment.</param>
/// <param name="PeakBytes">The most that training held so far.</param>
/// <param name="ProbeMacs">Multiply-accumulates of the last epoch's probe.</param>
/// <param name="PeakActivationBytes">The most that activations took so far.</param>
/// <param name="Counters">Numbers that the rule keeps; written and read with the tensors.</param>
/// <param name="Extensions">The ends that the run has gone beyond; null for none.</param>
internal sealed record CheckpointState(
    IReadOnlyList<KeyValuePair<string, string>> Settings, long Step, int Epoch, EpochSoFar Here,
    PlateauState Plateau, double BestAccuracy, int BestEpoch, long MetricsBytes, long PeakBytes, long ProbeMacs,
    long PeakActivationBytes = 0, IReadOnlyDictionary<string, long>? Counters = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<Extension>? Extensions = null)
{
    /// <summary>Takes back what was written.</summary>
    /// <exception cref="ConcordException">It is damaged.</exception>
    public static CheckpointState Read(CheckedJson json)
    {
        const string Share = "a number from 0 to 1, or \"NaN\"";
        var epoch = json.Count(nameof(Epoch));
        var plateau = json.Object(nameof(Plateau));
        return new(
            [.. json.Objects(nameof(Settings)).Select(pair => KeyValuePair.Create(pair.Text("Key"), pair.Text("Value")))],
            json.Whole(nameof(Step)), epoch, EpochSoFar.Read(json.Object(nameof(Here))),
            new(plateau.NamedNumber(nameof(PlateauState.Factor), factor => factor is >= 0 and <= 1, "a number from 0 to 1"),
                plateau.NamedNumber(nameof(PlateauState.Best), loss => !double.IsNaN(loss), "a number or \"Infinity\""),
                plateau.Count(nameof(PlateauState.Waited))),
            json.NamedNumber(nameof(BestAccuracy), share => share is >= 0 and <= 1 or double.NaN, Share),
            json.Count(nameof(BestEpoch), most: epoch),
            json.Whole(nameof(MetricsBytes)), json.Whole(nameof(PeakBytes)), json.Whole(nameof(ProbeMacs)),
            json.WholeIfAny(nameof(PeakActivationBytes)), json.Has(nameof(Counters)) ? json.Wholes(nameof(Counters)) : null,
            json.Has(nameof(Extensions)) ? [.. json.Objects(nameof(Extensions))
                .Select(extension => Extension.Read(extension, nameof(Extension.From), nameof(Extension.TestAccuracy)))] : null);
    }

    /// <summary>The epochs that the run is to have; 0 where its settings do not say.</summary>
    [JsonIgnore]
    public int EpochsPlanned => int.TryParse(Settings.LastOrDefault(setting => setting.Key == "epochs").Value, NumberStyles.None,
        CultureInfo.InvariantCulture, out var epochs) ? epochs : 0;

    /// <summary>The same state of a run that is to have more epochs.</summary>
    /// <param name="epochs">How many.</param>
    /// <param name="testAccuracy">What the run came to at its end; null where it was not there yet.</param>
    public CheckpointState ExtendedTo(int epochs, double? testAccuracy) => this with
    {
        Settings = [.. Settings.Select(setting =>
            setting.Key == "epochs" ? KeyValuePair.Create(setting.Key, epochs.ToString(CultureInfo.InvariantCulture)) : setting)],
        Extensions = [.. Extensions ?? [], new(EpochsPlanned, testAccuracy)],
    };
}

/// <summary>What is known of an epoch that is under way.</summary>
internal record struct EpochSoFar
{
    /// <summary>Samples done.</summary>
    public int Cursor { get; set; }

    /// <summary>Sum of their losses.</summary>
    public double LossSum { get; set; }

    /// <summary>The loss of its first batch; 0 in checkpoints of before it was kept.</summary>
    public double FirstLoss { get; set; }

    /// <summary>Right answers.</summary>
    public int Correct { get; set; }

    /// <summary>Training time.</summary>
    public double Seconds { get; set; }

    /// <summary>Takes back what was written.</summary>
    /// <exception cref="ConcordException">It is damaged.</exception>
    public static EpochSoFar Read(CheckedJson json)
    {
        var cursor = json.Count(nameof(Cursor));
        return new()
        {
            Cursor = cursor, Correct = json.Count(nameof(Correct), most: cursor),
            LossSum = json.NamedNumber(nameof(LossSum), double.IsFinite, "a finite number"),
            FirstLoss = json.Has(nameof(FirstLoss)) ? json.NamedNumber(nameof(FirstLoss), double.IsFinite, "a finite number") : 0,
            Seconds = json.NamedNumber(nameof(Seconds), seconds => seconds is >= 0 and <= double.MaxValue, "a number of at least 0"),
        };
    }
}

[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(CheckpointState))]
internal sealed partial class CheckpointJson : JsonSerializerContext;

/// <summary>
/// One safetensors file: weights (the way everybody's files have them, <see cref="FileLayout"/>), norm buffers, feedback, the optimizer's
/// moments, and the state as JSON in its metadata, with a checksum of the values. Written whole or not at all.
/// </summary>
internal static class Checkpoint
{
    private const string Version = "1", VersionKey = "concord", StateKey = "state";

    public static void Write(string path, Learner learner, CheckpointState state) =>
        SafeTensors.WriteChecked(path, Tensors(learner).Select(entry => FileLayout.Entry(entry.Name, entry.Tensor, entry.Turned)),
            new Dictionary<string, string>
        {
            [VersionKey] = Version,
            [StateKey] = JsonSerializer.Serialize(state with { Counters = learner.Plan.Counters.ToDictionary(entry => entry.Name,
                entry => entry.Counter.Value) }, CheckpointJson.Default.CheckpointState),
        });

    /// <summary>Reads the state alone.</summary>
    /// <exception cref="ConcordException">It is no checkpoint of this version.</exception>
    public static CheckpointState ReadState(string path)
    {
        using var file = SafeTensorsFile.Open(path);
        return State(file);
    }

    /// <summary>Reads everything into a learner that was made from the same settings.</summary>
    /// <exception cref="ConcordException">It belongs to another network, rule or version.</exception>
    public static CheckpointState Read(string path, Learner learner)
    {
        using var file = SafeTensorsFile.Open(path);
        var state = State(file);
        var expected = Tensors(learner).ToList();
        if (expected.FirstOrDefault(entry => !file.Contains(entry.Name)) is { Name: { } missing })
            throw new ConcordException($"'{path}' holds no '{missing}': it is a checkpoint of another network, rule or optimizer. "
                + "Resume it with the settings it was made with.");
        if (file.Names.Except(expected.Select(entry => entry.Name)).FirstOrDefault() is { } left)
            throw new ConcordException($"'{path}' holds '{left}', which this network, rule and optimizer do not have. "
                + "Resume it with the settings it was made with.");
        file.CheckValues(Otherwise(path));
        foreach (var entry in expected) FileLayout.Read(file, entry.Name, entry.Tensor, entry.Turned);
        foreach (var (name, counter) in learner.Plan.Counters)
            counter.Value = state.Counters?.TryGetValue(name, out var value) == true ? value : throw new ConcordException(
                $"'{path}' holds no number '{name}': it is a checkpoint of another rule. Resume it with the settings it was made with.");
        learner.Optimizer.Steps = state.Step;
        return state;
    }

    /// <summary>Reads parameters and norm buffers alone into the learner that wrote them.</summary>
    /// <exception cref="ConcordException">It is no checkpoint of this version, or lacks one of them.</exception>
    public static void ReadWeights(string path, Learner learner)
    {
        using var file = SafeTensorsFile.Open(path);
        State(file);
        file.CheckValues(Otherwise(path));
        foreach (var entry in StartingWeights.Weights(learner.Network)) FileLayout.Read(file, entry.Name, entry.Tensor, entry.Turned);
    }

    private static CheckpointState State(SafeTensorsFile file)
    {
        var version = file.Metadata.GetValueOrDefault(VersionKey);
        if (version != Version)
            throw new ConcordException(version is null
                ? $"'{file.Path}' is a safetensors file, but not a checkpoint of Concord's: it has no '{VersionKey}' in its metadata."
                : $"'{file.Path}' is a checkpoint of version {version}; this program reads version {Version}. "
                    + "Use the program that wrote it.");
        var state = file.Metadata.GetValueOrDefault(StateKey)
            ?? throw new ConcordException($"The checkpoint '{file.Path}' has no state in its metadata; it cannot be resumed.");
        return CheckpointState.Read(CheckedJson.Parse(Encoding.UTF8.GetBytes(state), file.Path,
            $"Use another copy of it{Otherwise(file.Path)}."));
    }

    // The two checkpoints of a run stand in for each other.
    private static string Otherwise(string path) => (Path.GetFileName(path), Path.GetDirectoryName(path)) switch
    {
        (RunFolder.LastFile, { } folder) when File.Exists(Path.Combine(folder, RunFolder.BestFile)) =>
            ", or go back to the run's best epoch on validation: "
                + $"copy {RunFolder.BestFile} over {RunFolder.LastFile} in its folder and resume it",
        (RunFolder.BestFile, { } folder) when File.Exists(Path.Combine(folder, RunFolder.LastFile)) =>
            $", or use the run's last checkpoint, {RunFolder.LastFile}",
        _ => "",
    };

    /// <summary>All that a checkpoint holds, by the names it has there, and whether it is turned round.</summary>
    internal static IEnumerable<(string Name, Tensor Tensor, bool Turned)> Tensors(Learner learner)
    {
        foreach (var entry in StartingWeights.Weights(learner.Network)) yield return entry;
        foreach (var (name, tensor) in learner.Plan.Feedback) yield return (name, tensor, false);
        foreach (var group in learner.Plan.Groups)
        {
            foreach (var parameter in group.Parameters)
                yield return ($"group.{group.Name}.{parameter.Name}", parameter.Value, FileLayout.Turns(parameter.Shape));
            foreach (var (name, tensor) in group.Norms) yield return (name, tensor, false);
            foreach (var (name, parameter, tensor) in group.Moments) yield return (name, tensor, FileLayout.Turns(parameter.Shape));
        }
        foreach (var (name, tensor) in learner.Optimizer.Norms) yield return (name, tensor, false);
        foreach (var (name, parameter, tensor) in learner.Optimizer.Moments) yield return (name, tensor, FileLayout.Turns(parameter.Shape));
    }
}
