using Concord.Networks;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>Finds numbers of a run that are not finite, and says where they are and what may help.</summary>
internal static class Divergence
{
    private const int MostNamed = 3;

    /// <summary>What is not finite of all that a checkpoint keeps; null if all is. One pass over memory, by the engine.</summary>
    public static string? NotFinite(Learner learner)
    {
        var kernels = learner.Kernels;
        List<(string Name, Tensor Tensor)> faults = [.. Checkpoint.Tensors(learner)
            .Where(entry => !double.IsFinite(kernels.Sum(entry.Tensor))).Select(entry => (entry.Name, entry.Tensor))];
        if (faults.Count == 0) return null;
        var (name, tensor) = faults[0];
        var count = Enumerable.Range(0, tensor.Length).Count(i => !double.IsFinite(tensor[i]));
        return FormattableString.Invariant($"{count:N0} of the {tensor.Length:N0} numbers of {name} are not finite")
            + (faults.Count == 1 ? ""
                : $", nor all of {string.Join(", ", faults.Skip(1).Take(MostNamed).Select(fault => fault.Name))}{(faults.Count > 1
                    + MostNamed ? FormattableString.Invariant($" and {faults.Count - 1 - MostNamed} more") : "")}");
    }

    /// <summary>Where the activities of the training pass overflowed.</summary>
    public static string Overflow(Learner learner)
    {
        if (learner.Pass.Activations != ActivationPolicy.Stored) return "no activities were kept to say where (--activations stored does)";
        var lowest = learner.Network.Ports.Skip(Math.Max(0, learner.Pass.Given - 1))
            .FirstOrDefault(port => !double.IsFinite(learner.Kernels.Sum(learner.Pass.At(port))));
        return lowest is null ? "all activities are finite, so the loss itself overflowed"
            : $"{lowest.Name} is the lowest block whose activity is not finite";
    }

    /// <summary>The failure.</summary>
    /// <param name="what">What is not finite.</param>
    /// <param name="settings">The run's settings.</param>
    /// <param name="steps">Steps that it has taken.</param>
    /// <param name="perEpoch">Steps of an epoch.</param>
    /// <param name="kept">The step of the last checkpoint, and its folder; null where there is none.</param>
    public static RunFailure Of(string what, RunSettings settings, long steps, long perEpoch, (long Step, string Folder)? kept)
    {
        var when = steps == 0 ? "before its first step"
            : FormattableString.Invariant($"in epoch {(steps - 1) / perEpoch + 1}, at step {steps}");
        var rates = settings.RuleOptions.Where(option => option.Key.EndsWith(".rate", StringComparison.Ordinal)).Select(option =>
            $" The feedback has a rate of its own, which may be what is too large: {option.Key} was {option.Value}.");
        return new($"The run diverged {when}: {what}. Try {settings.Optimizer.Gentler}, or --clip-norm 1.{string.Concat(rates)}"
            + (kept is { } good
                ? FormattableString.Invariant($" The last good checkpoint, of step {good.Step}, is kept in {good.Folder}.") : ""));
    }
}
