using System.Globalization;
using System.Text;
using System.Text.Json;
using Concord.Interchange;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>
/// What runs wrote down, as files of comma-separated values: a table of results, of epochs, of steps, and of each list within them, as the
/// alignment by port. Each row begins with the run, its rule and its seed, so that tables of several runs are one.
/// </summary>
public sealed class RunTables
{
    private const string Summary = "summary", Epochs = "epochs", Steps = "steps", Row = "class", Column = "answered", Count = "count";
    // of a summary: the epochs have them
    private static readonly string[] s_ofLastEpoch = ["alignment", "activityNorms", "spikes", "energy"];
    private readonly SortedDictionary<string, Table> _tables = new(StringComparer.Ordinal);

    /// <summary>The names of the tables, which are those of their files.</summary>
    public IReadOnlyCollection<string> Names => _tables.Keys;

    /// <summary>How many runs they are of.</summary>
    public int Runs { get; private init; }

    /// <summary>Reads runs, finished or not.</summary>
    /// <param name="folder">A run's folder, or one with some below it.</param>
    /// <exception cref="ConcordException">There is no run, or one of its files is damaged.</exception>
    public static RunTables Of(string folder)
    {
        var runs = Report.Find(folder);
        var tables = new RunTables { Runs = runs.Count };
        foreach (var run in runs) tables.Add(run, runs is [_] && run == folder ? Path.GetFileName(Path.GetFullPath(run))
            : Path.GetRelativePath(folder, run));
        return tables;
    }

    /// <summary>Writes a file for each table, whole or not at all.</summary>
    /// <param name="folder">Where to; made if it is missing.</param>
    /// <exception cref="ConcordException">One of them cannot be written.</exception>
    public void Write(string folder)
    {
        FileErrors.MakeFolder(folder);
        foreach (var (name, table) in _tables)
            AtomicFile.Write(Path.Combine(folder, $"{name}.csv"), stream => stream.Write(Encoding.UTF8.GetBytes(table.ToCsv())));
    }

    private void Add(string path, string name)
    {
        var record = RunRecord.Read(path);
        List<(string, string)> head = [("run", name), ("rule", record.Rule),
            ("seed", record.Seed.ToString(CultureInfo.InvariantCulture))];
        var metrics = Path.Combine(path, RunFolder.MetricsFile);
        if (File.Exists(metrics))
            foreach (var line in JsonLines.Read(metrics).Objects)
            {
                var isProbe = line.TryGetProperty("probeStep", out _);
                if (line.TryGetProperty("epoch", out _)) Add(Epochs, [.. head], line, keys: ["epoch", "step"]);
                else if (isProbe) Add(null, [.. head], line, keys: ["probeStep"]);
                else if (line.TryGetProperty("loss", out _)) Add(Steps, [.. head], line, keys: []);
            }
        var summary = Path.Combine(path, RunFolder.SummaryFile);
        if (!File.Exists(summary)) return;
        var text = SmallFile.Bytes(summary, RunSummary.MostBytes, "a summary is shorter");
        CheckedJson.Parse(text, summary, "Use another copy of it.");
        Add(Summary, head, CheckedJson.ParseElement(text), keys: [], classes: RunData.Read(path)?.Fingerprint.Classes ?? []);
    }

    /// <summary>Adds an object: its members as a row, those of objects in it too, and each of its lists as rows of a table.</summary>
    /// <param name="table">Where its own members go; null to leave them out.</param>
    /// <param name="head">What the row begins with.</param>
    /// <param name="json">The object.</param>
    /// <param name="keys">Those of its members that rows of its lists begin with.</param>
    /// <param name="classes">The names of the classes, for a matrix of counts.</param>
    private void Add(string? table, List<(string, string)> head, JsonElement json, string[] keys, IReadOnlyList<string>? classes = null)
    {
        List<(string, string)> inner = [.. head, .. json.EnumerateObject().Where(member => keys.Contains(member.Name))
            .Select(member => (member.Name, Text(member.Value)))];
        List<(string, string)> row = [.. head];
        Walk("", json);
        if (table is not null) Named(table).Add(row);

        void Walk(string prefix, JsonElement element)
        {
            foreach (var member in element.EnumerateObject())
            {
                var key = prefix + member.Name;
                if (member.Value.ValueKind == JsonValueKind.Object) Walk($"{key}.", member.Value);
                else if (key == "type") continue;   // the table says it
                else if (member.Value.ValueKind != JsonValueKind.Array) row.Add((key, Text(member.Value)));
                else if (table != Summary || !s_ofLastEpoch.Contains(member.Name)) List(Kebab(key), member.Value);
            }
        }

        void List(string name, JsonElement list)
        {
            foreach (var (i, item) in list.EnumerateArray().Index())
                if (item.ValueKind == JsonValueKind.Object) Add(name, [.. inner], item, keys: []);
                else if (item.ValueKind == JsonValueKind.Array)
                    foreach (var (j, count) in item.EnumerateArray().Index())
                        Named(name).Add([.. inner, (Row, NameOf(i)), (Column, NameOf(j)), (Count, Text(count))]);
        }

        string NameOf(int number) => classes is not null && number < classes.Count ? classes[number]
            : number.ToString(CultureInfo.InvariantCulture);
    }

    private Table Named(string name) => _tables.TryGetValue(name, out var table) ? table : _tables[name] = new();

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.String => value.GetString()!,
        _ => value.GetRawText(),
    };

    // trainingAlignment is in training-alignment.csv
    private static string Kebab(string key) => string.Concat(key.Select(letter =>
        char.IsUpper(letter) ? $"-{char.ToLowerInvariant(letter)}" : letter == '.' ? "-" : letter.ToString()));

    private sealed class Table
    {
        private readonly List<string> _columns = [];
        private readonly List<Dictionary<string, string>> _rows = [];

        public void Add(List<(string Column, string Text)> row)
        {
            foreach (var (column, _) in row)
                if (!_columns.Contains(column)) _columns.Add(column);
            _rows.Add(row.GroupBy(cell => cell.Column).ToDictionary(cells => cells.Key, cells => cells.Last().Text));
        }

        public string ToCsv()
        {
            var text = new StringBuilder();
            text.Append(CsvLine.Of(_columns)).Append('\n');
            foreach (var row in _rows) text.Append(CsvLine.Of(_columns.Select(column => row.GetValueOrDefault(column, "")))).Append('\n');
            return text.ToString();
        }
    }
}
