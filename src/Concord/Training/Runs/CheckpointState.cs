using System.Globalization;
using System.Text.Json.Serialization;
using Concord.Interchange;

namespace Concord.Training;

/// <summary>
/// Where a run stood: what a checkpoint holds besides tensors. Streams need no state, for every draw is keyed by seed and step.
/// </summary>
/// <param name="Settings">What decides the run.</param>
/// <param name="Step">Optimizer steps taken.</param>
/// <param name="Epoch">Whole epochs done.</param>
/// <param name="Here">The present epoch.</param>
/// <param name="Plateau">State of a plateau schedule.</param>
/// <param name="BestMerit">Best validation accuracy so far, or minus the least loss where there are no classes; NaN for none.</param>
/// <param name="BestEpoch">When.</param>
/// <param name="MetricsBytes">Length of <c>metrics.jsonl</c> that belongs to this moment.</param>
/// <param name="PeakBytes">The most that training held so far.</param>
/// <param name="ProbeMacs">Multiply-accumulates of the last epoch's probe.</param>
/// <param name="PeakActivationBytes">The most that activations took so far.</param>
/// <param name="Counters">Numbers that the rule keeps; written and read with the tensors.</param>
/// <param name="Extensions">The ends that the run has gone beyond; null for none.</param>
/// <param name="Arithmetic">What decided the bits so far (<see cref="Numerics.Kernels.Arithmetic"/>); null in checkpoints of before it was
/// kept.</param>
internal sealed record CheckpointState(
    IReadOnlyList<KeyValuePair<string, string>> Settings, long Step, int Epoch, PartialEpoch Here,
    PlateauState Plateau, [property: JsonPropertyName(CheckpointState.BestKey)] double BestMerit, int BestEpoch, long MetricsBytes,
    long PeakBytes, long ProbeMacs,
    long PeakActivationBytes = 0, IReadOnlyDictionary<string, long>? Counters = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<Extension>? Extensions = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Arithmetic = null)
{
    private const string BestKey = "BestAccuracy";   // as in checkpoints of before there were data without classes

    /// <summary>Takes back what was written.</summary>
    /// <exception cref="ConcordException">It is damaged.</exception>
    public static CheckpointState Read(CheckedJson json)
    {
        var epoch = json.Count(nameof(Epoch));
        var plateau = json.Object(nameof(Plateau));
        return new(
            [.. json.Objects(nameof(Settings)).Select(pair => KeyValuePair.Create(pair.Text("Key"), pair.Text("Value")))],
            json.Whole(nameof(Step)), epoch, PartialEpoch.Read(json.Object(nameof(Here))),
            new(plateau.NamedNumber(nameof(PlateauState.Factor), factor => factor is >= 0 and <= 1, "a number from 0 to 1"),
                plateau.NamedNumber(nameof(PlateauState.Best), loss => !double.IsNaN(loss), "a number or \"Infinity\""),
                plateau.Count(nameof(PlateauState.Waited))),
            json.NamedNumber(BestKey, merit => merit <= 1 || double.IsNaN(merit), "a number of at most 1, or \"NaN\""),
            json.Count(nameof(BestEpoch), most: epoch),
            json.Whole(nameof(MetricsBytes)), json.Whole(nameof(PeakBytes)), json.Whole(nameof(ProbeMacs)),
            json.WholeIfAny(nameof(PeakActivationBytes)), json.Has(nameof(Counters)) ? json.Wholes(nameof(Counters)) : null,
            json.Has(nameof(Extensions)) ? [.. json.Objects(nameof(Extensions))
                .Select(extension => Extension.Read(extension, nameof(Extension.From), nameof(Extension.TestAccuracy),
                    nameof(Extension.TestLoss)))] : null,
            Arithmetic: json.TextIfAny(nameof(Arithmetic)));
    }

    /// <summary>The epochs that the run is to have; 0 where its settings do not say.</summary>
    [JsonIgnore]
    public int EpochsPlanned => int.TryParse(Settings.LastOrDefault(setting => setting.Key == "epochs").Value, NumberStyles.None,
        CultureInfo.InvariantCulture, out var epochs) ? epochs : 0;

    /// <summary>The same state of a run that is to have more epochs.</summary>
    /// <param name="epochs">How many.</param>
    /// <param name="test">What the run came to at its end; null where it was not there yet.</param>
    public CheckpointState ExtendedTo(int epochs, Score? test) => this with
    {
        Settings = [.. Settings.Select(setting =>
            setting.Key == "epochs" ? KeyValuePair.Create(setting.Key, epochs.ToString(CultureInfo.InvariantCulture)) : setting)],
        Extensions = [.. Extensions ?? [], Extension.At(EpochsPlanned, test)],
    };
}

[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(CheckpointState))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
