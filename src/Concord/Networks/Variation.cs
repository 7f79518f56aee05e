using Concord.Feedback;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>What is different in a second pass over a batch: its input, the activity at a port, or noise at ports.</summary>
public readonly struct Variation
{
    private readonly IReadOnlyList<Port> _above;   // further ports with noise

    private Variation(Tensor? input, Port? lowest, Tensor? activity, Noise noise, RandomStream stream, IReadOnlyList<Port> above) =>
        (NewInput, Lowest, Activity, Added, Stream, _above) = (input, lowest, activity, noise, stream, above);

    /// <summary>Another input: the pass begins at the lowest block.</summary>
    /// <param name="x">N x input.</param>
    public static Variation Input(Tensor x) => new(x, null, null, default, default, []);

    /// <summary>Another activity at a port: the pass begins above it.</summary>
    /// <param name="port">A hidden port.</param>
    /// <param name="activity">N x its shape.</param>
    public static Variation At(Port port, Tensor activity) => new(null, port, activity, default, default, []);

    /// <summary>Noise added to the activity at a port: the pass begins above it.</summary>
    /// <param name="noise">What is drawn.</param>
    /// <param name="stream">Where it is drawn from, split by the port's name; its moment should hold the step.</param>
    /// <param name="port">A hidden port.</param>
    /// <param name="above">Ports above it that get noise as well.</param>
    public static Variation Noise(Noise noise, RandomStream stream, Port port, params IReadOnlyList<Port> above) =>
        new(null, port, null, noise, stream, above);

    /// <summary>Holds it to ports of a network, noise above the port where the pass begins.</summary>
    /// <exception cref="ArgumentException">A port is one of another network, or noise would be added where nothing is
    /// evaluated.</exception>
    internal void Check(Network network)
    {
        if (Lowest is null) return;
        network.CheckPort(Lowest);
        for (var i = 0; i < _above.Count; i++)
        {
            network.CheckPort(_above[i]);
            if (_above[i].Index <= Lowest.Index)
                throw new ArgumentException($"A second pass begins above {Lowest.Name}, so no noise can be added at {_above[i].Name} as "
                    + "well: name the lowest port first, and each once.");
        }
    }

    internal bool ChangesInput => NewInput is not null;

    internal Tensor? NewInput { get; }

    internal Port? Lowest { get; }

    internal Tensor? Activity { get; }

    internal Noise Added { get; }

    internal RandomStream Stream { get; }

    internal bool IsNoisyAt(Port port)
    {
        for (var i = 0; i < _above.Count; i++)
            if (_above[i] == port) return true;
        return false;
    }
}
