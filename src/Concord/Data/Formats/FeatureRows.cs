using Concord.Numerics;

namespace Concord.Data.Formats;

/// <summary>
/// Rows of a table that a network is to answer, as they come: the features of the table that it was trained on, in that order. The label's
/// column may stand among them and is passed over. Numbers alone need no header.
/// </summary>
internal sealed class FeatureRows
{
    private readonly CsvRecords _records;
    private readonly string _name;
    private readonly TableColumns _like;
    private readonly string[] _header;
    private readonly int _labelAt;
    private bool _isAtFirst;

    /// <summary>Reads the first line.</summary>
    /// <param name="text">The table.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="like">The columns of the table that the network was trained on.</param>
    /// <exception cref="ConcordException">There is none, or the columns are others.</exception>
    public FeatureRows(TextReader text, string name, TableColumns like)
    {
        (_records, _name, _like) = (new(text, name), name, like);
        if (!_records.Next()) throw new ConcordException($"'{name}' is empty, but rows of {Expected} were expected.");
        _header = Fields();
        _isAtFirst = _header.All(CsvHeader.IsNumber) && !_header.SequenceEqual(like.Features);
        if (_isAtFirst) _header = OwnData.Numbered(_header.Length + 1)[1..];
        _labelAt = _header.Length == like.Features.Count ? -1 : LabelAt();
        CheckColumns();
    }

    private string Expected =>
        $"{(_like.Features.Count == 1 ? "the feature" : $"the {_like.Features.Count} features")} {CsvReader.Listed(_like.Features)}";

    /// <summary>Takes as many rows as there are, and there is room for.</summary>
    /// <param name="rows">Receives features, row after row.</param>
    /// <returns>How many rows; 0 at the end.</returns>
    /// <exception cref="ConcordException">A field is no number, or a row has too few or too many.</exception>
    public int Fill(Span<float> rows)
    {
        var features = _like.Features.Count;
        for (var row = 0; row < rows.Length / features; row++)
        {
            if (!_isAtFirst && !_records.Next()) return row;
            _isAtFirst = false;
            if (_records.Count != _header.Length)
                throw new ConcordException(FormattableString.Invariant($"'{_name}', line {_records.Line}: ")
                    + FormattableString.Invariant($"{Things.Of(_records.Count, "field")} found, {_header.Length} expected, ")
                    + "as the first line has.");
            var column = 0;
            for (var field = 0; field < _header.Length; field++)
                if (field != _labelAt)
                    rows[row * features + column] =
                        CsvReader.Single(_records, field, _name, _header[field], _like, column++);
        }
        return rows.Length / features;
    }

    // By the name that the label had in the table that was trained on, else by one that labels usually have.
    private int LabelAt()
    {
        var at = _like.Label is { } label ? Array.IndexOf(_header, label) : -1;
        return at >= 0 ? at : CsvHeader.UsualLabelAt(_header);
    }

    private void CheckColumns()
    {
        string[] found = [.. _header.Where((_, field) => field != _labelAt)];
        if (found.Length == _like.Features.Count && (_isAtFirst || !_like.HasHeader || found.SequenceEqual(_like.Features))) return;
        var known = _like.HasHeader && !_isAtFirst;
        string[] lacks = known ? [.. _like.Features.Except(found)] : [], strange = known ? [.. found.Except(_like.Features)] : [];
        var what = (lacks.Length, strange.Length) switch
        {
            (0, 0) => found.Length == _like.Features.Count ? "has the columns in another order"
                : $"has {Things.Of(found.Length, "column")} of features",
            (0, _) => $"has {CsvReader.Listed(strange)}, which the network does not know",
            (_, 0) => $"lacks {CsvReader.Listed(lacks)}",
            _ => $"lacks {CsvReader.Listed(lacks)} and has {CsvReader.Listed(strange)}, which the network does not know",
        };
        if (IsHeadless(found)) what = FormattableString.Invariant($"has {_records.Count} columns and no header, for its first line ")
            + $"({CsvReader.Listed(Fields())}) looks like numbers and not like names: put the columns' names above it";
        throw new ConcordException($"'{_name}' {what}. It takes {Expected}, in that order"
            + $"{(_like.Label is { } label ? $"; a column '{label}' may be there too" : "")}."
            + CsvHeader.OtherSeparator(string.Concat(strange)));
    }

    // Fields that are numbers where the network knows names.
    private bool IsHeadless(string[] found) => _like.HasHeader && (_isAtFirst
        || (2 * found.Count(CsvHeader.IsNumber) > found.Length && !_like.Features.Any(CsvHeader.IsNumber)));

    private string[] Fields() => [.. Enumerable.Range(0, _records.Count).Select(field => _records[field].ToString())];
}
