using System.Text.RegularExpressions;

namespace Concord.Tests.Docs;

/// <summary>All C# that a page shows compiles. A block without a using has all of Concord, and data of its reader.</summary>
public sealed partial class CSharpOfPagesTests
{
    private static readonly (string Name, string Declared)[] s_data =
    [
        ("inputs", "float[,] inputs = new float[9, 8];"), ("labels", "int[] labels = new int[9];"),
        ("elements", "float[] elements = new float[9];"),
    ];

    [Fact]
    public void ItCompiles()
    {
        var blocks = 0;
        foreach (var page in Directory.EnumerateFiles(Repository.Root, "*.md").Concat(
            Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)))
            foreach (var (match, number) in Block().Matches(File.ReadAllText(page)).Select((match, i) => (match, i + 1)))
            {
                Compiled.Of($"{Path.GetFileNameWithoutExtension(page)}-{number}", Whole(match.Groups[1].Value));
                blocks++;
            }
        Assert.InRange(blocks, 7, 100);
    }

    [Fact]
    public void WhatIsNotCSharpFails() =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Compiled.Of("wrong", Whole("var data = Dataset.Of(inputs, labels);")));

    private static string Whole(string block)
    {
        if (block.Contains("using Concord.", StringComparison.Ordinal)) return block;
        var usings = typeof(ConcordException).Assembly.GetExportedTypes().Select(type => type.Namespace).Distinct()
            .Select(name => $"using {name};");
        return string.Join('\n', [.. usings, .. s_data.Where(entry => Regex.IsMatch(block, $@"\b{entry.Name}\b")
            && !block.Contains($"var {entry.Name}", StringComparison.Ordinal)).Select(entry => entry.Declared), block]);
    }

    [GeneratedRegex("^```csharp\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
