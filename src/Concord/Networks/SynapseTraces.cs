using Concord.Layers;
using Concord.Numerics;

namespace Concord.Networks;

/// <summary>
/// The traces of synapses on one walk down a pass (<see cref="OnlineLearning.PerSynapse"/>), a_t = (du_t/du_(t-1)) a_(t-1) + x_t, one for
/// each weight and sample: the derivative of a potential after the weight, reset included. Of neurons that adapt there are two, of the
/// potential and of a, and a_t becomes a_t less b times the other: the derivative of u_t - threshold - b a_t (e-prop on ALIF; Bellec and
/// others 2020). Where x is constant, as of a bias, there is one for each neuron and sample.
/// <para>Filtered (<see cref="OnlineLearning.Filters"/>) the signal at the port is multiplied with ebar_t = kappa ebar_(t-1) + psi_t a_t,
/// kappa the leak of the outputs; a pull of rates is not: it is multiplied with psi_t a_t.</para>
/// </summary>
internal sealed class SynapseTraces
{
    private readonly BackwardPass _walk;
    private readonly Pass _pass;
    private readonly Dictionary<object, Block> _blocks = [];   // by weight, bias, or the layer that begins time behind the weight
    private readonly List<(Tensor OfNeurons, Tensor Trace, double Factor)> _terms = [];   // of the gradient at hand
    private readonly double? _kappa;

    /// <summary>Traces of nothing as yet.</summary>
    public SynapseTraces(BackwardPass walk)
    {
        (_walk, _pass) = (walk, walk.Pass);
        if (walk.Online is { Filters: true }) _kappa = LeakOfOutputs(_pass.Network);
        foreach (var block in _pass.Network.Blocks)
            foreach (var owner in InputTraces.OwnersIn(block)) _blocks[owner] = block;
    }

    /// <summary>The leak of outputs that are potentials; null where they have no memory, or fire.</summary>
    public static double? LeakOfOutputs(Network network) => network.Blocks[^1].Layers.OfType<ClockedNeurons>().FirstOrDefault()
        is { Neuron.Fires: false, Leak: > 0 and var leak } ? leak : null;

    /// <summary>Tensors that there are of a network, for a batch of so many samples.</summary>
    public static IEnumerable<TensorMemory.Extent> Extents(Network network, int samples, OnlineLearning online) =>
        from block in network.Blocks
        from weight in InputTraces.OwnersIn(block).OfType<Parameter>()
        where !weight.IsBias
        let adapts = InputTraces.Feeding(block)!.Value.Neurons.Neuron.Adapts
        from what in (string[])["", .. adapts ? (string[])[" of what neurons adapted"] : [],
            .. online.Filters && LeakOfOutputs(network) is not null && block != network.Blocks[^1] ? (string[])[" of eligibilities"] : []]
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
        Gather(weight, block, x ?? Ones(), delta);
        var beta = gradient.Beta;
        foreach (var (ofNeurons, trace, factor) in _terms)
        {
            _pass.Kernels.SumTraces(ofNeurons, trace, gradient with { Alpha = factor * gradient.Alpha, Beta = beta });
            beta = 1;
        }
        return true;
    }

    /// <summary>sum += trace * signal for what stands before time begins.</summary>
    /// <returns>False where there are no such traces.</returns>
    public bool TrySum(Layer beginning, Tensor signal, Tensor sum)
    {
        if (!_blocks.TryGetValue(beginning, out var block)) return false;
        var kernels = _pass.Kernels;
        var product = _pass.Workspace.Get(kernels, beginning, "signal and trace", signal.Shape, Role.Error);
        Gather(beginning, block, Ones(), signal);
        double beta = _pass.Slice.Continues ? 1 : 0;
        foreach (var (ofNeurons, trace, factor) in _terms)
        {
            kernels.Multiply(ofNeurons, trace, product);
            kernels.Combine(factor, product, beta, sum);
            beta = 1;
        }
        return true;
    }

    // What is summed: a number of each neuron times a trace of each synapse.
    private void Gather(object owner, Block block, Tensor x, Tensor delta)
    {
        _terms.Clear();
        var (kernels, trace, derivative) = (_pass.Kernels, Begun("trace"), _pass.Decay(block));
        Tensor? adapted = null;
        var rise = 0.0;
        if (derivative.Adapted is var (slopes, lost, kept, raised))
        {
            (adapted, rise) = (Begun("trace of what was adapted"), raised);
            kernels.StepAdaptingTraces(x, derivative.Decay, slopes, lost, kept, trace, adapted);
        }
        else kernels.StepTraces(x, derivative.Decay, trace);
        if (_kappa is not { } kappa || block == _pass.Network.Blocks[^1])
        {
            Add(delta);
            return;
        }
        var (port, psi, filtered) = (_pass.Network.Ports[block.Index], _walk.Slopes(block), Begun("filtered eligibility"));
        kernels.AddTraces(1, psi, trace, kappa, filtered);
        if (adapted is not null) kernels.AddTraces(-rise, psi, adapted, 1, filtered);
        _terms.Add((_walk.SignalAt(port)!, filtered, 1));
        if (_walk.PullAt(port) is not { } pull) return;
        _terms.Add((pull, filtered, -1));   // it is part of the signal
        var pulled = _pass.Workspace.Get(kernels, owner, "pull of the current", pull.Shape, Role.Error);
        kernels.Multiply(pull, psi, pulled);
        Add(pulled);

        void Add(Tensor ofNeurons)
        {
            _terms.Add((ofNeurons, trace, 1));
            if (adapted is not null) _terms.Add((ofNeurons, adapted, -rise));
        }

        Tensor Begun(string name)
        {
            var begun = _pass.Workspace.Get(_pass.Kernels, owner, name, new(_pass.Rows, x.Shape.RowLength * delta.Shape.RowLength),
                Role.Activation);
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
