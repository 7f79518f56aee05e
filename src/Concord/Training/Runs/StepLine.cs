using System.Text.Json;

namespace Concord.Training;

/// <summary>A line of <c>metrics.jsonl</c> that is a training step: about twenty of an epoch, and none in fewer than ten steps.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="Loss">The mean loss of its batch, before it.</param>
/// <param name="LearningRate">In it.</param>
/// <param name="SamplesPerSecond">Of the epoch so far.</param>
internal readonly record struct StepLine(long Step, double Loss, double LearningRate, double SamplesPerSecond)
{
    public const string Type = "step";
    private const int LinesAnEpoch = 20, LeastGap = 10;

    /// <summary>Steps from one such line to the next.</summary>
    /// <param name="steps">Of an epoch.</param>
    /// <remarks>
    /// A matter of the settings alone, so that a run that was interrupted has the lines of one that was not.
    /// </remarks>
    public static int Gap(long steps) => (int)Math.Max(LeastGap, (steps + LinesAnEpoch - 1) / LinesAnEpoch);

    /// <summary>Writes it as members of an object. It allocates nothing.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("step", Step);
        json.WriteNumber("loss", Loss);
        json.WriteNumber("learningRate", LearningRate);
        json.WriteNumber("samplesPerSecond", SamplesPerSecond);
    }
}
