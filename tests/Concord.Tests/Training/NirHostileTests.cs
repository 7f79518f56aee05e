using Concord.Interchange;
using Concord.Training;

namespace Concord.Tests.Training;

/// <summary>NIR files that hold no network of ours, or are no NIR files: each refused in a line that names the node.</summary>
public sealed class NirHostileTests
{
    private static readonly NirReading s_reading = new(new(), Steps: 3, Ends: "each");

    [Theory]
    [InlineData("type fc1 Relu", "The node fc1 (Relu) in 'F' cannot be read: there is no such node in NIR, or none that is read")]
    [InlineData("edge lif fc1", "2 edges lead to the node fc1 (from input, lif), a branch or a cycle")]
    [InlineData("edge lif output", "2 edges lead on from the node lif (to fc2, output), and one way is read")]
    [InlineData("edge fc2 fc1", "2 edges lead to the node fc1 (from input, fc2), a branch or a cycle")]
    [InlineData("cut fc2 output", "no edge leads on from the node fc2")]
    [InlineData("edge fc1 nobody", "an edge names the node nobody, and there is none of that name")]
    [InlineData("extra", "the node extra stands on no way from the input to the output")]
    [InlineData("cut fc2 output, edge fc2 lif", "no edge leads on from the node lif")]
    [InlineData("shape input 5", "The node fc1 (Linear) in 'F' cannot be read: its weight is 4x6, outputs first, but 5 comes in")]
    [InlineData("shape output 5", "The node output (Output) in 'F' cannot be read: its shape is 5, but 3 comes in")]
    [InlineData("lif tau 3", "tau is 3, but what comes in is 4")]
    [InlineData("lif v_reset -0.5", "v_reset is not v_leak")]
    [InlineData("lif tau 0", "a time constant tau is not above 0")]
    [InlineData("lif tau NaN", "tau holds numbers that are not finite")]
    [InlineData("lif v_threshold -1", "v_threshold is not above v_leak")]
    [InlineData("drop lif r", "it has no r")]
    [InlineData("type input Linear", "it has 0 nodes of type Input, and one is read")]
    [InlineData("type lif CubaLIF", "it has no r")]
    [InlineData("type lif Delay", "delays are read in networks of CubaLIF only")]
    public void ItIsNamed(string change, string message)
    {
        var error = Assert.Throws<ConcordException>(() => NirImport.Of(Changed(change), "F", s_reading));
        Assert.Contains(change.StartsWith("type lif CubaLIF", StringComparison.Ordinal) ? "it has no tau_syn" : message, error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void WhatDiffersFromNeuronToNeuronGoesIntoTheWeights()
    {
        using var folder = new TemporaryFolder();
        var plain = NirImport.Of(Changed(""), "F", s_reading);
        Assert.Contains("lif leak=0.95122945 threshold=1 reset=hard", plain.Model, StringComparison.Ordinal);
        var own = NirImport.Of(Changed("lif v_threshold 1/2/3/4"), "F", s_reading);
        Assert.Contains("threshold=1 reset=hard", own.Model, StringComparison.Ordinal);
        double[] Weight(NirImport import, string to) => SafeTensorsFile.Open(import.Write(folder[to]).Weights) is var file
            && new Concord.Numerics.Tensor(new(4, 6)) is var tensor ? Read(file, tensor) : [];
        static double[] Read(SafeTensorsFile file, Concord.Numerics.Tensor tensor)
        {
            using (file) file.Read("fc1.weight", tensor);
            return tensor.ToArray();
        }
        var (a, b) = (Weight(plain, "a"), Weight(own, "b"));
        for (var i = 0; i < a.Length; i++) Assert.Equal(a[i] / (1 + i / 6), b[i], 1e-7);
    }

    [Fact]
    public void AFileThatIsNoneIsNamed()
    {
        using var folder = new TemporaryFolder();
        var whole = folder["whole.nir"];
        NirFile.Write(whole, Changed(""));
        var bytes = File.ReadAllBytes(whole);
        var refused = 0;
        for (var length = 0; length < bytes.Length; length += 61)
        {
            var path = folder.Write("cut.nir", bytes[..length]);
            try
            {
                // At the end stands what means nothing; a file without that is whole.
                NirImport.Of(NirFile.Read(path), path, s_reading);
                Assert.True(length > bytes.Length - 512, $"{length} of {bytes.Length} bytes were read as if they were all");
            }
            catch (ConcordException error)
            {
                Assert.Contains("cannot be read as HDF5", error.Message, StringComparison.Ordinal);
                Assert.False(error.IsFailure);
                refused++;
            }
        }
        Assert.True(refused > 20);
        Assert.Contains("there is no such file", Assert.Throws<ConcordException>(() => NirFile.Read(folder["none.nir"])).Message,
            StringComparison.Ordinal);
        NirData.Write(folder["data.nir"], []);
        Assert.Contains("no NIR file", Assert.Throws<ConcordException>(() => NirFile.Read(folder["data.nir"])).Message,
            StringComparison.Ordinal);
        Assert.Contains("none of NIRData", Assert.Throws<ConcordException>(() => NirData.Read(whole)).Message, StringComparison.Ordinal);
    }

    private static NirGraph Changed(string changes)
    {
        List<(string Name, string Type, Dictionary<string, NirField> Fields)> nodes =
        [
            ("input", "Input", new() { ["shape"] = NirField.Wholes((int[])[6]) }),
            ("fc1", "Linear", new() { ["weight"] = NirField.Of([.. Enumerable.Range(0, 24).Select(i => i / 10.0)], 4, 6) }),
            ("lif", "LIF", new() { ["tau"] = NirField.Filled(0.02, 4), ["r"] = NirField.Of(1), ["v_leak"] = NirField.Of(0),
                ["v_threshold"] = NirField.Filled(1, 4), ["v_reset"] = NirField.Filled(0, 4) }),
            ("fc2", "Affine", new() { ["weight"] = NirField.Filled(0.1, 3, 4), ["bias"] = NirField.Filled(0.1, 3) }),
            ("output", "Output", new() { ["shape"] = NirField.Wholes((int[])[3]) }),
        ];
        List<(string, string)> edges = [("input", "fc1"), ("fc1", "lif"), ("lif", "fc2"), ("fc2", "output")];
        foreach (var change in changes.Split(", ", StringSplitOptions.RemoveEmptyEntries))
        {
            var words = change.Split(' ');
            var at = words.Length > 1 ? nodes.FindIndex(node => node.Name == (words[0] is "type" or "shape" or "drop" ? words[1]
                : words[0])) : -1;
            switch (words[0])
            {
                case "type":
                    nodes[at] = nodes[at] with { Type = words[2] };
                    break;
                case "edge":
                    edges.Add((words[1], words[2]));
                    break;
                case "cut":
                    edges.Remove((words[1], words[2]));
                    break;
                case "extra":
                    nodes.Add(("extra", "Flatten", []));
                    break;
                case "shape":
                    nodes[at].Fields["shape"] = NirField.Wholes((int[])[Invariant(words[2])]);
                    break;
                case "drop":
                    nodes[at].Fields.Remove(words[2]);
                    break;
                default:
                    var values = words[2].Split('/').Select(
                        word => double.Parse(word, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
                    nodes[at].Fields[words[1]] = values.Length > 1 ? NirField.Of(values, 4)
                        : values[0] == 3 ? NirField.Filled(3, 3) : NirField.Filled(values[0], 4);
                    break;
            }
        }
        return new([.. nodes.Select(node => new NirNode(node.Name, node.Type, node.Fields))], edges, new Dictionary<string, NirField>());
    }

    private static int Invariant(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
