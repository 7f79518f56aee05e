using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Which of a network's time steps an evaluation makes: all of them, or a slice, whose layers begin with the state that the slice before
/// left on the tape. So memory does not grow with the number of steps.
/// </summary>
/// <param name="First">The first step, from 0.</param>
/// <param name="Count">How many.</param>
/// <param name="Steps">Of how many; 0 where no slices are made.</param>
/// <param name="NotesStates">Whether neurons note their state before each step, which traces of synapses are made of.</param>
internal readonly record struct TimeSlice(int First, int Count, int Steps, bool NotesStates = false)
{
    /// <summary>Whether it is less than all steps.</summary>
    public bool IsPart => Count < Steps;

    /// <summary>Whether there are steps before it.</summary>
    public bool Continues => First > 0;

    /// <summary>Whether there are none after it.</summary>
    public bool IsLast => First + Count >= Steps;

    /// <summary>The steps of a sample of that shape that are at hand.</summary>
    public int StepsOf(Shape sample) => IsPart && sample.Steps > 1 ? Count : sample.Steps;

    /// <summary>A batch of such samples as far as they are at hand.</summary>
    public Shape BatchOf(Shape sample, int rows) => (IsPart && sample.Steps > 1 ? sample.WithSteps(Count) : sample).Batch(rows);
}
