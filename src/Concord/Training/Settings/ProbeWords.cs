using Concord.Options;

namespace Concord.Training;

/// <summary>The words of <see cref="ProbeKind"/>: one of them, or several with + between them, as <c>gate+rank</c>.</summary>
internal static class ProbeWords
{
    private static readonly Dictionary<string, ProbeKind> s_words = new()
    {
        ["port"] = ProbeKind.Port, ["gate"] = ProbeKind.Gate, ["rank"] = ProbeKind.Rank, ["feedback"] = ProbeKind.Feedback,
        ["full"] = ProbeKind.Full, ["off"] = ProbeKind.Off,
    };

    public static OptionType<ProbeKind> Type { get; } = new($"{string.Join(", ", s_words.Keys)}, or several with +, as gate+rank",
        Parse, Write, value => Parse(Write(value)) == (true, value), [.. s_words.Keys]);

    private static (bool IsRead, ProbeKind Value) Parse(string text)
    {
        List<ProbeKind> kinds = [];
        foreach (var entry in text.Split('+'))
            if (KnownWords.Meant(entry.Trim(), s_words.Keys) is { } word) kinds.Add(s_words[word]);
            else return default;
        return kinds.Count > 1 && kinds.Contains(ProbeKind.Off) ? default : (true, kinds.Aggregate((all, kind) => all | kind));
    }

    // The fewest words: port is part of all others. A number stands for what the words do not make.
    private static string Write(ProbeKind value)
    {
        foreach (var (word, kind) in s_words)
            if (kind == value) return word;
        var within = s_words.Where(entry => entry.Value is not (ProbeKind.Off or ProbeKind.Port) && value.HasFlag(entry.Value)).ToList();
        return within.Aggregate(ProbeKind.Off, (all, entry) => all | entry.Value) == value
            ? string.Join('+', within.Select(entry => entry.Key)) : FormattableString.Invariant($"{(int)value}");
    }
}
