namespace Concord.Tests.Docs;

/// <summary>The part of a page that the program writes: between two marks, and everything outside them is for people.</summary>
internal static class GeneratedPart
{
    public const string Begin = "<!-- generated: do not edit by hand -->", End = "<!-- end of the generated part -->";

    /// <summary>
    /// Fails where the page differs from what the program says; with CONCORD_APPROVE=1, writes it again first.
    /// </summary>
    public static void Check(string path, string title, string generated)
    {
        if (Environment.GetEnvironmentVariable("CONCORD_APPROVE") == "1") Approve(path, title, generated);
        Assert.True(File.Exists(path), $"There is no page {path}; run this test with CONCORD_APPROVE=1 to begin one.");
        Assert.Equal(generated, Read(File.ReadAllText(path)));
    }

    private static string Read(string text)
    {
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        return begin < 0 || end < begin ? "" : text[(begin + Begin.Length)..end].Trim();
    }

    private static void Approve(string path, string title, string generated)
    {
        var text = File.Exists(path) ? File.ReadAllText(path) : $"# {title}\n\n{Begin}\n{End}\n";
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        File.WriteAllText(path, $"{text[..begin]}\n{generated}\n{text[end..]}");
    }
}
