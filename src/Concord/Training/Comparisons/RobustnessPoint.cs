using Concord.Data;
using Concord.Diagnostics;

namespace Concord.Training;

/// <summary>How many samples a network still classifies when each is moved by so much.</summary>
/// <param name="Epsilon">The radius of the L-infinity ball, as a share of the pixel range before normalisation.</param>
/// <param name="Correct">Right answers.</param>
/// <param name="Samples">Samples.</param>
public sealed record RobustnessPoint(double Epsilon, int Correct, int Samples)
{
    /// <summary>Share of right answers.</summary>
    public double Accuracy => (double)Correct / Samples;

    /// <summary>Its 95 % interval over samples: what this network would do on others of the kind. It does not cover other seeds.</summary>
    public WilsonInterval Interval => WilsonInterval.Of(Correct, Samples);
}
