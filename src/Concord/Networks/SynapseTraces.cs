using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// The traces of synapses on one walk down a pass (<see cref="OnlineLearning.PerSynapse"/>), a_t = (du_t/du_(t-1)) a_(t-1) + x_t, one for
/// each weight and sample: the derivative of a potential after the weight, reset included. Of neurons that adapt there are two, of the
/// potential and of a, and a_t becomes a_t less b times the other: the derivative of u_t - threshold - b a_t (e-prop on ALIF; Bellec and
/// others 2020). Where x is constant, as of a bias, there is one for each neuron and sample.
/// </summary>
internal sealed class SynapseTraces
{
    private readonly Pass _pass;
    private readonly Dictionary<object, Block> _blocks = [];   // by weight, bias, or the layer that begins time behind the weight

    /// <summary>Traces of nothing as yet.</summary>
    public SynapseTraces(Pass pass)
    {
        _pass = pass;
        foreach (var block in pass.Network.Blocks)
            foreach (var owner in InputTraces.OwnersIn(block)) _blocks[owner] = block;
    }

    /// <summary>Tensors that there are of a network, for a batch of so many samples.</summary>
    public static IEnumerable<TensorMemory.Extent> Extents(Network network, int samples) =>
        from block in network.Blocks
        from weight in InputTraces.OwnersIn(block).OfType<Parameter>()
        where !weight.IsBias
        let adapts = InputTraces.Feeding(block)!.Value.Neurons.Neuron.Adapts
        from what in adapts ? (string[])["", " of what neurons adapted"] : [""]
        select new TensorMemory.Extent(
            FormattableString.Invariant($"The traces{what} of the synapses {weight.Name} for a batch of {samples}"),
            samples, weight.Shape.Rows, weight.Shape.RowLength)
        {
            Instead = adapts ? "Choose a smaller network or --batch, or a rule that takes the threshold as given (sltt, fptt)." : null,
        };

    /// <summary>Adds the gradient of a weight, or of a bias, for the one step at hand.</summary>
    /// <returns>False where there are no such traces.</returns>
    public bool TryAdd(Parameter weight, Tensor delta, Tensor? x, in Accumulator gradient)
    {
        if (!_blocks.TryGetValue(weight, out var block)) return false;
        var traces = Moved(weight, block, x ?? Ones(), delta.Shape.RowLength);
        _pass.Kernels.SumTraces(delta, traces.OfPotential, gradient);
        if (traces.OfAdapted is { } adapted)
            _pass.Kernels.SumTraces(delta, adapted, gradient with { Alpha = -traces.Rise * gradient.Alpha, Beta = 1 });
        return true;
    }

    /// <summary>sum += trace * signal for what stands before time begins.</summary>
    /// <returns>False where there are no such traces.</returns>
    public bool TrySum(Layer beginning, Tensor signal, Tensor sum)
    {
        if (!_blocks.TryGetValue(beginning, out var block)) return false;
        var kernels = _pass.Kernels;
        var product = _pass.Workspace.Get(kernels, beginning, "signal and trace", signal.Shape, Role.Error);
        var traces = Moved(beginning, block, Ones(), signal.Shape.RowLength);
        kernels.Multiply(signal, traces.OfPotential, product);
        kernels.Combine(1, product, _pass.Slice.Continues ? 1 : 0, sum);
        if (traces.OfAdapted is { } adapted)
        {
            kernels.Multiply(signal, adapted, product);
            kernels.Combine(-traces.Rise, product, 1, sum);
        }
        return true;
    }

    private (Tensor OfPotential, Tensor? OfAdapted, double Rise) Moved(object owner, Block block, Tensor x, int neurons)
    {
        var (kernels, trace, derivative) = (_pass.Kernels, Begun("trace"), _pass.Decay(block));
        if (derivative.Adapted is not var (slopes, lost, kept, rise))
        {
            kernels.StepTraces(x, derivative.Decay, trace);
            return (trace, null, 0);
        }
        var adapted = Begun("trace of what was adapted");
        kernels.StepAdaptingTraces(x, derivative.Decay, slopes, lost, kept, trace, adapted);
        return (trace, adapted, rise);

        Tensor Begun(string name)
        {
            var begun = _pass.Workspace.Get(_pass.Kernels, owner, name, new(_pass.Rows, x.Shape.RowLength * neurons), Role.Activation);
            if (!_pass.Slice.Continues) _pass.Kernels.Fill(begun, 0);
            return begun;
        }
    }

    private Tensor Ones()
    {
        var ones = _pass.Workspace.Get(_pass.Kernels, this, "ones", new(_pass.Rows, 1), Role.Activation);
        _pass.Kernels.Fill(ones, 1);
        return ones;
    }
}
