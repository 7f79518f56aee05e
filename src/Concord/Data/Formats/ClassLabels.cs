using System.Globalization;

namespace Concord.Data.Formats;

/// <summary>
/// The classes of a table's label column. Labels that are all numbers are a class per number, however it is written, in numerical order;
/// others are a class per text, in ordinal order. What stands for a missing value is no class.
/// </summary>
/// <param name="file">The table, for messages.</param>
/// <param name="column">The label's column, for messages.</param>
/// <param name="isMeant">Whether the column is known to be the label: then measurements and names of rows are classes as well.</param>
internal sealed class ClassLabels(string file, string column, bool isMeant)
{
    private const int Most = 10_000, FewClasses = 20, FewSamples = 5;

    // What pandas, R and databases write for missing, the question mark of the UCI archive, and errors of spreadsheets, in any capitals.
    private static readonly HashSet<string> s_missing = new(StringComparer.OrdinalIgnoreCase)
    {
        "?", "??", "NA", "N/A", "N.A.", "#N/A", "#NA", "#N/A N/A", "<NA>", "NaN", "-NaN", "NaT", "null", "(null)", "<null>", "\\N", "None",
        "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!",
    };

    // Na is sodium, and none may be a class.
    private static readonly HashSet<string> s_names = ["Na", "none", "NONE"];

    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly List<int> _labels = [];

    /// <summary>Takes the label of the next row.</summary>
    /// <param name="text">As it stands in the table.</param>
    /// <param name="line">Where, for messages.</param>
    /// <exception cref="ConcordException">It stands for a missing value, or there are too many labels.</exception>
    public void Add(ReadOnlySpan<char> text, int line)
    {
        if (!_texts.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var id))
        {
            if (text.IsEmpty) throw new ConcordException($"'{file}', line {line}: the label '{CsvReader.Cut(column)}' is missing; "
                + "fill it in or remove the row.");
            var label = text.ToString();
            if (s_missing.Contains(label) && !s_names.Contains(label))
                throw new ConcordException($"'{file}', line {line}: the label '{CsvReader.Cut(column)}' is '{label}', "
                    + "which stands for a missing value. Fill it in or remove the row; if it is the name of a class, write another name.");
            if (_texts.Count == Most) throw new ConcordException($"'{file}': the label column '{CsvReader.Cut(column)}' has more than "
                + $"{ContentStream.N(Most)} different values. Is it the label? Name the column that is: {CsvReader.Naming}.");
            _texts.Add(label, id = _texts.Count);
        }
        _labels.Add(id);
    }

    /// <summary>Whether a text is one of the labels.</summary>
    public bool Holds(string text) => _texts.ContainsKey(text);

    /// <summary>The classes' names, and each row's class.</summary>
    /// <exception cref="ConcordException">The labels look like measurements,
    /// or texts and numbers stand for classes that cannot be told apart.</exception>
    public (string[] Classes, int[] Labels) Number()
    {
        var texts = _texts.Keys.ToArray();
        var numbers = texts.Select(text => CanonicalNumber.Of(text)).ToArray();
        var areNumbers = !Array.Exists(numbers, number => number is null);
        var spellings = texts.Zip(numbers).Where(pair => pair.Second is not null).GroupBy(pair => pair.Second!, pair => pair.First,
            StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToArray());
        Question(texts, areNumbers ? spellings : null);
        if (!areNumbers && spellings.FirstOrDefault(group => group.Value.Length > 1).Value is [var one, var other, ..])
            throw new ConcordException($"'{file}': the labels '{one}' and '{other}' in column '{CsvReader.Cut(column)}' are the same "
                + "number, but other labels there are no numbers. Write each class in one way.");

        string[] classes = areNumbers
            ? [.. spellings.OrderBy(group => double.Parse(group.Key, CultureInfo.InvariantCulture))
                .ThenBy(group => group.Key, StringComparer.Ordinal).Select(group => group.Value.Length == 1 ? group.Value[0] : group.Key)]
            : [.. texts.Order(StringComparer.Ordinal)];
        var place = classes.Index().ToDictionary(entry => entry.Item, entry => entry.Index, StringComparer.Ordinal);
        int[] classOf = [.. texts.Zip(numbers).Select(pair => place.TryGetValue(pair.First, out var at) ? at : place[pair.Second!])];
        return (classes, [.. _labels.Select(id => classOf[id])]);
    }

    /// <summary>Refuses labels that are hardly classes, unless the column is known to be the label.</summary>
    private void Question(string[] texts, Dictionary<string, string[]>? numbers)
    {
        if (isMeant) return;
        var classes = numbers?.Count ?? texts.Length;
        var odd = numbers?.FirstOrDefault(number => !CanonicalNumber.IsWhole(number.Key)).Value is [var fraction, ..]
            ? $"holds measurements such as {CsvReader.Cut(fraction)}"
            : classes > FewClasses && classes * FewSamples > _labels.Count
            ? $"holds {ContentStream.N(classes)} different {(numbers is null ? "texts" : "numbers")} in {ContentStream.N(_labels.Count)} "
                + $"rows, as {(numbers is null ? "names of rows or dates" : "measurements or row numbers")} do"
            : null;
        if (odd is not null)
            throw new ConcordException($"'{file}': the column '{CsvReader.Cut(column)}', "
                + $"taken for the label, {odd}, but classes were expected. Name the column that is the label: {CsvReader.Naming}. "
                + $"If this is it, and each {(numbers is null ? "text" : "number")} a class, write {CsvReader.NamingOf(file, column)}.");
    }
}
