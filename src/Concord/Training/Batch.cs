using Concord.Data;
using Concord.Networks;

namespace Concord.Training;

/// <summary>Brings samples into a pass: normalised, channels last where the network reads images.</summary>
internal static class Batch
{
    /// <summary>Fills the pass's input.</summary>
    /// <param name="samples">The samples.</param>
    /// <param name="rows">Which of them, one a row of the pass.</param>
    /// <param name="normalization">How they are normalised.</param>
    /// <param name="pass">The pass, begun with that many rows.</param>
    public static void Load(Samples samples, ReadOnlySpan<int> rows, Normalization normalization, Pass pass)
    {
        var input = pass.Network.Input;
        if (input.Rank == 3 && input[2] > 1)
        {
            samples.Load(pass.Kernels, rows, normalization, pass.ChannelsFirst);
            pass.TakeChannelsFirst();
        }
        else samples.Load(pass.Kernels, rows, normalization, pass.Input);
    }
}
