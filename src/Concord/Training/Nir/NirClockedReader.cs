using System.Globalization;
using Concord.Interchange;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>
/// LIF, LI, IF and I as <c>lif</c> and <c>leaky</c>. With u = v - v_leak, u_t = beta u_(t-1) + k x_t with k = (1 - beta) r (dt r without a
/// leak), so k goes into the weights before the neurons. The threshold is v_threshold - v_leak; where neurons have thresholds of their own,
/// u is measured in them. A spike sets u to 0, so v_reset must be v_leak.
/// </summary>
internal sealed class NirClockedReader(string path, NirTime time, string more) : NirReader(path)
{
    /// <summary>The layers.</summary>
    public IReadOnlyList<NirLayer> All => Layers;

    /// <summary>Which of them is the first that has a state; their number where none has.</summary>
    public int FirstNeurons => Layers.FindIndex(layer => layer.Words.StartsWith("lif", StringComparison.Ordinal)
        || layer.Words.StartsWith("leaky", StringComparison.Ordinal)) is var first and >= 0 ? first : Layers.Count;

    protected override NirLayer Dense(NirNode node, double[] weight, double[]? bias, int outputs)
    {
        if (bias is null) Notes.Add($"{PlainText.Line(node.Name)} has no bias, and begins with one of 0 that learns");
        return new(node.Name, Invariant($"dense units={outputs}"), [outputs])
            { Values = [weight, bias ?? new double[outputs]], Outputs = outputs };
    }

    protected override NirLayer Convolution(NirNode node, NirFields fields, NirKernel kernel)
    {
        var (filters, window, groups) = (kernel.Filters, kernel.Window, kernel.Groups);
        return new(node.Name, Invariant($"convolution filters={filters} {Sizes(window)}")
            + $"{Unusual("stride", window.Stride, 1)}{Unusual("padding", window.Padding, 0)}{Unusual("dilation", window.Dilation, 1)}"
            + Unusual("groups", groups, 1), kernel.Output) { Values = [kernel.Weight, kernel.Bias], Outputs = filters };
    }

    protected override NirLayer? Flattened(NirNode node, IReadOnlyList<int> image) => image.Count == 3
        ? new(node.Name, "flatten", [image.Aggregate(1, (product, axis) => product * axis)]) : null;

    protected override void ReadOther(NirLink link, NirFields fields)
    {
        switch (link.Node.Type)
        {
            case "LIF" or "LI" or "IF" or "I":
                Neurons(link, fields, fires: link.Node.Type.EndsWith('F'));
                break;
            case "Threshold" when Layers.LastOrDefault() is { } below && below.Words.StartsWith("leaky", StringComparison.Ordinal):
                FireWithoutReset(below, fields);
                break;
            case "AvgPool2d" or "SumPool2d":
                Pool(link.Node, fields);
                break;
            case "Threshold":
                throw fields.Wrong("a threshold is read directly behind LI or I only");
            case "Delay":
                throw fields.Wrong("delays are read in networks of CubaLIF only; here time goes in steps");
            default:
                throw fields.Wrong("there is no such node in NIR, or none that is read. Read are Input, Output, Linear, Affine, Conv1d, "
                    + "Conv2d, Flatten, Scale, SumPool2d, AvgPool2d, LIF, LI, IF, I, Threshold, CubaLIF and Delay");
        }
    }

