using System.Text;
using Concord.Interchange;
using Concord.Numerics;
using Concord.Numerics.Engines;

namespace Concord.Training;

/// <summary>
/// The file <c>products.txt</c> of a run folder: the ways that the engine found fastest for products and took
/// (<see cref="ProductChoices"/>). They decide last bits, so a run that goes on takes the same.
/// </summary>
internal sealed class RunProducts(Kernels kernels)
{
    public const string FileName = "products.txt";
    private const int MostBytes = 1 << 22;
    private int _written;

    /// <summary>Writes the choices so far, if there are new ones. Before the checkpoint, whose bits they decided.</summary>
    public void Write(RunFolder folder)
    {
        if (kernels.Choices is not { } choices || choices.Made.Count == _written) return;
        var text = ProductFile.Text(choices.About, choices.Made);
        AtomicFile.Write(PathOf(folder.Path), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
        _written = choices.Made.Count;
    }

    /// <summary>Has an engine choose as the run did, where it is one of the same kind.</summary>
    public static void Adopt(string folder, Kernels kernels)
    {
        var path = PathOf(folder);
        if (kernels.Choices is not { } choices || !File.Exists(path)) return;
        var lines = Encoding.UTF8.GetString(SmallFile.Bytes(path, MostBytes, "such a file is shorter")).Split('\n');
        if (lines[0] == ProductFile.Head(choices.About)) choices.Adopt(ProductFile.Parse(lines));
    }

    private static string PathOf(string folder) => Path.Combine(folder, FileName);
}
