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
    public override string ToString() => "latency";

    /// <summary>dLoss/dv = -T dLoss/dt; 0 where v is 0, since there is no spike.</summary>
    public override void Backward(SpikeTrains trains, Tensor signal, Tensor result)
    {
        result.AsBytes().Clear();
        for (var sample = 0; sample < trains.Samples; sample++)
            for (var e = trains.Offsets[sample]; e < trains.Offsets[sample + 1]; e++)
                result[sample * trains.Neurons + trains.NeuronsOfEvents[e]] = -_window * signal[e];
    }

    /// <inheritdoc/>
    protected override void Encode(double value, int feature, RandomStream draws, SpikeTrains trains)
    {
        if (value > 0) trains.Add(_window * (1 - value), feature);
    }
}
