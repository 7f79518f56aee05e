namespace Concord.Numerics;

/// <summary>What two rows have to do with each other.</summary>
/// <param name="Dot">a . b.</param>
/// <param name="SquaredA">a . a.</param>
/// <param name="SquaredB">b . b.</param>
/// <param name="SameSign">How many elements have the same sign in both and are not zero.</param>
public readonly record struct RowComparison(double Dot, double SquaredA, double SquaredB, int SameSign);
