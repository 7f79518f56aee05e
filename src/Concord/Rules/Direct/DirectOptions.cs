using Concord.Feedback;
using Concord.Options;

namespace Concord.Rules;

/// <summary>What a direct rule projects to its ports.</summary>
public enum DirectSource
{
    /// <summary>e.</summary>
    Error,

    /// <summary>sign(e), per sample and output.</summary>
    SignOfError,

    /// <summary>sign(e) where |e| exceeds a threshold, else 0.</summary>
    TernaryError,

    /// <summary>-t: the targets stand in for the error.</summary>
    Targets,
}

/// <summary>The options of a direct rule.</summary>
/// <param name="Preset">The published convention: distribution, sharing, reduction, injection point.</param>
/// <param name="Projections">How the feedback is drawn.</param>
/// <param name="Source">What is projected.</param>
/// <param name="Threshold">Of <see cref="DirectSource.TernaryError"/>.</param>
/// <param name="AsReleased">Sum the error over the batch, hidden and output, as the released code of <c>nokland2016</c> does.</param>
public sealed record DirectOptions(
    FeedbackPreset Preset, ProjectionOptions Projections, DirectSource Source = DirectSource.Error, double Threshold = 0.05,
    bool AsReleased = false)
{
    private static readonly Option<FeedbackPreset> s_preset =
        new("feedback.preset", OptionType.Choice(FeedbackPreset.ByName), FeedbackPreset.ByName["nokland2016"],
        "Published convention: how the feedback is drawn and shared, how the error is reduced, and where the signal is injected.");

    /// <summary>Of direct rules.</summary>
    internal static IReadOnlyList<Option> Declared { get; } = With(nonZeros: 0);

    /// <summary>Of <c>sparse-dfa</c>.</summary>
    internal static IReadOnlyList<Option> DeclaredSparse { get; } = With(nonZeros: 1);

    /// <summary>Of <c>ternary-dfa</c>.</summary>
    internal static IReadOnlyList<Option> DeclaredTernary { get; } = [.. With(nonZeros: 0), FeedbackOptions.Threshold.Defaulting(0.05)];

    internal DirectOptions(DirectSource source, OptionValues values) : this(
        values.Of(s_preset), new(values.Of(s_preset).Distribution, values), source,
        source == DirectSource.TernaryError ? values.Of(FeedbackOptions.Threshold) : 0, values.Of(FeedbackOptions.AsReleased))
    {
    }

    private static IReadOnlyList<Option> With(int nonZeros) =>
        [s_preset, .. ProjectionOptions.Declare(nonZeros), FeedbackOptions.AsReleased];
}
