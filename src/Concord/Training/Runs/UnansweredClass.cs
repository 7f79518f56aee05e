namespace Concord.Training;

/// <summary>A class that was never answered, although there were samples of it.</summary>
/// <param name="Class">Its number.</param>
/// <param name="Samples">How many.</param>
public sealed record UnansweredClass(int Class, int Samples);
