using Concord.Layers;

namespace Concord.Networks;

/// <summary>Where a random direction enters a pass: at the input, at a port or in a weight.</summary>
public sealed record Injection
{
    private Injection(Port? port, Parameter? parameter, Perturbation perturbation, int lane)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lane);
        (Port, Parameter, Perturbation, Lane) = (port, parameter, perturbation, lane);
    }

    /// <summary>At the network's input. The rule that asks for it declares that it reads the input.</summary>
    /// <param name="perturbation">How it is drawn.</param>
    /// <param name="lane">Which of several tangents it belongs to.</param>
    public static Injection AtInput(Perturbation perturbation, int lane = 0) => new(null, null, perturbation, lane);

    /// <summary>At a port: added to what arrives there from directions below it.</summary>
    /// <param name="port">The port.</param>
    /// <param name="perturbation">How it is drawn.</param>
    /// <param name="lane">Which of several tangents it belongs to.</param>
    public static Injection At(Port port, Perturbation perturbation, int lane = 0) => new(port, null, perturbation, lane);

    /// <summary>In a weight, a bias or another parameter.</summary>
    /// <param name="parameter">The parameter; it learns.</param>
    /// <param name="perturbation">How it is drawn; it is one for the batch.</param>
    /// <param name="lane">Which of several tangents it belongs to.</param>
    public static Injection In(Parameter parameter, Perturbation perturbation, int lane = 0) => new(null, parameter, perturbation, lane);

    /// <summary>The port; null for others.</summary>
    public Port? Port { get; }

    /// <summary>The parameter; null for others.</summary>
    public Parameter? Parameter { get; }

    /// <summary>How it is drawn.</summary>
    public Perturbation Perturbation { get; }

    /// <summary>Which of several tangents it belongs to, from 0.</summary>
    public int Lane { get; }

    /// <summary>Where it enters, in a word: the name of the port or parameter, or <c>input</c>.</summary>
    public string Place => Port?.Name ?? Parameter?.Name ?? "input";
}
