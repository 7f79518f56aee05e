using Concord.Networks;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>
/// Measures the norms of hidden activities as samples are scored, on the first batch of a look alone: one reading of each activity, and no
/// work in training.
/// </summary>
/// <param name="network">The network.</param>
/// <param name="kernels">The engine.</param>
internal sealed class ActivityNorms(Network network, Kernels kernels)
{
    private readonly double[] _norms = new double[network.Ports.Count];
    private RowComparison[] _rows = [];

    /// <summary>Forgets what it has seen.</summary>
    public void Begin() => Array.Fill(_norms, double.NaN);

    /// <summary>Looks at the activity of a port, as soon as it is there.</summary>
    public void See(Pass pass, Port port)
    {
        // Where features of frozen blocks are kept, the highest of these is given and not evaluated. A pass that keeps no activities has
        // it no more by now.
        if (port.Index > 0 && port.Index == pass.Given && pass.Activations == ActivationPolicy.Stored)
            Take(pass, network.Ports[port.Index - 1]);
        Take(pass, port);
    }

    private void Take(Pass pass, Port port)
    {
        if (port.IsOutput || !double.IsNaN(_norms[port.Index])) return;
        var activity = pass.At(port);
        var rows = activity.Shape.Rows;   // of all time steps
        if (_rows.Length < rows) _rows = new RowComparison[rows];
        kernels.CompareRows(activity, activity, _rows.AsSpan(0, rows));
        var sum = 0.0;
        foreach (var row in _rows.AsSpan(0, rows)) sum += Math.Sqrt(row.SquaredA);
        _norms[port.Index] = sum / rows;
    }

    /// <summary>What came of it, lowest first.</summary>
    public IReadOnlyList<ActivityNorm> Norms =>
        [.. from port in network.Ports
            where !double.IsNaN(_norms[port.Index])
            let below = port.Index == 0 ? 0 : Typical(port.Index - 1)
            select new ActivityNorm(port.Name, _norms[port.Index], below > 0 ? Typical(port.Index) / below : double.NaN)];

    private double Typical(int port) => _norms[port] / Math.Sqrt(network.Ports[port].Shape.Length);
}
