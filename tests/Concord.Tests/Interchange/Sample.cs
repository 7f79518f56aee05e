using System.Runtime.InteropServices;
using Concord.Interchange;
using Concord.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace Concord.Tests.Interchange;

/// <summary>A tensor of any type that is written, axes and values, to be written and compared.</summary>
internal sealed record Sample(string Name, SafeTensorsType Type, int[] Dimensions, int Seed)
{
    internal int Length => Dimensions.Aggregate(1, (product, dimension) => product * dimension);

    /// <summary>Arbitrary bits: infinities and NaN payloads must survive as well.</summary>
    internal byte[] Values
    {
        get
        {
            var bytes = new byte[Length * (Type is SafeTensorsType.U8 ? 1 : Type is SafeTensorsType.F32 or SafeTensorsType.I32 ? 4 : 8)];
            new Random(Seed).NextBytes(bytes);
            return bytes;
        }
    }

    internal SafeTensorsEntry Entry
    {
        get
        {
            long[] dimensions = [.. Dimensions.Select(d => (long)d)];
            switch (Type)
            {
                case SafeTensorsType.I32: return new(Name, MemoryMarshal.Cast<byte, int>(Values).ToArray().AsMemory(), dimensions);
                case SafeTensorsType.I64: return new(Name, MemoryMarshal.Cast<byte, long>(Values).ToArray().AsMemory(), dimensions);
                case SafeTensorsType.U8: return new(Name, Values.AsMemory(), dimensions);
                default:
                    var tensor = Empty();
                    Values.CopyTo(tensor.AsBytes());
                    return new(Name, tensor);
            }
        }
    }

    internal Tensor Empty() => new(new Shape(Dimensions), Type == SafeTensorsType.F32 ? ElementType.Single : ElementType.Double);

    internal byte[] ReadFrom(SafeTensorsFile file)
    {
        switch (Type)
        {
            case SafeTensorsType.I32: return MemoryMarshal.AsBytes(file.ReadInts(Name).AsSpan()).ToArray();
            case SafeTensorsType.I64: return MemoryMarshal.AsBytes(file.ReadLongs(Name).AsSpan()).ToArray();
            case SafeTensorsType.U8: return file.ReadBytes(Name);
            default:
                var tensor = Empty();
                file.Read(Name, tensor);
                return tensor.AsBytes().ToArray();
        }
    }

    /// <summary>
    /// Texts as people and enemies give them: none at all, quotes, line ends, zero, several scripts, a pair of surrogates.
    /// </summary>
    internal static readonly Gen<string> Texts = Gen.Elements("a", "b.weight", "/", "\"", "\\", "\n", "\0", " ", "é", "重み", "😀", "\u2028",
        "\uFFFD", "__metadata__")
        .ArrayOf().Select(parts => string.Concat(parts));

    internal static readonly Gen<Sample[]> Several =
        (from name in Texts
         from type in Gen.Elements(Enum.GetValues<SafeTensorsType>()
             .Where(type => type is not (SafeTensorsType.F16 or SafeTensorsType.BF16)).ToArray())
         from rank in Gen.Choose(1, 4)
         from dimensions in Gen.Choose(0, 4).ArrayOf(rank)
         from seed in Gen.Choose(0, int.MaxValue)
         where name != "__metadata__"
         select new Sample(name, type, dimensions, seed)).ArrayOf().Select(samples => samples.DistinctBy(sample => sample.Name).ToArray());

    internal static readonly Gen<Dictionary<string, string>> Metadata =
        (from key in Texts from text in Texts select (key, text)).ArrayOf()
        .Select(pairs => pairs.DistinctBy(pair => pair.key).ToDictionary(pair => pair.key, pair => pair.text));

    internal static byte[] Write(IEnumerable<Sample> samples, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var stream = new MemoryStream();
        SafeTensors.Write(stream, samples.Select(sample => sample.Entry), metadata);
        return stream.ToArray();
    }
}
