using Concord.Numerics;

namespace Concord.Spiking.Encoders;

/// <summary>
/// Time to first spike: the larger a number, the earlier its one spike, t = T (1 - v); a number of 0 gives none. With T = 0.1 s and
/// pixels divided by 255 it is the encoding of BATS's released code.
/// </summary>
/// <param name="window">T, seconds.</param>
public sealed class LatencyEncoder(double window = 0.1) : SpikeEncoder
{
    private readonly double _window = Positive(window, "The time in which inputs are encoded");

    /// <inheritdoc/>
    public override double Duration => _window;

    /// <inheritdoc/>
    protected override void Encode(double value, int feature, RandomStream draws, SpikeTrains trains)
    {
        if (value > 0) trains.Add(_window * (1 - value), feature);
    }
}
