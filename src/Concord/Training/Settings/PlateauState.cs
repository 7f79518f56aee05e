namespace Concord.Training;

/// <summary>What a plateau schedule remembers, and a checkpoint keeps.</summary>
/// <param name="Factor">The factor now.</param>
/// <param name="Best">The lowest validation loss so far.</param>
/// <param name="Waited">Epochs since.</param>
public readonly record struct PlateauState(double Factor, double Best, int Waited)
{
    /// <summary>Before the first epoch.</summary>
    public static PlateauState Start => new(1, double.PositiveInfinity, 0);
}
