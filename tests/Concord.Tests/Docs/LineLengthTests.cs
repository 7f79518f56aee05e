using Concord.Experiments;

namespace Concord.Tests.Docs;

/// <summary>Lines of C# and of prose end at 140 columns, so that two files fit next to each other on a screen.</summary>
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

    [Fact]
    public void NoLineOfProseIsTooLong()
    {
        string[] pages = [.. Directory.EnumerateFiles(Repository.Root, "*.md"),
            .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)];
        Assert.True(pages.Length > 70, $"{pages.Length} pages were found, and there are more.");
        Assert.Empty(pages.SelectMany(page => MarkdownProse.Lines(File.ReadAllText(page))
            .Select((line, at) => (line.Text, Line: at + 1, IsTooLong: line.IsProse && line.Text.Length > Most))
            .Where(line => line.IsTooLong && MarkdownProse.Broken(line.Text).Skip(1).Any())
            .Select(line => Said(page, line.Line, line.Text.Length))));
    }

    private static bool IsWritten(string path) => !path.Split(Path.DirectorySeparatorChar).Any(folder => folder is "bin" or "obj");

    private static IEnumerable<string> TooLong(string path) => File.ReadLines(path)
        .Select((text, line) => (Columns: text.Length, Line: line + 1)).Where(line => line.Columns > Most)
        .Select(line => Said(path, line.Line, line.Columns));

    private static string Said(string path, int line, int columns) =>
        $"{Path.GetRelativePath(Repository.Root, path)}:{line} has {columns} columns; end it at {Most}.";
}
