using Concord.Feedback;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>
/// Makes feedback of a weight: its signs, some of them turned, times magnitudes from one of several sources. A function of the weight and
/// the step.
/// </summary>
internal sealed class SignedMagnitudes
{
    private readonly ConcordantSettings _settings;
    private readonly Parameter _weight;
    private readonly RandomStream _stream;
    private readonly Tensor? _magnitudes, _ties, _flips;
    private readonly SpectralNorm? _norm;

    /// <summary>Draws all that is drawn once.</summary>
    public SignedMagnitudes(Parameter weight, ConcordantSettings settings, Kernels kernels, RandomStream stream)
    {
        (_weight, _settings, _stream) = (weight, settings, stream.Split("magnitude"));
        if (settings.Magnitude != Magnitude.OfWeight) kernels.FillUniform(stream.Split("tie"), -1, 1, _ties = Like());
        if (settings.Magnitude is Magnitude.Fixed or Magnitude.Redrawn) Draw(kernels, _stream, _magnitudes = Like());
        if (settings.Concordance < 1)
        {
            // below zero with probability 1 - c
            kernels.FillUniform(stream.Split("concordance"), settings.Concordance - 1, settings.Concordance, _flips = Like());
            kernels.Concordant(null, 1, _flips, _flips, _flips);
        }
        if (settings.Magnitude == Magnitude.SpectralTracking) _norm = new(weight.Shape, kernels, stream.Split("norm"));

        Tensor Like() => kernels.Allocate(weight.Shape, Role.Feedback);
    }

    /// <summary>Words of memory: kept magnitudes, tie breakers of weights that are zero, wrong signs, a norm's iteration.</summary>
    public long Words => (_magnitudes?.Length ?? 0) + (_ties?.Length ?? 0) + (_flips?.Length ?? 0) + (_norm?.Words ?? 0);

    /// <summary>Makes what belongs to the weight as it stands. The draw is keyed by the step: doing it twice changes nothing.</summary>
    /// <param name="kernels">The engine.</param>
    /// <param name="step">Which.</param>
    /// <param name="into">What is made.</param>
    /// <param name="whenRead">Whether it may be made when it is first read: it is not read any more once the weight has moved.</param>
    public void Make(Kernels kernels, long step, Tensor into, bool whenRead = false)
    {
        var weight = _weight.Value;
        switch (_settings.Magnitude)
        {
            case Magnitude.OfWeight:
                if (_flips is null) kernels.Copy(weight, into);
                else kernels.Multiply(weight, _flips, into);
                return;
            case Magnitude.SpectralTracking:
                kernels.Concordant(null, 1, weight, _ties!, into);
                if (_flips is not null) kernels.Multiply(into, _flips, into);   // before the norm is taken, which wrong signs change
                // signs have a norm of at least 1
                kernels.Combine(_norm!.Of(kernels, weight) / Math.Max(1, _norm.Of(kernels, into)), into, 0, into);
                return;
            case Magnitude.Constant:
                Signs(null, _settings.ScaleFor(_weight));
                break;
            case Magnitude.NormTracking:
                Signs(null, Math.Sqrt(kernels.SumSquares(weight) / weight.Length));
                break;
            default:
                if (_settings.Magnitude == Magnitude.Redrawn) Draw(kernels, _stream.At(step), _magnitudes!);
                Signs(_magnitudes, 1);
                break;
        }
        if (_flips is not null) kernels.Multiply(into, _flips, into);

        void Signs(Tensor? magnitudes, double scale)
        {
            if (whenRead) kernels.ConcordantWhenRead(magnitudes, scale, weight, _ties!, into);
            else kernels.Concordant(magnitudes, scale, weight, _ties!, into);
        }
    }

    private void Draw(Kernels kernels, RandomStream stream, Tensor into) =>
        RandomCarrier.Distribution(_settings.Initializer, _weight).Fill(kernels, stream, into, _weight.FanIn, _weight.FanOut);
}
