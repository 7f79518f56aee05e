using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>Noise of mean zero.</summary>
/// <param name="Normal">Normal, else uniform.</param>
/// <param name="Deviation">Its standard deviation.</param>
public readonly record struct Noise(bool Normal, double Deviation)
{
    /// <summary>Whether a distribution that a user writes is the normal one.</summary>
    internal static IReadOnlyDictionary<string, bool> IsNormalByName { get; } =
        new Dictionary<string, bool> { ["normal"] = true, ["uniform"] = false };

    /// <summary>Fills a tensor.</summary>
    public void Fill(Kernels kernels, RandomStream stream, Tensor x)
    {
        var bound = Math.Sqrt(3) * Deviation;
        if (Normal) kernels.FillNormal(stream, 0, Deviation, x);
        else kernels.FillUniform(stream, -bound, bound, x);
    }
}
