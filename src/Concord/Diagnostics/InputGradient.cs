using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Diagnostics;

/// <summary>
/// The true gradient of each sample's loss with respect to its input: backpropagation down to the input, whatever rule the network was
/// trained by. Training never computes the signal there.
/// </summary>
public sealed class InputGradient
{
    private readonly Sweep _sweep;

    /// <summary>A gradient of that pass, again and again.</summary>
    /// <param name="pass">A pass that stores its activities.</param>
    public InputGradient(Pass pass)
    {
        var truth = new Plan(pass.Network, new Backpropagation(), pass.Kernels, RandomStream.FromSeed(0));
        _sweep = new(pass, truth.CarrierOf, [.. pass.Network.Blocks.Select(_ => true)], sink: null);
    }

    /// <summary>The gradient at the input of the pass as it stands, its error known.</summary>
    /// <returns>N x input, per sample (no division by N); a buffer that the next call overwrites.</returns>
    public Tensor Compute()
    {
        var (pass, signal) = (_sweep.Pass, _sweep.Pass.Error);
        for (var i = pass.Network.Blocks.Count - 1; i >= 0; i--) signal = _sweep.Backward(pass.Network.Blocks[i], signal)!;
        return signal;
    }
}
