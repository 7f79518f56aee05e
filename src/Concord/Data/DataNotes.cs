using System.Globalization;
using Concord.Data.Formats;

namespace Concord.Data;

/// <summary>What is odd about data though they can be used, a line each.</summary>
internal static class DataNotes
{
    private const int MostListed = 20;

    /// <param name="data">The data set.</param>
    /// <param name="split">The parts that are used; null for the whole set.</param>
    public static IReadOnlyList<string> Of(Dataset data, DataSplit? split) =>
    [
        .. Headless(data.Columns),
        .. data.Remarks,
        .. Doubtful(data),
        .. Constant(data),
        .. Unused(data),
        .. Absent(data, split is null ? [("training", data.Train), ("test", data.Test)]
            : [("training", split.Train), ("validation", split.Validation), ("test", split.Test)]),
        .. TakenOut(data.Columns),
    ];

    /// <summary>Each class with its number of samples; where there are many, only how many they have.</summary>
    public static string Counts(Dataset data)
    {
        var counts = data.ClassCounts();
        return counts.Count <= MostListed
            ? string.Join(", ", data.Classes.Zip(counts, (name, count) => FormattableString.Invariant($"{name}: {count}")))
            : FormattableString.Invariant($"{data.Classes[0]} to {data.Classes[^1]}, {(counts.Min() == counts.Max() ? ""
                : FormattableString.Invariant($"{counts.Min()} to "))}{counts.Max()} samples each");
    }

    private static IEnumerable<string> Headless(TableColumns? columns) => columns is { HasHeader: false, Label: not null }
        ? ["The first line of the table holds numbers only and was taken for a sample; "
            + FormattableString.Invariant($"the columns are called 1 to {columns.Features.Count + 1}.")]
        : [];

    /// <summary>Labels of a table that may be typing errors.</summary>
    private static IEnumerable<string> Doubtful(Dataset data)
    {
        if (data.Columns?.Label is null) yield break;
        var kinds = data.Classes.ToLookup(name => CanonicalNumber.Of(name) is not null);
        if (kinds[true].Any() && kinds[false].Any())
            yield return $"Some labels are numbers ({Listed([.. kinds[true]])}), others are not ({Listed([.. kinds[false]])}).";
        List<string> alike = [.. data.Classes.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(same => same.Skip(1).Any())
            .SelectMany(same => same)];
        if (alike.Count > 0) yield return $"These classes differ in capitals only: {Listed(alike)}.";
    }

    /// <summary>Columns of a table that nothing can be learned from.</summary>
    private static IEnumerable<string> Constant(Dataset data)
    {
        if (data.Columns is not { Label: not null } columns || data.Train.AreBytes) return [];
        var first = data.Train.Singles(0);
        var varies = new bool[first.Length];
        foreach (var part in (Samples[])[data.Train, data.Test])
            for (var row = 0; row < part.Count; row++)
            {
                var values = part.Singles(row);
                for (var column = 0; column < values.Length; column++) varies[column] |= values[column] != first[column];
            }
        List<string> constant = [.. columns.Features.Where((_, column) => !varies[column])];
        return constant.Count == 0 ? []
            : constant.Count == varies.Length ? ["Every column has one value in all rows: there is nothing to learn from."]
            : [constant.Count == 1 ? $"The column {Listed(constant)} has one value in all rows." : FormattableString.Invariant(
                $"{constant.Count} of {varies.Length} columns ({Listed(constant)}) have one value in all rows.")];
    }

    private static IEnumerable<string> Unused(Dataset data)
    {
        if (!data.Train.HasClasses) return [];
        var counts = data.ClassCounts();
        List<string> used = [.. data.Classes.Where((_, i) => counts[i] > 0)], unused = [.. data.Classes.Where((_, i) => counts[i] == 0)];
        if (unused.Count == 0) return [];
        var of = FormattableString.Invariant($"{unused.Count} of {data.Classes.Count} classes have no sample at all");
        return [used.Count < unused.Count ? $"{of}: only {Listed(used)} {(used.Count == 1 ? "has" : "have")}."
            : $"{of}: {Listed(unused)}."];
    }

    private static IEnumerable<string> Absent(Dataset data, (string Name, Samples Samples)[] parts)
    {
        if (!data.Train.HasClasses) return [];
        var counts = data.ClassCounts();
        var absent = from part in parts
                     where part.Samples.Count > 0
                     let here = part.Samples.ClassCounts()
                     let names = data.Classes.Where((_, i) => here[i] == 0 && counts[i] > 0).ToList()
                     where names.Count > 0
                     group part.Name by (Text: Listed(names), names.Count);
        return absent.Select(group => (group.Key.Count == 1
            ? $"The class {group.Key.Text} has no sample"
            : FormattableString.Invariant($"{group.Key.Count} of {data.Classes.Count} classes ({group.Key.Text}) have no sample"))
            + $" in {string.Join(" and ", group)}.");
    }

    private static IEnumerable<string> TakenOut(TableColumns? columns)
    {
        if (columns is null) return [];
        return from i in Enumerable.Range(0, columns.Features.Count)
               where !columns.IsAsRead(i)
               group columns.Features[i] by (Offset: columns.Offset[i], Scale: columns.Scale[i]) into same
               select $"Single precision would lose the spread of column{(same.Skip(1).Any() ? "s" : "")} {Listed([.. same])}: "
                   + $"{Taken(same.Key.Offset, same.Key.Scale)} before.";
    }

    private static string Taken(double offset, double scale) => string.Join(" and ", (string[])
    [
        .. offset == 0 ? [] : (string[])[string.Create(CultureInfo.InvariantCulture, $"{offset} is subtracted")],
        .. scale == 1 ? [] : (string[])[string.Create(CultureInfo.InvariantCulture, $"it is multiplied by {scale}")],
    ]);

    private static string Listed(List<string> names) => string.Join(", ", names.Take(MostListed).Select(name => $"'{name}'"))
        + (names.Count > MostListed ? FormattableString.Invariant($" and {names.Count - MostListed} more") : "");
}
