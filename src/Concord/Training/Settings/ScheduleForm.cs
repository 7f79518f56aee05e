using Concord.Options;

namespace Concord.Training;

/// <summary>A form in which a schedule is written: <c>step:EPOCHS:FACTOR</c>.</summary>
/// <param name="Name">The word before the first colon.</param>
/// <param name="Parts">What stands after it, in this order.</param>
/// <param name="Make">Makes the schedule.</param>
public sealed record ScheduleForm(string Name, IReadOnlyList<Option> Parts, Func<OptionValues, Schedule> Make)
{
    /// <summary>As help and messages show it.</summary>
    public override string ToString() => string.Join(':', [Name, .. Parts.Select(part => part.Key.ToUpperInvariant())]);
}
