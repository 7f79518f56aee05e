using Concord.Interchange;

namespace Concord.Training;

/// <summary>An end that a run has gone beyond: it was extended.</summary>
/// <param name="From">The epochs that it was to have.</param>
/// <param name="TestAccuracy">Its test accuracy there, a look at the test samples;
/// null where it was extended before it came to that end.</param>
public sealed record Extension(int From, double? TestAccuracy)
{
    /// <summary>Takes back what was written under these keys.</summary>
    internal static Extension Read(CheckedJson json, string from, string testAccuracy) =>
        new(json.Count(from), json.Number(testAccuracy, 0, 1) is var accuracy && double.IsNaN(accuracy) ? null : accuracy);
}
