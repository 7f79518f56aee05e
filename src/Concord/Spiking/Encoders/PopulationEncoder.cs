using System.Globalization;
using Concord.Numerics;

namespace Concord.Spiking.Encoders;

/// <summary>
/// Population coding: a number v is seen by m neurons with Gaussian receptive fields, r_i = exp(-(v - mu_i)^2 / (2 sigma^2)), with centres
/// mu_i = (i - 1/2) / (m - 2) for i = 0 to m - 1, of which the outer ones lie outside 0 to 1, and sigma = 1 / (beta (m - 2)), beta = 1.5.
/// Neuron i fires once, at T (1 - r_i), or not at all where r_i is below a threshold (after Bohte, Kok and La Poutre, 2002).
/// </summary>
public sealed class PopulationEncoder : SpikeEncoder
{
    private const double Beta = 1.5;

    private readonly double _window, _threshold;

    /// <summary>An encoder.</summary>
    /// <param name="neurons">m, 3 or more.</param>
    /// <param name="window">T, seconds.</param>
    /// <param name="threshold">The smallest response at which a neuron fires, above 0 and up to 1.</param>
    /// <exception cref="ConcordException">A parameter is out of its range.</exception>
    public PopulationEncoder(int neurons = 8, double window = 0.1, double threshold = 0.1)
    {
        if (neurons < 3)
            throw new ConcordException($"A population has 3 neurons or more, since its outer fields lie outside 0 to 1, but {neurons} "
                + "were given.");
        if (!(threshold is > 0 and <= 1))
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture,
                $"The threshold of a response lies above 0 and up to 1, but {threshold} was given."));
        (NeuronsPerFeature, _window, _threshold) = (neurons, Positive(window, "The time in which inputs are encoded"), threshold);
    }

    /// <inheritdoc/>
    public override int NeuronsPerFeature { get; }

    /// <inheritdoc/>
    public override double Duration => _window;

    /// <inheritdoc/>
    public override string ToString() => "population";

    /// <inheritdoc/>
    protected override void Encode(double value, int feature, RandomStream draws, SpikeTrains trains)
    {
        var inner = NeuronsPerFeature - 2;
        for (var i = 0; i < NeuronsPerFeature; i++)
        {
            var distance = (value - (i - 0.5) / inner) * Beta * inner;
            var response = Math.Exp(-distance * distance / 2);
            if (response >= _threshold) trains.Add(_window * (1 - response), feature * NeuronsPerFeature + i);
        }
    }
}
