using System.Security.Cryptography;
using Concord.Interchange;
using Concord.Layers;
using Concord.Networks;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>
/// Weights that a network starts from in place of its own draw: a safetensors file with the names of a checkpoint, whose feedback and
/// moments are passed over, or with PyTorch's (<see cref="TorchNames"/>). Numbers of 16 and 64 bits are brought to the network's precision.
/// Weights stand in it with the output first; the first dense layer above images reads them channels first, as in other programs,
/// so nothing has to be moved about.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="sha256">What its SHA-256 must be, in hexadecimal.</param>
/// <param name="fresh">Blocks that start from their own draw nevertheless: another head.</param>
public sealed class StartingWeights(string path, string sha256, BlockPatterns fresh)
{
    private static readonly string[] s_besides = ["feedback.", "optimizer."];   // what a checkpoint holds besides weights and buffers

    /// <summary>The SHA-256 of a file, in hexadecimal.</summary>
    /// <exception cref="ConcordException">It cannot be read.</exception>
    public static string HashOf(string path)
    {
        FileErrors.RefuseSpecial(path);
        var hash = "";
        FileErrors.Explained("read", path, () =>
        {
            using var file = new FileStream(FileErrors.FullPath("read", path), FileMode.Open, FileAccess.Read,
                FileShare.Read | FileShare.Delete);
            hash = Convert.ToHexStringLower(SHA256.HashData(file));
        });
        return hash;
    }

    /// <summary>
    /// What is in a file of weights, on one line: how many tensors, of which types and how these are brought to single precision,
    /// and what is left out of the names.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ConcordException">It cannot be read.</exception>
    public static string Describe(string path)
    {
        using var file = SafeTensorsFile.Open(path);
        var names = TorchNames.Of(file).Where(IsNetworks).ToList();
        var types = from name in names
                    group name by file.Describe(name.Theirs).Type into same
                    orderby same.Key
                    select same.Key switch
                    {
                        SafeTensorsType.F16 or SafeTensorsType.BF16 => $"{same.Key.Code()} (widened to single precision)",
                        SafeTensorsType.F64 => "F64 (narrowed to single precision)",
                        _ => same.Key.Code(),
                    };
        var prefix = TorchNames.Wrapping(file);
        var counts = TorchNames.Counts(file).Count();
        return string.Join(", ", (string[])[$"{path}: {Things.Of(names.Count, "tensor")}", .. types, .. prefix.Length == 0 ? []
            : (string[])[$"names without '{prefix}'"], .. counts == 0 ? [] : (string[])[$"without {Things.Of(counts, "count")}"]]);
    }

    /// <summary>Reads the weights, and the running moments of batch norms, into a network.</summary>
    /// <param name="network">Initialised.</param>
    /// <exception cref="ConcordException">The file cannot be read or is another one, or does not fit the network:
    /// the message lists all that does not.</exception>
    public void Load(Network network)
    {
        var found = HashOf(path);
        if (found != sha256)
            throw new ConcordException($"The weights in '{path}' have the SHA-256 {found}, but the settings say {sha256}: "
                + "it is another file than the one that was meant. Give that file, or leave weightsHash out.");
        using var file = SafeTensorsFile.Open(path);
        file.CheckValues();
        var stored = TorchNames.Of(file).Where(IsNetworks).ToLookup(name => name.Ours, name => name.Theirs);
        var wanted = Weights(network).ToList();
        CheckFresh(network, stored.Select(group => BlockOf(group.Key)));

        List<string> faults = [];
        foreach (var (name, tensor, turned) in wanted.Where(entry => !IsFresh(entry.Name)))
        {
            var needed = Description(tensor, turned);
            if (stored[name].ToList() is not [var theirs])
                faults.Add($"{name} is {(stored.Contains(name) ? "several times" : "not")} in the file, needed is {needed}");
            else if (file.Describe(theirs) is var given && (!given.Type.IsFloating() || !given.Dimensions.SequenceEqual(needed.Dimensions)))
                faults.Add($"{name} is {Named(theirs, name)}{given} in the file, needed is {needed}");
        }
        foreach (var group in stored.Where(group => !IsFresh(group.Key) && !wanted.Exists(entry => entry.Name == group.Key)))
            foreach (var theirs in group)
                faults.Add($"{SafeTensorsHeader.Quote(group.Key)[1..^1]} is {Named(theirs, group.Key)}{file.Describe(theirs)} in the file, "
                    + "the network has none");
        if (faults.Count > 0)
            throw new ConcordException($"The weights in '{path}' do not fit the network: {string.Join("; ", faults)}. "
                + "Give the model that they belong to (--model), or name the blocks that are to start from their own draw, "
                + $"as another head does (--fresh {network.Blocks[^1].Name}).");

        foreach (var entry in wanted.Where(entry => !IsFresh(entry.Name)))
        {
            FileLayout.Read(file, stored[entry.Name].First(), entry.Tensor, entry.Turned, converts: true);
            if (!IsFinite(entry.Tensor)) throw new ConcordException($"The tensor '{stored[entry.Name].First()}' in '{path}' holds numbers "
                + "that are not finite in the network's precision; no network works with them. Use another copy of the file.");
        }
    }

    /// <summary>
    /// All that a network's evaluation depends on, by the names in files: parameters, which may be turned round there, and norm buffers.
    /// </summary>
    internal static IEnumerable<(string Name, Tensor Tensor, bool Turned)> Weights(Network network)
    {
        foreach (var parameter in network.Parameters) yield return (parameter.Name, parameter.Value, FileLayout.Turns(parameter.Shape));
        foreach (var (name, tensor) in network.Buffers) yield return (name, tensor, false);
    }

    private void CheckFresh(Network network, IEnumerable<string> inFile)
    {
        List<string> blocks = [.. network.Blocks.Select(block => block.Name)];
        if (fresh.FirstIdle([.. blocks, .. inFile]) is { } idle)
            throw BlockPatterns.Missing("The setting fresh", idle, blocks, $"in the network or in '{path}'");
    }

    private static bool IsNetworks((string Theirs, string Ours) name) =>
        !Array.Exists(s_besides, start => name.Ours.StartsWith(start, StringComparison.Ordinal));

    private bool IsFresh(string name) => fresh.Match(BlockOf(name));

    private static string BlockOf(string name) => name.Split('.')[0];


    private static string Named(string theirs, string ours) => theirs == ours ? "" : $"{SafeTensorsHeader.Quote(theirs)} ";

    private static SafeTensorsDescription Description(Tensor tensor, bool turned)
    {
        var shape = turned ? FileLayout.Of(tensor.Shape) : tensor.Shape;
        return new(tensor.ElementType == ElementType.Single ? SafeTensorsType.F32 : SafeTensorsType.F64,
            [.. Enumerable.Range(0, shape.Rank).Select(axis => (long)shape[axis])]);
    }

    private static bool IsFinite(Tensor tensor)
    {
        if (tensor.ElementType == ElementType.Double) return !tensor.Doubles.ContainsAnyExceptInRange(double.MinValue, double.MaxValue);
        return !tensor.Singles.ContainsAnyExceptInRange(float.MinValue, float.MaxValue);
    }
}
