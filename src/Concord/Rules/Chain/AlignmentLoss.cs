using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>The alignment loss of one connection (<see cref="AlignmentOptions"/>), on noise of its own.</summary>
internal sealed class AlignmentLoss
{
    private readonly Connection _connection;
    private readonly AlignmentOptions _options;
    private readonly RandomStream _noise;
    private readonly Tensor? _x, _back, _response, _feedback;
    private readonly double _responses;   // of each output: one per sample, and one for each place of an image

    public AlignmentLoss(Connection connection, Network network, AlignmentOptions options, Kernels kernels, RandomStream noise)
    {
        (_connection, _options, _noise) = (connection, options, noise);
        if (!options.Responds) return;
        var layer = IsolatedLayer.LayerOf(network, connection);
        (_x, _response) = (Room(layer.Input.Batch(options.Rows)), Room(layer.Output.Batch(options.Rows)));
        _responses = (double)_response.Length / connection.Weight.MatrixShape.RowLength;
        if (options.Null != 0) _back = Room(_x.Shape);
        if (options.Sparse != 0 || TwoTerms) _feedback = Room(_response.Shape);

        Tensor Room(Shape shape) => kernels.Allocate(shape, Role.Activation);
    }

    /// <summary>Words of memory.</summary>
    public long Words => (_x?.Length ?? 0) + (_response?.Length ?? 0) + (_back?.Length ?? 0) + (_feedback?.Length ?? 0);

    private bool TwoTerms => _options.Null != 0 && _options.TwoNullTerms;

    /// <summary>
    /// dR/dB: 2 Decay B - Self W - Amp &lt;W x x'&gt; + 2 Sparse &lt;B x x'&gt; + 2 Null (&lt;W x (B' W x)'&gt; + &lt;W W' B x x'&gt;), the
    /// last where there are two terms.
    /// </summary>
    /// <param name="kernels">The engine.</param>
    /// <param name="step">The noise belongs to it.</param>
    /// <param name="b">B.</param>
    /// <param name="gradient">Overwritten.</param>
    public void Differentiate(Kernels kernels, long step, Tensor b, Tensor gradient)
    {
        var w = _connection.Weight.Value;
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

        void Add(Tensor output, Tensor input, double factor) =>
            _connection.WeightGradient(kernels, output, input, new(gradient, factor / _responses, 1));
    }
}
