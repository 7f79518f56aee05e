namespace Concord.Training;

/// <summary>What a trained network says of samples.</summary>
/// <param name="Classes">The classes' names, in the order of the outputs; of real targets, the outputs' numbers.</param>
/// <param name="Answers">N numbers of classes, as the run's rule decides them; empty where it was trained for real targets.</param>
/// <param name="Outputs">
/// N x K: probabilities, or, where the loss has none (mse and losses of spikes), outputs as they are; of spiking outputs, numbers of
/// spikes. Under a rule whose answers come from elsewhere than the outputs, a sample's answer need not be its largest output.
/// </param>
/// <param name="AreProbabilities">Whether outputs are probabilities.</param>
public sealed record Prediction(IReadOnlyList<string> Classes, IReadOnlyList<int> Answers, float[,] Outputs, bool AreProbabilities)
{
    /// <summary>Whether samples have answers: not where the network was trained for real targets. Said of no samples as well.</summary>
    public bool HasAnswers { get; init; } = Answers.Count > 0;

    /// <summary>The name of the class that is answered for a sample.</summary>
    /// <param name="sample">Which, from 0.</param>
    public string LabelOf(int sample) => Classes[Answers[sample]];
}
