using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;
using Concord.Rules;

namespace Concord.Training;

/// <summary>
/// Finds the units of hidden blocks that learn, and outputs that are spikes at the steps of a clock, which are 0 on every sample of a pass
/// over many: their activities after the activation are added up as the samples go by, a sum per unit, and nothing else is kept. What is
/// never below 0, as after a relu, adds up to 0 in that case alone; of other activations a sum of 0 would be chance. A unit is dead by
/// what its port shows: after a norm that follows the activation none is.
/// </summary>
internal sealed class UnitActivity
{
    private const double Rounding = 1e-6;   // of means over steps
    private readonly Kernels _kernels;
    private readonly Dictionary<Port, (Tensor Sums, ActivationLayer? Above)> _ports;
    private readonly Dictionary<Port, double> _steps = [];   // of spiking neurons with a clock: how often each could have fired

    public UnitActivity(Plan plan, Kernels kernels)
    {
        _kernels = kernels;
        // Where a port stands before the activation, that is the first layer of the block above.
        _ports = plan.Network.Ports
            .Where(port => (!port.IsOutput || StepsAt(port) is not null) && plan.RouteAt(port) != Route.None
                && port.Below.Parameters.Any(parameter => !parameter.Frozen))
            .ToDictionary(port => port, port =>
            (kernels.Allocate(new(port.Shape[port.Shape.Rank - 1]), Role.Activation),
                port.Below.Layers.Any(layer => layer.IsActivation) ? null : port.Above?.Layers[0] as ActivationLayer));
    }

    /// <summary>Forgets what it has seen.</summary>
    public void Begin()
    {
        foreach (var (sums, _) in _ports.Values) sums.AsBytes().Clear();
        _steps.Clear();
    }

    /// <summary>Looks at the activity of a port, as soon as it is there.</summary>
    public void See(Pass pass, Port port)
    {
        if (!_ports.TryGetValue(port, out var seen)) return;
        var activity = pass.At(port);
        if (seen.Above is { } activation)
        {
            var activated = pass.Inner.Get(_kernels, this, "activated", activity.Shape, Role.Activation);
            _kernels.Activate(activation.Function, activity, activated);
            activity = activated;
        }
        _kernels.SumRows(activity.Matrix(seen.Sums.Length), new(seen.Sums, 1, 1));
        if (StepsAt(port) is { } steps)
            _steps[port] = _steps.GetValueOrDefault(port) + (double)activity.Length / seen.Sums.Length * steps;
    }

    /// <summary>What a neuron with a clock that fires at each step comes to in a row of its port; null where there are none.</summary>
    private static double? StepsAt(Port port) => port.Below.Layers switch
    {
        [.., { FiresAtSteps: true }] => 1,
        [.., { FiresAtSteps: true } neurons, SumOverSteps sum] => sum.IsMean ? 1 : neurons.Output.Steps,
        _ => null,
    };

    /// <summary>What came of it: the blocks that have dead units.</summary>
    public IReadOnlyList<DeadUnits> Dead =>
        [.. from entry in _ports
            let sums = entry.Value.Sums.ToArray()
            let dead = sums.Count(sum => sum == 0)
            let saturated = _steps.TryGetValue(entry.Key, out var steps) ? sums.Count(sum => sum >= steps * (1 - Rounding)) : 0
            where dead > 0 || saturated > 0
            select new DeadUnits(entry.Key.Name, dead, sums.Length) { Saturated = saturated }];
}
