using Concord.Tests.Cli;
using Concord.Tests.Golden;

namespace Concord.Tests.Docs;

/// <summary>
/// Every command of a tutorial runs, and where a page says what is printed, it is. To write these lines again, run the test with
/// CONCORD_APPROVE=1. Programs of one file that a page names are tried by <see cref="SampleTests"/>.
/// </summary>
public sealed class TutorialTests
{
    private const string Prompt = "./concord ", Prints = "<!-- prints: ", MakesTable = "awk ", Builds = "dotnet build -c Release ";

    public static TheoryData<string> Pages => new(Directory.GetFiles(Folder, "*.md").Select(Path.GetFileName).OfType<string>());

    private static string Folder => Path.Combine(Repository.Root, "docs", "tutorials");

    [GoldenBitsTheory]
    [MemberData(nameof(Pages))]
    public void WhatAPageSaysCanBeDoneAndPrintsThat(string page)
    {
        var path = Path.Combine(Folder, page);
        var lines = File.ReadAllLines(path).ToList();
        using var program = new ConcordProgram();
        File.Delete(program["table.csv"]);   // a reader has none
        var printed = "";
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i].StartsWith("    ", StringComparison.Ordinal) ? lines[i].TrimStart() : "";
            if (line.StartsWith(MakesTable, StringComparison.Ordinal)) Assert.Equal(0, program.RunIn(line, "").ExitCode);
            if (line.StartsWith(Builds, StringComparison.Ordinal)) Build(program, line[Builds.Length..].Split(' '));
            if (line.StartsWith(Prompt, StringComparison.Ordinal))
            {
                var result = program.Run(line[Prompt.Length..], ("CONCORD_DNNL", "none"));
                Assert.True(result.ExitCode == 0, $"{line}\n{result.Error}");
                printed = result.Out;
            }
            if (!lines[i].StartsWith(Prints, StringComparison.Ordinal)) continue;
            var begins = lines[i][Prints.Length..^" -->".Length].Split('|');
            var chosen = printed.Split('\n').Select(text => text.TrimEnd())
                .Where(text => begins.Any(begin => text.StartsWith(begin, StringComparison.Ordinal))).Distinct().ToList();
            Assert.NotEmpty(chosen);
            var end = lines.IndexOf("```", i + 2);
            if (Environment.GetEnvironmentVariable("CONCORD_APPROVE") == "1")
            {
                lines.RemoveRange(i + 2, end - i - 2);
                lines.InsertRange(i + 2, chosen);
                File.WriteAllLines(path, lines);
                end = i + 2 + chosen.Count;
            }
            Assert.Equal(chosen, lines[(i + 2)..end]);
        }
        Assert.NotEmpty(printed);
    }

    // SampleTests has dotnet do it, which takes its time.
    private static void Build(ConcordProgram program, string[] words)
    {
        Assert.Equal("--output", words[1]);
        var name = Path.GetFileNameWithoutExtension(words[0]);
        Directory.CreateDirectory(program[words[2]]);
        File.WriteAllBytes(program[$"{words[2]}/{name}.dll"],
            Compiled.Of(name, File.ReadAllText(Path.Combine(Repository.Root, words[0]))));
    }

    [Fact]
    public void ProgramsThatPagesNameAreThere()
    {
        foreach (var page in Directory.GetFiles(Folder, "*.md"))
            foreach (var word in File.ReadAllText(page).Split(' ', '\n', '`')
                .Where(word => word.StartsWith("samples/", StringComparison.Ordinal)))
                Assert.True(File.Exists(Path.Combine(Repository.Root, word.TrimEnd('.', ',', ':'))), $"{page}: {word}");
    }
}
