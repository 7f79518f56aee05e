using System.Globalization;
using Concord.Interchange;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>
/// CubaLIF as the neurons of <c>snn:</c>. With u = v - v_leak and the current in units of the potential per second, an impulse of area 1
/// adds k W, k = r w_in / (tau_mem tau_syn), so k goes into the weights before the neurons. tau_mem must be tau_syn or twice that, for
/// spike times in closed form, and one time holds for all layers.
/// </summary>
internal sealed class NirEventReader(string path, NirTime time, string more) : NirReader(path)
{
    private readonly List<string> _tokens = [], _thresholds = [], _resets = [];
    private readonly List<NirLayer?> _delays = [];
    private (double Synaptic, string Membrane)? _kind;
    private int[]? _image;   // what the weights read flat, in the order of memory

    /// <summary>The model string.</summary>
    public string ModelFor(IReadOnlyList<int> input)
    {
        if (_delays.Any(delay => delay is not null) && _delays.SkipLast(1).Any(delay => delay is null))
            Notes.Add("hidden layers without delays have some of 0, which learn");
        var (kind, delays) = (_kind!.Value, _delays.Any(delay => delay is not null));
        return $"{SpikingModel.Kind}:{string.Join('x', input)}-{string.Join('-', _tokens)},tau="
            + $"{Single(kind.Synaptic)},membrane={kind.Membrane},threshold={string.Join('/', _thresholds)},"
            + $"reset={string.Join('/', _resets)}{(delays ? ",delays=0/0.001" : "")}{more}";
    }

    /// <summary>The layers with parameters, in the order of the network.</summary>
    public IReadOnlyList<NirLayer> All()
    {
        var delays = _delays.Any(delay => delay is not null);
        List<NirLayer> all = [];
        foreach (var (i, layer) in Layers.Where(layer => layer.Outputs > 0).Index())
        {
            all.Add(layer);
            if (delays && i < _delays.Count - 1)
                all.Add(_delays[i] ?? new("", "", []) { Values = [[]] });   // none: as many zeros as there are neurons
        }
        return all;
    }

    protected override NirLayer Dense(NirNode node, double[] weight, double[]? bias, int outputs)
    {
        CheckBias(node, bias);
        if (_image is { } order)
        {
            var (inputs, turned) = (order.Length, new double[weight.Length]);
            for (var i = 0; i < weight.Length; i++) turned[i - i % inputs + order[i % inputs]] = weight[i];
            (weight, _image) = (turned, null);
        }
        _tokens.Add(outputs.ToString(CultureInfo.InvariantCulture));
        return new(node.Name, "dense", [outputs]) { Values = [weight], Outputs = outputs };
    }

    protected override NirLayer Convolution(NirNode node, NirFields fields, NirKernel kernel)
    {
        CheckBias(node, kernel.Bias);
        if (kernel.Window != Window.Square(kernel.Window.Height) || kernel.Groups != 1)
            throw fields.Wrong($"convolutions of such networks have square kernels, a stride of 1 and no padding, dilation or groups, but "
                + $"it is {kernel.Window}{(kernel.Groups == 1 ? "" : FormattableString.Invariant($" in {kernel.Groups} groups"))}");
        _tokens.Add(FormattableString.Invariant($"c{kernel.Filters}k{kernel.Window.Height}"));
        return new(node.Name, "convolution", kernel.Output) { Values = [kernel.Weight], Outputs = kernel.Filters };
    }

    protected override NirLayer? Flattened(NirNode node, IReadOnlyList<int> image)
    {
        if (image.Count == 3) _image = NirChainWriter.ChannelsFirst(new(image[1], image[2], image[0]));
        return null;
    }

