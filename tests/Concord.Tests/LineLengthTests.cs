namespace Concord.Tests;

/// <summary>Lines of C# end at 140 columns, so that two files fit beside each other on a screen.</summary>
public sealed class LineLengthTests
{
    private const int Most = 140;

    [Fact]
    public void NoLineOfCodeIsTooLong()
    {
        string[] files = [.. Directory.GetDirectories(Repository.Root).Where(folder => Path.GetFileName(folder)[0] != '.')
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)).Where(IsWritten)];
        Assert.True(files.Length > 400, $"{files.Length} files were found, and there are more.");
        Assert.Empty(files.SelectMany(TooLong));
    }

    private static bool IsWritten(string path) => !path.Split(Path.DirectorySeparatorChar).Any(folder => folder is "bin" or "obj");

    private static IEnumerable<string> TooLong(string path) => File.ReadLines(path)
        .Select((text, line) => (Columns: text.Length, Line: line + 1)).Where(line => line.Columns > Most)
        .Select(line => $"{Path.GetRelativePath(Repository.Root, path)}:{line.Line} has {line.Columns} columns; end it at {Most}.");
}
