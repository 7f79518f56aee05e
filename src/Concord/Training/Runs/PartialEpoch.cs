using System.Text.Json.Serialization;
using Concord.Interchange;

namespace Concord.Training;

/// <summary>What is known of an epoch that is under way.</summary>
internal record struct PartialEpoch
{
    /// <summary>Samples done.</summary>
    public int Cursor { get; set; }

    /// <summary>Sum of their losses.</summary>
    public double LossSum { get; set; }

    /// <summary>The loss of its first batch; 0 in checkpoints of before it was kept.</summary>
    public double FirstLoss { get; set; }

    /// <summary>Right answers.</summary>
    public int Correct { get; set; }

    /// <summary>Spikes whose slopes were clipped, of each layer that clips them; null where none does.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long[]? Clipped { get; set; }

    /// <summary>Training time.</summary>
    public double Seconds { get; set; }

    /// <summary>Takes back what was written.</summary>
    /// <exception cref="ConcordException">It is damaged.</exception>
    public static PartialEpoch Read(CheckedJson json)
    {
        var cursor = json.Count(nameof(Cursor));
        return new()
        {
            Cursor = cursor, Correct = json.Count(nameof(Correct), most: cursor),
            LossSum = json.NamedNumber(nameof(LossSum), double.IsFinite, "a finite number"),
            FirstLoss = json.Has(nameof(FirstLoss)) ? json.NamedNumber(nameof(FirstLoss), double.IsFinite, "a finite number") : 0,
            Clipped = json.Has(nameof(Clipped)) ? [.. json.Numbers(nameof(Clipped), least: 0).Select(count => (long)count)] : null,
            Seconds = json.NamedNumber(nameof(Seconds), seconds => seconds is >= 0 and <= double.MaxValue, "a number of at least 0"),
        };
    }
}
