using System.Globalization;
using System.Xml.Linq;
using Concord.Interchange;

namespace Concord.Tests.Docs;

/// <summary>Directory.Build.props has the version, and whatever else names it says the same.</summary>
public sealed class ReleaseTests
{
    private static readonly string s_version = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props"))
        .Descendants("Version").Single().Value;

    // The newest entry of the changelog: "0.1.0, not yet released", or "0.1.0, 2026-12-24".
    private static string[] Newest => File.ReadLines(Path.Combine(Repository.Root, "CHANGELOG.md"))
        .First(line => line.StartsWith("## ", StringComparison.Ordinal))[3..].Split(", ");

    [Fact]
    public void TheChangelogBeginsWithThisVersion()
    {
        Assert.Equal(s_version, Newest[0]);
        Assert.True(Newest[1] == "not yet released"
            || DateOnly.TryParseExact(Newest[1], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _), Newest[1]);
    }

    [Fact]
    public void TheCitationIsWholeAndOfThisVersion()
    {
        var file = Path.Combine(Repository.Root, "CITATION.cff");
        var said = Assert.IsType<YamlMap>(YamlTree.Parse(File.ReadAllText(file), file)).Entries
            .ToDictionary(entry => entry.Key.Text, entry => entry.Value);
        string Of(string key) => Assert.IsType<YamlText>(said[key]).Text;
        Assert.Equal("1.2.0", Of("cff-version"));
        Assert.NotEmpty(Of("message"));
        Assert.NotEmpty(Of("title"));
        Assert.Equal("software", Of("type"));
        Assert.All(Assert.IsType<YamlList>(said["authors"]).Items, author => Assert.Contains(Assert.IsType<YamlMap>(author).Entries,
            entry => entry.Key.Text is "name" or "family-names"));
        Assert.Equal(s_version, Of("version"));
        // what is not out yet has no date
        Assert.Equal(Newest[1] == "not yet released" ? null : Newest[1], said.ContainsKey("date-released") ? Of("date-released") : null);
        // schema 1.2.0 knows no other keys at the top
        Assert.Empty(said.Keys.Except(["abstract", "authors", "cff-version", "commit", "contact", "date-released", "doi", "identifiers",
            "keywords", "license", "license-url", "message", "preferred-citation", "references", "repository", "repository-artifact",
            "repository-code", "title", "type", "url", "version"]));
    }

    [Fact]
    public void ThePageOnAddingARuleNamesThePackageOfThisVersion() => Assert.Contains($"#:package Concord@{s_version}`",
        File.ReadAllText(Path.Combine(Repository.Root, "CONTRIBUTING.md")), StringComparison.Ordinal);
}
