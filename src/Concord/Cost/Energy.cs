using Concord.Numerics;

namespace Concord.Cost;

/// <summary>Energy in picojoules, by what takes it.</summary>
/// <param name="Arithmetic">Multiply-accumulates.</param>
/// <param name="Parameters">Words of weights, feedback and gradients.</param>
/// <param name="Activations">Words of activations and errors.</param>
public readonly record struct Energy(double Arithmetic, double Parameters, double Activations)
{
    /// <summary>All of it.</summary>
    public double Total => Arithmetic + Parameters + Activations;
}
