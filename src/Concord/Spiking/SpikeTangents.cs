using System.Numerics;
using System.Numerics.Tensors;
using Tensor = Concord.Numerics.Tensor;
using Concord.Numerics;

namespace Concord.Spiking;

/// <summary>
/// Carries tangents of spikes through a dense weight, by the rule of SFDFA (Bacho and Chu 2024, section 5.2 of the notes on their released
/// code): every spike hands on its tangent, times the weight, to each neuron that it reaches, and a neuron emits with its spike what has
/// come in since its last one. So the tangents of a neuron's spikes add up to sum_j w_j sum (tangents of the spikes of j before the
/// neuron's last one). It is a convention, and not the derivative of times or numbers of spikes.
/// </summary>
internal sealed class SpikeTangents
{
    private Tensor? _sums;
    private double[] _rest = [];

    /// <summary>The tangent of each of the output's spikes. It has at least as many elements; those beyond mean nothing.</summary>
    public Tensor? OfSpikes { get; private set; }

    /// <summary>Carries a batch.</summary>
    /// <param name="weight">[inputs, neurons].</param>
    /// <param name="input">The spikes that come in.</param>
    /// <param name="below">The tangents that they were emitted with; null for zero.</param>
    /// <param name="tangent">
    /// The sums of the tangents of each neuron's spikes in a sample, N x inputs; what the spikes were not emitted with rides on the first.
    /// </param>
    /// <param name="output">The spikes that they cause.</param>
    /// <param name="result">Receives the sums of their tangents, N x neurons.</param>
    public void Forward(Tensor weight, SpikeTrains input, Tensor? below, Tensor tangent, SpikeTrains output, Tensor result)
    {
        if (input.ElementType == ElementType.Single) Forward<float>(weight, input, below, tangent, output, result);
        else Forward<double>(weight, input, below, tangent, output, result);
    }

    private void Forward<T>(Tensor weight, SpikeTrains input, Tensor? below, Tensor tangent, SpikeTrains output, Tensor result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (inputs, neurons) = (input.Neurons, output.Neurons);
        OfSpikes = output.ValuesOf(OfSpikes);
        if (_sums is null) _sums = new(new(neurons), input.ElementType);
        if (_rest.Length < inputs) _rest = new double[inputs];
        ReadOnlySpan<T> w = weight.Elements<T>(), times = input.Times.Elements<T>(), fired = output.Times.Elements<T>();
        Span<T> sums = _sums.Elements<T>(), emitted = OfSpikes.Elements<T>(), results = result.Elements<T>();
        results.Clear();
        for (var sample = 0; sample < input.Samples; sample++)
        {
            sums.Clear();
            SetRest(input, sample, below, tangent);
            var (e, end) = (input.Offsets[sample], input.Offsets[sample + 1]);
            for (var k = output.Offsets[sample]; k < output.Offsets[sample + 1]; k++)
            {
                for (; e < end && times[e] <= fired[k]; e++)
                {
                    var j = input.NeuronsOfEvents[e];
                    var own = (below is null ? 0 : below[e]) + _rest[j];
                    _rest[j] = 0;
                    if (own != 0)
                        TensorPrimitives.MultiplyAdd(w.Slice(j * neurons, neurons), T.CreateTruncating(own), sums, sums);
                }
                var o = output.NeuronsOfEvents[k];
                emitted[k] = sums[o];
                results[sample * neurons + o] += sums[o];
                sums[o] = T.Zero;
            }
        }
    }

    private void SetRest(SpikeTrains input, int sample, Tensor? below, Tensor tangent)
    {
        for (var j = 0; j < input.Neurons; j++) _rest[j] = tangent[sample * input.Neurons + j];
        if (below is null) return;
        for (var e = input.Offsets[sample]; e < input.Offsets[sample + 1]; e++) _rest[input.NeuronsOfEvents[e]] -= below[e];
    }
}
