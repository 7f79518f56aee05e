using Concord.Data;
using Concord.Interchange;

namespace Concord.Training;

/// <summary>
/// A file that a user names for what a command writes. It replaces what has that name, so it may be nothing that is needed.
/// </summary>
public static class OutputFile
{
    private static readonly string[] s_standardInput = ["-", "/dev/stdin"];

    /// <summary>Refuses a file that is read by the command, that a run's data lie in, or that a run keeps and reads again.</summary>
    /// <remarks>To be called before anything is computed. Links are followed, and other spellings and names of a file count.</remarks>
    /// <param name="path">The file that is to be written; it need not exist.</param>
    /// <param name="inputs">Files that are read; <c>-</c> for standard input.</param>
    /// <param name="data">Data that are read (<c>csv:PATH</c>); null for none. Of names without a path there is nothing to refuse.</param>
    /// <param name="run">A run's folder, whose data count too; null for none.</param>
    /// <exception cref="ConcordException">It is such a file.</exception>
    public static void Check(string path, IReadOnlyList<string> inputs, string? data = null, string? run = null)
    {
        var full = FileErrors.FullPath("write", path);
        foreach (var place in (string[])[full, FileLinks.TargetOf(full) ?? throw FileErrors.Circle("write", path)])
            if (Path.GetDirectoryName(place) is { } folder && RunFolder.Keeps(Path.GetFileName(place)) && RunFolder.IsRun(folder))
                throw new ConcordException($"Cannot write '{path}': that is a file of the run in '{folder}', which is read again. "
                    + "Choose another name.");
        if (!File.Exists(path) || LibC.SpecialKindOf(path) is not null) return;   // nothing is lost there
        foreach (var input in inputs)
            if (FileLinks.AreSame(path, s_standardInput.Contains(input) ? s_standardInput[1] : input))
                throw Refusal(path, s_standardInput.Contains(input) ? "standard input is read from it"
                    : "it is one of the files that are read");
        if (data is not null && DataReference.FileOf(data) is { Length: > 0 } file && FileLinks.AreSame(path, file))
            throw Refusal(path, "the data are read from it");
        if (run is not null && DataOf(run) is { } own && FileLinks.AreSame(path, own))
            throw Refusal(path, $"the data of the run in '{run}' lie in it");
    }

    /// <summary>
    /// Refuses a folder for a new run if the run's settings would overwrite a file that is read. One that holds a run already is refused
    /// when the run's folder is made, which also knows whether it is in use.
    /// </summary>
    /// <param name="folder">The folder; it need not exist.</param>
    /// <param name="inputs">Files that are read.</param>
    /// <exception cref="ConcordException">It is such a folder.</exception>
    public static void CheckFolder(string folder, IReadOnlyList<string> inputs)
    {
        if (!RunFolder.IsRun(folder)) Check(Path.Combine(folder, SettingsFile.Name), inputs);
    }

    private static ConcordException Refusal(string path, string why) =>
        new($"Cannot write '{path}': {why}, and it would be overwritten. Choose another file.");

    private static string? DataOf(string run)
    {
        try
        {
            return RunData.Read(run)?.Reference is { } reference ? DataReference.FileOf(reference.Data) : null;
        }
        catch (ConcordException)
        {
            return null;   // whoever needs it will say what is wrong with it
        }
    }
}
