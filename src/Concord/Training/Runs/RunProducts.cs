using System.Text;
using Concord.Interchange;
using Concord.Numerics;
using Concord.Numerics.Engines;

namespace Concord.Training;

/// <summary>
/// The file <c>products.txt</c> of a run folder: the ways that the engine found fastest for products and took
/// (<see cref="ProductChoices"/>). They decide last bits, so a run that goes on takes the same, wherever it does and whatever is asked
/// for there. A run that measures has the file from its first checkpoint on; one without took the ways of the table, and goes on so.
/// </summary>
internal sealed class RunProducts(Kernels kernels)
{
    public const string FileName = "products.txt";
    private const int MostBytes = 1 << 22;
    private int _written = -1;

    /// <summary>Writes the choices so far, if there are new ones. Before the checkpoint, whose bits they decided.</summary>
    public void Write(RunFolder folder)
    {
        if (kernels.Choices is not { About: { } about } choices || choices.Made.Count == _written) return;
        var text = ProductFile.Text(about, choices.Made);
        AtomicFile.Write(PathOf(folder.Path), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
        _written = choices.Made.Count;
    }

    /// <summary>Has an engine choose as the run in a folder did.</summary>
    public static void Adopt(string folder, Kernels kernels)
    {
        var path = PathOf(folder);
        if (kernels.Choices is not { } choices) return;
        choices.Adopt(File.Exists(path)
            ? ProductFile.Parse(Encoding.UTF8.GetString(SmallFile.Bytes(path, MostBytes, "such a file is shorter")).Split('\n')) : null);
    }

    private static string PathOf(string folder) => Path.Combine(folder, FileName);
}
