using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Diagnostics;

/// <summary>
/// The derivative of the outputs by the activity at each hidden port, as direct feedback would have it: J_l [K, n_l], the mean over the
/// samples n of a pass of dz_n/dx_l,n. Exact: one walk by the true derivative for each of the K outputs, all samples and ports at once,
/// which is cheaper than a tangent for each unit wherever there are more units than outputs.
/// <para>It is one of samples by themselves: where batch norms mix them, in training, it is no derivative that feedback could have
/// (<see cref="MixesSamples"/>).</para>
/// </summary>
public sealed class MeanJacobian
{
    private const int Lane = 5;
    private readonly Pass _pass;
    private readonly TrueGradient _true;
    private readonly Dictionary<Port, Tensor> _means = [];
    private readonly Dictionary<Port, double> _squares = [];
    private readonly Workspace _workspace = new();

    /// <summary>That of a pass, again and again.</summary>
    /// <param name="pass">A pass that stores its activities.</param>
    /// <param name="frozen">The lowest blocks that are frozen: their ports have none.</param>
    /// <exception cref="ConcordException">The pass recomputes its activities, or the network has time steps.</exception>
    public MeanJacobian(Pass pass, int frozen = 0)
    {
        Check(pass.Network);
        (_pass, _true) = (pass, new(pass, frozen + 1, Lane));
        foreach (var port in pass.Network.Ports.Skip(frozen).Where(port => !port.IsOutput))
            _means[port] = pass.Kernels.Allocate(new(port.Shape.Length, pass.Network.Output.Length), Role.Gradient);
    }

    /// <summary>Refuses a network with time steps, at whose ports there is a derivative for each step.</summary>
    internal static void Check(Network network)
    {
        if (network.HasTime)
            throw new ConcordException("At a port in time the outputs have a derivative for each step, and direct feedback is one matrix "
                + "for all: there is nothing to compare it with. Leave out --probe feedback.");
    }

    /// <summary>The pass.</summary>
    public Pass Pass => _pass;

    /// <summary>Whether batch norms mix the samples of the pass as it was evaluated, so that there is nothing to measure.</summary>
    public bool MixesSamples => _pass.IsTraining && _pass.Network.Blocks.SelectMany(block => block.Layers)
        .SelectMany(layer => layer.WithBranches).Any(layer => layer is BatchNorm);

    /// <summary>Measures it on the pass as it was evaluated; leaves its error as it is.</summary>
    public void Walk()
    {
        var (kernels, error, outputs) = (_pass.Kernels, _pass.Error, _pass.Network.Output.Length);
        var kept = _workspace.Get(kernels, this, "error", error.Shape, Role.Error);
        kernels.Copy(error, kept);
        foreach (var port in _means.Keys) _squares[port] = 0;
        for (var output = 0; output < outputs; output++)
        {
            kernels.Fill(error, 0);
            for (var sample = 0; sample < _pass.Rows; sample++) error[sample * outputs + output] = 1;
            _true.Walk();
            foreach (var (port, mean) in _means)
            {
                var row = _workspace.Get(kernels, port, "row", new(port.Shape.Length), Role.Gradient);
                kernels.SumRows(_true.At(port), new(row, 1.0 / _pass.Rows));
                for (var unit = 0; unit < row.Length; unit++) mean[unit * outputs + output] = row[unit];
                _squares[port] += kernels.SumSquares(_true.At(port)) / _pass.Rows;
            }
        }
        kernels.Copy(kept, error);
    }

    /// <summary>J' at a hidden port that is not frozen, its units x K, as projections and forward weights are written out.</summary>
    public Tensor At(Port port) => _means[port];

    /// <summary>The mean over samples of |dz_n/dx_n|^2 (Frobenius) at that port: |J|^2 and what it varies by among samples.</summary>
    public double MeanSquares(Port port) => _squares[port];
}