    private void Neurons(NirLink link, NirFields fields, bool fires)
    {
        double[] leaks = [];
        var isLeaky = link.Node.Type.StartsWith('L');
        var factors = fields.Each("r", Shape);
        var rest = isLeaky ? fields.Each("v_leak", Shape) : new double[factors.Length];
        if (isLeaky)
        {
            var tau = fields.Each("tau", Shape);
            if (tau.Any(value => value <= 0)) throw fields.Wrong("a time constant tau is not above 0");
            leaks = Array.ConvertAll(tau, time.LeakOf);
            if (leaks.Any(leak => leak is < 0 or >= 1)) throw fields.Wrong(Invariant($"with a step of {time.Step} (--dt) the time ")
                + Invariant($"constant {(leaks.Any(leak => leak < 0) ? tau.Min() : tau.Max())} ")
                + "leaves no share between 0 and 1 of the potential");
        }
        for (var i = 0; i < factors.Length; i++) factors[i] *= isLeaky ? 1 - leaks[i] : time.Step;
        var thresholds = fires ? fields.Each("v_threshold", Shape) : [];
        if (fires)
        {
            var reset = fields.Each("v_reset", Shape, otherwise: 0);
            if (!reset.SequenceEqual(rest))
                throw fields.Wrong("v_reset is not v_leak; a spike sets the potential to where it leaks to here");
            for (var i = 0; i < thresholds.Length; i++) thresholds[i] -= rest[i];
            if (thresholds.Any(value => value <= 0)) throw fields.Wrong("v_threshold is not above v_leak");
            if (thresholds.Any(value => value != thresholds[0]))
                for (var i = 0; i < factors.Length; i++) (factors[i], thresholds[i]) = (factors[i] / thresholds[i], 1);
        }
        else if (rest.Any(value => value != 0)) throw fields.Wrong("v_leak is not 0, and the potential is what comes out");

        var differ = isLeaky && leaks.Any(leak => leak != leaks[0]);
        List<double[]> values = [];
        if (link.Recurrent is { } weight) values.Add(Recurrent(weight, fields, factors));
        if (differ) values.Add(Array.ConvertAll(InMemory(leaks), leak => Math.Log(leak / (1 - leak))));
        ScaleFormer(factors, fields, "its resistance r, with the step and the threshold");
        Add(new(link.Node.Name, (fires ? Invariant($"lif leak={Leak()} threshold={Single(thresholds[0])} reset=hard") + more
            : Invariant($"leaky leak={Leak()}")) + (differ ? " learned-leak=true" : "") + (link.Recurrent is null ? "" : " recurrent=true"),
            Shape) { Values = values });

        string Leak() => Single(!isLeaky ? 1 : differ ? leaks.Average() : leaks[0]);
    }

    private double[] Recurrent(NirNode weight, NirFields fields, double[] factors)
    {
        var own = new NirFields(weight, Path);
        var (values, shape) = own.Array("weight", 2);
        if (shape[0] != factors.Length || shape[1] != factors.Length)
            throw own.Wrong($"its weight is {shape[0]}x{shape[1]}, but it leads back to {factors.Length} neurons");
        if (weight.Type == "Affine" && own.Each("bias", [shape[0]]).Any(value => value != 0))
            throw own.Wrong("it leads back to the neurons with a bias, which is read of 0 only; put it into the weights before them");
        if (Shape.Count == 3) throw fields.Wrong("its neurons stand in an image and see each other, which is not read");
        if (factors.Any(factor => Math.Abs(factor - 1) >= Rounding))
            for (var i = 0; i < values.Length; i++) values[i] *= factors[i / shape[1]];
        return values;
    }

    private void FireWithoutReset(NirLayer below, NirFields fields)
    {
        var thresholds = fields.Each("threshold", Shape);
        if (thresholds[0] <= 0 || thresholds.Any(value => value != thresholds[0]))
            throw fields.Wrong("its threshold is not the same for all neurons and above 0");
        below.Words = $"lif{below.Words["leaky".Length..]}{Invariant($" threshold={Single(thresholds[0])} reset=none")}{more}";
    }

    private void Pool(NirNode node, NirFields fields)
    {
        var (size, stride, padding) = (fields.Wholes("kernel_size") ?? [0], fields.Whole("stride", 1, 1), fields.Whole("padding", 0, 0));
        var window = new Window(size[0], size[^1], stride, padding);
        if (Shape.Count != 3 || size.Min() < 1 || window.OutputRows(Shape[1]) < 1 || window.OutputColumns(Shape[2]) < 1)
            throw fields.Wrong($"its window {window} does not fit {string.Join('x', Shape)} (channels first)");
        if (node.Type == "SumPool2d") ScaleNext(window.Area);   // a sum is so many means
        Add(new(node.Name, $"average-pool {Sizes(window)} {Invariant($"stride={stride}")}{Unusual("padding", padding, 0)}",
            [Shape[0], window.OutputRows(Shape[1]), window.OutputColumns(Shape[2])]));
    }

    // What is learned of single neurons stands in the order of memory, channels last.
    private double[] InMemory(double[] values)
    {
        if (Shape.Count != 3) return values;
        var order = NirChainWriter.ChannelsFirst(new(Shape[1], Shape[2], Shape[0]));
        var result = new double[values.Length];
        for (var i = 0; i < order.Length; i++) result[order[i]] = values[i];
        return result;
    }

    private static string Sizes(Window window) => window.Height == window.Width ? Invariant($"size={window.Height}")
        : Invariant($"size={window.Height} width={window.Width}");

    private static string Unusual(string key, int value, int usual) => value == usual ? "" : Invariant($" {key}={value}");

    private static string Single(double value) => ((float)value).ToString("R", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
