using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using Concord.Layers;
using Concord.Numerics;
using Concord.Training;
using static System.FormattableString;

namespace Concord.Tests.Golden;

/// <summary>A test of bits that are the same on every x64 processor with AVX2; skipped, and said so, on others.</summary>
internal sealed class GoldenBitsFactAttribute : FactAttribute
{
    public GoldenBitsFactAttribute() => Skip = GoldenBits.Obstacle;
}

/// <summary>The same with cases.</summary>
internal sealed class GoldenBitsTheoryAttribute : TheoryAttribute
{
    public GoldenBitsTheoryAttribute() => Skip = GoldenBits.Obstacle;
}

/// <summary>Hashes of all that a step moves, by the names that a checkpoint has.</summary>
internal static class GoldenBits
{
    /// <summary>Why bits cannot be compared on this machine; null where they can.</summary>
    public static string? Obstacle => RuntimeInformation.ProcessArchitecture == Architecture.X64 && Avx2.IsSupported && Fma.IsSupported
        ? null
        : "The golden bits are those of x64 processors with AVX2; others round sums differently.";

    /// <summary>Weights, buffers, feedback, counters, what was transported, norms and moments,
    /// of the weights and of a rule's own groups.</summary>
    public static IReadOnlyList<GoldenLine> Of(Learner learner) =>
    [
        .. Of("weights", learner.Network.Parameters.Select(parameter => (parameter.Name, parameter.Value))),
        .. Of("buffers", learner.Network.Buffers),
        .. Of("feedback", learner.Plan.Feedback),
        .. learner.Plan.Counters.Select(entry => new GoldenLine($"counter {entry.Name}", Invariant($"{entry.Counter.Value}"))),
        new("transport", Words(learner.Plan.Transport(learner.Steps).Moved)),
        .. Of("moments", learner.Optimizer.Norms.Concat(learner.Optimizer.Moments.Select(moment => (moment.Name, moment.Tensor)))),
        .. Of("groups", learner.Plan.Groups
            .SelectMany(group => group.Norms.Concat(group.Moments.Select(moment => (moment.Name, moment.Tensor)))
            .Concat(group.Parameters.Select(parameter => ($"{group.Name}.{parameter.Name}", parameter.Value))))),
    ];

    /// <summary>What was transported, on one line.</summary>
    public static string Words(Transport moved) =>
        Invariant($"{moved.Weights} weights, {moved.PayloadBits} bits of them, {moved.IndexBits} bits of indices");

    // By name, as a checkpoint is read: the order in which feedback is registered decides nothing.
    private static IEnumerable<GoldenLine> Of(string group, IEnumerable<(string Name, Tensor Tensor)> tensors) =>
        Of(group, [.. tensors.Select(entry => (entry.Name, entry.Tensor.AsBytes().ToArray()))
            .OrderBy(part => part.Name, StringComparer.Ordinal)]);

    /// <summary>Two lines of a group: the names of its parts, and a hash of it all with a short one of each part behind it.</summary>
    public static IEnumerable<GoldenLine> Of(string group, IReadOnlyList<(string Name, byte[] Bytes)> parts)
    {
        if (parts.Count == 0) return [];
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        List<string> marks = [];
        foreach (var (name, bytes) in parts)
        {
            all.AppendData(Encoding.UTF8.GetBytes(Invariant($"{name}\n{bytes.Length}\n")));
            all.AppendData(bytes);
            marks.Add(Convert.ToHexStringLower(SHA256.HashData(bytes))[..4]);
        }
        var value = $"{Convert.ToHexStringLower(all.GetHashAndReset())[..16]} {string.Join(' ', marks)}";
        return [new($"names of {group}", string.Join(' ', parts.Select(part => part.Name))), new(group, value, Changed)];

        string Changed(string before)
        {
            var was = before.Split(' ')[1..];
            if (was.Length != marks.Count) return Invariant($"there were {was.Length} and are {marks.Count}");
            string[] changed = [.. parts.Where((_, i) => was[i] != marks[i]).Select(part => part.Name)];
            if (changed.Length == 0) return "names or sizes changed, or bits that the short hashes do not show";
            return $"{(changed.Length == was.Length ? "all changed: " : "")}{string.Join(", ", changed)}";
        }
    }
}
