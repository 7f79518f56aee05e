using System.Runtime.CompilerServices;
using Concord.Numerics;
using Concord.Spiking;

namespace Concord.Layers;

/// <summary>
/// What a layer may know of the pass it is in, and where it keeps what its backward pass needs besides input and output: a
/// dropout mask, a batch's moments. Backward and pushforward read a tape and never write it.
/// </summary>
public sealed class Tape
{
    /// <summary>A tape on a workspace.</summary>
    /// <param name="kernels">The engine.</param>
    /// <param name="workspace">Where buffers live.</param>
    /// <param name="passing">Where activities stand that no derivative reads; they are lost with the block's turn.
    /// The workspace itself unless given.</param>
    public Tape(Kernels kernels, Workspace workspace, Workspace? passing = null)
    {
        Kernels = kernels;
        Workspace = workspace;
        Passing = passing ?? workspace;
    }

    /// <summary>The engine.</summary>
    public Kernels Kernels { get; }

    internal Workspace Workspace { get; }

    internal Workspace Passing { get; }

    /// <summary>Whether dropout drops and batch norm uses the batch's own moments.</summary>
    public bool Training { get; set; }

    /// <summary>Whether batch norm moves its running moments; a second pass over the same batch never does.</summary>
    public bool MovesStatistics { get; set; }

    /// <summary>The stream of this step's dropout masks; a layer splits it by its own name.</summary>
    public RandomStream Dropout { get; set; }

    /// <summary>Where samples end before the last step; null where all last as long.</summary>
    internal StepMask? Mask { get; set; }

    /// <summary>Which time steps are evaluated.</summary>
    internal TimeSlice Slice { get; set; }

    /// <summary>How many of them a layer sees.</summary>
    internal int StepsOf(Layer layer) => Slice.StepsOf(layer.Input);

    /// <summary>The direction of a parameter on the tangent that is being carried; null where it has none.</summary>
    public Tensor? DirectionOf(Parameter parameter) => Lane?.DirectionOf(parameter);

    /// <summary>The tangent that is being carried.</summary>
    internal TangentLane? Lane { get; set; }

    /// <summary>A buffer for a tangent, which is read no more when the next block has had its turn.</summary>
    internal Tensor Tangent(Layer layer, string name, Shape shape) =>
        (Lane?.Room ?? Workspace).Get(Kernels, layer, name, shape, Role.Activation, Lane?.Number ?? 0);

    /// <summary>result = w tangent + v x + c, with v and c the directions of a connection's weight w and of its bias.</summary>
    internal void Pushforward(Layer layer, Connection connection, Parameter? bias, Tensor x, Tensor? tangent, Tensor result)
    {
        if (tangent is not null) connection.Apply(Kernels, connection.Weight.Value, tangent, result);
        if (DirectionOf(connection.Weight) is { } v)
        {
            var change = tangent is null ? result : Tangent(layer, "change", result.Shape);
            connection.Apply(Kernels, v, x, change);
            if (tangent is not null) Kernels.Combine(1, change, 1, result);
        }
        else if (tangent is null) Kernels.Fill(result, 0);
        if (bias is not null && DirectionOf(bias) is { } c)
            Kernels.AddRow(c, c.Length == result.Shape.RowLength ? result : result.Matrix(c.Length));
    }

    private readonly Dictionary<object, object> _states = [];
    private readonly Dictionary<Layer, SpikeTrains> _given = [];
    private readonly ConditionalWeakTable<Tensor, SpikeTrains> _spikes = [];
    private readonly ConditionalWeakTable<SpikeTrains, Tensor> _tangents = [];

    /// <summary>What a layer keeps of a pass besides tensors, as the walk of a spiking layer; made at first use.</summary>
    /// <param name="owner">Whose it is: the layer, or a part of it.</param>
    /// <param name="make">Makes it.</param>
    public T State<T>(object owner, Func<Tape, T> make) where T : class
    {
        if (_states.TryGetValue(owner, out var state)) return (T)state;
        var made = make(this);
        _states[owner] = made;
        return made;
    }

    /// <summary>The spikes that an activity counts.</summary>
    /// <exception cref="InvalidOperationException">It counts none: it is no activity of a layer that gives spikes.</exception>
    public SpikeTrains SpikesOf(Tensor activity) => _spikes.TryGetValue(activity, out var spikes) ? spikes
        : throw new InvalidOperationException($"There are no spikes behind the activity {activity}.");

    /// <summary>The spikes that a layer gave; null if it gave none yet, or is none that does.</summary>
    internal SpikeTrains? GivenBy(Layer layer) => _given.GetValueOrDefault(layer);

    /// <summary>Counts the spikes that a layer gave in its activity.</summary>
    internal void Give(Layer layer, Tensor activity, SpikeTrains spikes)
    {
        spikes.CountInto(activity, Kernels);
        SetSpikes(activity, spikes);
        _given[layer] = spikes;
    }

    /// <summary>Says that an activity counts these spikes.</summary>
    internal void SetSpikes(Tensor activity, SpikeTrains spikes)
    {
        if (!_spikes.TryGetValue(activity, out var known) || known != spikes) _spikes.AddOrUpdate(activity, spikes);
    }

    /// <summary>The tangents that spikes were emitted with, a number for each; null for zero.</summary>
    internal Tensor? TangentsOf(Tensor activity) => _tangents.TryGetValue(SpikesOf(activity), out var tangents) ? tangents : null;

    /// <summary>Says which they are.</summary>
    internal void SetTangents(Tensor activity, Tensor tangents)
    {
        var spikes = SpikesOf(activity);
        if (!_tangents.TryGetValue(spikes, out var known) || known != tangents) _tangents.AddOrUpdate(spikes, tangents);
    }

    /// <summary>
    /// The shape of a teaching signal at an activity: its own, or, where it counts spikes, a number for each of them. There is room for
    /// more than there are, so that it changes seldom.
    /// </summary>
    internal Shape SignalShape(Tensor activity, bool isSpiking) => !isSpiking ? activity.Shape
        : Kernels.AssumedSpikes is { } assumed ? new((int)Math.Clamp(assumed * activity.Length, 1, int.MaxValue))
        : new(SpikesOf(activity).Times.Length);

    /// <summary>A buffer of the layer's, kept until its next forward.</summary>
    public Tensor Keep(Layer layer, string name, Shape shape, int index = 0) =>
        Workspace.Get(Kernels, layer, name, shape, Role.Activation, index);
}
