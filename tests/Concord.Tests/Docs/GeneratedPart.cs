namespace Concord.Tests.Docs;

/// <summary>A part of a page that the program writes: between two marks. Everything outside them is for people.</summary>
internal static class GeneratedPart
{
    /// <summary>
    /// Fails where the page differs from what the program says; with CONCORD_APPROVE=1, writes it again first.
    /// </summary>
    /// <param name="path">The page.</param>
    /// <param name="title">Its title, to begin one.</param>
    /// <param name="generated">What the program says.</param>
    /// <param name="part">Which part, as its marks name it; a new one begins behind the one before it.</param>
    public static void Check(string path, string title, string generated, string part = "generated")
    {
        if (Environment.GetEnvironmentVariable("CONCORD_APPROVE") == "1") Approve(path, title, generated, part);
        Assert.True(File.Exists(path), $"There is no page {path}; run this test with CONCORD_APPROVE=1 to begin one.");
        Assert.Equal(generated, Read(File.ReadAllText(path), part));
    }

    private static string Begin(string part) => $"<!-- {part}: do not edit by hand -->";

    private static string End(string part) => $"<!-- end of the {part} part -->";

    private static string Read(string text, string part)
    {
        int begin = text.IndexOf(Begin(part), StringComparison.Ordinal), end = text.IndexOf(End(part), StringComparison.Ordinal);
        return begin < 0 || end < begin ? "" : text[(begin + Begin(part).Length)..end].Trim();
    }

    private static void Approve(string path, string title, string generated, string part)
    {
        var text = File.Exists(path) ? File.ReadAllText(path) : $"# {title}\n\n{Begin(part)}\n{End(part)}\n";
        if (!text.Contains(Begin(part), StringComparison.Ordinal))
        {
            var last = text.LastIndexOf("<!-- end of the ", StringComparison.Ordinal);
            var line = last < 0 ? text.Length : text.IndexOf('\n', last) + 1;
            text = $"{text[..line]}\n{Begin(part)}\n{End(part)}\n{text[line..]}";
        }
        var begin = text.IndexOf(Begin(part), StringComparison.Ordinal) + Begin(part).Length;
        File.WriteAllText(path, $"{text[..begin]}\n{generated}\n{text[text.IndexOf(End(part), StringComparison.Ordinal)..]}");
    }
}
