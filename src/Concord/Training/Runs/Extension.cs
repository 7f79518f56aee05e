using System.Globalization;
using System.Text.Json.Serialization;
using Concord.Interchange;

namespace Concord.Training;

/// <summary>An end that a run has gone beyond: it was extended.</summary>
/// <param name="From">The epochs that it was to have.</param>
/// <param name="TestAccuracy">Its test accuracy there; null where there are no classes.</param>
/// <param name="TestLoss">Its test loss there where there are none; else null.</param>
public sealed record Extension(int From, double? TestAccuracy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? TestLoss = null)
{
    /// <summary>Its score there, a look at the test samples; null where it was extended before it came to that end.</summary>
    [JsonIgnore]
    public Score? Test => TestAccuracy is null && TestLoss is null ? null : new(TestAccuracy ?? double.NaN, TestLoss ?? double.NaN);

    /// <summary>One with that score.</summary>
    internal static Extension At(int from, Score? test) => test is { IsLoss: true } ? new(from, null, test.Value.Loss)
        : new(from, test?.Accuracy);

    /// <summary>Takes back what was written under these keys.</summary>
    internal static Extension Read(CheckedJson json, string from, string testAccuracy, string testLoss)
    {
        static double? Known(double number) => double.IsNaN(number) ? null : number;
        return new(json.Count(from), Known(json.Number(testAccuracy, 0, 1)), Known(json.NumberIfAny(testLoss)));
    }

    /// <summary>Refuses to extend a run where its length decides more than its end.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="epochs">The epochs that it is to have.</param>
    /// <exception cref="ConcordException">It cannot be extended to so many.</exception>
    public static void Check(RunSettings settings, int epochs)
    {
        if (epochs <= settings.Epochs)
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"The run has {Things.Of(settings.Epochs, "epoch")}, "
                + $"and {epochs} were asked for. A run can be made longer, not shorter; begin a new one for that."));
        if (settings.Epochs == 0)
            throw new ConcordException("The run has 0 epochs: it looked at the untrained network and trained nothing. Begin a new one.");
        if (settings.Schedule.LooksAtLength)
            throw new ConcordException(string.Create(CultureInfo.InvariantCulture, $"The schedule {settings.Schedule} spreads the learning "
                + $"rate over all epochs of a run, so a run of {epochs} is another one from its first step on. Begin it again (--epochs "
                + $"{epochs}), or train with a schedule that does not look at the length: constant, step, exponential, plateau."));
    }
}
