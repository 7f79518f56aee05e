using Concord.Feedback;
using Concord.Layers;
using Concord.Numerics;

namespace Concord.Rules;

/// <summary>The local loss R(W, B, x) of <see cref="AlignmentOptions"/> for one connection: what B descends.</summary>
/// <param name="connection">What B stands for.</param>
/// <param name="options">Coefficients.</param>
/// <param name="noise">x; null where R has none in it.</param>
/// <param name="state">Where memory is counted.</param>
internal sealed class AlignmentLoss(Connection connection, AlignmentOptions options, LayerNoise? noise, FeedbackState state)
{
    private readonly Tensor?
        _response = noise is null ? null : state.Allocate(noise.Response, Role.Activation),
        _back = noise is null || options.Null == 0 ? null : state.Allocate(noise.Input.Shape, Role.Activation),
        _feedback = noise is null || (options.Sparse == 0 && !TwoTerms(options)) ? null : state.Allocate(noise.Response, Role.Activation);

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
        var w = connection.Weight.Value;
        kernels.Combine(2 * options.Decay, b, 0, gradient);
        if (options.Self != 0) kernels.Combine(-options.Self, w, 1, gradient);
        if (noise is null) return;
        noise.Draw(kernels, step);
        if (options.Amp != 0 || options.Null != 0) connection.Apply(kernels, w, noise.Input, _response!);
        if (options.Amp != 0) Add(_response!, noise.Input, -options.Amp);
        if (options.Null != 0)
        {
            connection.Transposed(kernels, b, _response!, _back!);
            Add(_response!, _back!, 2 * options.Null);
        }
        if (_feedback is not null) connection.Apply(kernels, b, noise.Input, _feedback);
        if (options.Sparse != 0) Add(_feedback!, noise.Input, 2 * options.Sparse);
        if (!TwoTerms(options)) return;
        connection.Transposed(kernels, w, _feedback!, _back!);
        connection.Apply(kernels, w, _back!, _feedback!);
        Add(_feedback!, noise.Input, 2 * options.Null);

        void Add(Tensor output, Tensor input, double factor) =>
            connection.WeightGradient(kernels, output, input, new(gradient, factor / noise.Responses, 1));
    }

    private static bool TwoTerms(AlignmentOptions options) => options.Null != 0 && options.TwoNullTerms;
}