    protected override void ReadOther(NirLink link, NirFields fields)
    {
        switch (link.Node.Type)
        {
            case "CubaLIF" when Layers.LastOrDefault() is { Outputs: > 0 }:
                Neurons(fields);
                break;
            case "CubaLIF":
                throw fields.Wrong("it does not stand directly behind weights");
            case "SumPool2d" when _thresholds.Count > 0:
                var size = fields.Whole("kernel_size", 1, 0);
                if (Shape.Count != 3 || size < 1 || fields.Whole("stride", 1, 1) != size || fields.Whole("padding", 0, 0) != 0)
                    throw fields.Wrong("pools of spikes are square, beside each other and without padding");
                _tokens.Add(FormattableString.Invariant($"p{size}"));
                Add(new(link.Node.Name, "pool", [Shape[0], Shape[1] / size, Shape[2] / size]));
                break;
            case "Delay" when _delays.Count > 0 && _delays[^1] is null:
                var seconds = fields.Each("delay", Shape);
                if (seconds.Any(value => value < 0)) throw fields.Wrong("a delay is below 0");
                var inMemory = new double[seconds.Length];
                var order = Shape.Count == 3 ? NirChainWriter.ChannelsFirst(new(Shape[1], Shape[2], Shape[0])) : null;
                for (var i = 0; i < seconds.Length; i++)
                    inMemory[order?[i] ?? i] = seconds[i] / time.PerSecond / _kind!.Value.Synaptic;
                _delays[^1] = new(link.Node.Name, "", Shape) { Values = [inMemory] };
                break;
            default:
                throw fields.Wrong("in a graph with CubaLIF, Linear, Conv2d, Flatten, Scale, and behind neurons SumPool2d and Delay, are "
                    + "read");
        }
    }

    private void Neurons(NirFields fields)
    {
        double[] synaptic = fields.Each("tau_syn", Shape), membrane = fields.Each("tau_mem", Shape), factors = fields.Each("r", Shape),
            input = fields.Each("w_in", Shape, otherwise: 1), rest = fields.Each("v_leak", Shape),
            threshold = fields.Each("v_threshold", Shape), reset = fields.Each("v_reset", Shape, otherwise: 0);
        var ratio = membrane[0] / synaptic[0];
        if (synaptic.Any(tau => tau <= 0 || tau != synaptic[0]) || membrane.Any(tau => tau != membrane[0]))
            throw fields.Wrong("its time constants are not the same for all neurons and above 0");
        var kind = Math.Abs(ratio - 2) < Rounding ? "double" : Math.Abs(ratio - 1) < Rounding ? "equal" : throw fields.Wrong(
            FormattableString.Invariant($"tau_mem is {ratio:0.###} of tau_syn; spike times have a closed form for 1 or 2"));
        (double Synaptic, string Membrane) own = (synaptic[0] / time.PerSecond, kind);
        if (_kind is { } other && (Math.Abs(own.Synaptic / other.Synaptic - 1) > Rounding || own.Membrane != other.Membrane))
            throw fields.Wrong("its time constants are not those of the layers before it, and one holds for all");
        _kind ??= own;
        for (var i = 0; i < factors.Length; i++)
        {
            factors[i] *= input[i] * time.PerSecond / (membrane[i] * synaptic[i]);
            (threshold[i], reset[i]) = (threshold[i] - rest[i], threshold[i] - reset[i]);
            if (threshold[i] <= 0 || reset[i] <= 0) throw fields.Wrong("v_threshold is not above v_leak and v_reset");
        }
        if (threshold.Any(value => value != threshold[0]) || reset.Any(value => value != reset[0]))
            for (var i = 0; i < factors.Length; i++)
                (factors[i], reset[i], threshold[i]) = (factors[i] / threshold[i], reset[i] / threshold[i], 1);
        if (reset.Any(value => Math.Abs(value / reset[0] - 1) > Rounding))
            throw fields.Wrong("v_reset stands differently to the threshold in different neurons");
        ScaleFormer(factors, fields, "its resistance r, with w_in, the time constants and the threshold");
        _thresholds.Add(Single(threshold[0]));
        _resets.Add(Single(reset[0]));
        _delays.Add(null);
    }

    private void CheckBias(NirNode node, double[]? bias)
    {
        if (bias?.Any(value => value != 0) == true)
            throw new NirFields(node, Path).Wrong("it has a bias, which weights between spikes do not have: an impulse is multiplied, and "
                + "nothing comes without one");
    }

    private static string Single(double value) => ((float)value).ToString("R", CultureInfo.InvariantCulture);
}
