using Concord.Numerics;

namespace Concord.Feedback;

/// <summary>What the elements of a direct projection are drawn from.</summary>
/// <param name="Normal">Normal, else uniform.</param>
/// <param name="Spread">Standard deviation (normal) or bound (uniform).</param>
/// <param name="Shared">Whether every port takes the leading columns of one matrix.</param>
/// <param name="SpreadOfProducts">
/// Whether the spread is the standard deviation of a low-rank matrix, though it is the bound of a dense one.
/// </param>
public sealed record FeedbackDistribution(
    bool Normal, Func<ProjectionSite, double> Spread, bool Shared = false, bool SpreadOfProducts = false)
{
    /// <summary>Draws a dense matrix.</summary>
    public void Fill(Kernels kernels, RandomStream stream, double spread, Tensor matrix)
    {
        if (Normal) kernels.FillNormal(stream, 0, spread, matrix);
        else kernels.FillUniform(stream, -spread, spread, matrix);
    }

    /// <summary>
    /// The standard deviation of all elements of a low-rank matrix: that of a dense or sparse one of the same distribution, zeros included,
    /// unless <see cref="SpreadOfProducts"/>.
    /// </summary>
    public double DeviationOfProducts(ProjectionSite site) => SpreadOfProducts
        ? Spread(site)
        : Spread(site) * (Normal ? 1 : Math.Sqrt(1.0 / 3)) * Math.Sqrt((double)site.NonZeros / site.Sources);

    /// <summary>The standard deviation in use, for people.</summary>
    public string Describe(double spread) =>
        FormattableString.Invariant(
            $"{(Normal ? "normal" : "uniform")}, std {(Normal ? spread : spread / Math.Sqrt(3)):g3}{(Shared ? ", shared" : "")}");
}
