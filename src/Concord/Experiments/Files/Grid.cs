using Concord.Data;
using Concord.Interchange;
using Concord.Rules;
using Concord.Training;

namespace Concord.Experiments;

/// <summary>Multiplies a table of keys out: rules, then axes in the order in which they are written, then seeds.</summary>
internal static class Grid
{
    public const int MostCells = 10_000;

    /// <summary>The cells.</summary>
    /// <param name="file">What the user wrote.</param>
    /// <param name="presets">What stands below it; where there are several, they are an axis of the grid.</param>
    /// <param name="source">The file's name, for messages.</param>
    /// <exception cref="ConcordException">Settings do not fit together, or there are too many cells.</exception>
    public static IReadOnlyList<ExperimentCell> Expand(KeyTable file, IReadOnlyList<(string Name, KeyTable Table)> presets, string source)
    {
        if (presets.Count == 0) return Expand(file, null, [], 0, source);
        List<ExperimentCell> cells = [];
        foreach (var (name, preset) in presets)
            cells.AddRange(Expand(file, preset, presets.Count > 1 ? [new(ExperimentKeys.Preset, name)] : [], cells.Count, source));
        if (cells.GroupBy(IdentityOf).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new FileLocation(source, 0).Wrong($"the cell '{twice.First()}' has the same settings under another preset; "
                + "what the presets differ in is given in the file.");
        return cells;
    }

    private static List<ExperimentCell> Expand(KeyTable file, KeyTable? preset, IReadOnlyList<KeyValuePair<string, string>> axes,
        int already, string source)
    {
        List<ExperimentCell> cells = [];
        var effects = new Effects();
        foreach (var rule in RulesOf(file) ?? RulesOf(preset) ?? [new RunSettings().Rule])
        {
            var rows = OwnKeys(file, rule);
            List<List<KeyValuePair<string, KeyValues>>> grids = [.. rows.Select(own => KeysOf(rule, own, file, preset))];
            foreach (var keys in grids)
            {
                var count = keys.Aggregate(1L, (product, key) => Math.Min(product * key.Value.Values.Count, int.MaxValue));
                if (already + cells.Count + count > MostCells)
                    throw new ConcordException($"{source}: the grid has more than {MostCells} cells (rules x values x seeds); split it.");
                cells.AddRange(Product(rule, keys, AxesOf(grids), axes, source, effects));
            }
            effects.Check(rows.SelectMany(own => own.Values));
        }
        effects.Check(file.Common.Values);
        if (cells.GroupBy(IdentityOf).FirstOrDefault(same => same.Count() > 1) is { } twice) throw new FileLocation(source,
            0).Wrong($"the cell '{twice.First()}' is in the grid twice; is a value in a list in two spellings?");
        return cells;
    }

    // The keys in which cells of a rule differ: within one of its grids, or from one to another.
    private static HashSet<string> AxesOf(List<List<KeyValuePair<string, KeyValues>>> grids) =>
    [
        .. from keys in grids
           from key in keys
           where key.Key != ExperimentKeys.Seed && (key.Value.Values.Count > 1 || grids.Exists(
               other => other.Find(one => one.Key == key.Key).Value?.Values is not [var same] || same != key.Value.Values[0]))
           select key.Key,
    ];

    private static string IdentityOf(ExperimentCell cell) => string.Join('\n',
        (cell.Settings with { Data = DataReference.Whole(cell.Settings.Data) }).Write());

    private static IReadOnlyList<string>? RulesOf(KeyTable? table) =>
        table?.ByRule is { } rules ? [.. rules.Select(entry => entry.Rule).Distinct()]
            : table?.Common.GetValueOrDefault(ExperimentKeys.Rule)?.Values;

    // Later ones win. What a preset says for all rules is kept from those that do not take it; a user is told.
    private static List<KeyValuePair<string, KeyValues>> KeysOf(string rule, Dictionary<string, KeyValues> own, KeyTable file,
        KeyTable? preset)
    {
        var options = RuleCatalogue.KeysOf(rule);
        Dictionary<string, KeyValues> merged = [];
        foreach (var (key, values) in (preset?.Common ?? []).Concat(OwnKeys(preset, rule)[0]))
            if (!ExperimentKeys.IsOption(key) || options.Contains(key)) merged[key] = values;
        if (file.Common.ContainsKey(ExperimentKeys.Seed)) merged.Remove(ExperimentKeys.Seeds);
        foreach (var (key, values) in file.Common.Concat(own))
        {
            if (ExperimentKeys.IsOption(key) && !options.Contains(key))
                throw Refused(rule, key, values.Location, options, isOwn: own.ContainsKey(key));
            merged[key] = values;
        }
        merged.Remove(ExperimentKeys.Rule);
        if (merged.Remove(ExperimentKeys.Seeds, out var seeds)) merged[ExperimentKeys.Seed] = seeds;
        // An option may need another one, so each value is tried with the others' first.
        var first = merged.Where(entry => ExperimentKeys.IsOption(entry.Key))
            .ToDictionary(entry => entry.Key, entry => entry.Value.Values[0]);
        foreach (var key in first.Keys)
            foreach (var value in merged[key].Values)
                Explained(merged[key].Location, () => RuleCatalogue.Read(rule, new Dictionary<string, string>(first) { [key] = value }));
        // seeds vary fastest
        return [.. merged.Where(entry => entry.Key != ExperimentKeys.Seed), .. merged.Where(entry => entry.Key == ExperimentKeys.Seed)];
    }

    // One entry for each grid that the table has of the rule; an empty one if the rule is not in it.
    private static List<Dictionary<string, KeyValues>> OwnKeys(KeyTable? table, string rule) =>
        table?.ByRule?.FindAll(entry => entry.Rule == rule) is { Count: > 0 } own ? [.. own.Select(entry => entry.Keys)] : [[]];

    private static ConcordException Refused(string rule, string key, FileLocation location, IReadOnlyCollection<string> options,
        bool isOwn) => location.Wrong(
        $"the rule {rule} {(options.Count == 0 ? "takes no options" : "has no such option")}, but '{key}' is given. "
        + (!isOwn ? $"To give it to other rules alone, put it among their own keys: 'rules: {{{rule}: , sparse-dfa: {{{key}: ...}}}}'."
            : options.Count == 0 ? "Take it out." : KnownWords.Hint(key, options)));

    // An option without effect at some points is left out there, and points that then are the same are one.
    private static List<ExperimentCell> Product(string rule, List<KeyValuePair<string, KeyValues>> keys, HashSet<string> axes,
        IReadOnlyList<KeyValuePair<string, string>> above, string source, Effects effects)
    {
        List<ExperimentCell> cells = [];
        HashSet<string> known = [];
        foreach (var whole in Points(keys, 0))
        {
            List<KeyValuePair<string, string>> point = [.. whole];
            var settings = Explained(new(source, 0), () =>
            {
                var options = RuleCatalogue.Read(rule, whole.Where(pair => ExperimentKeys.IsOption(pair.Key)).ToDictionary());
                point.RemoveAll(pair => options.NeedsOf(pair.Key) is not null);
                foreach (var (key, values) in keys) effects.Note(values, options.NeedsOf(key) is null, options.IneffectOf(key));
                var read = ExperimentKeys.Apply([.. point, new(ExperimentKeys.Rule, rule)]);
                read.Validate();
                return read;
            });
            ExperimentCell cell = new(settings, [.. above, .. point.Where(pair => axes.Contains(pair.Key))]);
            if (known.Add(IdentityOf(cell)) || point.Count == whole.Count) cells.Add(cell);
        }
        return cells;
    }

    /// <summary>Which options that a user gave have an effect in some cell.</summary>
    private sealed class Effects
    {
        private readonly HashSet<KeyValues> _effective = [];
        private readonly Dictionary<KeyValues, string> _obstacles = [];

        public void Note(KeyValues values, bool isEffective, string? obstacle)
        {
            if (isEffective) _effective.Add(values);
            else if (obstacle is not null) _obstacles.TryAdd(values, obstacle);
        }

        /// <summary>Refuses the first of a user's that has no effect in any cell, unless it is the default.</summary>
        public void Check(IEnumerable<KeyValues> given)
        {
            foreach (var values in given)
                if (!_effective.Contains(values) && _obstacles.TryGetValue(values, out var obstacle)) throw values.Location.Wrong(obstacle);
        }
    }

    private static IEnumerable<IReadOnlyList<KeyValuePair<string, string>>> Points(List<KeyValuePair<string, KeyValues>> keys, int from) =>
        from == keys.Count
        ? [[]]
        : from value in keys[@from].Value.Values
          from rest in Points(keys, @from + 1)
          select (IReadOnlyList<KeyValuePair<string, string>>)[new(keys[@from].Key, value), .. rest];

    private static T Explained<T>(FileLocation location, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ConcordException error)
        {
            throw location.Wrong(error.Message, error);
        }
    }
}
