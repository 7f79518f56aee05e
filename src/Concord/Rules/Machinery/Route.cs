using Concord.Networks;

namespace Concord.Rules;

/// <summary>The kinds of routes.</summary>
public enum RouteKind
{
    /// <summary>Nowhere: the block below does not learn, and no signal goes on down from here.</summary>
    None,

    /// <summary>From the block above, which carries what it received through its layers.</summary>
    Arriving,

    /// <summary>From a port further up, in one hop. The block above never computes its input signal.</summary>
    From,

    /// <summary>
    /// From this port's own activity: a local loss, a perturbation. The block above never computes its input signal either.
    /// </summary>
    Here,

    /// <summary>
    /// From no port: nothing is delivered, and the block learns along directions of its own weights
    /// (<see cref="LearningRule.LearnAlong"/>).
    /// </summary>
    Directions,
}

/// <summary>Where the signal of a port comes from: static, known before training, so that work which is not needed is never done.</summary>
public readonly record struct Route
{
    private Route(RouteKind kind, Port? source = null) => (Kind, Source) = (kind, source);

    /// <summary><see cref="RouteKind.None"/>.</summary>
    public static Route None => default;

    /// <summary><see cref="RouteKind.Arriving"/>.</summary>
    public static Route Arriving { get; } = new(RouteKind.Arriving);

    /// <summary><see cref="RouteKind.Here"/>.</summary>
    public static Route Here { get; } = new(RouteKind.Here);

    /// <summary><see cref="RouteKind.Directions"/>. The one route besides <see cref="Arriving"/> that the output port may have.</summary>
    public static Route Directions { get; } = new(RouteKind.Directions);

    /// <summary>Which kind it is.</summary>
    public RouteKind Kind { get; }

    /// <summary>The port that the signal comes from; null unless <see cref="RouteKind.From"/>.</summary>
    public Port? Source { get; }

    /// <summary>From that port: from what was delivered there, or from what the rule makes of the loss where it is the output.</summary>
    /// <param name="source">A port above the one that has this route. It gets a signal itself.</param>
    public static Route From(Port source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new(RouteKind.From, source);
    }

    /// <summary>The kind, and the source where there is one.</summary>
    public override string ToString() => Source is null ? $"{Kind}" : $"{Kind} {Source.Name}";
}
