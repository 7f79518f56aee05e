using Concord.Feedback;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>The alignment loss of one connection (<see cref="AlignmentOptions"/>), and B that descends it. x is noise of its own.</summary>
internal sealed class AlignmentLoss
{
    private readonly Connection _connection;
    private readonly AlignmentOptions _options;
    private readonly RandomStream _noise;
    private readonly Tensor _gradient;
    private readonly Tensor? _x, _back, _response, _feedback;
    private readonly double _responses;   // of each output: one a sample, and one for each place of an image

    public AlignmentLoss(Connection connection, AlignmentOptions options, RuleState state)
    {
        (_connection, _options) = (connection, options);
        var random = new RandomCarrier(connection);
        random.Draw(state);
        var tensor = random.Tensor;
        Carrier = new(tensor, options.Self != 0);
        _noise = state.Stream(connection.Weight.Name).Split("alignment");
        _gradient = state.Kernels.Allocate(tensor.Shape, Role.Gradient);
        state.Count(_gradient.Length);
        if (!options.Responds) return;
        var layer = Response.LayerOf(state.Network, connection);
        (_x, _response) = (state.Kernels.Allocate(layer.Input.Batch(options.Rows), Role.Activation), state.Kernels.Allocate(layer.Output.Batch(options.Rows), Role.Activation));
        state.Count(_x.Length + _response.Length);
        _responses = (double)_response.Length / connection.Weight.MatrixShape.RowLength;
        if (options.Null != 0) state.Count((_back = state.Kernels.Allocate(_x.Shape, Role.Activation)).Length);
        if (options.Sparse != 0 || TwoTerms) state.Count((_feedback = state.Kernels.Allocate(_response.Shape, Role.Activation)).Length);
    }

    public AlignedCarrier Carrier { get; }

    private bool TwoTerms => _options.Null != 0 && _options.TwoNullTerms;

    /// <summary>B = B - eta dR/dB, on noise that belongs to a step.</summary>
    public void Step(Kernels kernels, long step)
    {
        Differentiate(kernels, step, _gradient);
        kernels.Combine(-_options.Rate, _gradient, 1, Carrier.Tensor);
    }

    /// <summary>dR/dB: 2 Decay B - Self W - Amp &lt;W x x'&gt; + 2 Sparse &lt;B x x'&gt; + 2 Null (&lt;W x (B' W x)'&gt; + &lt;W W' B x x'&gt;), the last where there are two terms.</summary>
    public void Differentiate(Kernels kernels, long step, Tensor gradient)
    {
        Tensor w = _connection.Weight.Value, b = Carrier.Tensor;
        kernels.Combine(2 * _options.Decay, b, 0, gradient);
        if (_options.Self != 0) kernels.Combine(-_options.Self, w, 1, gradient);
        if (!_options.Responds) return;
        _options.Noise.Fill(kernels, _noise.At(step), _x!);
        if (_options.Amp != 0 || _options.Null != 0) _connection.Apply(kernels, w, _x!, _response!);
        if (_options.Amp != 0) Add(_response!, _x!, -_options.Amp);
        if (_options.Null != 0)
        {
            _connection.Transposed(kernels, b, _response!, _back!);
            Add(_response!, _back!, 2 * _options.Null);
        }
        if (_feedback is not null) _connection.Apply(kernels, b, _x!, _feedback);
        if (_options.Sparse != 0) Add(_feedback!, _x!, 2 * _options.Sparse);
        if (!TwoTerms) return;
        _connection.Transposed(kernels, w, _feedback!, _back!);
        _connection.Apply(kernels, w, _back!, _feedback!);
        Add(_feedback!, _x!, 2 * _options.Null);

        void Add(Tensor output, Tensor input, double factor) => _connection.Outer(kernels, output, input, new(gradient, factor / _responses, 1));
    }
}

/// <summary>A feedback tensor that a local loss moves.</summary>
internal sealed class AlignedCarrier(Tensor tensor, bool readsWeight) : Carrier
{
    public Tensor Tensor => tensor;

    public override string Description => $"random {tensor.Shape}, aligned by a loss";

    public override Tensor Matrix(Connection connection) => tensor;

    public override Transport Transported(Connection connection, long steps) => readsWeight ? Own.Transported(connection, steps) : default;
}
