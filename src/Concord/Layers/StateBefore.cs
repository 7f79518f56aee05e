using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// What a layer's state was before each step of a slice: h_(t-1) beside h_t, as gradients of recurrent weights and of leaks read it. In an
/// evaluation of all steps the two are rows of one tensor; of a slice the first comes from the slice before.
/// </summary>
internal static class StateBefore
{
    /// <summary>Notes the state that a slice begins with, before the layer overwrites what the slice before left.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="name">Which state.</param>
    /// <param name="state">Where it stands, S N rows.</param>
    /// <param name="tape">The tape.</param>
    public static void Begin(Layer layer, string name, Tensor state, Tape tape)
    {
        if (!tape.Slice.IsPart) return;
        var first = Of(layer, name, state, tape).Step(tape.Slice.Count, 0);
        if (tape.Slice.Continues) tape.Kernels.Copy(state.Step(tape.Slice.Count, tape.Slice.Count - 1), first);
        else tape.Kernels.Fill(first, 0);
    }

    /// <summary>Adds the states within the slice, once the layer has made them.</summary>
    public static void End(Layer layer, string name, Tensor state, Tape tape)
    {
        var count = tape.Slice.Count;
        if (tape.Slice.IsPart && count > 1) tape.Kernels.Copy(state.Earlier(count), Of(layer, name, state, tape).Later(count));
    }

    /// <summary>The states before the steps of a slice, S N rows.</summary>
    public static Tensor Of(Layer layer, string name, Tensor state, Tape tape) => tape.Keep(layer, name, state.Shape);

    /// <summary>The state before the first step of a slice; null where time begins.</summary>
    public static Tensor? First(Layer layer, string name, Tensor state, Tape tape) =>
        tape.Slice.Continues ? Of(layer, name, state, tape).Step(tape.Slice.Count, 0) : null;
}
