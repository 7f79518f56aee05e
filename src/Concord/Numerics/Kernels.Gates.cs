namespace Concord.Numerics;

public abstract partial class Kernels
{
    /// <summary>
    /// A step of a gated recurrent unit (<see cref="Layers.GruLayer"/>): r = s(a_r + c_r), z = s(a_z + c_z), n = tanh(a_n + r c_n),
    /// y = (1 - z) n + z h, s the logistic function. Gates stand next to each other in a row, in the order r, z, n.
    /// </summary>
    /// <param name="a">What the input sends, rows of 3 n; r, z and n are written in its place.</param>
    /// <param name="c">What the state sends, as long.</param>
    /// <param name="h">The state before, rows of n; null for 0.</param>
    /// <param name="y">Receives the state.</param>
    public void GruStep(Tensor a, Tensor c, Tensor? h, Tensor y)
    {
        GatesOf(a, c, h, y);
        if (Log is not null) Count(nameof(GruStep), y.Shape, 0, Of(a, c, h), Put(a, y));
        GruStepCore(a, c, h, y);
    }

    /// <summary>
    /// The derivative of that step, for a signal d at y: da_n = d (1 - z) (1 - n^2), da_z = d (h - n) z (1 - z), da_r = da_n c_n r (1 - r);
    /// dc_r = da_r, dc_z = da_z, dc_n = da_n r; and what goes straight to the state before, d z.
    /// </summary>
    /// <param name="gates">r, z and n, as the step left them.</param>
    /// <param name="c">What the state sent.</param>
    /// <param name="h">The state before; null for 0.</param>
    /// <param name="signal">d, rows of n.</param>
    /// <param name="da">Receives the signal at a, rows of 3 n.</param>
    /// <param name="dc">Receives the signal at c.</param>
    /// <param name="straight">Receives d z, rows of n; null where it is not wanted. Not the signal.</param>
    public void GruSignal(Tensor gates, Tensor c, Tensor? h, Tensor signal, Tensor da, Tensor dc, Tensor? straight)
    {
        GatesOf(gates, c, h, signal);
        GatesOf(da, dc, straight, signal);
        if (Log is not null) Count(nameof(GruSignal), signal.Shape, 0, Of(gates, c, h, signal), Put(da, dc, straight));
        GruSignalCore(gates, c, h, signal, da, dc, straight);
    }

    /// <summary>What the method of that name does, once shapes are checked.</summary>
    protected abstract void GruStepCore(Tensor a, Tensor c, Tensor? h, Tensor y);

    /// <summary>What the method of that name does, once shapes are checked.</summary>
    protected abstract void GruSignalCore(Tensor gates, Tensor c, Tensor? h, Tensor signal, Tensor da, Tensor dc, Tensor? straight);

    private static void GatesOf(Tensor a, Tensor c, Tensor? h, Tensor y)
    {
        if (a.Length != c.Length || a.Length != 3L * y.Length || a.Shape.Rows != y.Shape.Rows || (h is not null && h.Length != y.Length))
            throw new ArgumentException($"A step of a gated unit takes rows of three gates for each row of states, but {a.Shape}, "
                + $"{c.Shape}, {h?.Shape.ToString() ?? "no state"} and {y.Shape} were given.");
    }
}
