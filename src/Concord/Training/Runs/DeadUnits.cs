using System.Text.Json.Serialization;

namespace Concord.Training;

/// <summary>Units of a block that were 0 on every sample looked at.</summary>
/// <param name="Block">The block.</param>
/// <param name="Dead">How many of its units.</param>
/// <param name="Units">How many it has: outputs of a dense block, channels of one with images.</param>
public sealed record DeadUnits(string Block, int Dead, int Units)
{
    /// <summary>How many, of spiking neurons with a clock, fired at every step of every sample.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Saturated { get; init; }
}
