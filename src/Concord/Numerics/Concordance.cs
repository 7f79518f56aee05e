namespace Concord.Numerics;

/// <summary>
/// What <see cref="Kernels.Concordant"/> would make, put off until it is read. The product that a signal crosses it by makes it piece by
/// piece while it reads it, so that no pass over a weight-sized tensor is made and none is written.
/// </summary>
/// <param name="Kernels">The engine.</param>
/// <param name="Magnitude">Magnitudes; null for 1.</param>
/// <param name="Scale">Their factor.</param>
/// <param name="Weight">Whose signs.</param>
/// <param name="TieBreaker">Signs of weights that are zero.</param>
/// <param name="Result">What would be made.</param>
internal readonly record struct Concordance(Kernels Kernels, Tensor? Magnitude, double Scale, Tensor Weight, Tensor TieBreaker,
    Tensor Result)
{
    /// <summary>Makes the whole of it.</summary>
    public void Make() => Kernels.Make(this);
}
