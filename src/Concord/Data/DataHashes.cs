using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Concord.Numerics;

namespace Concord.Data;

/// <summary>Hashes of samples, as they were loaded.</summary>
/// <param name="Samples">Of their elements.</param>
/// <param name="Labels">Of their labels, or of their real targets.</param>
internal sealed record DataHashes(string Samples, string Labels)
{
    /// <summary>Those of samples, part after part.</summary>
    public static DataHashes Of(params ReadOnlySpan<Samples> parts)
    {
        XxHash128 samples = new(), labels = new();
        foreach (var part in parts)
        {
            var head = FormattableString.Invariant($"{part.Kind} {part.Count} x {part.Shape}\n");
            samples.Append(Encoding.UTF8.GetBytes(head));
            part.ForElements(samples.Append);
            if (part.HasClasses) labels.Append(MemoryMarshal.AsBytes(part.Labels));
            else for (var row = 0; row < part.Count; row++) labels.Append(MemoryMarshal.AsBytes(part.Targets(row)));
        }
        return new(Text(samples), Text(labels));
    }

    /// <summary>A hash of which rows of what they were drawn from the parts are.</summary>
    public static string OfRows(params ReadOnlySpan<Samples> parts)
    {
        var rows = new XxHash128();
        foreach (var part in parts)
        {
            rows.Append(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{part.Count}\n")));
            rows.Append(MemoryMarshal.AsBytes(part.Rows));
        }
        return Text(rows);
    }

    private static string Text(XxHash128 hash) => Convert.ToHexStringLower(hash.GetCurrentHash());
}
