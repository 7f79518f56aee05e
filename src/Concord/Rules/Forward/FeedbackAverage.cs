namespace Concord.Rules;

/// <summary>
/// Feedback that averages estimates of the mean derivative of the outputs by a port: D = (1 - rate) D + rate G, G unbiased at each step.
/// </summary>
/// <param name="Rate">alpha: D remembers about 1 / alpha steps.</param>
/// <param name="Directions">Directions that each estimate is the mean of.</param>
public sealed record FeedbackAverage(double Rate, int Directions);
