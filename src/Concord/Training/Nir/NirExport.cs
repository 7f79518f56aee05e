using Concord.Interchange;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>
/// A network as a NIR graph: a chain of nodes from <c>input</c> to <c>output</c>, with a cycle for each recurrent weight of neurons. What
/// the equations there cannot say is listed; a layer that has no node is refused. A batch norm is folded into the weights before it.
/// Encoding of samples and what ends time stand outside of such a graph, which gives an output at each step.
/// <code>
/// lif, leaky    u_t = beta u_(t-1) + x_t                LIF, LI: tau = -dt / ln beta, r = 1 / (1 - beta), v_leak = 0
///               without a leak                          IF, I: r = 1 / dt;   reset=none: LI or I, then Threshold
///               hard reset                              v_reset = 0;   a spike at u &gt;= threshold here, at v &gt; v_threshold there
/// snn           du/dt = -u/tau + v, dv/dt = -v/tau_s    CubaLIF: tau_mem = r = tau, tau_syn = w_in = tau_s, for impulses of area 1
///               a spike: u -= reset                     v_reset = threshold - reset
/// </code>
/// </summary>
public sealed class NirExport
{
    private const string Input = "input", Output = "output";
    private readonly NirTime _time;
    private readonly NirChainWriter _chain = new();
    private readonly List<string> _losses = [], _notes = [];
    private Layer? _ended;

    private NirExport(Network network, NirTime time)
    {
        _time = time;
        var layers = network.Blocks.SelectMany(block => block.Layers).ToList();
        // The graph begins where numbers or spikes of a step arrive: behind an encoding of samples.
        var first = layers.FindIndex(layer => layer is not (SpikeEncoding or RowsToSteps or PoissonEncoding or RepeatInTime or Dropout));
        if (first < 0) throw new ConcordException("The network has no layer that NIR has a node for.");
        _chain.Begin(Input, layers[first].Input);
        foreach (var layer in layers) Add(layer);
        Graph = _chain.End(Output, layers[^1].Output, time.Metadata());
        if (_ended is not null) _notes.Add($"the graph gives an output at each step; that of the network is what '{_ended}' makes of them");
    }

    /// <summary>The graph.</summary>
    public NirGraph Graph { get; }

    /// <summary>What it cannot say, each with the layer's name: the file would be another network.</summary>
    public IReadOnlyList<string> Losses => _losses;

    /// <summary>What stands outside of it.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Makes the graph of a network with its present weights.</summary>
    /// <param name="network">Initialised.</param>
    /// <param name="time">How its steps stand for continuous time.</param>
    /// <exception cref="ConcordException">A layer has no node.</exception>
    public static NirExport Of(Network network, NirTime time) => new(network, time);

    private void Add(Layer layer)
    {
        switch (layer)
        {
            case Linear { Connection: var connection } linear:
                CheckEnded(linear.Parameters.Count > 1, layer);
                _chain.Dense(layer, connection.Weight, linear.Parameters.ElementAtOrDefault(1));
                break;
            case Convolution { Connection: var connection } convolution when _ended is null:
                _chain.Convolution(layer, connection, convolution.Parameters.ElementAtOrDefault(1));
                break;
            case BatchNorm norm:
                CheckEnded(true, layer);
                if (!_chain.Fold(norm)) throw NoNode(layer, "A batch norm directly behind weights is folded into them; place it there.");
                break;
            case ClockedNeurons neurons when _ended is null:
                AddClocked(neurons);
                break;
            case SpikingLinear { Connection: var connection } neurons:
                _chain.Dense(layer, connection.Weight, null);
                AddEventDriven(neurons);
                break;
            case SpikingConvolutionLayer { Connection: ConvolutionConnection connection } neurons:
                _chain.Convolution(layer, connection, null);
                AddEventDriven(neurons);
                break;
            case AveragePool { Window: var window } when _ended is null:
                _chain.Pool(layer, "AvgPool2d", window);
                break;
            case SpikePoolLayer { Size: var size }:
                _chain.Pool(layer, "SumPool2d", new(size, size, size));
                break;
            case SpikeDelayLayer { Tau: var tau, Delay.Value: var delay }:
                _chain.Node(layer.Name, "Delay", ("delay", NirChainWriter.PerNeuron(layer,
                    [.. delay.ToArray().Select(p => p * tau * _time.PerSecond)])));
                break;
            case Flatten when _ended is null:
                _chain.Flatten(layer.Name, layer.Input);
                break;
            case LastStep or SumOverSteps:
                _ended = layer;
                break;
            case SpikeEncoding or RowsToSteps or PoissonEncoding or RepeatInTime:
                _notes.Add($"give the graph each sample as {layer.Name} does ({layer})");
                break;
            case Dropout:
                break;   // it does nothing in evaluation
            default:
                throw NoNode(layer, "Dense layers, convolutions, average pools, batch norms behind weights and leaky neurons have one.");
        }
    }

