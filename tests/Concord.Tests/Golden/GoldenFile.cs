using System.Text;

namespace Concord.Tests.Golden;

/// <summary>One figure of a case: what it is, and what it was when it was looked at.</summary>
/// <param name="Key">What it is; without a colon.</param>
/// <param name="Value">The figure, on one line.</param>
/// <param name="Explain">Says what differs from the figure that a file holds; where null, both are shown.</param>
internal sealed record GoldenLine(string Key, string Value, Func<string, string>? Explain = null);

/// <summary>Something that was done, and the figures of it.</summary>
/// <param name="Name">What was done, on one line; unique in its file.</param>
/// <param name="Lines">The figures; their keys are unique.</param>
/// <param name="Like">A case before it that it differs the least from; where null, the first of the file.</param>
internal sealed record GoldenCase(string Name, IReadOnlyList<GoldenLine> Lines, string? Like = null)
{
    /// <summary>The key of a case that was refused, which has no other. Its value says how far it came: messages may be reworded.</summary>
    public const string Refused = "refused";

    /// <summary>Figures by key.</summary>
    public Dictionary<string, string> Values => Lines.ToDictionary(line => line.Key, line => line.Value);

    /// <summary>Whether it was refused.</summary>
    public bool IsRefused => Lines.Any(line => line.Key == Refused);
}

/// <summary>
/// Files of figures that stay as they are: bits, costs, settings. A change of the program that moves one of them makes a test fail,
/// which names the case and what moved. Where the change is meant, it is a commit of its own that says why, and holds the files as
/// they are written by
/// <para><c>CONCORD_WRITE_GOLDEN=1 ./test --filter FullyQualifiedName~Golden</c>.</para>
/// <para>A new case is written in the same way: the lists of cases are those of other tests, and grow with them. Look at the
/// difference of the files before you commit it: it should show the cases that were to move and no other.</para>
/// <para>In a file, a case stands at the beginning of a line and its figures below it, indented. <c>NAME = OTHER</c> has the figures
/// of another case, and any other case those of the file's first, except for what is written below it; <c>KEY: -</c> takes a figure
/// away. A refused case has none.</para>
/// </summary>
internal static class GoldenFile
{
    private const string Switch = "CONCORD_WRITE_GOLDEN", Indent = "    ", Same = " = ", None = "-";
    private const int ShownAtMost = 40;

    private static string Folder => Path.Combine(Repository.Root, "tests", "Concord.Tests", "Golden");

    /// <summary>Holds cases to a file; where CONCORD_WRITE_GOLDEN is 1, writes it.</summary>
    /// <param name="name">The file, in the folder of these tests, without its extension.</param>
    /// <param name="cases">The cases as they are now.</param>
    public static void Check(string name, IEnumerable<GoldenCase> cases)
    {
        var path = Path.Combine(Folder, $"{name}.txt");
        List<GoldenCase> now = [.. cases];
        if (Environment.GetEnvironmentVariable(Switch) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, Write(now));
        }
        var changes = Changes(File.Exists(path) ? Read(File.ReadAllText(path)) : [], now);
        if (changes.Count == 0) return;
        var more = changes.Count > ShownAtMost ? $"\nand {changes.Count - ShownAtMost} more" : "";
        Assert.Fail($"{changes.Count} figures are not those of {path}:\n{string.Join('\n', changes.Take(ShownAtMost))}{more}\n"
            + $"If that is meant, say why in a commit of its own, with files from: {Switch}=1 ./test --filter FullyQualifiedName~Golden");
    }

    /// <summary>What differs, a line for each figure.</summary>
    public static IReadOnlyList<string> Changes(IReadOnlyList<GoldenCase> before, IReadOnlyList<GoldenCase> now)
    {
        var (known, present) = (before.ToDictionary(one => one.Name), now.ToDictionary(one => one.Name));
        List<string> changes = [.. before.Where(one => !present.ContainsKey(one.Name)).Select(one => $"{one.Name}: is gone")];
        foreach (var one in now)
        {
            if (!known.TryGetValue(one.Name, out var other))
            {
                changes.Add($"{one.Name}: is new");
                continue;
            }
            var (was, are) = (other.Values, one.Values);
            foreach (var (key, value) in was)
                if (!are.ContainsKey(key)) changes.Add($"{one.Name}, {key}: is gone, was {value}");
            foreach (var line in one.Lines)
                if (!was.TryGetValue(line.Key, out var value)) changes.Add($"{one.Name}, {line.Key}: is new, {line.Value}");
                else if (value != line.Value) changes.Add($"{one.Name}, {line.Key}: {Explained(line, value)}");
        }
        return changes;
    }

    private static string Explained(GoldenLine line, string was) => line.Explain?.Invoke(was) ?? $"was {was}, is {line.Value}";

    /// <summary>The text of a file.</summary>
    public static string Write(IReadOnlyList<GoldenCase> cases)
    {
        var text = new StringBuilder("# Written by a test; GoldenFile.cs says how to read it and when to write it anew.\n");
        Dictionary<string, GoldenCase> written = [], byFigures = [];
        foreach (var one in cases)
        {
            var whole = string.Join('\n', one.Lines.Select(line => $"{line.Key}: {line.Value}").Order(StringComparer.Ordinal));
            var like = byFigures.TryGetValue(whole, out var same) ? same
                : one.Like is null || written[one.Like].IsRefused ? cases[0] : written[one.Like];
            byFigures.TryAdd(whole, one);
            written.Add(one.Name, one);
            text.Append(one.Name);
            if (like != cases[0] || same is not null) text.Append(Same).Append(like.Name);
            text.Append('\n');
            var (values, others) = (one.Values, one == cases[0] ? [] : like.Values);
            foreach (var key in others.Keys)
                if (!one.IsRefused && !values.ContainsKey(key)) Add(key, None);
            foreach (var (key, value) in values)
                if (others.GetValueOrDefault(key) != value) Add(key, value);
        }
        return text.ToString();

        void Add(string key, string value) => text.Append(Indent).Append(key).Append(": ").Append(value).Append('\n');
    }

    /// <summary>The cases of a file's text.</summary>
    public static IReadOnlyList<GoldenCase> Read(string text)
    {
        List<(string Name, Dictionary<string, string> Values)> cases = [];
        Dictionary<string, Dictionary<string, string>> known = [];
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            if (!line.StartsWith(Indent, StringComparison.Ordinal))
            {
                var at = line.IndexOf(Same, StringComparison.Ordinal);
                var name = at < 0 ? line : line[..at];
                known[name] = cases.Count == 0 ? [] : new(at < 0 ? cases[0].Values : known[line[(at + Same.Length)..]]);
                cases.Add((name, known[name]));
                continue;
            }
            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            var (key, value) = (line[Indent.Length..colon], line[(colon + 2)..]);
            if (key == GoldenCase.Refused) cases[^1].Values.Clear();
            if (value == None) cases[^1].Values.Remove(key);
            else cases[^1].Values[key] = value;
        }
        return [.. cases.Select(one => new GoldenCase(one.Name, [.. one.Values.Select(pair => new GoldenLine(pair.Key, pair.Value))]))];
    }
}
