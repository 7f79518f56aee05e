using Concord.Options;

namespace Concord.Rules;

/// <summary>A rule as a user meets it in a list.</summary>
/// <param name="Name">What is written after <c>--rule</c>.</param>
/// <param name="Equation">The signal, in one line.</param>
/// <param name="Paper">Authors and year.</param>
/// <param name="Reads">
/// What of the forward weights its feedback reads: <c>all</c>, <c>all, between steps</c>, <c>signs</c>, <c>signs and norm</c>,
/// <c>updates</c> or <c>nothing</c>.
/// </param>
/// <param name="Locking">What a block waits for before it can learn.</param>
/// <param name="Options">The options it takes, each after those that it depends on.</param>
/// <param name="Create">Makes it from their values.</param>
public sealed record RuleDescription(
    string Name, string Equation, string Paper, string Reads, string Locking, IReadOnlyList<Option> Options,
    Func<OptionValues, LearningRule> Create)
{
    /// <summary>Whether it learns at each time step, so that networks without time are refused.</summary>
    public bool NeedsTime { get; init; }
}