    // What is linear may as well be done at each step; a bias would be summed.
    private void CheckEnded(bool hasBias, Layer layer)
    {
        if (_ended is not null && hasBias && _ended is SumOverSteps { Kind: "sum" })
            throw NoNode(layer, $"It stands behind '{_ended}', which ends time, and its bias would count once for each step. End time with "
                + "mean or last, or behind the layer.");
    }

    private void AddClocked(ClockedNeurons layer)
    {
        var (neuron, leaks) = (layer.Neuron, layer.LeakValues);
        if (_time.Scheme == NirScheme.Exact && leaks.Contains(0))
            throw NoNode(layer, "A leak of 0 has no time constant. --scheme euler has one, dt.");
        if (neuron.Adapts) throw NoNode(layer, "NIR has no node whose threshold adapts (adaptation).");
        var integrates = leaks.All(leak => leak == 1);
        if (!integrates && leaks.Contains(1)) throw NoNode(layer, "Some of its neurons have no leak and others have one.");
        var fires = neuron is { Fires: true, Reset: not SpikeReset.None };
        if (neuron is { Fires: true, Reset: SpikeReset.Soft })
            _losses.Add($"{layer.Name}: a spike takes the threshold off (reset=soft), and in NIR it sets the potential; "
                + "reset=hard and reset=none can be said");
        if (neuron.Refractory > 0)
            _losses.Add(FormattableString.Invariant($"{layer.Name}: {neuron.Refractory} refractory steps (refractory=); NIR has none"));

        List<(string, NirField)> fields = [];
        if (integrates) fields.Add(("r", NirChainWriter.PerNeuron(layer, [1 / _time.Step])));
        else
            fields.AddRange([("tau", NirChainWriter.PerNeuron(layer, [.. leaks.Select(_time.ConstantOf)])),
                ("r", NirChainWriter.PerNeuron(layer, [.. leaks.Select(leak => 1 / (1 - leak))])),
                ("v_leak", NirChainWriter.PerNeuron(layer, [0]))]);
        if (fires)
            fields.AddRange([("v_threshold", NirChainWriter.PerNeuron(layer, [neuron.Threshold])),
                ("v_reset", NirChainWriter.PerNeuron(layer, [0]))]);
        _chain.Node(layer.Name, $"{(integrates ? "" : "L")}I{(fires ? "F" : "")}", [.. fields]);
        if (neuron.Fires && !fires)
            _chain.Node($"{layer.Name}.threshold", "Threshold", ("threshold", NirChainWriter.PerNeuron(layer, [neuron.Threshold])));
        if (layer.RecurrentWeight is { } recurrent) _chain.Recurrent(layer, recurrent);
    }

    private void AddEventDriven(SpikingNeurons layer)
    {
        var neuron = layer.Neuron;
        if (neuron.Membrane == Spiking.Membrane.NonLeaky)
            throw NoNode(layer, "Neurons without a leak and with a current that decays (membrane=non-leaky) have none.");
        if (neuron.MostSpikes < int.MaxValue)
            _losses.Add(FormattableString.Invariant($"{layer.Name}: a neuron fires at most {neuron.MostSpikes} times in a sample ")
                + "(most-spikes=); NIR has no such limit");
        if (neuron.RefractoryTime > 0)
            _losses.Add(FormattableString.Invariant($"{layer.Name}: {neuron.RefractoryTime} s refractory (refractory=); NIR has none"));
        var synaptic = neuron.SynapticTime * _time.PerSecond;
        var membrane = neuron.Membrane == Spiking.Membrane.TwiceSynaptic ? 2 * synaptic : synaptic;
        NirField All(double value) => NirChainWriter.PerNeuron(layer, [value]);
        // The potential is the same number there: it grows by r I / tau_mem in a unit of the file's time, and by v in a second here.
        _chain.Node($"{layer.Name}.neurons", "CubaLIF", ("tau_syn", All(synaptic)), ("tau_mem", All(membrane)),
            ("r", All(membrane / _time.PerSecond)), ("v_leak", All(0)), ("w_in", All(synaptic)), ("v_threshold", All(neuron.Threshold)),
            ("v_reset", All(neuron.Threshold - (neuron.Reset ?? neuron.Threshold))));
    }

    private static ConcordException NoNode(Layer layer, string hint) =>
        new($"The layer {layer.Name} ({layer}) has no node in NIR. {hint}");
}
