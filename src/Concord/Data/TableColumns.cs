namespace Concord.Data;

/// <summary>
/// The columns of a table: the features' names, and what was taken out of each in double precision before its numbers became singles:
/// y = (x - offset) * scale; and the label's name. Nothing is taken out (offset 0, scale 1) unless single precision would lose the column's
/// spread. Other tables for the same network are read with the same offsets and scales.
/// </summary>
public sealed class TableColumns
{
    private readonly double[] _offset, _scale;

    /// <param name="features">The features' names.</param>
    /// <param name="label">The label's column; null where it has no name.</param>
    /// <param name="hasHeader">Whether the names stood in the table; else they are the columns' numbers.</param>
    /// <param name="offset">What is subtracted from each; null for nothing.</param>
    /// <param name="scale">What each is then multiplied by; null for 1.</param>
    /// <exception cref="ArgumentException">Not one finite offset and one finite scale above 0 for each column.</exception>
    internal TableColumns(IReadOnlyList<string> features, string? label = null, bool hasHeader = true, IReadOnlyList<double>? offset = null,
        IReadOnlyList<double>? scale = null)
    {
        Features = features;
        Label = label;
        HasHeader = hasHeader;
        _offset = offset is null ? new double[features.Count] : [.. offset];
        _scale = scale is null ? [.. Enumerable.Repeat(1.0, features.Count)] : [.. scale];
        if (_offset.Length != features.Count || _scale.Length != features.Count || !Array.TrueForAll(_offset, double.IsFinite)
            || !Array.TrueForAll(_scale, value => value > 0 && double.IsFinite(value)))
            throw new ArgumentException($"{features.Count} columns take one finite offset and one finite scale above 0 each.");
    }

    /// <summary>The features' names, in the order in which they stand in a sample.</summary>
    public IReadOnlyList<string> Features { get; }

    /// <summary>The label's column; null where it has no name.</summary>
    public string? Label { get; }

    /// <summary>Whether the names stood in the table; else they are the columns' numbers, from 1.</summary>
    public bool HasHeader { get; }

    /// <summary>What was subtracted from each column, in double precision.</summary>
    public IReadOnlyList<double> Offset => _offset;

    /// <summary>What each column was then multiplied by, in double precision.</summary>
    public IReadOnlyList<double> Scale => _scale;

    /// <summary>Whether nothing was taken out of any column.</summary>
    public bool AreAsRead => Enumerable.Range(0, Features.Count).All(IsAsRead);

    /// <summary>Columns without names, of which nothing was taken out.</summary>
    internal static TableColumns Unnamed(int features) => new(OwnData.Numbered(features), hasHeader: false);

    /// <summary>
    /// Whether a table with these columns can be read as one with those: the same names in the same order,
    /// or as many where one of the two has none.
    /// </summary>
    internal bool Fits(TableColumns other) => HasHeader && other.HasHeader ? Features.SequenceEqual(other.Features)
        : Features.Count == other.Features.Count && !HasHeader;

    /// <summary>Whether the same was taken out of each column.</summary>
    internal bool AreTakenOutAlike(TableColumns? other) =>
        other is null ? AreAsRead : _offset.AsSpan().SequenceEqual(other._offset) && _scale.AsSpan().SequenceEqual(other._scale);

    /// <summary>Columns with what must be taken out of them; null if that is nothing.</summary>
    /// <param name="columns">As they were read.</param>
    /// <param name="spreads">What was found out about each, or about so many in a row.</param>
    /// <param name="together">How many in a row have one offset and scale.</param>
    internal static TableColumns? Needed(TableColumns columns, ColumnSpread[] spreads, int together)
    {
        (double Offset, double Scale)[] taken = [.. columns.Features.Select((_, column) => spreads[column / together].ToTakeOut())];
        return Array.TrueForAll(taken, entry => entry == (0, 1)) ? null
            : new(columns.Features, columns.Label, columns.HasHeader, Array.ConvertAll(taken, entry => entry.Offset),
                Array.ConvertAll(taken, entry => entry.Scale));
    }

    /// <summary>Whether nothing was taken out of a column.</summary>
    internal bool IsAsRead(int column) => _offset[column] == 0 && _scale[column] == 1;

    /// <summary>The single that stands for a number of a column.</summary>
    internal float Narrow(int column, double value) => (float)((value - _offset[column]) * _scale[column]);
}
