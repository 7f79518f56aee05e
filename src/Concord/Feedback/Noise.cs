using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>Noise of mean zero.</summary>
/// <param name="Normal">Normal, else uniform.</param>
/// <param name="Deviation">Its standard deviation.</param>
public readonly record struct Noise(bool Normal, double Deviation)
{
    /// <summary>Fills a tensor.</summary>
    public void Fill(Kernels kernels, RandomStream stream, Tensor x)
    {
        var bound = Math.Sqrt(3) * Deviation;
        if (Normal) kernels.FillNormal(stream, 0, Deviation, x);
        else kernels.FillUniform(stream, -bound, bound, x);
    }
}
