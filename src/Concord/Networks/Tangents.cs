using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// Tangents that ride on a pass (<see cref="TangentPlan"/>): their directions, drawn at each step, and how far they have come.
/// </summary>
internal sealed class Tangents
{
    private readonly Pass _pass;
    private readonly RandomStream _stream;
    private readonly Injection[] _atInput;
    private readonly Injection[][] _atPorts, _inBlocks;
    private readonly TangentLane[] _lanes;
    private readonly Dictionary<(object Place, int Lane), Tensor> _directions = [];

    /// <summary>Tangents on that pass.</summary>
    /// <param name="plan">The directions.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="stream">Where they are drawn from.</param>
    public Tangents(TangentPlan plan, Pass pass, RandomStream stream)
    {
        (_pass, _stream, Plan) = (pass, stream, plan);
        _lanes = [.. Enumerable.Range(0, plan.Lanes).Select(lane => new TangentLane(lane))];
        _atInput = [.. plan.Injections.Where(injection => injection.Port is null && injection.Parameter is null)];
        _atPorts = [.. pass.Network.Ports.Select(port => plan.Injections.Where(injection => injection.Port == port).ToArray())];
        _inBlocks = [.. pass.Network.Blocks.Select(block => plan.Injections
            .Where(injection => injection.Parameter is { } parameter && block.Parameters.Contains(parameter)).ToArray())];
    }

    /// <summary>What they are made for.</summary>
    public TangentPlan Plan { get; }

    /// <summary>The tangents.</summary>
    public ReadOnlySpan<TangentLane> Lanes => _lanes;

    /// <summary>Bytes of what stands between layers; directions stand in the pass's own workspace.</summary>
    public long Bytes => _lanes.Sum(lane => lane.Bytes);

    /// <summary>The direction at a port, of a parameter, or, where the place is the network, at the input.</summary>
    /// <exception cref="InvalidOperationException">None was drawn there.</exception>
    public Tensor DirectionAt(object place, int lane) => FindDirection(place, lane)
        ?? throw new InvalidOperationException($"No direction of lane {lane} was drawn at {place}.");

    /// <summary>The same; null where none was drawn.</summary>
    public Tensor? FindDirection(object place, int lane) => _directions.GetValueOrDefault((place, lane));

    /// <summary>The tangent at the output.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public Tensor OutputOf(int lane) => lane >= 0 && lane < _lanes.Length && _lanes[lane].Tangent is { } tangent ? tangent
        : throw new InvalidOperationException($"No tangent of lane {lane} has come to the output. Make the walk down a pass "
            + "(Plan.BackwardPass) before the pass is evaluated: it is what tangents ride on.");

    /// <summary>Begins a pass.</summary>
    public void Begin()
    {
        _directions.Clear();
        foreach (var lane in _lanes) lane.Begin();
        foreach (var injection in _atInput) Inject(injection, _pass.Network, _pass.Input);
    }

    /// <summary>Draws the directions of a block's parameters, before the pass enters it.</summary>
    public void Enter(Block block)
    {
        using var _ = new WorkScope(_pass.Kernels, Phase.ExtraForward);
        foreach (var lane in _lanes) lane.Turn();
        foreach (var injection in _inBlocks[block.Index])
        {
            var parameter = injection.Parameter!;
            var direction = Buffer(injection, parameter.Shape, Role.Gradient);
            Fill(injection, direction);
            _lanes[injection.Lane].Perturb(parameter, direction);
            _directions[(parameter, injection.Lane)] = direction;
        }
    }

    /// <summary>Adds the directions at a port to what has come there.</summary>
    public void Leave(Port port)
    {
        using var _ = new WorkScope(_pass.Kernels, Phase.ExtraForward);
        foreach (var injection in _atPorts[port.Index]) Inject(injection, port, _pass.At(port));
    }

    private void Inject(Injection injection, object place, Tensor activity)
    {
        var (kernels, lane, perturbation) = (_pass.Kernels, _lanes[injection.Lane], injection.Perturbation);
        var direction = Buffer(injection, activity.Shape, Role.Activation);
        if (perturbation.PerSample) Fill(injection, direction);
        else
        {
            var shared = _pass.Workspace.Get(kernels, injection, "shared direction", new(activity.Shape.RowLength), Role.Activation);
            Fill(injection, shared);
            kernels.Fill(direction, 0);
            kernels.AddRow(shared, direction);
        }
        if (perturbation.ActiveOnly)
        {
            // A direction is as likely as its opposite, so an activity's sign may stand for whether it is zero.
            var active = lane.Room.Get(kernels, injection, "active", activity.Shape, Role.Activation);
            kernels.Sign(activity, active);
            kernels.Multiply(direction, active, direction);
        }
        _directions[(place, injection.Lane)] = direction;
        if (lane.Tangent is { } tangent) kernels.Combine(1, direction, 1, tangent);
        else lane.Set(direction, isOwn: false);
    }

    private void Fill(Injection injection, Tensor direction)
    {
        var stream = _stream.At(_pass.Step).At(injection.Lane).Split(injection.Place);
        if (injection.Perturbation.Kind == PerturbationKind.Normal) _pass.Kernels.FillStandardNormal(stream, direction);
        else _pass.Kernels.FillRademacher(stream, direction);
    }

    private Tensor Buffer(Injection injection, Shape shape, Role role) =>
        _pass.Workspace.Get(_pass.Kernels, injection, "direction", shape, role);
}
