using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>One connection's mirror: its B, its noise, and what the connection makes of that. The equation is <see cref="WeightMirror"/>'s.</summary>
internal sealed class Mirror
{
    private readonly Connection _connection;
    private readonly MirrorOptions _options;
    private readonly Response _response;
    private readonly Tensor _mean;
    private readonly RandomStream _noise;
    private readonly double _norm, _rate;

    public Mirror(Connection connection, MirrorOptions options, RuleState state)
    {
        (_connection, _options) = (connection, options);
        Carrier = new RandomCarrier(connection);
        Carrier.Draw(state);
        _response = new(state.Network, connection, state.Kernels, options.Rows, options.Output);
        _mean = state.Kernels.Allocate(new(_response.Output.Shape.RowLength), Role.Activation);
        state.Count(_response.Words + _mean.Length);
        _noise = state.Stream(connection.Weight.Name).Split("mirror");
        _rate = options.Sum ? options.Rate : options.Rate / (_response.Output.Length / connection.Weight.MatrixShape.RowLength);   // a convolution answers at every place
        _norm = Math.Sqrt(state.Kernels.SumSquares(Carrier.Tensor));
    }

    public RandomCarrier Carrier { get; }

    /// <summary>One step on noise that belongs to a moment: before training negative, else the optimizer's step.</summary>
    public void Step(Kernels kernels, long moment)
    {
        Tensor b = Carrier.Tensor, y = _response.Output;
        _options.Noise.Fill(kernels, _noise.At(moment), _response.Input);
        _response.Evaluate();
        if (_options.Centre)
        {
            kernels.SumRows(y, new(_mean, -1.0 / _options.Rows));
            kernels.AddRow(_mean, y);
        }
        _connection.Outer(kernels, y, _response.Input, new(b, _rate, 1 - _options.Decay));
        if (!_options.Rescale) return;
        var norm = Math.Sqrt(kernels.SumSquares(b));
        kernels.Combine(norm > 0 ? _norm / norm : 1, b, 0, b);
    }
}
