namespace Concord.Training;

/// <summary>How well a network does on some samples.</summary>
/// <param name="Loss">Mean loss per sample.</param>
/// <param name="Accuracy">Share of samples whose largest output is their class, 0 to 1.</param>
/// <param name="Confusion">Counts: row the true class, column the one answered.</param>
public sealed record Evaluation(double Loss, double Accuracy, int[][] Confusion);
