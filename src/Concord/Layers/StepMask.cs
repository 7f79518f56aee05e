using Concord.Numerics;

namespace Concord.Layers;

/// <summary>
/// Where samples of different length end, as a factor for each row of a batch with T steps [T N]: what ends time, losses and signals that
/// arrive in one hop leave out what is behind a sample's end. Layers compute it all the same, and nothing reads it: no signal comes from
/// there, so gradients are those of the samples without padding.
/// </summary>
/// <param name="kernels">The engine.</param>
/// <param name="steps">T.</param>
internal sealed class StepMask(Kernels kernels, int steps)
{
    private readonly Workspace _workspace = new();
    private int _samples;

    /// <summary>1 at the steps of a sample, 0 behind its end.</summary>
    public Tensor Valid => OfSlice("valid");

    /// <summary>1 at its last step, 0 elsewhere.</summary>
    public Tensor Last => OfSlice("last");

    /// <summary>1 / length at its steps, 0 behind its end.</summary>
    public Tensor Share => OfSlice("share");

    /// <summary>Whose rows are given.</summary>
    public TimeSlice Slice { get; set; }

    /// <summary>Takes the lengths of a batch.</summary>
    /// <exception cref="ConcordException">One is none.</exception>
    public void Take(ReadOnlySpan<int> lengths)
    {
        _samples = lengths.Length;
        foreach (var length in lengths)
            if (length < 1 || length > steps)
                throw new ConcordException($"A sample was said to last {length} steps; the network has {steps}, and a sample lasts one at "
                    + "least.");
        Tensor valid = Get("valid"), last = Get("last"), share = Get("share");
        for (var t = 0; t < steps; t++)
            for (var n = 0; n < _samples; n++)
            {
                var (row, length) = (t * _samples + n, lengths[n]);
                valid[row] = t < length ? 1 : 0;
                last[row] = t == length - 1 ? 1 : 0;
                share[row] = t < length ? 1.0 / length : 0;
            }
    }

    private Tensor OfSlice(string name) =>
        Slice.IsPart ? Get(name).Rows(Slice.First * _samples, Slice.Count * _samples) : Get(name);

    private Tensor Get(string name) => _workspace.Get(kernels, this, name, new(steps * _samples), Role.None);
}
