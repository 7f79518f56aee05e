using Concord.Interchange;
using Concord.Numerics;

namespace Concord.Training;

/// <summary>
/// How weights stand in files, where everybody's have the output first: a dense weight [in, out] as [out, in], kernels [kh, kw, C / G, O]
/// as [O, C / G, kh, kw]. All else stands as it is in memory.
/// </summary>
internal static class FileLayout
{
    /// <summary>Whether a weight of that shape is turned round.</summary>
    public static bool Turns(Shape shape) => shape.Rank is 2 or 4;

    /// <summary>A weight's shape in a file.</summary>
    public static Shape Of(Shape shape) => shape.Rank switch
    {
        2 => new(shape[1], shape[0]),
        4 => new(shape[3], shape[2], shape[0], shape[1]),
        _ => shape,
    };

    /// <summary>The weight as files have it: a copy, or the tensor itself where nothing turns.</summary>
    public static Tensor ToFile(Tensor weight)
    {
        if (!Turns(weight.Shape)) return weight;
        var stored = new Tensor(Of(weight.Shape), weight.ElementType);
        Exchange(weight.Shape, weight, stored, toFile: true);
        return stored;
    }

    /// <summary>A tensor on its way into a file. A weight is turned round only while it is written: one copy at a time.</summary>
    public static SafeTensorsEntry Entry(string name, Tensor tensor, bool turned)
    {
        if (!turned) return new(name, tensor);
        var shape = Of(tensor.Shape);
        return SafeTensorsEntry.Streamed(name, tensor.ElementType == ElementType.Single ? SafeTensorsType.F32 : SafeTensorsType.F64,
            [.. Enumerable.Range(0, shape.Rank).Select(axis => (long)shape[axis])], stream => stream.Write(ToFile(tensor).AsBytes()));
    }

    /// <summary>Writes a weight from what a file held.</summary>
    public static void FromFile(Tensor stored, Tensor weight) => Exchange(weight.Shape, weight, stored, toFile: false);

    /// <summary>Reads a tensor of a file, turned round where it is a weight.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">The tensor's name there.</param>
    /// <param name="into">Where it goes.</param>
    /// <param name="turned">Whether it is turned round.</param>
    /// <param name="converts">Whether floating-point numbers of another width are converted; else they are refused.</param>
    /// <exception cref="ConcordException">It is not there, or is another one.</exception>
    public static void Read(SafeTensorsFile file, string name, Tensor into, bool turned, bool converts = false)
    {
        var stored = turned ? new Tensor(Of(into.Shape), into.ElementType) : into;
        if (converts) file.ReadConverted(name, stored);
        else file.Read(name, stored);
        if (turned) FromFile(stored, into);
    }

    private static void Exchange(Shape memory, Tensor weight, Tensor stored, bool toFile)
    {
        if (weight.ElementType == ElementType.Single) Exchange(memory, weight.Singles, stored.Singles, toFile);
        else Exchange(memory, weight.Doubles, stored.Doubles, toFile);
    }

    /// <summary>A matrix is a kernel of one place. In tiles, so that neither side is gone through against the grain of the cache.</summary>
    private static void Exchange<T>(Shape memory, Span<T> weight, Span<T> stored, bool toFile)
    {
        const int Tile = 16;
        var (places, channels, outputs) = memory.Rank == 2 ? (1, memory[0], memory[1]) : (memory[0] * memory[1], memory[2], memory[3]);
        for (var firstOutput = 0; firstOutput < outputs; firstOutput += Tile)
            for (var firstChannel = 0; firstChannel < channels; firstChannel += Tile)
                for (var place = 0; place < places; place++)
                    for (var c = firstChannel; c < Math.Min(firstChannel + Tile, channels); c++)
                        for (var o = firstOutput; o < Math.Min(firstOutput + Tile, outputs); o++)
                        {
                            var (inMemory, inFile) = ((place * channels + c) * outputs + o, (o * channels + c) * places + place);
                            if (toFile) stored[inFile] = weight[inMemory];
                            else weight[inMemory] = stored[inFile];
                        }
    }
}
