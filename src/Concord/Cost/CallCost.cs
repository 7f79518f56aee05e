using Concord.Feedback;
using Concord.Layers;
using Concord.Numerics;
using Concord.Numerics.Engines;

namespace Concord.Cost;

/// <summary>What a single call takes for one sample, recorded on an engine without memory.</summary>
public static class CallCost
{
    /// <summary>A connection's pass upward.</summary>
    public static Work Apply(Connection connection) => Record(kernels => connection.Apply(
        kernels, kernels.Allocate(connection.Weight.Shape, Role.Weight), kernels.Allocate(connection.Input.Batch(1), Role.Activation),
        kernels.Allocate(connection.Output.Batch(1), Role.Activation)));

    /// <summary>A signal's way across a connection.</summary>
    internal static Work Cross(Carrier carrier, Connection connection) => Record(kernels => carrier.Cross(
        kernels, connection, kernels.Allocate(connection.Output.Batch(1), Role.Error),
        kernels.Allocate(connection.Input.Batch(1), Role.Error)));

    /// <summary>A projection.</summary>
    /// <param name="projection">The projection.</param>
    /// <param name="sources">K.</param>
    /// <param name="target">One sample's shape where it ends.</param>
    internal static Work Project(Projection projection, int sources, Shape target) => Record(kernels => projection.Apply(
        kernels, new(), kernels.Allocate(new(1, sources), Role.Error), kernels.Allocate(target.WithSteps(1).Batch(1), Role.Error)));

    private static Work Record(Action<Kernels> call)
    {
        using var kernels = new PlanningKernels { Log = new() };
        call(kernels);
        return kernels.Log[kernels.Phase];
    }
}
