using Concord.Layers;
using Concord.Networks;
using Concord.Options;

namespace Concord.Rules;

/// <summary>The directions that a rule draws at each step.</summary>
/// <param name="Perturbation">How each is drawn.</param>
/// <param name="Directions">How many; a step learns from their mean.</param>
public sealed record PerturbationOptions(Perturbation Perturbation, int Directions = 1)
{
    private static readonly Option<PerturbationKind> s_kind = new("perturbation.distribution",
        OptionType.Choice(new Dictionary<string, PerturbationKind>
        {
            ["rademacher"] = PerturbationKind.Rademacher, ["normal"] = PerturbationKind.Normal,
        }), PerturbationKind.Rademacher, "Distribution of a direction's elements: 1 or -1 (rademacher), or standard normal.");

    private static readonly Option<int> s_directions = new("perturbation.directions", OptionType.Whole(1, 64), 1,
        "Random directions per step. Each is carried up by itself; the mean of their estimates is used.");

    private static readonly Option<bool> s_perSample = new("perturbation.perSample", OptionType.Flag, true,
        "Whether each sample has directions of its own. If not, the samples of a batch share them.");

    private static readonly Option<bool> s_active = new("perturbation.activeOnly", OptionType.Flag, false,
        "Whether units whose activity is zero, as after a ReLU or dropout, are left out of the directions.");

    /// <summary>Of directions in weights, which are those of the whole batch.</summary>
    internal static IReadOnlyList<Option> OfWeights { get; } = [s_kind, s_directions];

    /// <summary>Of directions at ports from which a mean over samples is learned.</summary>
    internal static IReadOnlyList<Option> OfPorts { get; } = [s_kind, s_directions, s_perSample];

    /// <summary>Of directions at ports from which each sample's own signal is made.</summary>
    internal static IReadOnlyList<Option> OfSignals { get; } = [s_kind, s_directions, s_perSample, s_active];

    /// <summary>Options as they were read.</summary>
    /// <param name="values">What was read.</param>
    /// <param name="declared">Which of them the rule has.</param>
    internal PerturbationOptions(OptionValues values, IReadOnlyList<Option> declared) : this(
        new(values.Of(s_kind), !declared.Contains(s_perSample) || values.Of(s_perSample),
            declared.Contains(s_active) && values.Of(s_active)), values.Of(s_directions))
    {
    }

    /// <summary>Directions in parameters, all of a lane together; null where there are none.</summary>
    internal TangentPlan? In(IReadOnlyCollection<Parameter> parameters) => PlanOf(parameters, Injection.In);

    /// <summary>Directions at ports, all of a lane together; null where there are none.</summary>
    internal TangentPlan? At(IReadOnlyCollection<Port> ports) => PlanOf(ports, Injection.At);

    private TangentPlan? PlanOf<T>(IReadOnlyCollection<T> places, Func<T, Perturbation, int, Injection> inject) => places.Count == 0 ? null
        : new([.. Enumerable.Range(0, Directions).SelectMany(lane => places.Select(place => inject(place, Perturbation, lane)))]);
}
